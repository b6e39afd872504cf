"""Who is coming or going: marked until they are whole or gone, so that a start takes away whom a kill left by half.

The mark is a file in their folder and no row of a journal: there, if the last record were damaged, the mark of somebody
who has long been whole would count again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from threading import RLock

from domain import Person, new_id
from errors import Gone
from storage.documents import row_of
from storage.journals import GONE, Journals
from storage.tables import Changes


class Unfinished:
    """`listed` is the list of people. Methods raise StorageTrouble if that cannot be read or written."""

    def __init__(self, journals: Journals, listed: Callable[[], Iterable[Person]], lock: RLock) -> None:
        self._journals, self._listed, self._lock = journals, listed, lock

    def people(self) -> list[str]:
        """Ids of those who are marked, on the list or not. At a start, they are to be removed."""
        with self._lock:
            return self._journals.marked()

    def begin(self) -> str:
        """The id of a newcomer with an empty journal, who is not on the list yet."""
        person = new_id()
        with self._lock:
            self._journals.begin(person)
        return person

    def mark(self, person: str) -> None:
        """From now on a start removes them, unless they are whole or gone before. Raises Gone."""
        with self._lock:
            if person not in [*self._journals.marked(), *(known.id for known in self._listed())]:
                raise Gone(GONE)
            self._journals.mark(person)


def left(person: str, people: Iterable[Person]) -> Changes:
    """What takes somebody off the list. After the owner, the one who has been here longest owns the home."""
    rest = [known for known in people if known.id != person]
    heirs = [] if any(known.owner for known in rest) else rest[:1]
    return {"people": {person: None, **{heir.id: row_of(replace(heir, owner=True)) for heir in heirs}}}
