"""A key lies in the system's keyring only if its owner asked for it, and opens only what it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from command_line.people import manage
from errors import BadInput, Locked, StorageTrouble
from homegrown import Homegrown
from storage.keys import Keys
from storage.os_keyring import MARKER, OsKeyring
from storage.wrap import Cost

ADA, WORDS = "ada", "correct horse battery"
CHEAP = Cost(memory=32, passes=1, lanes=1)


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.asked = 0
        self.locked = False

    def _ask(self) -> None:
        self.asked += 1
        if self.locked:
            raise KeyringLocked("nobody has unlocked it")

    def get_password(self, service: str, username: str) -> str | None:
        self._ask()
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._ask()
        if (service, username) not in self.held:
            raise PasswordDeleteError("not there")
        del self.held[service, username]


@pytest.fixture(autouse=True)
def bare() -> Iterator[None]:
    """No test may reach the developer's own keyring."""
    chosen = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(chosen)


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def keys(tmp_path: Path, drawer: Drawer) -> Keys:
    (tmp_path / "people" / ADA).mkdir(parents=True)
    keys = Keys(tmp_path, CHEAP, OsKeyring(tmp_path, drawer))
    keys.create(ADA, WORDS)
    return keys


def reopened(folder: Path, drawer: Drawer) -> Keys:
    return Keys(folder, CHEAP, OsKeyring(folder, drawer))


def test_nobodys_keyring_is_touched_before_they_ask_for_it(keys: Keys, tmp_path: Path, drawer: Drawer) -> None:
    later = reopened(tmp_path, drawer)
    assert not later.unlock_from_keyring(ADA) and later.is_locked(ADA)
    later.erase(ADA)
    assert drawer.asked == 0


def test_a_key_in_the_keyring_opens_after_a_restart_and_no_longer_once_it_is_taken_out(
    keys: Keys, tmp_path: Path, drawer: Drawer
) -> None:
    with pytest.raises(Locked):
        keys.put_in_keyring(ADA, "not the passphrase")
    assert not keys.in_keyring(ADA) and not drawer.held
    seal = keys.seal_of(ADA)
    assert seal
    box = seal.seal(b"words", b"")
    keys.put_in_keyring(ADA, WORDS)
    later = reopened(tmp_path, drawer)
    assert later.in_keyring(ADA) and later.unlock_from_keyring(ADA)
    seal = later.seal_of(ADA)
    assert seal and seal.unseal(box, b"") == b"words"
    later.take_from_keyring(ADA)
    assert not drawer.held and not reopened(tmp_path, drawer).unlock_from_keyring(ADA)
    later.take_from_keyring(ADA)


def test_a_key_that_is_not_this_persons_is_not_taken(keys: Keys, tmp_path: Path, drawer: Drawer) -> None:
    keys.put_in_keyring(ADA, WORDS)
    ((name, good),) = drawer.held.items()
    for other in ("00" * 32, good[:-2], "", "no key", good[::-1]):
        drawer.held[name] = other
        later = reopened(tmp_path, drawer)
        assert not later.unlock_from_keyring(ADA) and later.is_locked(ADA)
    drawer.held.clear()
    assert not reopened(tmp_path, drawer).unlock_from_keyring(ADA)


def test_erasing_a_key_and_removing_a_passphrase_empty_the_keyring_too(
    keys: Keys, tmp_path: Path, drawer: Drawer
) -> None:
    keys.put_in_keyring(ADA, WORDS)
    keys.begin_opening(ADA, WORDS)
    keys.settle(ADA)
    assert not drawer.held
    keys.create(ADA, WORDS)
    keys.put_in_keyring(ADA, WORDS)
    keys.erase(ADA)
    assert not drawer.held and list((tmp_path / "people" / ADA).iterdir()) == []


def test_a_keyring_that_is_locked_says_so_and_keeps_nobody_from_their_passphrase(
    keys: Keys, tmp_path: Path, drawer: Drawer
) -> None:
    keys.put_in_keyring(ADA, WORDS)
    drawer.locked = True
    later = reopened(tmp_path, drawer)
    assert not later.unlock_from_keyring(ADA)
    later.unlock(ADA, WORDS)
    with pytest.raises(StorageTrouble, match="unlock it"):
        later.put_in_keyring(ADA, WORDS)
    with pytest.raises(StorageTrouble, match="unlock it"):
        later.erase(ADA)
    drawer.locked = False
    later.erase(ADA)
    assert not drawer.held


