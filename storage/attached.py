"""Documents that were attached to conversations: their text in passages, and the vectors of these.

They lie in the person's journal. A conversation that is deleted takes its documents along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock

from domain import Attachment, Conversation, Turn
from errors import Gone
from storage.documents import NO_CONVERSATION, parsed, rows_of
from storage.journal import JournalDB
from storage.tables import Row

TEXTS, VECTORS = "attachments", "attachment vectors"
NO_ATTACHMENT = "That document is not attached any more; reload the page to see those that are."


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """A vector, as text, for each passage of a document; `of` names the texts and the model."""

    of: str
    vectors: tuple[str, ...]


class Attached:
    def __init__(self, journal: Callable[[str], JournalDB], commit: Callable[..., None], lock: RLock) -> None:
        self._journal, self._commit, self._lock = journal, commit, lock

    def ids(self, person: str) -> list[str]:
        with self._lock:
            return list(self._rows(person, TEXTS))

    def of(self, person: str, conversation: str) -> list[Attachment]:
        """Those of a conversation, in the order in which they were attached."""
        with self._lock:
            rows = [row for row in self._rows(person, TEXTS).values() if row["conversation"] == conversation]
            folder = self._journal(person).storage.files.folder
        found = [parsed(Attachment, row, folder) for row in rows]
        return sorted(found, key=lambda attachment: (attachment.created_at, attachment.id))

    def get(self, person: str, attachment: str) -> Attachment:
        """Raises Gone."""
        with self._lock:
            row = self._rows(person, TEXTS).get(attachment)
            folder = self._journal(person).storage.files.folder
        if row is None:
            raise Gone(NO_ATTACHMENT)
        return parsed(Attachment, row, folder)

    def put(self, person: str, attachment: Attachment, new: Conversation | None = None) -> None:
        """To the `new` conversation, which begins with it, or to one that is there. Raises Gone if it is not."""
        with self._lock:
            if not new and attachment.conversation not in self._rows(person, "conversations"):
                raise Gone(NO_CONVERSATION)
            self._commit(person, rows_of([attachment, *([new] if new else [])]))

    def remove(self, person: str, attachment: str, turns: Sequence[Turn]) -> None:
        """Removes it, and every file that holds it. `turns` are stored with it: what they say is without its text."""
        with self._lock:
            if attachment not in self._rows(person, TEXTS):
                raise Gone(NO_ATTACHMENT)
            self._commit(person, {**rows_of(turns), **self._without(person, [attachment])}, forget=True)

    def gone_with(self, person: str, conversation: str) -> dict[str, dict[str, Row | None]]:
        """The changes that take along what was attached to a conversation."""
        rows = self._rows(person, TEXTS)
        return self._without(person, [key for key, row in rows.items() if row["conversation"] == conversation])

    def vectors(self, person: str, attachment: str) -> PassageVectors | None:
        with self._lock:
            row = self._rows(person, VECTORS).get(attachment)
        return PassageVectors(str(row["of"]), tuple(row["vectors"])) if row else None

    def keep_vectors(self, person: str, attachment: str, kept: PassageVectors) -> None:
        """Keeps them, if the document is still there."""
        with self._lock:
            if attachment in self._rows(person, TEXTS):
                row = {"id": attachment, "of": kept.of, "vectors": list(kept.vectors)}
                self._commit(person, {VECTORS: {attachment: row}})

    def _without(self, person: str, attachments: Sequence[str]) -> dict[str, dict[str, Row | None]]:
        found: dict[str, dict[str, Row | None]] = {}
        for table in (TEXTS, VECTORS):
            if gone := dict.fromkeys(key for key in attachments if key in self._rows(person, table)):
                found[table] = gone
        return found

    def _rows(self, person: str, table: str) -> Mapping[str, Row]:
        rows: Mapping[str, Row] = self._journal(person).storage.tables.get(table, {})
        return rows
