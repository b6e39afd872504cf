"""A file is the old one or the new one, whole, whatever happens while it is written."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from errors import BadInput, StorageTrouble
from storage.atomic import write_whole


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

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as broken:
        broken.setattr(os, call, fail)
        with pytest.raises(StorageTrouble, match="Nothing was saved") as caught:
            write_whole(path, "new")
    assert ("the disk is full; free some space" in str(caught.value)) == (code == errno.ENOSPC)
    assert contents(tmp_path) == {"file": b"old"}


def test_a_text_that_utf8_cannot_hold_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, "old")
    with pytest.raises(BadInput, match="characters"):
        write_whole(path, "half of a pair: \ud83d")
    assert {entry.name: entry.read_text(encoding="utf-8") for entry in tmp_path.glob("file*")} == {"file": "old"}


def test_a_half_written_aside_file_from_a_crash_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.with_name("file.tmp").write_text("half of a te", encoding="utf-8")
    write_whole(path, "new")
    assert contents(tmp_path) == {"file": b"new"}
