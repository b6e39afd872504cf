"""Runs the learning suite and writes its page: `make bench-learning`. Cells that are done are not done again.

Each cell appends one line to docs/results/learning.jsonl when it ends, so a run can be broken off at any moment and
goes on where it was. `--minutes` bounds a slice: no cell begins after them. Replaying a ledger on another architecture
needs a second model (`--second-model PATH`, any GGUF file, or `fetch` for Gemma 3 270M, whose licence is not an open
one); without one those cells are left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.learning import page
from bench.learning.measure import measure
from bench.learning.plan import CARRIED, Cell, cells
from bench.learning.results import read
from bench.learning.workshop import Workshop, recipe_hash
from bench.machine import circumstances
from bench.second_model import second_model
from errors import HomegrownError

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs" / "results" / "learning.jsonl"
FETCH = "fetch"


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.learning", description=__doc__)
    parser.add_argument("--minutes", type=float, default=110.0, help="begin no cell after so many minutes")
    parser.add_argument("--only", default="", help="only cells whose name holds this text")
    parser.add_argument("--second-model", metavar="PATH", help="a model file of another architecture, or: fetch")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file of lines to go on with")
    parser.add_argument("--list", action="store_true", help="print the cells, whether they are done, and the time")
    arguments = parser.parse_args(words)
    version = recipe_hash()
    earlier = read(arguments.results)
    done = {line["cell"] for line in earlier if line["recipe"] == version}
    wanted = [cell for cell in cells() if arguments.only in cell.name]
    took = {line["cell"]: line["seconds"] for line in earlier}
    if arguments.list:
        show(wanted, done, took)
        return 0
    waiting = [cell for cell in wanted if cell.name not in done]
    if arguments.second_model is None and (left := [cell for cell in waiting if cell.kind == CARRIED]):
        print(
            f"{len(left)} cells are left out: another architecture needs a model file: --second-model PATH, or fetch."
        )
        waiting = [cell for cell in waiting if cell not in left]
    second = str(second_model()) if arguments.second_model == FETCH else arguments.second_model
    failed = run(waiting, arguments.results, version, 60 * arguments.minutes, second)
    page.write(read(arguments.results), arguments.results.with_suffix(".md"))
    return 1 if failed else 0


def show(wanted: Sequence[Cell], done: set[str], took: dict[str, float]) -> None:
    """The cells, then the time that each kind takes: as it took last, else as estimated."""
    for cell in wanted:
        print("done   " if cell.name in done else "to do  ", cell.name)
    seconds = {cell.name: took.get(cell.name, cell.seconds) for cell in wanted}
    print()
    for kind, count in Counter(cell.kind for cell in wanted).items():
        print(f"{kind:12} {count:4} cells {_minutes(seconds, [cell for cell in wanted if cell.kind == kind])}")
    waiting = [cell for cell in wanted if cell.name not in done]
    print(f"{'all':12} {len(wanted):4} cells {_minutes(seconds, wanted)}")
    print(f"{'left':12} {len(waiting):4} cells {_minutes(seconds, waiting)}")


def _minutes(seconds: Mapping[str, float], some: Sequence[Cell]) -> str:
    return f"{sum(seconds[cell.name] for cell in some) / 60:6.0f} min"


def run(waiting: Sequence[Cell], results: Path, version: str, seconds: float, second: str | None) -> list[Cell]:
    """Measures cell after cell, each in a line of its own. Those that failed leave none, and are given back."""
    if not waiting:
        return []
    began, failed = time.monotonic(), []
    about = {"commit": _commit(), "recipe": version, **circumstances()}
    with (
        tempfile.TemporaryDirectory(prefix="homegrown-learning-") as folder,
        Workshop(Path(folder), second=second) as workshop,
    ):
        for number, cell in enumerate(waiting, start=1):
            if time.monotonic() - began > seconds:
                print(f"The time is over; {len(waiting) - number + 1} cells are left for the next run.", flush=True)
                break
            start = time.monotonic()
            try:
                result = measure(workshop, cell)
            except HomegrownError as error:
                print(f"[{number} of {len(waiting)}] {cell.name} failed: {error}", flush=True)
                failed.append(cell)
                continue
            spent = round(time.monotonic() - start, 1)
            line = {"cell": cell.name, "kind": cell.kind, "given": cell.given, "seconds": spent, **about}
            _append(results, line | {"result": result})
            print(f"[{number} of {len(waiting)}, {spent:.0f} s] {cell.name}: {page.brief(result)}", flush=True)
    return failed


def _append(results: Path, line: dict[str, Any]) -> None:
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _commit() -> str:
    """The commit that is measured, with "+" if files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    return git("rev-parse", "--short=12", "HEAD") + (
        "+" if git("status", "--porcelain", "--untracked-files=no") else ""
    )


if __name__ == "__main__":
    sys.exit(main())
