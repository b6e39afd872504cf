"""Finding memories again: by words, by meaning, by kind, age and state. Pure, but for the meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from conversation.recollection import Recollection
from domain import Memory

State = Literal["", "sent", "pinned", "off", "expired", "replaced"]
DAYS = {"week": 7, "month": 30, "year": 365}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; "" is: all the same. `kind` is a MemoryKind, `age` counts from when a fact was first kept."""

    text: str = ""
    kind: str = ""
    age: str = ""
    state: str = ""


def fitting(memories: Sequence[Memory], wanted: Wanted, now: datetime) -> list[Memory]:
    """Those of the wanted kind, age and state, whatever their text; the newest first."""
    return [
        memory
        for memory in reversed(memories)
        if wanted.kind in ("", memory.kind)
        and _aged(memory, wanted.age, now)
        and wanted.state in ("", *states(memory, now.date()))
    ]


def by_words(memories: Sequence[Memory], text: str) -> list[Memory]:
    """Those that hold every word of a text, also as parts of longer words."""
    words = text.casefold().split()
    return [memory for memory in memories if all(word in memory.text.casefold() for word in words)]


def by_meaning(recollection: Recollection, person: str, memories: Sequence[Memory], text: str) -> list[Memory]:
    """Active ones that do not hold the words of a text, but are like it in meaning, the nearest first.

    [] without the model for that.
    """
    held = {memory.id for memory in by_words(memories, text)}
    left = {memory.id for memory in memories} - held
    return [memory for memory in recollection.nearest(person, text) if memory.id in left] if text.strip() else []


def states(memory: Memory, today: date) -> set[State]:
    """How a memory stands; several may hold."""
    if memory.active:
        return {"sent", "pinned"} if memory.pinned else {"sent"}
    if memory.replaced_by:
        return {"off", "replaced"}
    return {"off", "expired"} if memory.until and memory.until < today else {"off"}


def _aged(memory: Memory, age: str, now: datetime) -> bool:
    if age == "older":
        return now - memory.created_at > timedelta(days=DAYS["year"])
    return age not in DAYS or now - memory.created_at <= timedelta(days=DAYS[age])
