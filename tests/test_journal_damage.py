"""What failing disks and crashes leave is recovered, or told; it is never taken for the whole."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.faults.calls import FailingDisk
from storage.chain import SCHEMA, Chain, Head
from storage.checkpoint import write_generation
from storage.disk import Disk
from storage.files import Files
from storage.journal import JournalStorage
from storage.seal import Seal
from tests.journal_files import SEALS, contents, opened, refused, row

ROOT = Path(__file__).parent.parent


@pytest.fixture(params=SEALS)
def seal(request: pytest.FixtureRequest) -> Seal | None:
    return SEALS[request.param]


@pytest.fixture
def folder(tmp_path: Path, seal: Seal | None) -> Path:
    JournalStorage.found(tmp_path, "ada", {}, seal)
    return tmp_path


# disks that fail


class FullDisk(Disk):
    def __init__(self) -> None:
        self.full = False

    def write(self, handle: int, data: bytes) -> None:
        if not self.full:
            return super().write(handle, data)
        super().write(handle, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_and_once_there_is_room_it_goes_on(folder: Path, seal: Seal | None) -> None:
    disk = FullDisk()
    storage = opened(folder, seal, disk=disk)
    storage.commit(row("old"))
    before, disk.full = contents(folder), True
    assert "free some space and try again" in refused(lambda: storage.commit(row("new")))
    assert (storage.tables, contents(folder), storage.trouble) == (row("old"), before, "")
    disk.full = False
    storage.commit(row("newer"))
    assert opened(folder, seal).tables == row("newer")


def test_a_full_disk_puts_a_checkpoint_off_but_takes_no_change_back(folder: Path, seal: Seal | None) -> None:
    disk = FullDisk()
    storage = opened(folder, seal, disk=disk)
    storage.commit(row())
    before, disk.full = contents(folder), True
    storage.checkpoint()
    assert contents(folder) == before
    disk.full = False
    storage.commit(row("later", "2"))
    assert len(opened(folder, seal).tables["rows"]) == 2


def test_after_a_failed_fsync_nothing_is_written_any_more_and_that_is_told(folder: Path, seal: Seal | None) -> None:
    opened(folder, seal).commit(row("old"))
    disk = FailingDisk(3, errno.EIO)  # open, write, fsync
    storage = opened(folder, seal, disk=disk)
    told = refused(lambda: storage.commit(row("new")))
    assert disk.failed == "fsync"
    assert "start Homegrown again" in told
    assert refused(lambda: storage.commit(row("newer"))) == told == storage.trouble
    assert storage.tables == row("old")
    again = opened(folder, seal)
    again.commit(row("after the restart", "2"))
    assert again.tables["rows"]["1"]["text"] == "old"


def test_a_limit_of_the_system_on_file_sizes_is_a_full_disk(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("resource limits are POSIX")
    program = """
import resource, sys
from pathlib import Path
from errors import StorageTrouble
from storage.journal import JournalStorage
folder = Path(sys.argv[1])
JournalStorage.found(folder, "ada", {})
storage = JournalStorage(folder, "ada")
storage.commit({"rows": {"1": {"text": "old"}}})
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    storage.commit({"rows": {"1": {"text": "x" * 100_000}}})
except StorageTrouble as error:
    print(error)
storage.commit({"rows": {"2": {"text": "short"}}})
print(storage.tables)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    sentence, kept = done.stdout.splitlines()
    assert "the disk is full; free some space" in sentence
    assert kept == str({"rows": {"1": {"text": "old"}, "2": {"text": "short"}}}) == str(opened(tmp_path).tables)


# what crashes and failing disks leave


def test_an_unfinished_write_at_the_end_is_cut_off_and_the_next_change_follows(
    folder: Path, seal: Seal | None, caplog: pytest.LogCaptureFixture
) -> None:
    opened(folder, seal).commit(row("old"))
    opened(folder, seal).commit(row("unfinished", "2"))
    log = Files(folder).log(1)
    log.write_bytes(log.read_bytes()[:-3])
    storage = opened(folder, seal)
    assert (storage.tables, storage.trouble) == (row("old"), "")
    assert "unfinished write" in caplog.text
    storage.commit(row("new", "3"))
    again = opened(folder, seal)
    assert list(again.tables["rows"]) == ["1", "3"]
    assert not again.damaged


def test_damage_in_the_middle_is_never_cut_but_set_aside_and_told_and_what_is_sound_is_read(
    folder: Path, seal: Seal | None
) -> None:
    storage, log, ends = opened(folder, seal), Files(folder).log(1), []
    for number in range(3):
        storage.commit(row(f"text {number}", str(number)))
        ends.append(log.stat().st_size)
    data = bytearray(log.read_bytes())
    data[ends[1] - 5] ^= 1  # in the second of three records
    log.write_bytes(data)
    damaged = opened(folder, seal)
    assert list(damaged.tables["rows"]) == ["0", "2"]
    assert "doctor --restore" in damaged.trouble and log.name in damaged.trouble
    assert refused(lambda: damaged.commit(row("new"))) == damaged.trouble
    assert log.read_bytes() == data == (folder / "quarantine" / log.name).read_bytes()

    damaged.restore()
    damaged.commit(row("new", "4"))
    again = opened(folder, seal)
    assert (list(again.tables["rows"]), again.trouble) == (["0", "2", "4"], "")
    assert (folder / "quarantine" / log.name).read_bytes() == data


