"""The journals of one home: one for the list of people, one for each person. One process writes them."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from domain import Person
from errors import Gone, HomegrownError, LeftOver, Locked, NothingSound, StorageTrouble
from storage.atomic import not_saved, private_folder, remove_durably, sweep, sync_folder
from storage.chain import read_head
from storage.checkpoint import begin_anew
from storage.disk import Disk
from storage.documents import row_of
from storage.files import Files
from storage.journal import JournalDB, JournalStorage, today
from storage.migrations import migrate
from storage.recovery import was_begun
from storage.seal import Seal

HOME = "home"  # whose journal the list of people is
LIST = "the list of people"
MARK = "unfinished"  # a file in the folder of somebody who is coming or going: see unfinished.py
BESIDE = "Another Homegrown process has this home; what you wanted was not saved. Close that one, or ask there."
CLOSED = "Homegrown is being closed; what came now was not saved. Start it again."
LOST = (
    "Nothing of the list of people in {folder} is sound any more; put a copy of the folder back, "
    "or make a new list of those whose words are there: python app.py doctor --restore"
)
GONE = "That person is not here any more; reload the page to see who is."

log = logging.getLogger("homegrown.journals")


class Journals:
    """Opens journals when they are needed and keeps them in memory.

    `seal_of` gives what seals a person's journal, None if it is in the clear; it raises Locked while their key is not
    there. The caller serialises access. Raises StorageTrouble if the home cannot be used.
    """

    def __init__(self, home: Path, seal_of: Callable[[str], Seal | None]) -> None:
        self._home, self._seal_of = home, seal_of
        self._open: dict[str, JournalDB] = {}
        self._lock = FileLock(home / "store.lock", mode=0o600, thread_local=False)
        self._reading = ""
        try:
            private_folder(home)
            private_folder(home / "people")
            self._lock.acquire(timeout=0)
            sweep(home)
        except Timeout:
            self._reading = BESIDE
        except OSError as error:
            raise StorageTrouble(
                f"{home} cannot be used ({error.strerror}); choose another folder with --home."
            ) from error

    def close(self) -> None:
        """Nothing can be written afterwards: the next process may own the home."""
        self._open.clear()
        self._reading = CLOSED
        self._lock.release()

    def of_home(self) -> JournalDB:
        """The list of people; begun in a home where nobody is yet."""
        if HOME not in self._open and not self._reading:
            migrate(self._home, HOME)
            if not any(map(was_begun, [self._home, *self._home.glob("people/*")])):
                JournalStorage.found(self._home, HOME, {})
        try:
            return self._opened(self._home, HOME, None)
        except NothingSound as error:
            raise NothingSound(LOST.format(folder=self._home)) from error

    def of(self, person: str) -> JournalDB:
        """Raises Gone for somebody who is not here: what still comes in for a removed person is not written."""
        folder, seal = self.folder(person), self._seal_of(person)
        if person not in self._open and not self._reading:
            migrate(folder, person)
        return self._opened(folder, person, seal)

    def begin(self, person: str) -> None:
        """An empty journal for a new person, who is to be listed and then unmarked."""
        self.mark(person)
        JournalStorage.found(self.folder(person), person, {})

    def mark(self, person: str) -> None:
        """From now on this person is to be removed, unless `unmark` comes. Raises StorageTrouble."""
        if trouble := self.of_home().storage.trouble:
            raise StorageTrouble(trouble)
        folder = self._home / "people" / person
        try:
            private_folder(folder)
            (folder / MARK).touch(mode=0o600)
            sync_folder(folder)
        except OSError as error:
            raise not_saved(folder, error) from error

    def unmark(self, person: str) -> None:
        remove_durably(self.folder(person) / MARK)

    def marked(self) -> list[str]:
        return [mark.parent.name for mark in self._home.glob(f"people/*/{MARK}")]

    def folder(self, person: str) -> Path:
        folder = self._home / "people" / person
        if not person.isalnum() or not folder.is_dir():
            raise Gone(GONE)
        return folder

    def drop(self, person: str) -> None:
        """Takes somebody's words out of memory."""
        self._open.pop(person, None)

    def empty(self, person: str) -> None:
        """Deletes everything of a person but their mark. Raises StorageTrouble; it can then be tried again."""
        self.drop(person)
        folder = self.folder(person)
        try:
            for path in folder.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path.name != MARK:
                    path.unlink()
        except OSError as error:
            raise StorageTrouble(f"Not all of {folder} could be removed ({error.strerror}); try again.") from error

    def remove(self, person: str) -> None:
        """Deletes what is left of somebody who is not listed any more: the mark, and the folder."""
        folder = self.folder(person)
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise LeftOver(f"{folder} could not be removed ({error.strerror}); start again.") from error

    def is_sealed(self, person: str) -> bool:
        """Whether a person's journal lies sealed on the disk; needs no key."""
        files = Files(self.folder(person))
        for generation in files.snapshots():
            if head := read_head(files.snapshot(generation)):
                return head.sealed
        return False

    def reseal(self, person: str, old: Seal | None, new: Seal | None) -> None:
        """Everything under another seal; can be repeated. Opened the next time with what `seal_of` then gives."""
        folder = self.folder(person)
        self.drop(person)
        if not self._reading:
            migrate(folder, person)
        present = new if self.is_sealed(person) == (new is not None) else old
        JournalStorage(folder, person, present, reading=self._reading).reseal(new)

    def troubles(self, people: Iterable[Person]) -> dict[str, str]:
        """name -> why nothing of theirs can be read, or written"""
        found: dict[str, str] = {}
        for name, db in self._each(people):
            if trouble := db if isinstance(db, str) else db.storage.trouble:
                found[name] = trouble
        return found

    def restore_list(self) -> list[str]:
        """Lets the list of people go on with what is sound of it, be it nothing; names it if it was damaged."""
        if self._reading:
            raise StorageTrouble(self._reading)
        try:
            listed = self.of_home().storage
            if not listed.damaged:
                return []
            listed.restore()
        except NothingSound:
            try:
                begin_anew(Disk(), Files(self._home), HOME, today())
            except OSError as error:
                raise not_saved(self._home, error) from error
        return [LIST]

    def restore(self, people: Iterable[Person]) -> list[str]:
        """The names of those whose damaged journals now go on with what is sound of them.

        Whoever the list of people has lost is put into it again, under a made-up name.
        """
        damaged = [(name, db) for name, db in self._each(people) if not isinstance(db, str) and db.storage.damaged]
        for _, db in damaged:
            db.storage.restore()
        lost = self._unlisted(people)
        if lost:
            self.of_home().storage.commit({"people": {person.id: row_of(person) for person in lost}})
        return [*(name for name, _ in damaged), *(person.name for person in lost)]

    def _unlisted(self, people: Iterable[Person]) -> list[Person]:
        """Those who have a journal, but no row in the list of people, and are not coming or going."""
        known = {person.id: person for person in people}
        owned = any(person.owner for person in known.values())
        found: list[Person] = []
        for folder in sorted(self._home.glob("people/*"), key=lambda folder: folder.stat().st_mtime):
            if folder.name not in known and not (folder / MARK).exists() and was_begun(folder):
                since = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
                found.append(Person(folder.name, f"Restored {folder.name[:6]}", not (owned or found), since))
        return found

    def _each(self, people: Iterable[Person]) -> Iterator[tuple[str, JournalDB | str]]:
        """The journals of those who are not locked; a sentence instead of what cannot even be read."""
        yield LIST, self.of_home()
        for person in people:
            try:
                yield person.name, self.of(person.id)
            except Locked:
                continue
            except HomegrownError as error:
                yield person.name, str(error)

    def _opened(self, folder: Path, name: str, seal: Seal | None) -> JournalDB:
        if name not in self._open:
            self._open[name] = JournalDB(folder, name, seal, reading=self._reading)
        return self._open[name]
