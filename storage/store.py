"""The store: people, conversations, memories, ledger, nights. Speaks domain types; journals keep them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from domain import ApiKey, Conversation, Export, Feedback, Memory, Night, Person, Turn, content_hash, now
from errors import BadInput, Gone, NothingSound
from storage.attached import Attached
from storage.documents import NO_CONVERSATION, parsed, row_of, rows_of, turns_table
from storage.journal import JournalDB
from storage.journals import LIST, Journals
from storage.names import free_name
from storage.observed import Observed
from storage.personas import PERSONAS, unused
from storage.recalled import Recalled
from storage.seal import Seal
from storage.tables import Changes
from storage.unfinished import Unfinished, left

T = TypeVar("T")


class Store:
    """Everything that was said and rated, per person. What a method has returned from is on the disk.

    What a `remove_` method has returned from is in no file of the journals any more. `seal_of` gives what seals a
    person's journal, None if it lies in the clear, and raises Locked while their key is not there. A second process
    can only read. Raises StorageTrouble if the home cannot be used.
    """

    def __init__(self, home: Path, seal_of: Callable[[str], Seal | None] = lambda person: None) -> None:
        self.home = home
        self._lock = threading.RLock()
        self._journals = Journals(home, seal_of)
        self.unfinished = Unfinished(self._journals, self.people, self._lock)
        self.recalled = Recalled(self._journals.of, self._commit, self._lock)
        self.observed = Observed(self._journals.of, self._commit, self._lock)
        self.attached = Attached(self._journals.of, self._commit, self._lock)

    def close(self) -> None:
        with self._lock:
            self._journals.close()

    # people

    def people(self) -> list[Person]:
        return sorted(self._all(Person, None, "people"), key=lambda p: p.created_at)

    def person(self, name: str | None) -> Person:
        """The person of that name (or id); None: the only one there is. Raises Gone or BadInput."""
        people = self.people()
        for person in people:
            if name in (person.name, person.id):
                return person
        if name is None and len(people) == 1:
            return people[0]
        known = ", ".join(p.name for p in people) or "nobody yet"
        if name is None:
            raise BadInput(f"Say who you are with --person NAME (known here: {known}).")
        raise Gone(f"Nobody here is called {name!r} (known: {known}); add them with: people add {name}")

    def add_person(self, name: str, begun: str | None = None) -> Person:
        """Puts somebody on the list of people, and they are whole: whom `unfinished` began or marked, or a new one."""
        with self._lock:
            name, owned = free_name(name, self.people(), begun), any(p.owner and p.id != begun for p in self.people())
            person = Person(begun or self.unfinished.begin(), name, owner=not owned, created_at=now())
            self._put(None, "people", person)
            self._journals.unmark(person.id)
        return person

    def rename_person(self, person: Person, name: str) -> Person:
        renamed = replace(person, name=free_name(name, self.people(), person.id))
        self._put(None, "people", renamed)
        return renamed

    def remove_person(self, person: str) -> None:
        """Forgets a person and everything of theirs: their files first. What breaks off can be tried again."""
        with self._lock:
            self.unfinished.mark(person)
            self._journals.empty(person)
            self.recalled.changed(person)
            self._forget(None, left(person, self.people()))
            self._journals.remove(person)

    # conversations and turns

    def conversations(self, person: str) -> list[Conversation]:
        """Newest first."""
        return sorted(self._all(Conversation, person, "conversations"), key=lambda c: c.updated_at, reverse=True)

    def conversation(self, person: str, conversation: str) -> Conversation:
        found = self._get(Conversation, person, "conversations", conversation)
        if found is None:
            raise Gone(NO_CONVERSATION)
        return found

    def put_conversation(self, person: str, conversation: Conversation) -> None:
        self._put(person, "conversations", conversation)

    def remove_conversation(self, person: str, conversation: str) -> None:
        with self._lock:
            turns, present = turns_table(conversation), self.persona(person)[0]
            gone = self.observed.gone_with(person, conversation) | self.attached.gone_with(person, conversation)
            gone[PERSONAS] = unused(self._db(person).storage.tables, present, going=turns)
            self._forget(person, {"conversations": {conversation: None}, turns: None, **gone})

    def turns(self, person: str, conversation: str) -> dict[str, Turn]:
        """All turns of a conversation by id, in the order they were made."""
        found = self._all(Turn, person, turns_table(conversation))
        return {turn.id: turn for turn in sorted(found, key=lambda t: t.created_at)}

    def turn(self, person: str, turn: str) -> Turn:
        """A turn by its id, which begins with its conversation's id and a dot."""
        found = self._get(Turn, person, turns_table(turn.partition(".")[0]), turn)
        if found is None:
            raise Gone("That reply is not there any more; reload the page to see what is.")
        return found

    def put_turn(self, person: str, turn: Turn) -> None:
        self._put(person, turns_table(turn.conversation), turn)

    # personas

    def persona(self, person: str, key: str | None = None) -> tuple[str, str]:
        """(key, text) of a persona version; None: the present one. The empty persona has the key ""."""
        with self._lock:
            wanted = key if key is not None else self._chosen(person, "persona", {"key": ""})["key"]
            found = self._journals.of(person).table(PERSONAS).get(doc_id=wanted)
        return wanted, "" if found is None else str(found["text"])

    def set_persona(self, person: str, text: str) -> str:
        """Returns its key. Texts that no turn was made with are forgotten, as if they had been removed."""
        key = content_hash(text)[:12] if text.strip() else ""
        with self._lock:
            gone = unused(self._db(person).storage.tables, key)
            texts = gone | ({key: {"id": key, "text": text}} if key else {})
            chosen = {"persona": {"id": "persona", "key": key}}
            self._commit(person, {PERSONAS: texts, "choices": chosen}, forget=bool(gone))
        return key

    # choices

    def at_once(self, person: str) -> bool:
        """Whether corrections act through the prompt until they are learnt; they do unless it was switched off."""
        return bool(self._chosen(person, "at once", {"on": True})["on"])

    def set_at_once(self, person: str, on: bool) -> None:
        self._commit(person, {"choices": {"at once": {"id": "at once", "on": on}}})

    def _chosen(self, person: str, what: str, usual: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            return self._journals.of(person).table("choices").get(doc_id=what) or usual

    # memories, ledger, nights

    def memories(self, person: str) -> list[Memory]:
        return sorted(self._all(Memory, person, "memories"), key=lambda m: m.created_at)

    def put_memory(self, person: str, memory: Memory) -> None:
        """Another text for a known one forgets the old text, as if it had been removed."""
        with self._lock:
            old = self._get(Memory, person, "memories", memory.id)
            anew = old is not None and old.text != memory.text
            gone = self.recalled.gone_with(person, memory.id, uses=False) if anew else {}
            self._commit(person, {"memories": {memory.id: row_of(memory)}, **gone}, forget=anew)

    def remove_memory(self, person: str, memory: str) -> None:
        with self._lock:
            gone = self.recalled.gone_with(person, memory)
            self._forget(person, {"memories": {memory: None}, **gone}, "That memory is not there any more.")

    def feedback(self, person: str) -> list[Feedback]:
        """The live ledger, oldest first."""
        return sorted(self._all(Feedback, person, "feedback"), key=lambda f: (f.at, f.id))

    def put_feedback(self, person: str, *rows: Feedback) -> None:
        """A row with a known id replaces that row; all are stored in one write."""
        self._put(person, "feedback", *rows)

    def remove_feedback(self, person: str, row: str) -> None:
        missing = f"There is no ledger row {row!r}; `feedback list` shows those there are."
        self._forget(person, {"feedback": {row: None}}, missing)

    def nights(self, person: str) -> list[Night]:
        """Finished nights, oldest first."""
        return sorted(self._all(Night, person, "nights"), key=lambda n: n.finished_at)

    def put_night(self, person: str, night: Night) -> None:
        self._put(person, "nights", night)

    # keys of other programs

    def api_keys(self, person: str) -> list[ApiKey]:
        """Oldest first."""
        return self._all(ApiKey, person, "api keys")

    def put_api_key(self, person: str, key: ApiKey, *, anew: bool = True) -> None:
        """Unless `anew`, only if it was not removed meanwhile."""
        with self._lock:
            if anew or self._get(ApiKey, person, "api keys", key.id) is not None:
                self._put(person, "api keys", key)

    def remove_api_key(self, person: str, key: str) -> None:
        self._forget(person, {"api keys": {key: None}}, "That key is not there any more; `keys list` shows the others.")

    # taking everything along

    def exports(self, person: str) -> list[Export]:
        """Copies that a person has taken out, oldest first: forgetting cannot reach those."""
        return sorted(self._all(Export, person, "exports"), key=lambda export: export.at)

    def put_export(self, person: str, path: str, at: datetime) -> None:
        self._put(person, "exports", Export(path, at))

    def drop_export(self, person: str, path: str) -> None:
        """That copy is not there any more."""
        self._commit(person, {"exports": {path: None}})

    def put_all(self, person: str, values: Iterable[Any]) -> None:
        """Many conversations, turns, memories, ledger rows and nights in one write: all of them, or none."""
        self._commit(person, rows_of(values))

    # the journals

    def is_sealed(self, person: str) -> bool:
        """Whether a person's journal lies sealed on the disk; needs no key."""
        with self._lock:
            return self._journals.is_sealed(person)

    def reseal(self, person: str, old: Seal | None, new: Seal | None) -> None:
        """Keeps everything of a person under another seal, and nothing under the old one. Can be repeated.

        Raises StorageTrouble; `is_sealed` tells which of the two then counts.
        """
        with self._lock:
            self._journals.reseal(person, old, new)
            self.recalled.changed(person)

    def drop(self, person: str) -> None:
        """Takes a person's words out of memory; they are read again when `seal_of` gives their seal."""
        with self._lock:
            self._journals.drop(person)
            self.recalled.changed(person)

    def troubles(self, *whose: Person) -> dict[str, str]:
        """Whose journal (of `whose`, or of everybody) cannot be read or written, and why; who is locked is left out."""
        with self._lock:
            try:
                return self._journals.troubles(whose or self.people())
            except NothingSound as error:
                return {LIST: str(error)}

    def restore(self) -> list[str]:
        """Lets damaged journals go on with what is sound of them; returns whose. Copies stay in quarantine."""
        with self._lock:
            return [*self._journals.restore_list(), *self._journals.restore(self.people())]

    # how it is kept; `person` None: in the home's own journal

    def _db(self, person: str | None) -> JournalDB:
        return self._journals.of_home() if person is None else self._journals.of(person)

    def _all(self, kind: type[T], person: str | None, table: str) -> list[T]:
        with self._lock:
            db = self._db(person)
            documents = db.table(table).all()
        return [parsed(kind, document, db.storage.files.folder) for document in documents]

    def _get(self, kind: type[T], person: str | None, table: str, key: str) -> T | None:
        with self._lock:
            db = self._db(person)
            document = db.table(table).get(doc_id=key)
        return None if document is None else parsed(kind, document, db.storage.files.folder)

    def _put(self, person: str | None, table: str, *values: Any) -> None:
        self._commit(person, {table: {value.id: row_of(value) for value in values}})

    def _commit(self, person: str | None, changes: Changes, *, forget: bool = False) -> None:
        with self._lock:
            if person and "memories" in changes:
                self.recalled.changed(person)
            self._db(person).storage.commit(changes, forget=forget)

    def _forget(self, person: str | None, changes: Changes, missing: str = "") -> None:
        """Removes rows, and every file that holds them. Raises Gone with `missing` if they are not there."""
        with self._lock:
            known = self._db(person).storage.tables
            if missing and not any(
                key in known.get(table, {}) for table, rows in changes.items() for key in rows or ()
            ):
                raise Gone(missing)
            self._commit(person, changes, forget=True)
