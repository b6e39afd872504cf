"""Which memories belong beside a message: those about it by their vectors, and the newer before what it replaces.

Pure. The limits below were chosen on the development split of `make bench-memory`, before the test split was read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from domain import Memory
from personalization.asking import about_oneself, holds, sought
from personalization.contrast import excludes
from personalization.embed import WIDTH, Vectors
from personalization.words import words

# Fitted by `python -m bench.memory --fit`: what a cosine is worth beside what is asked for, and what is told.
ANSWERS = 0.04  # the memory holds a date, name or number, and that is what the message asks for ...
MISSES = -0.11  # ... or it holds none
FACT = 0.02  # the memory has a kind: the rules for conversations take it for a fact about the person
GENERAL = 0.08  # nearer must come what is sent with a message in which nobody speaks of themselves

WORTH = {True: ANSWERS, False: MISSES, None: 0.0}

OPENS = 0.38  # if no memory comes so near to the message, none is about it and none is sent
FOLLOWS = 0.28  # beside one that does, others may be this far away ...
SPREAD = 0.20  # ... and this much further than the nearest
SAME = 0.50  # cosine of two memories about the same thing: the newer one goes first, and comes along
SAME_NAMES = 0.35  # the same for two that share a name or a number
FURTHER = 0.10  # a newer one may be this much further from the message than FOLLOWS
TIE = 0.02  # cosines that differ by less count as equal: then use and age decide
MOST = 8  # memories that are looked at more closely; the token budget holds fewer
LOOKED_AT = 64  # the nearest ones, in which words that exclude each other are looked for
LATER = 2  # how often what replaced a replacement is looked for

# Beginning and end of a long message: a question stands before or after what was pasted.
PART = 400  # characters

_NAME = re.compile(r"(?<=\s)[^\W_]*[A-Z0-9][^\W_]+")


@dataclass(frozen=True)
class Index:
    """Active memories with their vectors, row by row."""

    memories: tuple[Memory, ...] = ()
    vectors: Vectors = field(default_factory=lambda: np.zeros((0, WIDTH), np.float32))

    def __post_init__(self) -> None:
        times = np.array([memory.updated_at.timestamp() for memory in self.memories])
        object.__setattr__(self, "times", times)

    times: NDArray[np.float64] = field(init=False)


def parts(message: str) -> list[str]:
    """What is embedded of a message."""
    text = message.strip()
    return [text] if len(text) <= 2 * PART else [text[:PART], text[-PART:]]


def recall(
    index: Index,
    message: str,
    query: Vectors,
    left_out: Set[str] = frozenset(),
    uses: Callable[[Sequence[str]], Mapping[str, int]] = lambda ids: {},
) -> list[Memory]:
    """Memories about a message, the most useful first; [] if none is. `query`: the vectors of its `parts`.

    `left_out` are ids not wanted now, `uses` tells how often memories were sent so far.
    """
    if not index.memories:
        return []
    scores = (index.vectors @ query.T).max(axis=1)
    near = _near(index, message, scores)
    opens = OPENS if about_oneself(words(message)) else OPENS + GENERAL
    if not near or scores[near[0]] < opens:
        return []
    least = max(FOLLOWS, float(scores[near[0]]) - SPREAD)
    chosen = [place for place in near if scores[place] >= least][:MOST]
    used = uses([index.memories[place].id for place in chosen])

    def rank(place: int) -> tuple[int, int, float]:
        return round(float(scores[place]) / TIE), used.get(index.memories[place].id, 0), float(index.times[place])

    ordered = _newer_first(index, scores, sorted(chosen, key=rank, reverse=True))
    return [memory for place in ordered if (memory := index.memories[place]).id not in left_out]


def _near(index: Index, message: str, scores: Vectors) -> list[int]:
    """The nearest memories, without those about somebody or something else; nearest first. Weighs their `scores`."""
    count = min(LOOKED_AT, len(scores))
    asked, wanted = words(message), sought(message)
    found = []
    for place in np.argpartition(-scores, count - 1)[:count].tolist():
        memory = index.memories[place]
        scores[place] += (memory.kind != "other") * FACT + WORTH[holds(memory.text, wanted)]
        if not excludes(asked, words(memory.text)):
            found.append(place)
    return sorted(found, key=lambda place: (-scores[place], place))


def _newer_first(index: Index, scores: Vectors, chosen: list[int]) -> list[int]:
    """What is newer about the same thing goes before it: "I moved to Porto" before "I live in Lisbon"."""
    heirs: dict[int, int | None] = {}
    fresh = chosen
    for _ in range(LATER):
        alike = np.ascontiguousarray((index.vectors @ index.vectors[fresh].T).T)
        heirs |= {old: _heir(index, scores, row, old) for old, row in zip(fresh, alike, strict=True)}
        fresh = [heir for heir in heirs.values() if heir is not None and heir not in heirs]
        if not fresh:
            break
    ordered: list[int] = []
    for place in chosen:
        line: list[int] = []
        heir: int | None = place
        while heir is not None and heir not in ordered:
            line.append(heir)
            heir = heirs.get(heir)
        ordered += reversed(line)
    return ordered


def _heir(index: Index, scores: Vectors, alike: Vectors, old: int) -> int | None:
    """The newer memory that is most about the same thing as `old`."""
    newer = index.times > index.times[old]
    told = names(index.memories[old].text)
    for place in _falling(alike, newer & (alike >= SAME_NAMES)):
        if alike[place] >= SAME and scores[place] >= FOLLOWS - FURTHER:
            return place
        if told & names(index.memories[place].text):
            return place
    return None


def _falling(alike: Vectors, wanted: NDArray[np.bool_]) -> list[int]:
    """Up to LOOKED_AT wanted places, the most alike first."""
    places = np.flatnonzero(wanted)
    return [int(place) for place in places[np.argsort(-alike[places], kind="stable")][:LOOKED_AT]]


def names(text: str) -> set[str]:
    """Names and numbers: words with a capital or a digit that do not begin the text."""
    return set(_NAME.findall(text))
