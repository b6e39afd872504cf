"""Keys of other programs: shown once, kept as digests, told apart, revoked; and their command."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from command_line import programs
from domain import Person
from errors import BadInput, Gone, Locked, StorageTrouble
from people import api_keys
from people.api_keys import make, note_use, recognise, revoke
from storage.store import Store
from tests.journal_files import ruin


def test_a_key_is_recognised_as_its_persons_and_others_are_nobodys(store: Store, ada: Person) -> None:
    bob = store.add_person("Bob")
    key, secret = make(store, bob.id, "my editor", memory=True)
    found = recognise(store, secret)
    assert found is not None and (found.person, found.key) == (bob.id, key)
    assert (key.name, key.memory, key.used_on) == ("my editor", True, None)
    for wrong in ("", "hg-", secret[:-1], secret + "=", secret.lower(), key.digest, key.id, "hg-\ud800"):
        assert recognise(store, wrong) is None, wrong


def test_every_key_is_another_32_bytes_behind_our_prefix(store: Store, ada: Person) -> None:
    secrets = {make(store, ada.id, "same name", memory=False)[1] for _ in range(5)}
    assert len(secrets) == 5
    assert all(secret.startswith("hg-") and len(secret) == len("hg-") + 43 for secret in secrets)


def test_the_key_itself_is_in_no_file(store: Store, ada: Person) -> None:
    _, secret = make(store, ada.id, "my editor", memory=False)
    files = [path for path in store.home.rglob("*") if path.is_file()]
    assert files and all(secret.encode() not in path.read_bytes() for path in files)


def test_a_key_survives_a_restart_until_it_is_revoked(store: Store, ada: Person) -> None:
    key, secret = make(store, ada.id, "my editor", memory=False)
    other, _ = make(store, ada.id, "my note book", memory=False)
    store.close()
    again = Store(store.home)
    assert recognise(again, secret) is not None
    revoke(again, ada.id, key.id)
    assert recognise(again, secret) is None
    assert again.api_keys(ada.id) == [other]
    with pytest.raises(Gone, match="keys list"):
        revoke(again, ada.id, key.id)


def test_a_key_keeps_the_day_it_was_last_used(store: Store, ada: Person) -> None:
    _, secret = make(store, ada.id, "my editor", memory=False)
    for day in (date(2026, 3, 1), date(2026, 3, 2)):
        caller = recognise(store, secret)
        assert caller is not None
        note_use(store, caller, day)
        assert [key.used_on for key in store.api_keys(ada.id)] == [day]


def test_use_does_not_bring_back_a_key_that_was_revoked_meanwhile(store: Store, ada: Person) -> None:
    key, secret = make(store, ada.id, "my editor", memory=False)
    caller = recognise(store, secret)
    assert caller is not None
    revoke(store, ada.id, key.id)
    note_use(store, caller, date(2026, 3, 1))
    assert store.api_keys(ada.id) == [] and recognise(store, secret) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "two\nlines"])
def test_a_key_needs_a_readable_name(store: Store, ada: Person, name: str) -> None:
    with pytest.raises(BadInput, match="1 to 60"):
        make(store, ada.id, name, memory=False)
    assert store.api_keys(ada.id) == []


def test_a_locked_persons_key_is_told_from_a_wrong_one(
    store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = store.add_person("Bob")
    key, secret = make(store, ada.id, "my editor", memory=False)
    gone, old = make(store, ada.id, "my note book", memory=False)
    _, bobs = make(store, bob.id, "my editor", memory=False)
    revoke(store, ada.id, gone.id)
    seal_of = store.api_keys

    def locked(person: str) -> list[api_keys.ApiKey]:
        if person == ada.id:
            raise Locked("sign in")
        return seal_of(person)

    monkeypatch.setattr(store, "api_keys", locked)
    with pytest.raises(Locked):
        recognise(store, secret)
    assert recognise(store, old) is None
    assert recognise(store, bobs) is not None
    digests = store.home / "people" / ada.id / "api-keys.digests"
    assert json.loads(digests.read_text(encoding="utf-8")) == [key.digest]
    for damaged in ("{", "7", '"x"'):
        digests.write_text(damaged, encoding="utf-8")
        assert recognise(store, secret) is None


def test_one_persons_damage_is_nothing_to_the_programs_of_the_others(store: Store, ada: Person) -> None:
    _, secret = make(store, ada.id, "my editor", memory=False)
    _, bobs = make(store, store.add_person("Bob").id, "my editor", memory=False)
    ruin(store.home / "people" / ada.id)
    store.drop(ada.id)
    with pytest.raises(StorageTrouble):
        recognise(store, secret)
    assert recognise(store, bobs) is not None
    assert recognise(store, "hg-wrong") is None


def test_a_removed_persons_keys_open_nothing(store: Store, ada: Person) -> None:
    _, secret = make(store, ada.id, "my editor", memory=False)
    assert recognise(store, secret) is not None
    store.remove_person(ada.id)
    assert recognise(store, secret) is None
    assert list(store.home.rglob("api-keys*")) == []


# the command


def manage(store: Store, person: Person, **arguments: Any) -> Any:
    result = programs.manage(store, person.id, arguments)
    assert result["exit"] == 0
    return result


def test_the_command_shows_a_key_once_and_lists_and_revokes_it(store: Store, ada: Person) -> None:
    assert manage(store, ada, action="list")["text"] == "No other program has a key."
    added = manage(store, ada, action="add", name="my editor", memory=True)
    secret = added["json"]["key"]
    assert added["text"].splitlines()[0] == secret
    assert {**added["json"], "key": "", "id": "", "created_at": ""} == {
        **{"id": "", "name": "my editor", "memory": True, "created_at": "", "used_on": None, "key": ""}
    }
    caller = recognise(store, secret)
    assert caller is not None
    note_use(store, caller, date(2026, 3, 1))
    listed = manage(store, ada, action="list")
    assert secret not in str(listed)
    assert listed["text"] == f"{caller.key.id}  my editor, may use your memory, last used 2026-03-01"
    assert [(key["id"], key["used_on"]) for key in listed["json"]] == [(caller.key.id, "2026-03-01")]
    assert manage(store, ada, action="revoke", id=caller.key.id)["json"] == []
    assert recognise(store, secret) is None
