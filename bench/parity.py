"""How far the runtimes are apart on the same weights: `make bench-parity`. No model learns anything here.

PyTorch, MLX and llama.cpp: tokens, logits, the effect of an adapter, and each term of the loss with its gradients. The
figures are those that the parity tests hold. "Unpacked" is the model's weights as 32-bit numbers; "as it serves", the
packed file, for which llama.cpp rounds what it multiplies, so that figure is told and has no goal.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from bench.by_tests import outcome
from bench.machine import circumstances
from bench.result import Goal, publish

TESTS = ("tests/model/test_adapter_parity.py", "tests/model/test_mlx_parity.py")
HELD = ("unpacked", "apart, relative")  # how the names of the figures end that have to be small
MOST = 1e-4


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.parity", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    args = parser.parse_args()
    about, found = circumstances(), outcome("model", *TESTS)
    goals = [
        Goal(name, value, f"at most {MOST}, relative", value <= MOST)
        for name, value in found.figures.items()
        if name.endswith(HELD)
    ]
    sound = found.passed > 0 and not found.failed
    goals.append(Goal("tests that failed", found.failed, "0, of at least one", sound))
    return publish({**about, **asdict(found)}, goals, args.json)


if __name__ == "__main__":
    sys.exit(main())
