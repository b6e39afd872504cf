"""What a home survives: kills while a reply is written, while a night trains and publishes, and many starts at once.

`make bench-faults`, `make bench-faults ARGS="--only streaming --tries 20"`. Each try appends a line to
docs/results/faults.jsonl when it ends; tries that are done are not done again unless the code has changed. `--minutes`
bounds a slice. Homes lie in a folder for temporary files, which should be on a real disk (TMPDIR).
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.faults.lines import append, code_hash, read
from bench.faults.plan import Part, parts
from bench.machine import circumstances
from bench.result import Goal, publish

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    known = parts()
    parser.add_argument("--json", type=Path, default=RESULTS / "faults.json", help="write the summary to this file")
    parser.add_argument("--lines", type=Path, default=RESULTS / "faults.jsonl", help="the file of tries to go on with")
    parser.add_argument("--only", nargs="+", choices=[part.name for part in known], help="only these parts")
    parser.add_argument("--tries", type=int, help="so many of each part, instead of its own number")
    parser.add_argument("--minutes", type=float, default=110.0, help="begin no part, and end it, after so many minutes")
    arguments = parser.parse_args(words)
    if arguments.tries is not None and arguments.tries < 1:
        parser.error("--tries must be at least 1")
    logging.getLogger("homegrown").addHandler(logging.NullHandler())  # what is told at each damage is not the result
    code, deadline = code_hash(), time.monotonic() + 60 * arguments.minutes
    wanted = [part for part in known if arguments.only is None or part.name in arguments.only]
    for part in wanted:
        _run(part, arguments.tries or part.tries, code, arguments.lines, deadline)
    return _sum_up(wanted, arguments, code)


def _run(part: Part, tries: int, code: str, lines: Path, deadline: float) -> None:
    done = len(read(lines, code).get(part.name, ()))
    if done >= tries or time.monotonic() > deadline:
        return
    tell(f"{part.name}: {done} of {tries} tries are done; the rest with {part.model}")
    about, last = circumstances(), time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="homegrown-faults-") as folder,
        closing(part.run(Path(folder), range(done, tries))) as results,
    ):
        for result in results:
            seconds, last = round(time.monotonic() - last, 1), time.monotonic()
            line = {"part": part.name, "model": part.model, "code": code, "seconds": seconds, "date": about["date"]}
            append(lines, line | {"result": result})
            done += 1
            if done % 10 == 0 or done == tries:
                tell(f"{part.name}: {done} of {tries}")
            if time.monotonic() > deadline:
                tell(f"the time is over; {tries - done} tries of {part.name} are left for the next run")
                return


def _sum_up(wanted: Sequence[Part], arguments: argparse.Namespace, code: str) -> int:
    """Tells how these parts stand, in whatever slices they were tried."""
    found = read(arguments.lines, code)
    goals: list[Goal] = []
    told: dict[str, Any] = {}
    for part in wanted:
        results = found.get(part.name, [])
        reached = part.goals(results, arguments.tries or part.tries)
        goals += [replace(goal, name=f"{part.name}: {goal.name}") for goal in reached]
        told[part.name] = {"model": part.model, "tries": len(results)}
    return publish({**circumstances(), "code": code, "parts": told}, goals, arguments.json)


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
