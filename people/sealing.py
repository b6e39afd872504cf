"""Seals everything of a person, or opens it, by steps; what a crash or a full disk breaks off goes on at a sign-in."""

from __future__ import annotations

import logging

from errors import LeftOver, StorageTrouble
from learning.unreported import adopt_report
from storage.adapters import Adapters
from storage.keys import Keys
from storage.seal import Seal
from storage.store import Store

log = logging.getLogger("homegrown.sealing")


class Sealing:
    """The steps behind `Keys.create` and `Keys.begin_opening`. Raises StorageTrouble, or LeftOver if it is done."""

    def __init__(self, store: Store, keys: Keys, adapters: Adapters) -> None:
        self._store, self._keys, self._adapters = store, keys, adapters

    def finish(self, person: str) -> None:
        """At the sign-in: what was broken off, of setting or removing a passphrase, and of a night."""
        try:
            if self._keys.state(person) != "sealed":
                with self._adapters.changing:
                    self.settle(person)
        except StorageTrouble as trouble:
            if not (self._keys.has_passphrase(person) and self._store.is_sealed(person)):
                raise
            log.warning("not all files are as they should be yet, the next sign-in goes on: %s", trouble)
        adopt_report(self._store, self._adapters, person)

    def settle(self, person: str) -> None:
        """Does what was begun. Words are sealed first and opened last: as long as they are sealed, the key counts."""
        seal, state = self._keys.seal_of(person), self._keys.state(person)
        if state == "sealing":
            if not self._store.is_sealed(person):
                self._seal_words(person, seal)
            self._adapters.reseal(person, None, seal)
        elif state == "opening":
            self._adapters.reseal(person, seal, None)
            self._open_words(person, seal)
        self._keys.settle(person)

    def _seal_words(self, person: str, seal: Seal | None) -> None:
        try:
            self._store.reseal(person, None, seal)
        except StorageTrouble:
            if not self._store.is_sealed(person):  # nothing is: as if the passphrase had never been set
                self._keys.erase(person)
            raise

    def _open_words(self, person: str, seal: Seal | None) -> None:
        try:
            if self._store.is_sealed(person):
                self._store.reseal(person, seal, None)
        except LeftOver:
            self._keys.settle(person)  # the key would not open them any more
            raise
