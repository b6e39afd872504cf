"""A long, random but repeatable story of changes to a journal, and what must be there after each of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from storage.tables import Tables, merge

COUNT = "count"  # a table with one row: how many changes there were
FORGET_EVERY = 25  # steps
ROWS = 60  # about so many rows live at a time


@dataclass(frozen=True, slots=True)
class Step:
    """One change. `forget` makes it a forgetting; `gone` are the words that no file may hold afterwards."""

    number: int  # from 1
    changes: Mapping[str, Any]
    forget: bool
    gone: tuple[str, ...]


def story(seed: int, forget_every: int = FORGET_EVERY) -> Iterator[Step]:
    """The same for the same seed. Every row holds a word of its own."""
    chance, alive = random.Random(seed), dict[tuple[str, str], str]()
    number = 0
    while True:
        number += 1
        changes: dict[str, Any] = {COUNT: {"0": {"n": number}}}
        forget, gone = number % forget_every == 0 and bool(alive), tuple[str, ...]()
        if forget:
            place = chance.choice(list(alive))
            changes[place[0]], gone = {place[1]: None}, (alive.pop(place),)
        else:
            for _ in range(chance.choice((1, 1, 1, 2, 5))):
                table, key = f"turns/{chance.randrange(4)}", str(chance.randrange(ROWS // 4))
                word = f"word-{seed}-{number}-{len(changes)}-{key}-{chance.getrandbits(64):016x}"
                text = word + " 🦓é\n" * chance.randrange(40)
                changes.setdefault(table, {})[key] = {"id": key, "text": text, "deep": {"list": [number, None, 0.5]}}
                alive[table, key] = word
        yield Step(number, changes, forget, gone)


class Memory:
    """What a journal should hold: the story up to any step that has been told."""

    def __init__(self, seed: int, forget_every: int = FORGET_EVERY) -> None:
        self._story = story(seed, forget_every)
        self.tables: Tables = {}
        self.number = 0
        self.gone: set[str] = set()  # words that were forgotten

    def reach(self, number: int) -> Tables:
        """The tables after a step; steps are told forwards only."""
        while self.number < number:
            step = next(self._story)
            merge(self.tables, step.changes)
            self.gone.update(step.gone)
            self.number = step.number
        return self.tables


def count(tables: Mapping[str, Mapping[str, Any]]) -> int:
    """How many steps a journal holds."""
    return int(tables[COUNT]["0"]["n"]) if tables.get(COUNT) else 0
