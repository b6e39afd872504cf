"""People's keys: one random key each, kept wrapped in `key.json`, and in memory from signing in until the app stops.

people/<id>/key.json        {"state", "passphrase": wrapped key, "recovery": wrapped key, "proof": nothing, sealed}
people/<id>/key.copy.json   the same once more: with the key, everything of a person would be lost

Who has no such file has no passphrase; what is theirs lies open to whoever may read the home.
"""

from __future__ import annotations

import json
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from errors import BadInput, Locked, StorageTrouble
from storage.atomic import content_of, make_durable, put_back, remove_durably, sync_folder, write_whole
from storage.os_keyring import OsKeyring
from storage.seal import KEY_BYTES, AesGcm, Seal
from storage.wrap import (
    STANDARD,
    Cost,
    checked_code,
    checked_passphrase,
    cost_of,
    decoy,
    new_code,
    normal,
    unwrap,
    wrap,
)

# sealing, opening: a step that has begun and must be finished: `sealed` all of a person's files, or `open` all of them
State = Literal["sealing", "sealed", "opening"]
FILES = ("key.json", "key.copy.json")
SIGN_IN = "This person's data are locked; sign in with the passphrase (on the command line: --passphrase-fd N)."
WRONG = "That is not the passphrase; try again, or sign in with the recovery code."
DAMAGED = "{path} is damaged; put it back from a backup of the home folder."
WRONG_CODE = "That is not this person's recovery code, or a newer one has replaced it; try another, or the passphrase."