def test_only_the_systems_own_keyrings_are_trusted_and_without_one_that_is_said(
    keys: Keys, tmp_path: Path, drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: [drawer])  # some other library's, in plain files
    bare = Keys(tmp_path, CHEAP)
    with pytest.raises(BadInput, match="has no keyring"):
        bare.put_in_keyring(ADA, WORDS)
    assert not (tmp_path / "people" / ADA / MARKER).exists() and drawer.asked == 0
    monkeypatch.setattr(Drawer, "__module__", "keyring.backends.SecretService")
    Keys(tmp_path, CHEAP).put_in_keyring(ADA, WORDS)
    assert drawer.held


def test_from_the_command_line_the_key_is_kept_and_a_timer_then_finds_it(parts: Homegrown, drawer: Drawer) -> None:
    keys = parts.people.keys
    keys._cost, keys._keyring = CHEAP, OsKeyring(parts.settings.home, drawer)
    ada = parts.store.add_person("Ada").id
    parts.people.set_passphrase(ada, WORDS)

    def ask(*given: str, **arguments: Any) -> Any:
        named = {"action": "passphrase", "name": "Ada", "passphrases": list(given)}
        return manage(parts, {**named, **arguments}, lambda news: None)["json"][0]["keyring"]

    with pytest.raises(Locked):
        ask(keyring="on")
    assert ask(WORDS, keyring="on") is True
    parts.people.lock(ada)
    parts.people.wake()
    assert not parts.people.is_locked(ada)
    assert ask(keyring="off") is False and not drawer.held


def test_damaged_key_files_of_one_person_keep_nobody_elses_key_in_the_keyring(parts: Homegrown, drawer: Drawer) -> None:
    keys = parts.people.keys
    keys._cost, keys._keyring = CHEAP, OsKeyring(parts.settings.home, drawer)
    ada, bob = (parts.people.add(name, WORDS)[0].id for name in ("Ada", "Bob"))
    for person in (ada, bob):
        parts.people.remember(person, WORDS)
        parts.people.lock(person)
    for name in ("key.json", "key.copy.json"):
        (parts.settings.home / "people" / ada / name).write_text("{", encoding="utf-8")
    parts.people.wake()
    assert parts.people.is_locked(ada) and not parts.people.is_locked(bob)


def test_the_keyring_that_the_account_has_chosen_is_used_from_the_page_to_the_next_start(
    parts: Homegrown, drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Drawer, "__module__", "keyring.backends.SecretService")
    keyring.set_keyring(drawer)
    parts.people.keys._cost = CHEAP
    ada, _ = parts.people.add("Ada", WORDS)
    assert parts.people.remembered(ada.id) is False and drawer.asked == 0
    parts.people.remember(ada.id, WORDS)
    assert parts.people.remembered(ada.id) is True
    assert keyring.get_password("Homegrown", ada.id) == drawer.held["Homegrown", ada.id]
    parts.people.lock(ada.id)
    later = Keys(parts.settings.home, CHEAP)
    assert later.unlock_from_keyring(ada.id) and not later.is_locked(ada.id)
    parts.people.no_longer_remember(ada.id)
    assert not drawer.held and parts.people.remembered(ada.id) is False
    assert not Keys(parts.settings.home, CHEAP).unlock_from_keyring(ada.id)


def test_who_has_switched_the_keyring_off_has_none(parts: Homegrown, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = Drawer()
    monkeypatch.setattr(Drawer, "__module__", "keyring.backends.SecretService")
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: [trusted])
    off = keyring.backends.null.Keyring()  # type: ignore[no-untyped-call]
    keyring.set_keyring(off)  # what `keyring --disable` chooses
    parts.people.keys._cost = CHEAP
    ada, _ = parts.people.add("Ada", WORDS)
    assert parts.people.remembered(ada.id) is None
    with pytest.raises(BadInput, match="has no keyring that Homegrown can use"):
        parts.people.remember(ada.id, WORDS)
    assert trusted.asked == 0
