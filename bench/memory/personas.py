"""Personas, what each said in thirty sessions, and questions about it: the same ones for the same seed.

In the shape of LongMemEval and LoCoMo: one fact, several facts, changed facts, dates, and what was never said.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal

from bench.memory.topic import Material, Topic
from conversation.memories import kind_of
from domain import Memory, MemoryKind

Kind = Literal["single", "several", "changed", "time", "absent near", "absent far", "absent general"]

SESSIONS = 30
BEGAN = datetime(2025, 1, 6, 18, 0, tzinfo=UTC)
KNOWN = 0.7  # share of the topics that a persona speaks of
CHANGED = 4  # facts of a persona that change later on
ASKED = {"single": 5, "several": 2, "changed": 3, "time": 2, "absent near": 1, "absent far": 2, "absent general": 2}


@dataclass(frozen=True, slots=True)
class Question:
    """`answers` are the ids of the memories that hold the answer, the one that counts now first; () if none does."""

    kind: Kind
    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    name: str
    memories: tuple[Memory, ...]
    questions: tuple[Question, ...]


def personas(material: Material, count: int, seed: int) -> list[Persona]:
    chance, kinds = random.Random(seed), cache(kind_of)
    return [_persona(material, number, chance, kinds) for number in range(count)]


def _persona(material: Material, number: int, chance: random.Random, kinds: Callable[[str], MemoryKind]) -> Persona:
    topics = list(material.topics)
    chance.shuffle(topics)
    known = topics[: round(len(topics) * KNOWN)]
    unknown = topics[len(known) :]
    changing = [topic for topic in known if topic.changes][:CHANGED]
    said: list[tuple[int, str, str]] = []  # session, text, key of the topic and its version
    for topic in known:
        first, second = chance.sample(topic.values, 2)
        changes = topic in changing
        early = chance.randrange(SESSIONS // 2 if changes else SESSIONS)
        said.append((early, chance.choice(topic.says).format(v=first), f"{topic.name}/old"))
        if changes:
            text = chance.choice(topic.changes).format(v=second, old=first)
            said.append((chance.randrange(early + 3, SESSIONS), text, f"{topic.name}/new"))
    for session in range(SESSIONS):
        for _ in range(chance.randrange(1, 3)):
            place = chance.randrange(len(material.fillers))
            said.append((session, material.fillers[place].format(v=chance.choice(material.filled[place])), ""))
    said.sort(key=lambda one: one[0])
    memories, where = [], {}
    for place, (session, text, key) in enumerate(said):
        at = BEGAN + timedelta(weeks=session, minutes=place)
        memories.append(Memory(f"{number}-{place}", text, True, "confirmed", at, at, kind=kinds(text)))
        where[key] = memories[-1].id
    questions = _questions(material, known, unknown, changing, where, chance)
    return Persona(f"{material.names[number % len(material.names)]} {number}", tuple(memories), tuple(questions))


def _questions(
    material: Material,
    known: list[Topic],
    unknown: list[Topic],
    changing: list[Topic],
    where: dict[str, str],
    chance: random.Random,
) -> list[Question]:
    steady = [topic for topic in known if topic not in changing]
    groups = {topic.near for topic in known if topic.near}
    there = {topic.name for topic in known}
    near = [topic for topic in unknown if topic.near in groups]
    far = [topic for topic in unknown if topic.near not in groups]

    def one(kind: Kind, topics: list[Topic]) -> list[Question]:
        picked = chance.sample(topics, min(ASKED[kind], len(topics)))
        found = []
        for topic in picked:
            versions = [where.get(f"{topic.name}/{version}") for version in ("new", "old")]
            found.append(Question(kind, chance.choice(topic.asks), tuple(key for key in versions if key)))
        return found

    answerable = [(text, names) for text, names in material.several if there.issuperset(names)]
    several = [
        Question("several", text, tuple(where.get(f"{name}/new", where[f"{name}/old"]) for name in names))
        for text, names in chance.sample(answerable, min(ASKED["several"], len(answerable)))
    ]
    general = [
        Question("absent general", text, ()) for text in chance.sample(material.general, ASKED["absent general"])
    ]
    return [
        *one("single", [topic for topic in steady if not topic.dated]),
        *one("time", [topic for topic in steady if topic.dated]),
        *one("changed", changing),
        *several,
        *one("absent near", near),
        *one("absent far", far),
        *general,
    ]
