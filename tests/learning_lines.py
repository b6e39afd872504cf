"""Made-up lines of the learning suite: every cell measured, and everything as good as promised."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bench import habits
from bench.learning.plan import CARRIED, Cell, cells
from bench.learning.sections import EXPECTED

Json = dict[str, Any]

ABOUT: Json = {
    "commit": "0123456789ab",
    "recipe": "recipe 1",
    "date": "2026-03-01T12:00:00+00:00",
    "machine": {"system": "Linux", "arch": "x86_64", "cpu": "Some CPU", "physical_cores": 2},
    "versions": {},
}


def lines(change: Callable[[Cell, Json], Any] | None = None) -> list[Json]:
    """One for each cell, as a file gives them back; `change` may spoil a result in place."""
    found = []
    for cell in cells():
        result = of(cell)
        if change:
            change(cell, result)
        found.append(
            {"cell": cell.name, "kind": cell.kind, "given": cell.given, "seconds": 60.0, **ABOUT, "result": result}
        )
    return [dict(json.loads(json.dumps(line))) for line in found]


def of(cell: Cell) -> Json:
    persona = cell.given.get("persona", ())
    if cell.kind in ("night", "thumbs"):
        auc = {"auc": 0.9} if cell.kind == "thumbs" else {}
        return night("provisional" if cell.given.get("count") == 5 else "published") | auc | obeying(persona, 15)
    if cell.kind == "sabotage":
        result = night(EXPECTED[cell.given["how"]][0]) | {"unchanged": True}
        if cell.given["how"] == "empty probes":  # refused before anything is trained
            result["checks"] = {"general": None}
        return result
    if cell.kind == "ten nights":
        taught = [*habits.OCCASIONS, f"no {habits.OCCASIONS[0]}"]
        eight = dict.fromkeys(habits.OCCASIONS, 8)
        ends = [{"habit": habit, "outcome": "published", "used": 6, "superseded": 0} for habit in taught]
        return {"nights": ends, "asked": 8, "passed": eight, "kept": dict(eight), "dropped": 7}
    if cell.kind == "forgetting":
        return {"differs before": True, "equal after": True, "bytes": 4_911_656}
    if cell.kind == "prompt":
        ways = {"nothing": 0, "all in the prompt": 9, "at once": 6, "adapter": 15, "adapter and at once": 16}
        return {way: obeying(persona, count) for way, count in ways.items()}
    if cell.kind == "ownership":
        return {"of": 16, "obeyed": {habit: 15 if habit in persona else 1 for habit in habits.HABITS}}
    if cell.kind == "no anchors":
        return {
            "with": obeying(persona, 15) | {"general": 0.004},
            "without": obeying(persona, 14) | {"general": 0.051},
        }
    if cell.kind == CARRIED:
        counts = {"before": 0, "after": 15, "second before": 1, "second after": 14}
        told = {moment: obeying(persona, count) for moment, count in counts.items()}
        return told | {"second model": {"file": "other.gguf", "sha256": "0" * 64}}
    return obeying(persona, 0 if cell.kind == "swapped" else min(16, cell.given["count"]))


def night(end: str) -> Json:
    """How a night ended: an outcome, or the name of the check that refused it."""
    if end == "exit 4":
        return {"outcome": end, "reason": "Nothing to learn."}
    refused = end not in ("published", "provisional")
    return {
        "outcome": "refused" if refused else end,
        "reason": "A sentence.",
        "refused by": end if refused else None,
        "checks": {"weights": 0.1, "general": 0.004, "final general": 0.005},
        "night_seconds": 190.0,
        "used": 8,
        "skipped": 0,
        "superseded": 0,
    }


def obeying(persona: Any, count: int) -> Json:
    return {
        "of": 16,
        "all": count,
        "each": dict.fromkeys(persona, count),
        "obeyed": {habit: count if habit in persona else 0 for habit in habits.HABITS},
        "degenerate": 0,
        "replies": ["A reply."],
    }
