"""People and messages written by hand, in all kinds of words: which memories a message needs is said with it.

Six writers, who had not seen the code. `development.json` (216 people, 4,635 messages) is there to develop
recall on; `held_out.json` (72 people, 1,587 messages, none of which is in the other) nobody has read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bench.memory.personas import BEGAN
from conversation.memories import kind_of
from domain import Memory
from personalization.embed import Embedder
from personalization.recall import Index, parts, recall

FOLDER = Path(__file__).parent / "written"
AT = 5  # memories that count
NEAR = 0.38  # cosine of what a rival takes for near

Split = Literal["development", "held_out"]
Way = Callable[["Written", "Asked"], Sequence[int]]  # the places of what is recalled, the best first


@dataclass(frozen=True, slots=True)
class Asked:
    """A message, the vectors of its parts, and the places of the memories that it needs."""

    text: str
    query: Any
    about: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A person that a writer made up."""

    writer: str
    index: Index
    messages: tuple[Asked, ...]


def written(split: Split, embedder: Embedder) -> list[Written]:
    return [_person(one, embedder) for one in json.loads((FOLDER / f"{split}.json").read_text(encoding="utf-8"))]


def _person(one: dict[str, Any], embedder: Embedder) -> Written:
    memories = []
    for place, text in enumerate(one["memories"]):
        at = BEGAN + timedelta(days=place)
        memories.append(Memory(str(place), text, True, "confirmed", at, at, kind=kind_of(text)))
    messages = tuple(
        Asked(asked["text"], embedder.embed(parts(asked["text"])), tuple(asked["about"])) for asked in one["messages"]
    )
    return Written(one["writer"], Index(tuple(memories), embedder.embed(one["memories"])), messages)


def figures(people: Sequence[Written], way: Way) -> dict[str, float]:
    """Recall at 5 of what messages need, how many others come along, and how often any come that nothing needs."""
    found = [(asked.about, list(way(person, asked))[:AT]) for person in people for asked in person.messages]
    needing = [(about, came) for about, came in found if about]
    others = [came for about, came in found if not about]
    return {
        "people": len(people),
        "messages": len(found),
        "recall": round(float(np.mean([len({*about} & {*came}) / len(about) for about, came in needing])), 4),
        "others": round(float(np.mean([len({*came} - {*about}) for about, came in needing])), 4),
        "needless": round(float(np.mean([bool(came) for came in others])), 4),
    }


def ours(person: Written, asked: Asked) -> list[int]:
    """The product's own function."""
    return [int(memory.id) for memory in recall(person.index, asked.text, asked.query)]


def by_cosine(person: Written, asked: Asked) -> list[int]:
    """Whatever is near enough to the message."""
    scores = (person.index.vectors @ asked.query.T).max(axis=1)
    return [int(place) for place in np.argsort(-scores) if scores[place] >= NEAR]
