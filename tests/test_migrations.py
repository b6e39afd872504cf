"""A home of every earlier schema opens and holds what it held; a crash on the way, or damage, loses nothing of it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from errors import StorageTrouble
from storage.migrations import MIGRATIONS
from storage.migrations.m001_one_journal_instead_of_many_files import MOVED
from storage.seal import AesGcm, Seal
from storage.store import Store
from tests.builders import memory
from tests.golden import later
from tests.golden.contents import EXPECTED, fill, held

GOLDEN = Path(__file__).parent / "golden"
HOMES = sorted(folder.name for folder in GOLDEN.iterdir() if folder.name.startswith("schema-"))
KEY = AesGcm(b"golden key of 32 bytes, no more!")


def golden(name: str, home: Path) -> Path:
    shutil.copytree(GOLDEN / name, home)
    return home


def opened(home: Path) -> Store:
    """A store that knows the key of whoever's words are sealed."""
    store: list[Store] = []

    def seal_of(person: str) -> Seal | None:
        return KEY if store[0].is_sealed(person) else None

    store.append(Store(home, seal_of))
    return store[0]


def contents(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "store.lock"}


def folder_of(home: Path, name: str) -> Path:
    """The folder of somebody in a home of the first schema."""
    people = json.loads((GOLDEN / "schema-1" / "people.json").read_text("utf-8"))["people"].values()
    return home / "people" / next(str(person["id"]) for person in people if person["name"] == name)


def test_there_is_a_golden_home_of_every_schema() -> None:
    assert {name.split("-")[1] for name in HOMES} == {str(number) for number in range(1, len(MIGRATIONS) + 2)}


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = [migration.__name__[:5] for migration in MIGRATIONS]
    assert numbers == [f"m{number:03}_" for number in range(1, len(MIGRATIONS) + 1)]


def test_a_new_home_holds_what_is_put_into_it(home: Path) -> None:
    fill(home)
    assert held(Store(home)) == EXPECTED


@pytest.mark.parametrize("name", HOMES)
def test_a_golden_home_opens_holds_the_same_values_and_goes_on(home: Path, name: str) -> None:
    golden(name, home)
    for _ in range(2):
        store = opened(home)
        assert {who: what for who, what in held(store).items() if who != "Cleo"} == EXPECTED
        assert store.troubles() == {}
        store.close()
    store = opened(home)
    ada = store.person("Ada")
    store.put_memory(ada.id, memory("m9"))
    store.close()
    assert {kept.id for kept in opened(home).memories(ada.id)} == {"m1", "m2", "m9"}
    assert (home / "people" / ada.id / "adapters" / "current").exists()


def test_what_a_migration_found_stays_in_a_backup_until_something_is_forgotten(home: Path) -> None:
    golden("schema-1", home)
    store = Store(home)
    assert held(store) == EXPECTED
    for folder in (home, folder_of(home, "Ada")):
        before = GOLDEN / "schema-1" / folder.relative_to(home)
        found = [path for path in before.rglob("*.json") if path.parent in (before, before / "conversations")]
        assert found
        for path in found:
            assert (folder / "backups" / "schema-1" / path.relative_to(before)).read_bytes() == path.read_bytes()
    left = {path.name for path in home.rglob("*.json") if "schema-1" not in path.parts}
    assert left == {"people.json", "manifest.json"}
    store.remove_memory(store.person("Ada").id, "m1")
    assert not list(folder_of(home, "Ada").glob("backups/schema-1"))


def test_a_homegrown_that_knows_no_journals_is_told_that_it_is_too_old(home: Path) -> None:
    golden("schema-1", home)
    Store(home).people()
    assert (home / "people.json").read_text("utf-8") == MOVED
    assert json.loads(MOVED)["schema"] > 1  # which it refuses, and leaves untouched


def test_somebody_who_never_said_a_word_is_still_there(home: Path) -> None:
    golden("schema-1", home)
    bob = folder_of(home, "Bob")
    shutil.rmtree(bob)
    bob.mkdir()
    store = Store(home)
    assert (len(store.people()), store.conversations(bob.name)) == (2, [])
    store.put_memory(bob.name, memory())


@pytest.mark.parametrize("at", range(1, 60, 2))
def test_a_migration_that_breaks_off_at_any_write_is_finished_at_the_next_start(
    home: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    golden("schema-1", home)
    calls = 0

    def failing(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing)
        store = Store(home)
        try:
            held(store)
        except StorageTrouble as error:
            assert "try again" in str(error)
        store.close()
    assert held(Store(home)) == EXPECTED


@pytest.mark.parametrize("kept", range(8))
def test_a_crash_among_the_last_steps_does_not_bring_old_files_back(home: Path, kept: int) -> None:
    golden("schema-1", home)
    store = Store(home)
    assert held(store) == EXPECTED
    ada = store.person("Ada").id
    store.put_memory(ada, memory("m9"))
    store.close()
    for folder in (home, folder_of(home, "Ada")):  # as if so many of them had not been removed before the crash
        old = sorted((folder / "backups" / "schema-1").rglob("*.json"))[:kept]
        for path in old:
            place = folder / path.relative_to(folder / "backups" / "schema-1")
            place.parent.mkdir(exist_ok=True)
            shutil.copy(path, place)
    again = Store(home)
    assert {memory.id for memory in again.memories(ada)} == {"m1", "m2", "m9"}
    again.remove_memory(ada, "m9")
    assert held(again) == EXPECTED


def test_a_file_that_somebody_puts_beside_a_journal_is_neither_read_nor_removed(home: Path) -> None:
    golden("schema-1", home)
    store = Store(home)
    assert held(store) == EXPECTED
    store.close()
    ada = folder_of(home, "Ada")
    (ada / "ledger.json").write_bytes(b"put there by hand")
    assert held(Store(home)) == EXPECTED
    assert (ada / "ledger.json").read_bytes() == b"put there by hand"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "damaged"),
        (b"\xff\xfe\x00", "damaged"),
        (b'{"memories": {}}', "damaged"),
        (b'{"schema": 1, "memories": []}', "damaged"),
        (b'{"schema": 1, "memories": {"1": 7}}', "damaged"),
        (b'{"schema": 1, "strange": {}}', "damaged"),
        (b'{"schema": 2, "memories": {}}', "newer Homegrown"),
    ],
)
def test_a_damaged_or_newer_file_is_told_by_name_and_everything_of_that_person_stays_untouched(
    home: Path, content: bytes, told: str
) -> None:
    golden("schema-1", home)
    ada, bob = folder_of(home, "Ada"), folder_of(home, "Bob")
    (ada / "memory.json").write_bytes(content)
    before = contents(ada)
    store = Store(home)
    for call in (store.memories, store.conversations):
        with pytest.raises(StorageTrouble, match=rf"memory\.json.*{told}"):
            call(ada.name)
    assert contents(ada) == before
    assert store.memories(bob.name)[0].text == "Bob's own"
    assert list(store.troubles()) == ["Ada"]


def test_a_golden_home_holds_what_later_homes_of_its_schema_came_to_hold(home: Path, tmp_path: Path) -> None:
    later.fill_later(tmp_path / "new")
    for there in (tmp_path / "new", golden("schema-2-later", home)):
        assert later.held_later(opened(there)) == later.EXPECTED


def test_a_second_process_does_not_migrate(home: Path) -> None:
    golden("schema-1", home)
    (home / "empty").mkdir()
    first = Store(home)
    before = contents(home)
    with pytest.raises(StorageTrouble):
        Store(home).people()
    assert contents(home) == before
    assert held(first) == EXPECTED