class Keys:
    """The keys of everybody in one home. `cost`: what a guess at a passphrase must cost from now on."""

    def __init__(self, home: Path, cost: Cost = STANDARD, keyring: OsKeyring | None = None) -> None:
        self._home = home
        self._keyring = keyring or OsKeyring(home)
        self._cost = cost
        self._lock = threading.RLock()
        self._held: dict[str, AesGcm] = {}

    # asking

    def has_passphrase(self, person: str) -> bool:
        return any((self._folder(person) / name).exists() for name in FILES)

    def is_locked(self, person: str) -> bool:
        return person not in self._held and self.has_passphrase(person)

    def seal_of(self, person: str) -> Seal | None:
        """What this person's files are sealed with; None: they have no passphrase. Raises Locked."""
        if held := self._held.get(person):
            return held
        if self.has_passphrase(person):
            raise Locked(SIGN_IN)
        return None

    def state(self, person: str) -> State | None:
        """None: no passphrase. Raises StorageTrouble if the key files are damaged."""
        return next((entry["state"] for entry in self._entries(person)), None)

    # signing in and out

    def unlock(self, person: str, passphrase: str) -> None:
        """Takes the key into memory. Raises Locked for a wrong passphrase, in the same time for somebody unknown."""
        entry, key = self._opened(person, "passphrase", normal(passphrase))
        with self._lock:
            self._held[person] = AesGcm(key)
            if cost_of(entry["passphrase"]) != self._cost:  # the standard rose
                entry["passphrase"] = self._wrapped(person, key, "passphrase", normal(passphrase))
            if self._entries(person) != [entry] * len(FILES):  # or one is damaged, or older than the last change
                self._write(person, entry)

    def unlock_with_code(self, person: str, code: str) -> None:
        """As `unlock`, with the recovery code. Raises BadInput for a typing mistake, Locked for a wrong code."""
        _, key = self._opened(person, "recovery", checked_code(code))
        with self._lock:
            self._held[person] = AesGcm(key)

    def unlock_from_keyring(self, person: str) -> bool:
        """As `unlock`, for somebody whose key is in the system's keyring; False if it is not to be had."""
        key = self._keyring.get(person)
        if key is None or not any(_proves(person, entry, key) for entry in self._entries(person)):
            return False
        with self._lock:
            self._held[person] = AesGcm(key)
        return True

    def has_keyring(self) -> bool:
        """Whether this system has a keyring that can be used."""
        return self._keyring.available()

    def in_keyring(self, person: str) -> bool:
        return self._keyring.has(person)

    def put_in_keyring(self, person: str, passphrase: str) -> None:
        """Raises Locked for a wrong passphrase, BadInput if this system has no keyring."""
        self._keyring.put(person, self._opened(person, "passphrase", normal(passphrase))[1])

    def take_from_keyring(self, person: str) -> None:
        self._keyring.remove(person)

    def lock(self, person: str) -> None:
        """Forgets the key; what holds a seal of this person must be closed with it."""
        with self._lock:
            self._held.pop(person, None)

    # choosing

    def create(self, person: str, passphrase: str) -> str:
        """A key for somebody who has none; returns their recovery code. Their files must be sealed next: `settle`."""
        passphrase = checked_passphrase(passphrase)
        with self._lock:
            if self.has_passphrase(person):
                raise BadInput("There is a passphrase already; give it together with the new one.")
            key = secrets.token_bytes(KEY_BYTES)
            code = self._keep(person, key, passphrase, "sealing")
            self._held[person] = AesGcm(key)
        return code

    def change(self, person: str, new: str, old: str) -> str:
        """Wraps the key anew; returns a new recovery code, which replaces the old one. Raises as `unlock`."""
        new = checked_passphrase(new)
        entry, key = self._opened(person, "passphrase", normal(old))
        return self._keep(person, key, new, entry["state"])

    def recover(self, person: str, code: str, new: str) -> str:
        """As `change`, for somebody who has lost the passphrase but has the recovery code; also signs them in."""
        new = checked_passphrase(new)
        entry, key = self._opened(person, "recovery", checked_code(code))
        fresh = self._keep(person, key, new, entry["state"])
        with self._lock:
            self._held[person] = AesGcm(key)
        return fresh

    def begin_opening(self, person: str, passphrase: str) -> None:
        """The first half of removing a passphrase: signs in, and says that all files must be opened: `settle` next."""
        self.unlock(person, passphrase)
        with self._lock:
            self._write(person, {**self._entry(person), "state": "opening"})

    def settle(self, person: str) -> None:
        """The step that `create` or `begin_opening` began is done: everything is sealed, or everything is open."""
        with self._lock:
            entry = self._entry(person)
            if entry["state"] == "sealing":
                self._write(person, {**entry, "state": "sealed"})
            elif entry["state"] == "opening":
                self._held.pop(person, None)
                for name in reversed(FILES):  # whatever is left of them still says what to do
                    remove_durably(self._folder(person) / name)
                with suppress(StorageTrouble):  # a key that opens nothing any more
                    self._keyring.remove(person)

    def erase(self, person: str) -> None:
        """Destroys the key for good: without it, sealed files are noise. Raises StorageTrouble if that fails.

        The files are overwritten before they are deleted; drives that write elsewhere instead (flash) may keep the old
        blocks for a while, still wrapped.
        """
        with self._lock:
            self._held.pop(person, None)
            for path in (self._folder(person) / name for name in FILES):
                try:
                    with path.open("r+b") as file:
                        file.write(secrets.token_bytes(path.stat().st_size))
                        file.flush()
                        make_durable(file.fileno())
                    path.unlink()
                    sync_folder(path.parent)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    raise StorageTrouble(f"{path} could not be erased ({error.strerror}); try again.") from error
            self._keyring.remove(person)

    # how they are kept

    def _folder(self, person: str) -> Path:
        return self._home / "people" / person

    def _entries(self, person: str) -> list[dict[str, Any]]:
        """What the files hold, without those that are damaged. Raises StorageTrouble if no sound one is left."""
        found, damaged = [], None
        for path in (self._folder(person) / name for name in FILES):
            try:
                entry = json.loads(path.read_text(encoding="utf-8"))
                if entry["state"] not in ("sealing", "sealed", "opening"):
                    raise ValueError("no such state")
                found.append({name: entry[name] for name in ("state", "passphrase", "recovery", "proof")})
            except FileNotFoundError:
                continue
            except (OSError, ValueError, KeyError, TypeError):
                damaged = path
        if damaged and not found:
            raise StorageTrouble(DAMAGED.format(path=damaged))
        return found

    def _entry(self, person: str) -> dict[str, Any]:
        if found := self._entries(person):
            return found[0]
        raise BadInput("There is no passphrase yet; choose one first.")

    def _opened(self, person: str, way: str, secret: str) -> tuple[dict[str, Any], bytes]:
        """(entry, key) for the right passphrase or code. Raises Locked.

        The two files differ if one is damaged, or if a change broke off between them; then either may open.
        """
        entries, damaged = self._entries(person), 0
        for entry in entries or [{way: decoy(self._cost)}]:
            try:
                key = unwrap(entry[way], secret, _context(person, way))
            except (ValueError, KeyError, TypeError):
                damaged += 1
                continue
            if key is not None:
                return entry, key
            if entries == [entry] * len(entries):
                break  # the other one says the same
        if entries and damaged == len(entries):
            raise StorageTrouble(DAMAGED.format(path=self._folder(person) / FILES[0]))
        raise Locked(WRONG if way == "passphrase" else WRONG_CODE)

    def _write(self, person: str, entry: dict[str, Any]) -> None:
        """Both files, or none of them."""
        first, copy = (self._folder(person) / name for name in FILES)
        before, text = content_of(first), json.dumps(entry, indent=1)
        write_whole(first, text)
        try:
            write_whole(copy, text)
        except StorageTrouble:
            put_back(first, before)
            raise

    def _keep(self, person: str, key: bytes, passphrase: str, state: State) -> str:
        code = new_code()
        with self._lock:
            self._write(
                person,
                {
                    "state": state,
                    "passphrase": self._wrapped(person, key, "passphrase", passphrase),
                    "recovery": self._wrapped(person, key, "recovery", code),
                    "proof": AesGcm(key).seal(b"", _context(person, "proof")).hex(),
                },
            )
        return code

    def _wrapped(self, person: str, key: bytes, way: str, secret: str) -> dict[str, Any]:
        return wrap(key, secret, _context(person, way), self._cost)


def _proves(person: str, entry: dict[str, Any], key: bytes) -> bool:
    """Whether this is the key that the entry holds."""
    try:
        return AesGcm(key).unseal(bytes.fromhex(entry["proof"]), _context(person, "proof")) == b""
    except (ValueError, TypeError):
        return False


def _context(person: str, way: str) -> bytes:
    return f"key of {person}, by {way}".encode()
