"""The store: people, conversations, memories, ledger, nights. The only user of TinyDB; speaks domain types."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from tinydb import TinyDB, where

from domain import Conversation, Feedback, Memory, Night, Person, Turn, content_hash, new_id, now
from errors import BadInput, Gone, StorageTrouble
from storage.atomic import AtomicJSONStorage, damaged

T = TypeVar("T")
KINDS: tuple[Any, ...] = (Person, Conversation, Turn, Memory, Feedback, Night)
DOCUMENTS: dict[Any, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in KINDS}  # values to JSON and back


class Store:
    """Everything that was said and rated, per person. What a method has returned from is on the disk.

    Files: `people.json`; below `people/<id>/` one file a kind, and one a conversation in `conversations/`, so that a
    write costs in proportion to one conversation. Raises StorageTrouble if the home cannot be used.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._lock = threading.RLock()
        self._open: dict[Path, TinyDB] = {}
        _make(home)
        _make(home / "people")

    def close(self) -> None:
        with self._lock:
            for db in self._open.values():
                db.close()
            self._open.clear()

    # people

    def people(self) -> list[Person]:
        return sorted(self._all(Person, self.home / "people.json", "people"), key=lambda p: p.created_at)

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

    def add_person(self, name: str) -> Person:
        name = checked_name(name)
        with self._lock:
            if any(p.name.casefold() == name.casefold() for p in self.people()):
                raise BadInput(f"There is already somebody called {name}; choose another name.")
            person = Person(new_id(), name, owner=not self.people(), created_at=now())
            _make(self.home / "people" / person.id)
            self._put(person, self.home / "people.json", "people")
        return person

    def rename_person(self, person: Person, name: str) -> Person:
        renamed = replace(person, name=checked_name(name))
        self._put(renamed, self.home / "people.json", "people")
        return renamed

    def remove_person(self, person: str) -> None:
        """Forgets a person and everything of theirs: their files first, so that it can be tried again if it fails."""
        if person not in [known.id for known in self.people()]:
            raise Gone("That person is not here any more; reload the page to see who is.")
        folder = self.home / "people" / person
        with self._lock:
            for path in [p for p in self._open if folder in p.parents]:
                self._open.pop(path).close()
            try:
                if folder.exists():
                    shutil.rmtree(folder)
            except OSError as error:
                raise StorageTrouble(f"Not all of {folder} could be removed ({error.strerror}); try again.") from error
            self._remove(self.home / "people.json", "people", person)

    # conversations and turns

    def conversations(self, person: str) -> list[Conversation]:
        """Newest first."""
        found = self._all(Conversation, self._file(person, "conversations"), "conversations")
        return sorted(found, key=lambda c: c.updated_at, reverse=True)

    def conversation(self, person: str, conversation: str) -> Conversation:
        found = self._get(Conversation, self._file(person, "conversations"), "conversations", conversation)
        if found is None:
            raise Gone("That conversation is not there any more; choose another one from the list.")
        return found

    def put_conversation(self, person: str, conversation: Conversation) -> None:
        self._put(conversation, self._file(person, "conversations"), "conversations")

    def remove_conversation(self, person: str, conversation: str) -> None:
        path = self._turns(person, conversation)
        with self._lock:
            self._remove(self._file(person, "conversations"), "conversations", conversation)
            if path in self._open:
                self._open.pop(path).close()
            path.unlink(missing_ok=True)

    def turns(self, person: str, conversation: str) -> dict[str, Turn]:
        """All turns of a conversation by id, in the order they were made."""
        found = self._all(Turn, self._turns(person, conversation), "turns")
        return {turn.id: turn for turn in sorted(found, key=lambda t: t.created_at)}

    def turn(self, person: str, turn: str) -> Turn:
        """A turn by its id, which begins with its conversation's id and a dot."""
        found = self._get(Turn, self._turns(person, turn.partition(".")[0]), "turns", turn)
        if found is None:
            raise Gone("That reply is not there any more; reload the page to see what is.")
        return found

    def put_turn(self, person: str, turn: Turn) -> None:
        self._put(turn, self._turns(person, turn.conversation), "turns")

    # personas: texts are kept under their hash, because turns refer to the one they were made with

    def persona(self, person: str, key: str | None = None) -> tuple[str, str]:
        """(key, text) of a persona version; None: the present one. The empty persona has the key ""."""
        db = self._db(self._file(person, "personas"))
        with self._lock:
            wanted = key if key is not None else _value(db.table("current").get(where("id") == "current"), "key")
            return wanted, _value(db.table("texts").get(where("id") == wanted), "text")

    def set_persona(self, person: str, text: str) -> str:
        key = content_hash(text)[:12] if text.strip() else ""
        db = self._db(self._file(person, "personas"))
        with self._lock:
            if key:
                db.table("texts").upsert({"id": key, "text": text}, where("id") == key)
            db.table("current").upsert({"id": "current", "key": key}, where("id") == "current")
        return key

    # choices

    def at_once(self, person: str) -> bool:
        """Whether corrections act through the prompt until they are learnt; they do unless it was switched off."""
        db = self._db(self._file(person, "choices"))
        with self._lock:
            chosen = db.table("choices").get(where("id") == "at once")
        return chosen is None or bool(chosen["on"])

    def set_at_once(self, person: str, on: bool) -> None:
        db = self._db(self._file(person, "choices"))
        with self._lock:
            db.table("choices").upsert({"id": "at once", "on": on}, where("id") == "at once")

    # memories, ledger, nights

    def memories(self, person: str) -> list[Memory]:
        return sorted(self._all(Memory, self._file(person, "memory"), "memories"), key=lambda m: m.created_at)

    def put_memory(self, person: str, memory: Memory) -> None:
        self._put(memory, self._file(person, "memory"), "memories")

    def remove_memory(self, person: str, memory: str) -> None:
        self._remove(self._file(person, "memory"), "memories", memory, missing="That memory is not there any more.")

    def feedback(self, person: str) -> list[Feedback]:
        """The live ledger, oldest first."""
        return sorted(self._all(Feedback, self._file(person, "ledger"), "feedback"), key=lambda f: (f.at, f.id))

    def put_feedback(self, person: str, *rows: Feedback) -> None:
        """A row with a known id replaces that row; new rows are stored in one write."""
        with self._lock:
            table = self._db(self._file(person, "ledger")).table("feedback")
            known = {document["id"] for document in table}
            for row in rows:
                if row.id in known:
                    self._put(row, self._file(person, "ledger"), "feedback")
            fresh = {row.id: row for row in rows if row.id not in known}
            table.insert_multiple([DOCUMENTS[Feedback].dump_python(row, mode="json") for row in fresh.values()])

    def remove_feedback(self, person: str, row: str) -> None:
        gone = f"There is no ledger row {row!r}; `feedback list` shows those there are."
        self._remove(self._file(person, "ledger"), "feedback", row, missing=gone)

    def nights(self, person: str) -> list[Night]:
        """Finished nights, oldest first."""
        return sorted(self._all(Night, self._file(person, "nights"), "nights"), key=lambda n: n.finished_at)

    def put_night(self, person: str, night: Night) -> None:
        self._put(night, self._file(person, "nights"), "nights")

    # how it is kept

    def _folder(self, person: str) -> Path:
        """Raises Gone for somebody who is not here: what still comes in for a removed person is not written."""
        folder = self.home / "people" / person
        if not person.isalnum() or not folder.is_dir():
            raise Gone("That person is not here any more; reload the page to see who is.")
        return folder

    def _file(self, person: str, kind: str) -> Path:
        return self._folder(person) / f"{kind}.json"

    def _turns(self, person: str, conversation: str) -> Path:
        if not conversation.isalnum():
            raise Gone("That conversation is not there any more; choose another one from the list.")
        return self._folder(person) / "conversations" / f"{conversation}.json"

    def _db(self, path: Path) -> TinyDB:
        with self._lock:
            if path not in self._open:
                _make(path.parent)
                self._open[path] = TinyDB(path, storage=AtomicJSONStorage)
            return self._open[path]

    def _all(self, kind: type[T], path: Path, table: str) -> list[T]:
        with self._lock:
            documents = self._db(path).table(table).all()
        return [_parsed(kind, document, path) for document in documents]

    def _get(self, kind: type[T], path: Path, table: str, key: str) -> T | None:
        with self._lock:
            document = self._db(path).table(table).get(where("id") == key)
        return None if document is None else _parsed(kind, document, path)

    def _put(self, value: Any, path: Path, table: str) -> None:
        document = DOCUMENTS[type(value)].dump_python(value, mode="json")
        with self._lock:
            self._db(path).table(table).upsert(document, where("id") == value.id)

    def _remove(self, path: Path, table: str, key: str, missing: str = "") -> None:
        with self._lock:
            if not self._db(path).table(table).remove(where("id") == key) and missing:
                raise Gone(missing)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageTrouble(
            f"{folder} cannot be used ({error.strerror}); choose another folder with --home."
        ) from error


def _parsed(kind: type[T], document: Any, path: Path) -> T:
    try:
        return cast(T, DOCUMENTS[kind].validate_python(document))
    except ValidationError as error:
        raise StorageTrouble(damaged(path)) from error


def checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise BadInput("A name has 1 to 60 printable characters.")
    return name


def _value(document: Any, name: str) -> str:
    return "" if document is None else str(document[name])
