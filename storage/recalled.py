"""What recall keeps beside a person's memories: their vectors, how often each was sent, and the text in brief.

It lies in the person's journal, sealed as they are, and a memory that is forgotten takes its part along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any

from storage.journal import JournalDB
from storage.tables import Changes, Row

VECTORS, USES = "memory vectors", "memory uses"


@dataclass(frozen=True, slots=True)
class About:
    """The text in brief, a fact a line. `own`: in the person's words; else made of memories, on `day` (ISO date)."""

    text: str = ""
    own: bool = False
    day: str = ""


class Recalled:
    """`made` holds, in memory alone, what was computed from somebody's memories, until one of them changes."""

    def __init__(
        self, journal: Callable[[str], JournalDB], commit: Callable[[str, Changes], None], lock: RLock
    ) -> None:
        self._journal, self._commit, self._lock = journal, commit, lock
        self._stamps: dict[str, int] = {}
        self._made: dict[str, Any] = {}

    # what was computed

    def changed(self, person: str) -> None:
        """Called by the store when somebody's memories change, or their words leave the memory of this process."""
        with self._lock:
            self._stamps[person] = self.stamp(person) + 1
            self._made.pop(person, None)

    def stamp(self, person: str) -> int:
        return self._stamps.get(person, 0)

    def made(self, person: str) -> Any:
        """What was last kept for a person, None if their memories have changed since."""
        with self._lock:
            return self._made.get(person)

    def keep(self, person: str, stamp: int, made: Any) -> None:
        """Keeps what was computed from the memories as they were at `stamp`."""
        with self._lock:
            if stamp == self.stamp(person):
                self._made[person] = made

    # vectors

    def vectors(self, person: str) -> dict[str, tuple[str, str]]:
        """memory id -> (of which text and model, the vector as text)"""
        with self._lock:
            rows = self._rows(person, VECTORS)
            return {key: (str(row["of"]), str(row["vector"])) for key, row in rows.items()}

    def keep_vectors(self, person: str, vectors: Mapping[str, tuple[str, str]], of: Callable[[str], str]) -> None:
        """Keeps those whose memory is still there with the same text; `of` names a text and the model."""
        with self._lock:
            there = self._rows(person, "memories")
            rows: dict[str, Row | None] = {
                key: {"id": key, "of": name, "vector": vector}
                for key, (name, vector) in vectors.items()
                if key in there and of(str(there[key]["text"])) == name
            }
            if rows:
                self._commit(person, {VECTORS: rows})

    def gone_with(self, person: str, memory: str, *, uses: bool = True) -> dict[str, dict[str, Row | None]]:
        """The changes that take along what belongs to a memory."""
        tables = (VECTORS, USES) if uses else (VECTORS,)
        return {table: {memory: None} for table in tables if memory in self._rows(person, table)}

    # how often

    def uses(self, person: str, memories: Sequence[str] | None = None) -> dict[str, int]:
        """memory id -> how often it was sent; of those that were."""
        with self._lock:
            rows = self._rows(person, USES)
            keys: Iterable[str] = rows if memories is None else memories
            return {key: int(rows[key]["count"]) for key in keys if key in rows}

    def count(self, person: str, memories: Sequence[str]) -> None:
        """They have been sent once more."""
        with self._lock:
            there, known = self._rows(person, "memories"), self.uses(person, memories)
            rows: dict[str, Row | None] = {
                key: {"id": key, "count": known.get(key, 0) + 1} for key in memories if key in there
            }
            if rows:
                self._commit(person, {USES: rows})

    # in brief

    def about(self, person: str) -> About:
        with self._lock:
            row = self._rows(person, "choices").get("about")
        return About(str(row["text"]), bool(row["own"]), str(row["day"])) if row else About()

    def set_about(self, person: str, about: About) -> None:
        row = {"id": "about", "text": about.text, "own": about.own, "day": about.day}
        self._commit(person, {"choices": {"about": row}})

    # altogether

    def on(self, person: str) -> bool:
        """Whether anything of what is remembered is told to the model; it is unless it was switched off."""
        with self._lock:
            row = self._rows(person, "choices").get("memory")
        return bool(row["on"]) if row else True

    def set_on(self, person: str, on: bool) -> None:
        self._commit(person, {"choices": {"memory": {"id": "memory", "on": on}}})

    def _rows(self, person: str, table: str) -> Mapping[str, Row]:
        rows: Mapping[str, Row] = self._journal(person).storage.tables.get(table, {})
        return rows
