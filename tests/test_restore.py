"""`doctor` tells whose words are damaged, and with --restore goes on with what is sound of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from errors import StorageTrouble
from storage.journal import JournalStorage
from storage.store import Store
from tests.builders import memory
from upkeep.doctor import stored

ROOT = Path(__file__).parent.parent


def doctor(home: Path, *words: str) -> dict[str, Any]:
    """What the doctor finds about the storage."""
    command = [sys.executable, "app.py", "doctor", "--json", "--home", str(home), "--backend", "scripted", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return next(dict(finding) for finding in json.loads(done.stdout) if finding["name"] == "storage")


def test_the_doctor_tells_damage_and_mends_it_when_asked_to(home: Path) -> None:
    store = Store(home)
    ada = store.add_person("Ada").id
    for number in range(3):
        store.put_memory(ada, memory(f"m{number}"))
    store.close()
    (log,) = (home / "people" / ada).glob("store.*.log")
    data = bytearray(log.read_bytes())
    data[data.index(b'"m1"') + 1] ^= 1
    log.write_bytes(data)

    found = doctor(home)
    assert not found["ok"] and "doctor --restore" in found["sentence"] and "Ada" in found["sentence"]
    found = doctor(home, "--restore")
    assert found["ok"] and "what is sound goes on: Ada" in found["sentence"]
    assert doctor(home)["sentence"] == "Everything that is stored can be read and written."
    assert [kept.id for kept in Store(home).memories(ada)] == ["m0", "m2"]
    assert (home / "people" / ada / "quarantine" / log.name).read_bytes() == data


def test_with_its_other_files_moved_away_the_doctor_goes_on_from_the_newest_backup(home: Path, tmp_path: Path) -> None:
    store = Store(home)
    ada = store.add_person("Ada").id
    store.put_memory(ada, memory("m1"))
    store.close()
    folder = home / "people" / ada
    storage = JournalStorage(folder, ada)
    storage.checkpoint()
    storage.commit({"memories": {"m2": {"id": 7}}})  # a row that is none of ours
    assert doctor(home, "--restore")["ok"]  # every record is sound: there is nothing to restore
    store = Store(home)
    with pytest.raises(StorageTrouble):
        store.memories(ada)
    store.close()

    for path in [*folder.glob("store.*.snap"), *folder.glob("store.*.log")]:
        path.rename(tmp_path / path.name)
    found = doctor(home, "--restore")
    assert found["ok"] and "what is sound goes on: Ada" in found["sentence"]
    assert [kept.id for kept in Store(home).memories(ada)] == ["m1"]


def test_with_nothing_sound_left_of_the_list_of_people_every_command_names_the_doctor_who_makes_it_anew(
    home: Path,
) -> None:
    store = Store(home)
    ada = store.add_person("Ada").id
    store.put_memory(ada, memory())
    store.close()
    for path in home.glob("store.*.*"):
        path.write_bytes(b"not a journal")
    command = [sys.executable, "app.py", "people", "list", "--home", str(home), "--backend", "scripted"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "") and "doctor --restore" in done.stderr
    found = doctor(home)
    assert not found["ok"] and "doctor --restore" in found["sentence"]
    found = doctor(home, "--restore")
    assert found["ok"] and f"the list of people, Restored {ada[:6]}" in found["sentence"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, f"Restored {ada[:6]} (owner)")


def test_who_cannot_be_mended_is_still_told() -> None:
    finding = stored({"Ada": "Nothing sound is left; put a copy back."}, ["Bob"])
    assert not finding.ok
    assert "Bob" in finding.sentence and "Ada: Nothing sound is left; put a copy back." in finding.sentence
