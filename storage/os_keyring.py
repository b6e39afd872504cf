"""The operating system's keyring, for those who want it: with their key there, nights go on after a restart."""

from __future__ import annotations

import logging
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.null
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from errors import BadInput, StorageTrouble
from storage.atomic import write_whole

# Keyrings of the system itself, which sign-in to the computer unlocks. Others that may be installed write plain files.
TRUSTED = {f"keyring.backends.{name}" for name in ("macOS", "Windows", "SecretService", "libsecret", "kwallet")}
SERVICE = "Homegrown"
MARKER = "in-keyring"  # an empty file beside the person's key: without it, nobody's keyring is asked for anything
NONE = "This system has no keyring that Homegrown can use; after a restart, sign in, and nights go on."

log = logging.getLogger("homegrown.keyring")


class OsKeyring:
    """`backend` is looked for when it is needed; tests give one."""

    def __init__(self, home: Path, backend: KeyringBackend | None = None) -> None:
        self._home = home
        self._backend = backend

    def available(self) -> bool:
        """Whether this system has one that is trusted; nobody's secret is asked for."""
        return self._found() is not None

    def has(self, person: str) -> bool:
        """Whether this person has asked for it."""
        return self._marker(person).exists()

    def put(self, person: str, key: bytes) -> None:
        """Raises BadInput if there is no keyring, StorageTrouble if it refuses."""
        backend = self._found()
        if backend is None:
            raise BadInput(NONE)
        try:
            backend.set_password(SERVICE, person, key.hex())
        except KeyringError as error:
            raise StorageTrouble(f"The system's keyring refused ({error}); unlock it and try again.") from error
        write_whole(self._marker(person), "")

    def get(self, person: str) -> bytes | None:
        """The key of somebody who has asked for it, if the keyring gives it."""
        backend = self._found() if self.has(person) else None
        if backend is None:
            return None
        try:
            return bytes.fromhex(backend.get_password(SERVICE, person) or "")
        except (KeyringError, ValueError) as error:
            log.warning("the keyring did not give the key of %s: %s", person, error)
            return None

    def remove(self, person: str) -> None:
        """Takes the key out, if it is there. Raises StorageTrouble if the keyring refuses."""
        if not self.has(person):
            return
        try:
            if backend := self._found():
                backend.delete_password(SERVICE, person)
        except PasswordDeleteError as error:
            log.info("the keyring had no key of %s: %s", person, error)
        except KeyringError as error:
            raise StorageTrouble(f"The system's keyring refused ({error}); unlock it and try again.") from error
        self._marker(person).unlink(missing_ok=True)

    def _found(self) -> KeyringBackend | None:
        if self._backend is None:
            chosen = keyring.get_keyring()  # what this account is set up to use
            if isinstance(chosen, keyring.backends.null.Keyring):  # switched off there
                return None
            if type(chosen).__module__ in TRUSTED:
                self._backend = chosen
                return chosen
            there = [one for one in keyring.backend.get_all_keyring() if type(one).__module__ in TRUSTED]
            self._backend = max(there, key=lambda one: float(one.priority), default=None)
        return self._backend

    def _marker(self, person: str) -> Path:
        return self._home / "people" / person / MARKER
