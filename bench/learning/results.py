"""The lines that cells leave behind: reading them, and what is asked of one line again and again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]
Result = Mapping[str, Any]

SERVES = ("published", "provisional")


class Lines:
    """The newest line of each cell, in the order in which the cells were first measured."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._by_cell = {line["cell"]: line for line in lines}

    def __len__(self) -> int:
        return len(self._by_cell)

    def __contains__(self, cell: str) -> bool:
        return cell in self._by_cell

    def of(self, kind: str, **given: Any) -> list[Line]:
        """Those of a kind whose arguments are as given."""
        return [
            line
            for line in self._by_cell.values()
            if line["kind"] == kind and all(line["given"].get(key) == value for key, value in given.items())
        ]

    def nights(self, habits: int, **given: Any) -> list[Line]:
        """Honest nights of a persona of so many habits."""
        return [line for line in self.of("night", **given) if len(line["given"]["persona"]) == habits]

    def all(self) -> list[Line]:
        return list(self._by_cell.values())


def read(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def newest(lines: Sequence[Line]) -> Lines:
    """Of the recipe that was measured last: figures of different recipes are not mixed."""
    return Lines(line for line in lines if line["recipe"] == lines[-1]["recipe"])


def title(line: Line) -> str:
    return " + ".join(line["given"]["persona"])


def share(result: Result) -> float:
    """Of the replies that obey all habits of their persona."""
    return float(result["all"]) / float(result["of"])


def serves(result: Result) -> bool:
    return result["outcome"] in SERVES


def general(result: Result) -> float | None:
    """Rise of the general loss in the last exam that the night came to."""
    checks = result.get("checks", {})
    found = checks.get("final general", checks.get("general"))
    return None if found is None else float(found)
