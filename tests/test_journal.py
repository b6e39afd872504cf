"""A journal loses nothing that it acknowledged, and forgets what it must."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from bench.faults.calls import FailingDisk
from errors import BadInput, Locked, StorageTrouble
from storage.disk import Disk
from storage.files import Files
from storage.journal import JournalStorage
from storage.recovery import backups
from storage.seal import AesGcm, Seal
from tests.journal_files import SEALS, contents, holds, opened, refused, row


@pytest.fixture(params=SEALS)
def seal(request: pytest.FixtureRequest) -> Seal | None:
    return SEALS[request.param]


@pytest.fixture
def folder(tmp_path: Path, seal: Seal | None) -> Path:
    JournalStorage.found(tmp_path, "ada", {}, seal)
    return tmp_path


# what is acknowledged is there


def test_changes_of_many_tables_in_one_commit_come_back_together(folder: Path, seal: Seal | None) -> None:
    opened(folder, seal).commit(
        {**row(), "others": {"2": {"id": "2", "deep": {"list": [1, None, "\x00é"]}}}, "none": {}}
    )
    opened(folder, seal).commit({"rows": {"1": None, "3": {"id": "3"}}, "none": None})
    expected = {"rows": {"3": {"id": "3"}}, "others": {"2": {"id": "2", "deep": {"list": [1, None, "\x00é"]}}}}
    assert opened(folder, seal).tables == expected


def test_a_checkpoint_changes_nothing_that_is_read_and_keeps_the_generation_before(
    folder: Path, seal: Seal | None
) -> None:
    storage = opened(folder, seal)
    for number in range(5):
        storage.commit(row("x" * number, str(number)))
        storage.checkpoint()
    storage.commit(row("last", "2"))
    assert opened(folder, seal).tables == storage.tables
    assert list(storage.tables["rows"]) == ["0", "1", "2", "3", "4"]
    assert (Files(folder).snapshots(), Files(folder).logs()) == ([6, 5], [6, 5])


def test_a_log_that_has_grown_long_gives_way_to_a_snapshot(folder: Path, seal: Seal | None) -> None:
    storage = opened(folder, seal, longest_log=500)
    for number in range(20):
        storage.commit(row(id=str(number)))
    assert Files(folder).snapshots()[0] > 3
    assert len(opened(folder, seal).tables["rows"]) == 20


def test_text_that_no_file_can_keep_is_refused_and_nothing_changes(folder: Path, seal: Seal | None) -> None:
    storage, before = opened(folder, seal), contents(folder)
    with pytest.raises(BadInput, match="broken characters"):
        storage.commit(row("half of a pair: \ud83d"))
    assert (storage.tables, contents(folder)) == ({}, before)


def test_a_second_one_only_reads_and_says_why(folder: Path, seal: Seal | None) -> None:
    first = opened(folder, seal)
    first.commit(row())
    with Files(folder).log(1).open("ab") as log:
        log.write(b"half of what the first one is writing just now")
    second, before = opened(folder, seal, reading="Somebody else writes."), contents(folder)
    assert second.tables == first.tables
    for call in (lambda: second.commit(row("other")), second.purge):
        assert refused(call) == "Somebody else writes."
    assert contents(folder) == before


def test_files_that_somebody_else_has_written_to_are_not_written_any_more(folder: Path, seal: Seal | None) -> None:
    first, second = opened(folder, seal), opened(folder, seal)
    second.commit(row("by the second"))
    assert "Another program" in refused(lambda: first.commit(row("by the first")))
    assert "Another program" in refused(lambda: first.commit(row("by the first")))
    assert opened(folder, seal).tables == row("by the second")


# forgetting


def test_what_is_forgotten_is_in_no_file_when_the_commit_returns(tmp_path: Path) -> None:
    folder = tmp_path
    JournalStorage.found(folder, "ada", {})
    days = iter(f"2026-03-{number:02}" for number in range(1, 29))
    storage = opened(folder, day=lambda: next(days))
    storage.commit(row())
    storage.commit(row("it stays", "2"))
    storage.checkpoint()
    (folder / "quarantine").mkdir()
    (folder / "quarantine" / "store.1.log").write_bytes(b"zebra")
    (folder / "backups" / "schema-1").mkdir(parents=True)
    (folder / "backups" / "schema-1" / "memory.json").write_bytes(b"zebra")
    assert len(holds(folder)) > 4
    storage.commit({"rows": {"1": None}}, forget=True)
    assert holds(folder) == []
    assert opened(folder).tables == row("it stays", "2")
    (backup,) = Files(folder).daily()
    assert b"it stays" in backup.read_bytes()


@pytest.mark.parametrize("at", range(1, 40))
def test_a_forgetting_that_a_failing_disk_interrupts_is_finished_at_the_next_start(tmp_path: Path, at: int) -> None:
    JournalStorage.found(tmp_path, "ada", {})
    storage = opened(tmp_path, day=lambda: "2026-03-01")
    storage.commit(row())
    storage.checkpoint()
    disk = FailingDisk(at, errno.EIO)
    storage = opened(tmp_path, disk=disk)
    told = ""
    try:
        storage.commit({"rows": {"1": None}}, forget=True)
    except StorageTrouble as error:
        told = str(error)
    if not disk.failed:
        assert holds(tmp_path) == []  # nothing failed: the last call is behind us
        return
    assert told
    after = opened(tmp_path)
    if after.tables == {"rows": {}}:
        assert holds(tmp_path) == []
    else:  # it was not begun, and is still there to be forgotten
        assert after.tables == row()
    assert not after.trouble


class NoBackups(Disk):
    """Fails where backups are, as long as it is `broken`."""

    broken = True

    def open(self, path: Path, flags: int) -> int:
        if self.broken and path.parent.name == "backups":
            raise OSError(errno.EIO, "Input/output error")
        return super().open(path, flags)


def test_a_forgetting_after_which_only_the_backup_failed_says_so_and_the_next_change_makes_one(tmp_path: Path) -> None:
    JournalStorage.found(tmp_path, "ada", {})
    disk = NoBackups()
    storage = opened(tmp_path, disk=disk)
    storage.commit(row())
    told = refused(lambda: storage.commit({"rows": {"1": None}}, forget=True))
    assert "no new backup" in told and "could not all be removed" not in told
    assert (holds(tmp_path), storage.trouble, Files(tmp_path).daily()) == ([], "", [])
    disk.broken = False
    storage.commit(row("later", "2"))
    (backup,) = Files(tmp_path).daily()
    assert b"later" in backup.read_bytes()


# seals


def test_words_under_a_seal_are_in_no_file(folder: Path, seal: Seal | None) -> None:
    storage = opened(folder, seal)
    storage.commit(row())
    storage.checkpoint()
    storage.commit(row(id="2"))
    assert bool(holds(folder)) == (seal is None)


def test_with_a_wrong_key_nothing_is_read_and_nothing_is_touched(tmp_path: Path) -> None:
    JournalStorage.found(tmp_path, "ada", row(), AesGcm(b"k" * 32))
    before = contents(tmp_path)
    assert "no sound snapshot" in refused(lambda: opened(tmp_path, AesGcm(b"x" * 32)))
    with pytest.raises(Locked):
        opened(tmp_path)
    assert contents(tmp_path) == before


def test_files_of_somebody_else_under_the_same_key_do_not_open(tmp_path: Path) -> None:
    seal = AesGcm(b"k" * 32)
    JournalStorage.found(tmp_path, "bob", row(), seal)
    assert "no sound snapshot" in refused(lambda: opened(tmp_path, seal))


def test_words_in_the_clear_are_not_taken_for_sealed_ones(tmp_path: Path) -> None:
    JournalStorage.found(tmp_path, "ada", row("slipped in"))
    assert "no sound snapshot" in refused(lambda: opened(tmp_path, AesGcm(b"k" * 32)))


@pytest.mark.parametrize("way", ["sealing", "opening"])
def test_after_resealing_no_file_is_under_the_old_seal(tmp_path: Path, way: str) -> None:
    old, new = (None, AesGcm(b"k" * 32)) if way == "sealing" else (AesGcm(b"k" * 32), None)
    JournalStorage.found(tmp_path, "ada", {}, old)
    storage = opened(tmp_path, old, day=lambda: "2026-03-01")
    storage.commit(row())
    storage.checkpoint()
    storage.reseal(new)
    storage.commit(row("later", "2"))
    assert opened(tmp_path, new).tables == storage.tables
    assert len(Files(tmp_path).daily()) == 1
    assert bool(holds(tmp_path)) == (new is None)
    if new is None:
        assert len(holds(tmp_path)) == len(Files(tmp_path).snapshots()) + len(Files(tmp_path).daily())


# backups


def test_every_day_has_a_backup_and_seven_are_kept(folder: Path, seal: Seal | None) -> None:
    today = ["2026-03-01"]
    storage = opened(folder, seal, day=lambda: today[0])
    for number in range(1, 12):
        today[0] = f"2026-03-{number:02}"
        storage.commit(row(f"day {number}"))
        storage.commit(row(f"day {number}, later"))
    names = [path.name for path in Files(folder).daily()]
    assert names == [f"2026-03-{number:02}.snap" for number in range(11, 4, -1)]
    home = folder / "elsewhere"
    home.mkdir()
    (home / "backups").mkdir()
    shutil.copy(Files(folder).backup("2026-03-07"), Files(home).backup("2026-03-07"))
    assert opened(home, seal).tables == row("day 7")


def test_backups_that_a_wrong_clock_dated_are_the_oldest_once_it_is_right_again(
    folder: Path, seal: Seal | None
) -> None:
    today = ["2026-03-01"]
    storage = opened(folder, seal, day=lambda: today[0])
    for day in [*(f"2039-01-{number:02}" for number in range(1, 9)), "2026-03-02", "2026-03-03"]:
        today[0] = day
        storage.commit(row(f"day {day}"))
    assert [path.stem for path in backups(Files(folder))] == [
        *("2026-03-03", "2026-03-02"),
        *(f"2039-01-{number:02}" for number in range(8, 3, -1)),
    ]
    for path in [*folder.glob("store.*.snap"), *folder.glob("store.*.log")]:
        path.unlink()
    assert opened(folder, seal).tables == row("day 2026-03-03")


def test_what_goes_on_from_a_backup_is_newer_than_it(folder: Path, seal: Seal | None) -> None:
    storage = opened(folder, seal, day=lambda: "2026-03-01")
    for _ in range(5):
        storage.commit(row())
        storage.checkpoint()
    for path in [*folder.glob("store.*.snap"), *folder.glob("store.*.log")]:
        path.unlink()
    rested = opened(folder, seal, day=lambda: "2026-03-02")
    before = {path.name for path in Files(folder).daily()}
    rested.restore()
    rested.commit({"rows": {"1": None}}, forget=True)
    assert not before & {path.name for path in Files(folder).daily()}
