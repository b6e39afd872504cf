"""A process that writes a story into a journal, to be killed: prints the number of each step that was acknowledged."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.faults.story import count, story
from storage.journal import JournalStorage

LONGEST_LOG = 6_000  # bytes, so that a checkpoint comes every dozen steps


def main() -> None:
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    storage = JournalStorage(folder, "writer", longest_log=LONGEST_LOG)
    if storage.trouble:
        sys.exit(storage.trouble)
    done = count(storage.tables)
    for step in story(seed):
        if step.number > done:
            storage.commit(step.changes, forget=step.forget)
            sys.stdout.write(f"{step.number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
