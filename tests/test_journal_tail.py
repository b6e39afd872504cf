"""What follows the last sound record is cut without a word only if one unfinished append can have left it."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.files import Files
from storage.journal import JournalStorage
from storage.record import HEADER, MARK
from storage.recovery import Recovered, recover
from storage.seal import Seal
from tests.journal_files import SEALS, contents, opened, refused, row

SECTOR = 512  # bytes that a disk writes whole or not at all


@pytest.fixture(params=SEALS)
def seal(request: pytest.FixtureRequest) -> Seal | None:
    return SEALS[request.param]


@pytest.fixture
def folder(tmp_path: Path, seal: Seal | None) -> Path:
    """A journal of nineteen short changes and a last one of some sectors."""
    JournalStorage.found(tmp_path, "ada", {}, seal)
    storage = opened(tmp_path, seal)
    for number in range(19):
        storage.commit(row("short", str(number)))
    storage.commit(row("long" * 700, "19"))
    return tmp_path


class Log:
    """The log of a journal, and where its last record begins. `read` is what a start finds after a change to it."""

    def __init__(self, folder: Path, seal: Seal | None) -> None:
        self._files, self._seal, self.path = Files(folder), seal, Files(folder).log(1)
        self.data = self.path.read_bytes()
        self.last = self.data.rindex(MARK)

    def read(self, data: bytes) -> Recovered:
        self.path.write_bytes(data)
        return recover(self._files, "ada", self._seal)

    def without_last(self, tail: bytes) -> Recovered:
        return self.read(self.data[: self.last] + tail)

    def blank(self, begin: int, end: int) -> bytes:
        return self.data[:begin] + bytes(end - begin) + self.data[end:]


@pytest.fixture
def log(folder: Path, seal: Seal | None) -> Log:
    return Log(folder, seal)


def held(found: Recovered) -> int:
    return len(found.tables["rows"])


def is_cut(found: Recovered) -> bool:
    """Whether only the last change is missing, and nobody is told."""
    return (found.damaged, found.torn, held(found)) == ([], True, 19)


def sector_after(byte: int) -> int:
    return (byte // SECTOR + 1) * SECTOR


def at_a_sector(folder: Path, seal: Seal | None) -> Log:
    """A log whose last record ends where a sector does."""
    log = Log(folder, seal)
    before = len(log.data)
    opened(folder, seal).commit(row("", "20"))
    grown = len(Log(folder, seal).data)
    log.path.write_bytes(log.data)
    opened(folder, seal).commit(row("x" * (sector_after(grown) - grown), "20"))
    found = Log(folder, seal)
    assert len(found.data) % SECTOR == 0 and len(found.data) > before
    return found


# what an unfinished append leaves


def test_the_beginning_of_a_record_is_cut_off(log: Log) -> None:
    for end in range(log.last + 1, len(log.data)):
        assert is_cut(log.read(log.data[:end])), end


def test_a_record_of_which_sectors_were_never_written_is_cut_off(log: Log) -> None:
    first = sector_after(log.last + HEADER.size)
    assert is_cut(log.read(log.blank(first, first + SECTOR)))
    for begin in (log.last + HEADER.size, first, first + SECTOR, first + SECTOR + 100, first + 2 * SECTOR):
        assert is_cut(log.read(log.blank(begin, len(log.data)))), begin
        assert is_cut(log.read(log.blank(begin, len(log.data))[:-7])), begin


def test_zeros_alone_are_cut_off_if_the_record_before_them_ends_in_their_first_sector(log: Log) -> None:
    assert log.last % SECTOR
    for size in (1, 60, 100, 5000):
        assert is_cut(log.without_last(bytes(size))), size


def test_a_few_zeros_too_few_for_two_records_are_cut_off_wherever_they_begin(folder: Path, seal: Seal | None) -> None:
    log = at_a_sector(folder, seal)
    for size in (1, 60):
        found = log.read(log.data + bytes(size))
        assert (found.damaged, found.torn) == ([], True), size


# what is more than that


def test_sectors_that_are_blank_to_the_end_never_take_more_than_one_change_without_a_word(log: Log) -> None:
    for begin in range(SECTOR, len(log.data), SECTOR):
        found = log.read(log.blank(begin, len(log.data)))
        assert found.damaged == [log.path] or is_cut(found), begin


def test_zeros_that_begin_with_a_sector_are_told(folder: Path, seal: Seal | None) -> None:
    log = at_a_sector(folder, seal)
    assert log.read(log.data + bytes(SECTOR)).damaged == [log.path]


def test_a_bad_block_at_the_end_is_told_and_the_log_stays_as_it_is(folder: Path, seal: Seal | None) -> None:
    storage = opened(folder, seal)
    for number in range(20, 40):
        storage.commit(row("short", str(number)))
    log = Files(folder).log(1)
    data = log.read_bytes()
    bad = sector_after(len(data) - 1500)
    left = data[:bad] + bytes(len(data) - bad)
    log.write_bytes(left)
    damaged = opened(folder, seal)
    assert "doctor --restore" in damaged.trouble and log.name in damaged.trouble
    assert refused(lambda: damaged.commit(row("new"))) == damaged.trouble
    assert log.read_bytes() == left == (folder / "quarantine" / log.name).read_bytes()
    sound = list(damaged.tables["rows"])
    assert 20 < len(sound) < 40

    damaged.restore()
    damaged.commit(row("new", "new"))
    again = opened(folder, seal)
    assert (list(again.tables["rows"]), again.trouble) == ([*sound, "new"], "")
    assert contents(folder)[f"quarantine/{log.name}"] == left


def test_a_bit_that_flips_in_the_last_record_is_told(log: Log) -> None:
    header = range(8 * log.last, 8 * (log.last + HEADER.size))
    for bit in [*header, *range(header.stop, 8 * len(log.data), 97)]:
        data = bytearray(log.data)
        data[bit // 8] ^= 1 << bit % 8
        assert log.read(bytes(data)).damaged == [log.path], bit


def test_more_bytes_than_the_unfinished_record_announces_are_told(log: Log) -> None:
    whole = log.data[log.last :]
    broken = whole[: HEADER.size] + bytes(len(whole) - HEADER.size)
    assert is_cut(log.without_last(broken))
    assert log.without_last(broken + b"\0").damaged == [log.path]


def test_the_mark_of_a_second_record_is_told(log: Log) -> None:
    tail = log.data[log.last : log.last + 1000]
    assert is_cut(log.without_last(tail))
    assert log.without_last(tail[:500] + MARK + tail[504:]).damaged == [log.path]


def test_bytes_that_are_no_record_of_this_place_are_told(log: Log) -> None:
    assert log.without_last(b"not by us" * 10).damaged == [log.path]
    first = log.data.index(MARK, HEADER.size)
    assert log.without_last(log.data[first : first + 50]).damaged == [log.path]