@pytest.mark.parametrize("how", ["flipped", "cut", "emptied", "removed"])
def test_a_damaged_snapshot_gives_way_to_the_one_before_and_both_logs_so_that_nothing_is_lost(
    folder: Path, seal: Seal | None, how: str
) -> None:
    storage = opened(folder, seal)
    storage.commit(row("in the first log", "1"))
    storage.checkpoint()
    storage.commit(row("in the second log", "2"))
    storage.checkpoint()
    storage.commit(row("in the third log", "3"))
    snapshot = Files(folder).snapshot(3)
    data = snapshot.read_bytes()
    match how:
        case "flipped":
            snapshot.write_bytes(data[:-5] + bytes([data[-5] ^ 1]) + data[-4:])
        case "cut":
            snapshot.write_bytes(data[: len(data) // 2])
        case "emptied":
            snapshot.write_bytes(b"")
        case "removed":
            snapshot.unlink()
    damaged = opened(folder, seal)
    assert damaged.tables == storage.tables
    assert snapshot.name in damaged.trouble
    damaged.restore()
    assert (opened(folder, seal).tables, opened(folder, seal).trouble) == (storage.tables, "")


def test_without_any_sound_snapshot_the_newest_backup_is_read_and_that_is_told(folder: Path, seal: Seal | None) -> None:
    days = iter(["2026-03-01", "2026-03-02", *["2026-03-02"] * 99])
    storage = opened(folder, seal, day=lambda: next(days))
    storage.commit(row("before the backup"))
    storage.commit(row("after the backup", "2"))
    for generation in Files(folder).snapshots():
        Files(folder).snapshot(generation).write_bytes(b"")
    damaged = opened(folder, seal)
    assert damaged.tables["rows"]["1"]["text"] == "before the backup"
    assert damaged.tables["rows"]["2"]["text"] == "after the backup"  # its log is still there
    assert damaged.trouble


def test_when_nothing_sound_is_left_that_is_told_and_nothing_is_touched_or_begun_anew(
    folder: Path, seal: Seal | None
) -> None:
    opened(folder, seal).commit(row())
    Files(folder).snapshot(1).write_bytes(b"not a snapshot")
    before = contents(folder)
    assert "put a copy of the folder back" in refused(lambda: opened(folder, seal))
    for path in folder.iterdir():
        path.unlink()
    assert "put a copy of the folder back" in refused(lambda: opened(folder, seal))
    assert (contents(folder), set(before)) == ({}, {"store.1.snap", "store.1.log"})


def test_a_log_that_is_gone_is_told(folder: Path, seal: Seal | None) -> None:
    opened(folder, seal).commit(row())
    Files(folder).log(1).unlink()
    assert "store.1.log" in opened(folder, seal).trouble


def test_a_log_of_another_history_is_told(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, seal: Seal | None
) -> None:
    opened(folder, seal).commit(row())
    other = tmp_path_factory.mktemp("other")
    JournalStorage.found(other, "ada", row("other"), seal)
    shutil.copy(Files(other).log(1), Files(folder).log(1))
    assert "store.1.log" in opened(folder, seal).trouble


@pytest.mark.parametrize("left", ["aside", "log", "both"])
def test_what_a_crash_in_a_checkpoint_leaves_does_not_matter(folder: Path, seal: Seal | None, left: str) -> None:
    opened(folder, seal).commit(row())
    storage = opened(folder, seal)
    storage.checkpoint()
    new = Files(folder).snapshot(2)
    new.rename(new.with_name("store.2.snap.tmp"))  # the moment before it got its name
    if left == "aside":
        Files(folder).log(2).unlink()
    if left == "log":
        new.with_name("store.2.snap.tmp").unlink()
    again = opened(folder, seal)
    assert (again.tables, again.trouble) == (row(), "")
    again.commit(row("later", "2"))
    again.checkpoint()
    again.commit(row("and later", "3"))
    assert len(opened(folder, seal).tables["rows"]) == 3
    assert not list(folder.glob("*.tmp"))


def test_a_newer_schema_is_refused_and_left_as_it_is(tmp_path: Path, seal: Seal | None) -> None:
    head = Head("snapshot", 1, "2026-03-01", sealed=seal is not None, schema=SCHEMA + 1)
    write_generation(Disk(), Files(tmp_path), {}, Chain("ada", head, seal))
    before = contents(tmp_path)
    assert f"newer Homegrown (schema {SCHEMA + 1})" in refused(lambda: opened(tmp_path, seal))
    assert contents(tmp_path) == before
