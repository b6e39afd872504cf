"""A night's report is there after the next start, whatever came between publishing its version and storing it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from domain import Person
from errors import StorageTrouble
from learning.nights import Nights
from learning.unreported import adopt_report, adopt_reports
from storage.adapters import Adapters
from storage.chain import SCHEMA, Chain, Head
from storage.checkpoint import write_generation
from storage.disk import Disk
from storage.files import Files
from storage.keys import Keys
from storage.store import Store
from storage.vault import REPORT
from storage.wrap import Cost
from tests.builders import corrections
from tests.machine import Machine, make_nights

CHEAP = Cost(memory=32, passes=1, lanes=1)


def cut_off(nights: Nights, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night that publishes and cannot store its report."""

    def full(*given: object) -> None:
        raise StorageTrouble("The disk is full; free some space.")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(nights.store, "put_night", full)
        with pytest.raises(StorageTrouble, match="serves; its report comes later"):
            nights.run(person)


def left(home: Path) -> list[Path]:
    return list(home.glob(f"people/*/adapters/*/{REPORT}"))


def test_the_next_start_stores_the_report_of_a_version_that_serves(
    nights: Nights, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    cut_off(nights, ada.id, monkeypatch)
    assert store.nights(ada.id) == [] and left(store.home)
    adopt_reports(store, nights.adapters)
    (night,) = store.nights(ada.id)
    assert night.version == nights.adapters.current(ada.id)[0]
    assert night.verdict.serves and night.used and night.examples
    assert left(store.home) == []
    adopt_reports(store, nights.adapters)
    assert store.nights(ada.id) == [night]


def test_a_report_that_is_stored_leaves_no_copy_beside_its_version(nights: Nights, store: Store, ada: Person) -> None:
    store.put_feedback(ada.id, *corrections(8))
    night = nights.run(ada.id)
    assert store.nights(ada.id) == [night]
    assert left(store.home) == []


def test_a_copy_that_outlived_its_report_does_not_bring_back_what_was_changed_in_it(
    nights: Nights, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between storing the report and deleting the copy; then a word of it is forgotten."""
    store.put_feedback(ada.id, *corrections(8))
    monkeypatch.setattr(nights.adapters, "reported", lambda *given: None)
    night = nights.run(ada.id)
    monkeypatch.undo()
    seen = replace(night, seen=True, examples=())
    store.put_night(ada.id, seen)
    adopt_reports(store, nights.adapters)
    assert store.nights(ada.id) == [seen]
    assert left(store.home) == []


def test_a_report_of_a_version_that_never_served_is_not_told(
    nights: Nights, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between the manifest and the pointer."""
    store.put_feedback(ada.id, *corrections(8))
    cut_off(nights, ada.id, monkeypatch)
    nights.adapters.point(ada.id, "base")
    adopt_reports(store, nights.adapters)
    assert store.nights(ada.id) == []
    assert left(store.home) == []


def test_the_report_of_somebody_with_a_passphrase_lies_sealed_and_waits_until_they_sign_in(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keys = Keys(home, CHEAP)
    store, adapters = Store(home, keys.seal_of), Adapters(home, "base hash", keys.seal_of)
    eve = store.add_person("Eve").id
    keys.create(eve, "correct horse battery")
    keys.settle(eve)
    store.reseal(eve, None, keys.seal_of(eve))
    store.put_feedback(eve, *corrections(8))
    cut_off(make_nights(store, Machine(), adapters), eve, monkeypatch)
    (copy,) = left(home)
    assert b"verdict" not in copy.read_bytes()
    keys.lock(eve)
    store.drop(eve)
    adopt_reports(store, adapters)
    assert copy.exists() and caplog.text == ""  # that somebody is locked is no trouble
    keys.unlock(eve, "correct horse battery")
    adopt_report(store, adapters, eve)
    assert [night.version for night in store.nights(eve)] == [adapters.current(eve)[0]]
    assert not copy.exists()


def test_a_report_waits_for_a_journal_that_was_written_by_a_newer_homegrown(
    nights: Nights, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    cut_off(nights, ada.id, monkeypatch)
    nights.adapters.point(ada.id, "base")  # so that the report tells nothing
    store.drop(ada.id)
    head = Head("snapshot", 9, "2026-03-01", sealed=False, schema=SCHEMA + 1)
    write_generation(Disk(), Files(store.home / "people" / ada.id), {}, Chain(ada.id, head, None))
    adopt_reports(store, nights.adapters)
    assert "newer Homegrown" in caplog.text
    assert left(store.home)


def test_a_report_waits_until_a_damaged_journal_is_restored(
    nights: Nights, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    cut_off(nights, ada.id, monkeypatch)
    store.drop(ada.id)
    (log,) = (store.home / "people" / ada.id).glob("store.*.log")
    log.unlink()
    adopt_reports(store, nights.adapters)
    assert left(store.home) and store.nights(ada.id) == []
    assert store.restore() == ["Ada"]
    adopt_reports(store, nights.adapters)
    assert store.nights(ada.id) and not left(store.home)


def test_the_report_of_a_version_that_serves_another_base_is_stored_too(
    nights: Nights, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app was started with another model after the kill."""
    store.put_feedback(ada.id, *corrections(8))
    cut_off(nights, ada.id, monkeypatch)
    version = nights.adapters.current(ada.id)[0]
    other = Adapters(store.home, "another base")
    assert other.current(ada.id)[0] == "base"
    adopt_reports(store, other)
    assert [night.version for night in store.nights(ada.id)] == [version]
    assert left(store.home) == []


def test_a_damaged_report_does_not_keep_the_app_from_starting(
    nights: Nights, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    cut_off(nights, ada.id, monkeypatch)
    left(store.home)[0].write_text('{"id": "zebra"}', encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        adopt_reports(store, nights.adapters)
    assert "is damaged and left out" in caplog.text and "zebra" not in caplog.text
    assert store.nights(ada.id) == []
    assert left(store.home) == []
