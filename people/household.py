"""Who lives in this home: coming in and going, passphrases, and leaving for good."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from domain import Person
from errors import BadInput, HomegrownError, LeftOver, Locked, StorageTrouble
from learning.unreported import adopt_report
from people.sealing import Sealing
from storage.adapters import Adapters
from storage.keys import WRONG, Keys
from storage.names import free_name
from storage.store import Store
from storage.wrap import SHORTEST, checked_passphrase

ROOM = 3  # times what a person has stored: sealing writes it anew before the old goes
SEALED_IN_PART = (
    "Your passphrase holds from now on, but not everything could be sealed: {trouble} Sign out and in again, which "
    "goes on with it, then make a new recovery code."
)
NO_PASSPHRASE = "There is no passphrase to lock with; set one first."
OTHERS = "While others live here, everybody needs a passphrase; change it instead."
NEWCOMER = "While others live here, everybody needs a passphrase: give one for {name}."

log = logging.getLogger("homegrown.household")


class Talking(Protocol):
    """What Household needs of chat.Chat."""

    def hush(self, person: str, *, wait: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class Resident:
    """What the owner sees of somebody: never any text."""

    person: Person
    has_passphrase: bool
    in_keyring: bool  # of the operating system: their nights go on after a restart
    locked: bool  # their key is not in memory: nobody reads their words, and their nights wait
    bytes: int  # on the disk


class Household:
    """`call_off` ends a person's night; `drop_caches` makes the engine forget those whose key begins so."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        adapters: Adapters,
        chat: Talking,
        call_off: Callable[[str], None],
        drop_caches: Callable[[str], None],
    ) -> None:
        self.store, self.keys, self.adapters = store, keys, adapters
        self._chat, self._call_off, self._drop_caches = chat, call_off, drop_caches
        self._sealing = Sealing(store, keys, adapters)

    # asking

    def residents(self) -> list[Resident]:
        """Everybody, the one who came first first."""
        return [self._resident(person) for person in self.store.people()]

    def _resident(self, person: Person) -> Resident:
        protected, kept = self.has_passphrase(person.id), self.keys.in_keyring(person.id)
        return Resident(person, protected, kept, self.is_locked(person.id), self._size(person.id))

    def has_passphrase(self, person: str) -> bool:
        return self.keys.has_passphrase(person)

    def is_locked(self, person: str) -> bool:
        return self.keys.is_locked(person)

    def is_asked(self, person: str) -> bool:
        """Whether a command about this person needs their passphrase: also if the app has the key, where others live.

        They may use the same account of the computer.
        """
        return self.is_locked(person) or (self.has_passphrase(person) and len(self.store.people()) > 1)

    # coming and going

    def unlock(self, person: str, passphrase: str) -> None:
        """Signs in: the key stays in memory until `lock`, or until the app stops. Raises Locked."""
        self.keys.unlock(person, passphrase)
        self._sealing.finish(person)

    def wake(self) -> None:
        """At the start: takes the keys of those who want it from the system's keyring, so that their nights can run.

        The pages still ask for the passphrase. One person's damaged files must not keep the others out.
        """
        for person in self.store.people():
            try:
                if self.is_locked(person.id) and self.keys.unlock_from_keyring(person.id):
                    self._sealing.finish(person.id)
            except StorageTrouble as trouble:
                log.warning("the key of %s was not taken from the keyring: %s", person.id, trouble)

    def recover(self, person: str, code: str, new: str) -> str:
        """Signs in with the recovery code and chooses a new passphrase; returns the new recovery code.

        Raises BadInput for a typing mistake in the code or a passphrase that is too short, Locked for a wrong code.
        """
        fresh = self.keys.recover(person, code, new)
        self._sealing.finish(person)
        return fresh

    def lock(self, person: str) -> None:
        """Forgets the key. A reply or a night of this person ends; their nights wait from now on."""
        if not self.has_passphrase(person):
            raise BadInput(NO_PASSPHRASE)
        self._hush(person)
        self.keys.lock(person)
        self.store.drop(person)
        self.adapters.release(person)
        self._silence(person)  # once more: a program may have asked meanwhile

    # passphrases

    def set_passphrase(self, person: str, new: str, old: str = "") -> str:
        """The first passphrase, which seals all of a person's files, or another one for `old`.

        Returns a recovery code, to be shown once; it replaces the one before. Raises BadInput, Locked if `old` is
        wrong, StorageTrouble if there is no room: then nothing has changed.
        """
        if self.has_passphrase(person):
            return self.keys.change(person, new, old)
        checked_passphrase(new)
        self._must_have_room(person)
        self._hush(person)
        with self.adapters.changing:
            adopt_report(self.store, self.adapters, person)  # sealing leaves out what should not lie there
            code = self.keys.create(person, new)
            try:
                self._sealing.settle(person)
            except StorageTrouble as trouble:
                if not self.store.is_sealed(person):  # as if the passphrase had never been set
                    raise
                raise LeftOver(SEALED_IN_PART.format(trouble=trouble)) from trouble
        return code

    def remove_passphrase(self, person: str, passphrase: str) -> None:
        """Opens all files again; only for somebody who lives here alone. Raises as set_passphrase."""
        if len(self.store.people()) > 1:
            raise BadInput(OTHERS)
        self._must_have_room(person)
        self._hush(person)
        with self.adapters.changing:
            self.keys.begin_opening(person, passphrase)
            self._sealing.settle(person)

    def new_code(self, person: str, passphrase: str) -> str:
        """A new recovery code, which replaces the old one; the passphrase stays. Raises Locked if it is wrong."""
        if len(passphrase) < SHORTEST:
            raise Locked(WRONG)
        return self.keys.change(person, passphrase, passphrase)

    def remembered(self, person: str) -> bool | None:
        """Whether the key is in the system's keyring, so that nights go on after a restart; None: there is none."""
        return self.keys.in_keyring(person) if self.keys.has_keyring() else None

    def remember(self, person: str, passphrase: str) -> None:
        """Raises Locked for a wrong passphrase, BadInput without a keyring, StorageTrouble if it refuses."""
        self.keys.put_in_keyring(person, passphrase)

    def no_longer_remember(self, person: str) -> None:
        """Raises StorageTrouble if the keyring refuses."""
        self.keys.take_from_keyring(person)

    # moving in and out

    def add(
        self,
        name: str,
        passphrase: str = "",
        bring: Callable[[str], None] = lambda person: None,
        into: Person | None = None,
    ) -> tuple[Person, str]:
        """(the new person, their recovery code). The first one needs no passphrase, and then has no code ("").

        `bring` stores what they bring along; `into` is an empty profile that becomes theirs. They are listed last:
        what breaks off leaves nobody behind, at once or, after a kill, at the next start.
        """
        others = [person for person in self.store.people() if person != into]
        name = free_name(name, others)
        if passphrase:
            checked_passphrase(passphrase)
        elif others:
            raise Locked(NEWCOMER.format(name=name))
        if into:
            self.store.unfinished.mark(into.id)
        person = into.id if into else self.store.unfinished.begin()
        try:
            code = self.set_passphrase(person, passphrase) if passphrase else ""
            bring(person)
            return self.store.add_person(name, person), code
        except BaseException as error:
            self.remove(person)
            if into:
                self.store.add_person(into.name)
            if isinstance(error, LeftOver):  # of somebody who is gone again
                raise StorageTrouble(f"{name} could not be added: {error.__cause__ or error}") from error
            raise

    def remove(self, person: str) -> None:
        """Forgets somebody and everything of theirs: first the key, without which the rest is noise. Can be repeated.

        What a kill breaks off, the next start finishes. Raises Gone.
        """
        self.store.unfinished.mark(person)
        self._hush(person)
        self.keys.erase(person)
        self.adapters.release(person)
        self.adapters.remove_unfinished(person)  # it may lie elsewhere
        self.store.remove_person(person)

    def sweep(self) -> None:
        """At the start: takes away whom a kill left half in or half out. What fails waits for the next start."""
        try:
            for person in self.store.unfinished.people():
                self.remove(person)
                log.info("%s had come or gone by half, and was removed", person)
        except HomegrownError as trouble:
            log.warning("who had come or gone by half stays: %s", trouble)

    # what is under way, and room

    def _hush(self, person: str) -> None:
        """Ends what is under way for a person."""
        self._call_off(person)
        self._silence(person)

    def _silence(self, person: str) -> None:
        """Ends replies, and has the engine forget what it read for them."""
        self._chat.hush(person, wait=True)
        self._drop_caches(f"{person}/")

    def _size(self, person: str) -> int:
        return size_of(self.store.home / "people" / person)

    def _must_have_room(self, person: str) -> None:
        needed, free = ROOM * self._size(person), shutil.disk_usage(self.store.home).free
        if free < needed:
            raise StorageTrouble(f"There is not enough room on the disk; free {(needed - free) >> 20:,} MB more first.")


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; files that vanish meanwhile do not count."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            if path.is_file():
                total += path.lstat().st_size
    return total
