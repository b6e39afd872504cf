"""What the storage survives (kills, power cuts, failing disks, damaged files), and what 100,000 messages cost.

`python -m bench.store_faults --json FILE`; `make bench-faults` has it among its parts. Parts: kills, crashes, calls,
cuts, flips, scale; all take about fifteen minutes on two cores. Everything happens in a folder for temporary files,
which should lie on a real disk (TMPDIR).
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.faults import calls, crashes, damage, kills, scale
from bench.machine import circumstances
from bench.result import Goal, publish

PARTS = ("kills", "crashes", "calls", "cuts", "flips", "scale")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.store_faults", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--cuts", type=int, default=5000, help="points, half of them in a sealed log")
    parser.add_argument("--flips", type=int, default=10_000, help="points, half of them in sealed files")
    parser.add_argument("--every", type=int, default=1, help="of the calls that change files, try every Nth")
    parser.add_argument("--messages", type=int, default=scale.MESSAGES)
    args = parser.parse_args()
    logging.getLogger("homegrown").addHandler(logging.NullHandler())  # what is told at each damage is not the result
    figures: dict[str, Any] = {**circumstances(), "seed": args.seed}
    goals: list[Goal] = []
    for part in args.parts:
        with tempfile.TemporaryDirectory(prefix="homegrown-bench-") as folder:
            began = time.monotonic()
            figures[part], reached = _run(part, Path(folder), args)
            figures[part]["seconds"] = round(time.monotonic() - began, 1)
            goals += reached
    return publish(figures, goals, args.json)


def _run(part: str, folder: Path, args: argparse.Namespace) -> tuple[dict[str, Any], list[Goal]]:
    if part == "kills":
        killed = kills.run(folder, args.kills, args.seed, _tell)
        return asdict(killed), kills.goals(killed, args.kills)
    if part == "cuts":
        cut = damage.cut(folder, args.cuts, args.seed, _tell)
        return asdict(cut), damage.goals(cut, args.cuts, "bytes behind which the log was cut or blanked")
    if part == "flips":
        flipped = damage.flip(folder, args.flips, args.seed, _tell)
        return asdict(flipped), damage.goals(flipped, args.flips, "bits flipped in log and snapshot")
    if part == "crashes":
        crashed = crashes.run(folder, _tell, args.every)
        return asdict(crashed), crashes.goals(crashed)
    if part == "calls":
        failed = calls.run(folder, _tell, args.every)
        return asdict(failed), calls.goals(failed)
    found = scale.run(folder, args.messages, _tell)
    return found, scale.goals(found)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
