"""What was noticed in conversations and waits for the person's word, and how far conversations were looked through.

It lies in the person's journal. A conversation that is deleted takes what was noticed in it along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import RLock
from typing import Literal, get_args

from domain import Proposal, content_hash
from storage.documents import parsed, row_of
from storage.journal import JournalDB
from storage.tables import Row

PROPOSALS, CHOICE = "proposals", "observing"
MOST_REFUSED = 1_000  # digests kept of what the person did not want remembered

Mode = Literal["ask", "keep", "off"]  # proposals wait for a tap; the clear ones are kept; nothing is noticed
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Observing:
    """Turns made up to `through` were looked at (None: none yet), and those up to `read` by a model, too.

    `refused` are digests of texts, oldest first.
    """

    mode: Mode = "ask"
    through: datetime | None = None
    refused: tuple[str, ...] = ()
    read: datetime | None = None


class Observed:
    def __init__(self, journal: Callable[[str], JournalDB], commit: Callable[..., None], lock: RLock) -> None:
        self._journal, self._commit, self._lock = journal, commit, lock

    def proposals(self, person: str) -> list[Proposal]:
        """Oldest first."""
        with self._lock:
            folder = self._journal(person).storage.files.folder
            found = [parsed(Proposal, row, folder) for row in self._rows(person, PROPOSALS).values()]
        return sorted(found, key=lambda proposal: (proposal.created_at, proposal.id))

    def observing(self, person: str) -> Observing:
        with self._lock:
            row = self._rows(person, "choices").get(CHOICE)
        if row is None:
            return Observing()
        read = row.get("read", row["through"])  # older homes: a model reads what is said from now on
        return Observing(row["mode"], _day(row["through"]), tuple(row["refused"]), _day(read))

    def look(self, person: str, through: datetime, proposals: Iterable[Proposal], gone: Iterable[str]) -> None:
        """What a look has brought, in one write: new proposals, those that are `gone`, and how far it went."""
        with self._lock:
            self._bring(person, replace(self.observing(person), through=through), proposals, gone)

    def read(self, person: str, read: datetime, proposals: Iterable[Proposal], gone: Iterable[str]) -> None:
        """The same for what a model has read."""
        with self._lock:
            self._bring(person, replace(self.observing(person), read=read), proposals, gone)

    def put(self, person: str, proposal: Proposal) -> None:
        self._commit(person, {PROPOSALS: {proposal.id: row_of(proposal)}})

    def remove(self, person: str, proposal: str) -> None:
        """Removes it, if it is there, and every file that holds it."""
        with self._lock:
            if proposal in self._rows(person, PROPOSALS):
                self._commit(person, {PROPOSALS: {proposal: None}}, forget=True)

    def set_mode(self, person: str, mode: Mode) -> None:
        with self._lock:
            self._commit(person, {"choices": {CHOICE: _row(replace(self.observing(person), mode=mode))}})

    def skip(self, person: str, through: datetime) -> None:
        """What was said up to then is not looked at."""
        with self._lock:
            self._bring(person, replace(self.observing(person), through=through, read=through), (), ())

    def refuse(self, person: str, text: str) -> None:
        """This is not proposed again. Only its digest is kept."""
        with self._lock:
            now = self.observing(person)
            refused = (*(one for one in now.refused if one != digest(text)), digest(text))
            self._commit(person, {"choices": {CHOICE: _row(replace(now, refused=refused[-MOST_REFUSED:]))}})

    def gone_with(self, person: str, conversation: str) -> dict[str, dict[str, Row | None]]:
        """The changes that take along what was noticed in a conversation."""
        rows = self._rows(person, PROPOSALS)
        gone: dict[str, Row | None] = {
            key: None for key, row in rows.items() if str(row["turn"]).partition(".")[0] == conversation
        }
        return {PROPOSALS: gone} if gone else {}

    def _bring(self, person: str, observing: Observing, proposals: Iterable[Proposal], gone: Iterable[str]) -> None:
        rows: dict[str, Row | None] = dict.fromkeys(gone)
        rows |= {proposal.id: row_of(proposal) for proposal in proposals}
        changes = {PROPOSALS: rows} if rows else {}
        self._commit(person, {**changes, "choices": {CHOICE: _row(observing)}}, forget=None in rows.values())

    def _rows(self, person: str, table: str) -> Mapping[str, Row]:
        rows: Mapping[str, Row] = self._journal(person).storage.tables.get(table, {})
        return rows


def digest(text: str) -> str:
    """Names a text without its case and punctuation; the same words give the same digest."""
    return content_hash("".join(sign for sign in text.casefold() if sign.isalnum() or sign == " ").split())[:32]


def _row(observing: Observing) -> Row:
    through, read = (day and day.isoformat() for day in (observing.through, observing.read))
    marks = {"through": through, "read": read}
    return {"id": CHOICE, "mode": observing.mode, **marks, "refused": list(observing.refused)}


def _day(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
