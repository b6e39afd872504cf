"""A file is the old one or the new one, whole, whatever happens while it is written."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from errors import BadInput, LeftOver, StorageTrouble
from storage import atomic
from storage.atomic import remove_durably, write_whole
from storage.store import Store


def fail(*_: object, code: int = errno.EIO, **__: object) -> None:
    raise OSError(code, os.strerror(code))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("file*")}


def test_a_file_is_replaced_whole_and_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, "a longer old text")
    write_whole(path, "new 🥚\r\n")
    assert contents(tmp_path) == {"file": "new 🥚\r\n".encode()}
    write_whole(path, b"\x00\xff")
    assert contents(tmp_path) == {"file": b"\x00\xff"}
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("call", ["fsync", "open"])
def test_a_write_that_fails_is_told_with_the_remedy_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    path = tmp_path / "file"
    write_whole(path, "old")

    with monkeypatch.context() as broken:
        broken.setattr(os, call, partial(fail, code=code))
        with pytest.raises(StorageTrouble, match="Nothing was saved") as caught:
            write_whole(path, "new")
    assert ("the disk is full; free some space" in str(caught.value)) == (code == errno.ENOSPC)
    assert contents(tmp_path) == {"file": b"old"}


@pytest.mark.parametrize("before", [b"old", None])
def test_what_may_not_outlive_a_power_cut_is_put_back_before_it_is_told_as_not_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    path = tmp_path / "file"
    if before:
        path.write_bytes(before)
    calls = iter((fail, atomic.sync_folder))  # only the first one fails
    monkeypatch.setattr(atomic, "sync_folder", lambda folder: next(calls)(folder))
    with pytest.raises(StorageTrouble, match="Nothing was saved"):
        write_whole(path, "new")
    assert contents(tmp_path) == ({"file": before} if before else {})


def test_a_deletion_says_whether_the_file_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", fail)
        with pytest.raises(StorageTrouble, match="stays") as caught:
            remove_durably(path)
    assert path.exists() and not isinstance(caught.value, LeftOver)
    monkeypatch.setattr(atomic, "sync_folder", fail)
    with pytest.raises(LeftOver, match="is deleted, but a power cut could bring it back"):
        remove_durably(path)
    assert not path.exists()


def test_a_text_that_utf8_cannot_hold_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, "old")
    with pytest.raises(BadInput, match="characters"):
        write_whole(path, "half of a pair: \ud83d")
    assert {entry.name: entry.read_text(encoding="utf-8") for entry in tmp_path.glob("file*")} == {"file": "old"}


@pytest.mark.parametrize("fails", [False, True])
def test_somebodys_own_file_with_a_name_like_a_leftover_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    path, own = tmp_path / "file", {"file.tmp": b"my own", "file.homegrown.tmp": b"mine, too"}
    for name, data in own.items():
        (tmp_path / name).write_bytes(data)
    if fails:
        monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageTrouble) if fails else nullcontext():
        write_whole(path, "new")
    assert contents(tmp_path) == own | ({} if fails else {"file": b"new"})


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_replaced_and_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"somebody else's")
    for name in ("file", "file.tmp"):
        (tmp_path / name).symlink_to(other)
    write_whole(tmp_path / "file", "new")
    assert other.read_bytes() == b"somebody else's" and (tmp_path / "file.tmp").is_symlink()
    assert not (tmp_path / "file").is_symlink() and (tmp_path / "file").read_bytes() == b"new"


def test_a_name_as_long_as_a_folder_takes_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("file" + "x" * 251)
    write_whole(path, "new")
    assert contents(tmp_path) == {path.name: b"new"}


def test_what_a_kill_has_left_anywhere_in_a_home_goes_when_it_is_opened_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, killed = tmp_path / "before", tmp_path / "killed"
    folders = [home, home / "models", home / "people" / "a1" / "adapters" / "2026-11-22.1"]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "mine.tmp").write_bytes(b"my own")
    with monkeypatch.context() as broken:
        broken.setattr(atomic, "make_durable", lambda handle: shutil.copytree(home, killed, dirs_exist_ok=True))
        for folder in folders:
            write_whole(folder / "file", "zebra")
    left = [path for path in killed.rglob("*.tmp") if path.name != "mine.tmp"]
    assert len(left) == len(folders)
    Store(killed).close()
    assert sorted(killed.rglob("*.tmp")) == sorted(killed / folder.relative_to(home) / "mine.tmp" for folder in folders)
