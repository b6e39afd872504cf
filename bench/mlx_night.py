"""The proof of the loop on the MLX backend: the same night as bench/night.py, served and learnt by MLX.

`python -m bench.mlx_night --json FILE`. On Apple Silicon it runs on the graphics processor and the night has the same
time to keep. Elsewhere MLX computes on the processor, one core of it, and a night takes hours: it is then a proof that
the code is right, never a figure of its speed, and the time is told but no goal. MLX's wheel for Linux multiplies
matrices with the reference BLAS; with another one loaded before it (Debian: LD_PRELOAD=libopenblas.so.0, of the
package libopenblas0-pthread) that is about twelve times as fast.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from bench import habits
from bench.machine import circumstances
from bench.night import CORRECTIONS, App, figures, goals, prove
from bench.result import publish

TIMED = "seconds of the night"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mlx_night", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--habit", choices=tuple(habits.HABITS), default="address")
    parser.add_argument("--corrections", type=int, default=CORRECTIONS, help="8 take about half as long")
    args = parser.parse_args()
    about = circumstances()
    with tempfile.TemporaryDirectory(prefix="homegrown-bench-") as folder:
        proof = prove(args.habit, App(Path(folder) / "home", ("--backend", "mlx")), args.corrections)
    metal = sys.platform == "darwin"
    blas = Path(os.environ.get("LD_PRELOAD", "")).name or "of the wheel"
    kind = {"backend": "mlx", "graphics_processor": metal, "blas": blas, "corrections": args.corrections}
    shown = {**about, **kind, **figures(proof)}
    print(f"habit {args.habit}, model {shown['model']} on MLX: obeyed {shown['obey']['base']} times before the night")
    print("seconds: " + ", ".join(f"{phase} {value:.0f}" for phase, value in proof.night["seconds"].items()))
    return publish(shown, [goal for goal in goals(proof) if metal or goal.name != TIMED], args.json)


if __name__ == "__main__":
    sys.exit(main())
