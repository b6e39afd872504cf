"""Runs the learning suite and writes its page: `make bench-learning`. Cells that are done are not done again.

Each cell appends one line to docs/results/learning.jsonl when it ends, so a run can be broken off at any moment and
goes on where it was. `--minutes` bounds a slice: no cell begins after them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.learning import page
from bench.learning.measure import measure
from bench.learning.plan import Cell, cells
from bench.learning.workshop import Workshop, recipe_hash
from bench.machine import circumstances

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs" / "results" / "learning.jsonl"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.learning", description=__doc__)
    parser.add_argument("--minutes", type=float, default=110.0, help="begin no cell after so many minutes")
    parser.add_argument("--only", default="", help="only cells whose name holds this text")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file of lines to go on with")
    parser.add_argument("--list", action="store_true", help="print the cells and whether they are done")
    arguments = parser.parse_args()
    version = recipe_hash()
    done = {line["cell"] for line in lines(arguments.results) if line["recipe"] == version}
    wanted = [cell for cell in cells() if arguments.only in cell.name]
    if arguments.list:
        for cell in wanted:
            print("done   " if cell.name in done else "to do  ", cell.name)
        return 0
    run([cell for cell in wanted if cell.name not in done], arguments.results, version, 60 * arguments.minutes)
    page.write(lines(arguments.results), arguments.results.with_suffix(".md"))
    return 0


def run(waiting: list[Cell], results: Path, version: str, seconds: float) -> None:
    """Measures cell after cell, each in a line of its own; an unmeasurable one is a line with its error."""
    began = time.monotonic()
    about = {"commit": _commit(), "recipe": version, **circumstances()}
    with tempfile.TemporaryDirectory(prefix="homegrown-learning-") as folder, Workshop(Path(folder)) as workshop:
        for number, cell in enumerate(waiting, start=1):
            if time.monotonic() - began > seconds:
                print(f"The time is over; {len(waiting) - number + 1} cells are left for the next run.", flush=True)
                return
            start = time.monotonic()
            result = measure(workshop, cell)
            spent = round(time.monotonic() - start, 1)
            _append(
                results,
                {
                    "cell": cell.name,
                    "kind": cell.kind,
                    "given": cell.given,
                    "seconds": spent,
                    **about,
                    "result": result,
                },
            )
            print(f"[{number} of {len(waiting)}, {spent:.0f} s] {cell.name}: {page.brief(result)}", flush=True)


def lines(results: Path) -> list[dict[str, Any]]:
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


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
