"""A file is the old one or the new one, whole, whatever happens while it is written."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinydb import TinyDB, where

from errors import BadInput, StorageTrouble
from storage.atomic import SCHEMA, AtomicJSONStorage, write_whole
from tests.builders import texts, unhurried

ROOT = Path(__file__).parent.parent
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@unhurried
@given(st.dictionaries(texts, values, max_size=4))
def test_what_was_written_is_read_back_by_a_fresh_storage(tmp_path: Path, document: dict[str, object]) -> None:
    path = tmp_path / "file.json"
    AtomicJSONStorage(path).write({"table": {"1": document}})
    assert AtomicJSONStorage(path).read() == {"table": {"1": document}}
    assert [entry.name for entry in tmp_path.glob("file*")] == ["file.json"]


def test_the_file_is_readable_by_its_owner_alone_and_names_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    AtomicJSONStorage(path).write({})
    assert json.loads(path.read_text(encoding="utf-8")) == {"schema": SCHEMA}
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"schema": 1, "turns": {"1": ',
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"schema": "one"}',
        b'{"schema": null}',
        b'{"schema": 1, "turns": []}',
        b'{"schema": 1, "turns": {"1": 7}}',
        b'{"schema": 1, "turns": {"one": {}}}',
        b'{"schema": 1, "turns": {"1": {"n": ' + b"1" * 5000 + b"}}}",
        b"\xff\xfe\x00",
        b"\x00" * 512,
    ],
)
def test_a_damaged_file_is_told_in_a_sentence_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(StorageTrouble, match="damaged"):
        AtomicJSONStorage(path)
    assert path.read_bytes() == content


def test_a_file_of_a_newer_homegrown_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text('{"schema": 2, "turns": {}, "news": [1]}', encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(StorageTrouble, match="newer Homegrown"):
        AtomicJSONStorage(path)
    assert path.read_bytes() == before


def fail(code: int) -> object:
    def raising(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return raising


@pytest.mark.parametrize(("call", "code"), [("fsync", errno.ENOSPC), ("fsync", errno.EIO), ("open", errno.EACCES)])
@pytest.mark.parametrize("change", ["insert", "update", "remove"])
def test_a_write_that_fails_changes_neither_disk_nor_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, call: str, code: int
) -> None:
    path = tmp_path / "file.json"
    db = TinyDB(path, storage=AtomicJSONStorage)
    table = db.table("rows")
    table.insert({"id": "a", "text": "old"})
    before = path.read_bytes()
    with monkeypatch.context() as broken:
        broken.setattr(os, call, fail(code))
        with pytest.raises(StorageTrouble, match="Nothing was saved"):
            if change == "insert":
                table.insert({"id": "b", "text": "new"})
            elif change == "update":
                table.upsert({"id": "a", "text": "new"}, where("id") == "a")
            else:
                table.remove(where("id") == "a")
    assert path.read_bytes() == before
    assert [dict(row) for row in table.all()] == [{"id": "a", "text": "old"}]
    assert not list(tmp_path.glob("*.tmp"))
    table.insert({"id": "c", "text": "later"})  # and the next write does not carry the failed one along
    assert [dict(row) for row in rows_on_disk(path)] == [
        {"id": "a", "text": "old"},
        {"id": "c", "text": "later"},
    ]


def rows_on_disk(path: Path) -> list[dict[str, object]]:
    return list(AtomicJSONStorage(path).read()["rows"].values())


def test_what_a_reader_does_to_its_copy_stays_with_the_reader(tmp_path: Path) -> None:
    storage = AtomicJSONStorage(tmp_path / "file.json")
    storage.write({"rows": {"1": {"id": "a"}}})
    storage.read()["rows"]["1"]["id"] = "changed"
    storage.read()["rows"].clear()
    assert storage.read() == {"rows": {"1": {"id": "a"}}}


def test_a_text_that_utf8_cannot_hold_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, "old")
    with pytest.raises(BadInput, match="characters"):
        write_whole(path, "half of a pair: \ud83d")
    assert {entry.name: entry.read_text(encoding="utf-8") for entry in tmp_path.glob("file*")} == {"file": "old"}


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits are POSIX")
def test_a_full_disk_is_told_with_the_remedy_and_the_old_content_stays(tmp_path: Path) -> None:
    program = """
import resource, sys
from pathlib import Path
from errors import StorageTrouble
from storage.atomic import AtomicJSONStorage
path = Path(sys.argv[1])
storage = AtomicJSONStorage(path)
storage.write({"rows": {"1": {"text": "old"}}})
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    storage.write({"rows": {"1": {"text": "x" * 100_000}}})
except StorageTrouble as error:
    print(error)
print(storage.read())
"""
    path = tmp_path / "file.json"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    sentence, kept = done.stdout.splitlines()
    assert "the disk is full; free some space" in sentence
    assert kept == "{'rows': {'1': {'text': 'old'}}}"
    assert AtomicJSONStorage(path).read() == {"rows": {"1": {"text": "old"}}}
    assert not list(tmp_path.glob("*.tmp"))


def test_a_half_written_aside_file_from_a_crash_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    AtomicJSONStorage(path).write({"rows": {}})
    path.with_name("file.json.tmp").write_text('{"schema": 1, "ro', encoding="utf-8")
    storage = AtomicJSONStorage(path)
    assert storage.read() == {"rows": {}}
    storage.write({"rows": {"1": {"a": 1}}})
    assert AtomicJSONStorage(path).read() == {"rows": {"1": {"a": 1}}}
