"""How well and how fast memories are found: `python -m bench.memory --json docs/results/memory.json`.

The weights and the floor of recall were chosen on the development split (`--fit` prints them); what is reported are the
test split of the generated personas, which shares no four words in a row with it, a second one by another writer, who
asks in everyday requests ("whose bell do I need to ring?") rather than for the fact, and hand-written people.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.machine import circumstances
from bench.memory import afresh, asked, development, earlier, held_out, written
from bench.memory.fit import fit
from bench.memory.personas import SESSIONS, Persona, personas
from bench.memory.recalls import bm25, everything, everything_costs, figures, ours
from bench.memory.scale import scale
from bench.memory.topic import Material
from bench.result import Goal, publish
from personalization import recall
from personalization.embed import MiniLM

PEOPLE, SEED = 40, 2026
DEVELOPED_ON, DEVELOPED_WITH = 80, 7
SINGLE, CHANGED, FALSE, SECONDS, MEGABYTES, TOLD, GUESSED = 0.90, 0.80, 0.05, 0.020, 60, 20, 4


def developed_on() -> list[Persona]:
    """Personas of both parts of the development split."""
    parts = enumerate((development.MATERIAL, earlier.MATERIAL))
    return [persona for part, material in parts for persona in personas(material, DEVELOPED_ON, DEVELOPED_WITH + part)]


def quality(material: Material) -> dict[str, Any]:
    people = personas(material, PEOPLE, SEED)
    questions = sum(len(persona.questions) for persona in people)
    memories = sum(len(persona.memories) for persona in people) / len(people)
    return {
        "personas": len(people),
        "sessions": SESSIONS,
        "questions": questions,
        "memories_each": round(memories),
        "floor": recall.OPENS,
        "weights": {name: getattr(recall, name) for name in ("ANSWERS", "MISSES", "FACT", "GENERAL")},
        "ours": figures(people, ours(people, MiniLM())),
        "bm25": figures(people, bm25),
        "everything": {**figures(people, everything), "cost": everything_costs(people)},
    }


def by_hand() -> dict[str, Any]:
    people = written.written("held_out", MiniLM())
    return {"ours": written.figures(people, written.ours), "cosine": written.figures(people, written.by_cosine)}


def many() -> dict[str, Any]:
    return scale((10_000, 100_000))


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "recall": lambda: quality(held_out.MATERIAL),
    "recall, asked by others": lambda: quality(afresh.MATERIAL),
    "written": by_hand,
    "scale": many,
    "end_to_end": asked.answers,
}


RECALLED = ("recall", "recall, asked by others")


def goals(found: Mapping[str, Any]) -> list[Goal]:
    """Those of the parts that were measured."""
    reached = []
    for part in (part for part in RECALLED if part in found):
        share = {kind: values["share"] for kind, values in found[part]["ours"].items()}
        reached += [
            Goal(f"{part}@5, one fact", share["single"], f">= {SINGLE}", share["single"] >= SINGLE),
            Goal(f"{part}@5, changed, new one first", share["changed"], f">= {CHANGED}", share["changed"] >= CHANGED),
            Goal(f"{part}, false insertions, absent", share["absent"], f"<= {FALSE}", share["absent"] <= FALSE),
        ]
    if "scale" in found:
        p95, beside = found["scale"]["10000"]["p95_s"], found["scale"]["10000"]["beside_model_mb"]
        reached += [
            Goal("p95 of a recall among 10,000, s", p95, f"<= {SECONDS}", p95 <= SECONDS),
            Goal("memory of 10,000 beside the embedding model, MB", beside, f"<= {MEGABYTES}", beside <= MEGABYTES),
        ]
    if "end_to_end" in found:
        on, off = found["end_to_end"]["with"]["told"], found["end_to_end"]["without"]["told"]
        reached += [
            Goal(f"facts told of {asked.COUNT}, with memory", on, f">= {TOLD}", on >= TOLD),
            Goal(f"facts told of {asked.COUNT}, without", off, f"<= {GUESSED}", off <= GUESSED),
        ]
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--part", choices=PARTS, action="append", help="measure this, and keep the rest of the file")
    parser.add_argument("--fit", action="store_true", help="only fit on the development split, and print the floors")
    args = parser.parse_args()
    if args.fit:
        fit(developed_on(), MiniLM())
        return 0
    keep = args.part and args.json and args.json.exists()
    found: dict[str, Any] = json.loads(args.json.read_text(encoding="utf-8")) if keep else {}
    for part in args.part or PARTS:
        at = circumstances()
        found |= {**at, part: {"date": at["date"], **PARTS[part]()}}
    return publish(found, goals(found), args.json)


if __name__ == "__main__":
    sys.exit(main())
