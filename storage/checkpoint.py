"""Writes a snapshot of a journal and the empty log that follows it, keeps backups, and removes what is older."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from storage.atomic import private_folder
from storage.chain import Chain, Head, encoded, read_head
from storage.disk import Disk, write_new
from storage.files import ASIDE, Files
from storage.recovery import END, backups, recover
from storage.tables import Tables

PIECE = 2**20  # bytes of rows in one record of a snapshot, at least
DAILY = 7  # backups


def write_generation(disk: Disk, files: Files, tables: Tables, snapshot: Chain) -> tuple[Chain, int]:
    """Makes a generation: its snapshot aside, its empty log, then the snapshot's name. Returns the log's (end, size).

    The name is durable when the folder is. Raises OSError; then the generation before still counts.
    """
    target, log = files.snapshot(snapshot.head.generation), files.log(snapshot.head.generation)
    aside = target.with_name(target.name + ASIDE)
    written = _Snapshot(snapshot)
    try:
        write_new(disk, aside, written.pieces(tables))
        head = replace(snapshot.head, kind="log", alone=False, follows=written.chain.previous)
        begun, chain = Chain(snapshot.name, head, snapshot.seal).begin()
        write_new(disk, log, [begun])
        disk.replace(aside, target)
    except OSError:
        for path in (aside, log):
            with suppress(OSError):  # what stays goes at the next start
                disk.unlink(path)
        raise
    return chain, len(begun)


def begin_anew(disk: Disk, files: Files, name: str, day: str) -> None:
    """For a journal in the clear without a sound snapshot: a generation of what is sound in its logs, if it has any.

    Copies of what was there stay in quarantine. Raises OSError, and what `recover` raises.
    """
    found = recover(files, name, None)
    set_aside(disk, files, [*found.damaged, *map(files.log, files.logs())])
    head = Head("snapshot", found.newest + 1, day, sealed=False)
    write_generation(disk, files, found.tables, Chain(name, head, None))
    disk.sync_folder(files.folder)


def keep_backup(disk: Disk, files: Files, generation: int, day: str) -> None:
    """Copies a snapshot as the day's backup; drops what is older than seven of them. Raises OSError."""
    target = files.backup(day)
    private_folder(files.backups)
    aside = target.with_name(target.name + ASIDE)
    with files.snapshot(generation).open("rb") as source:
        write_new(disk, aside, iter(lambda: source.read(PIECE), b""))
    disk.replace(aside, target)
    disk.sync_folder(files.backups)
    if old := backups(files)[DAILY:]:
        _remove(disk, old)
        for folder in files.backups.glob("schema-*"):  # by now seven backups say the same
            shutil.rmtree(folder)


def remove_older(disk: Disk, files: Files, than: int) -> None:
    """Removes generations before `than`, and what was never finished. Raises OSError."""
    snapshots = [files.snapshot(generation) for generation in files.snapshots() if generation < than]
    logs = [files.log(generation) for generation in files.logs() if generation < than]
    _remove(disk, [*snapshots, *logs, *files.leftovers()])


def remove_copies(disk: Disk, files: Files, before: int) -> None:
    """Removes backups of snapshots before a generation, and everything in quarantine. Raises OSError."""
    daily = [path for path in files.daily() if (head := read_head(path)) and head.generation >= before]
    _remove(disk, [path for path in files.copies() if path not in daily])
    for folder in sorted((path for path in files.backups.rglob("*") if path.is_dir()), reverse=True):
        folder.rmdir()


def set_aside(disk: Disk, files: Files, damaged: Iterable[Path]) -> None:
    """Copies damaged files to where nothing changes them any more. Raises OSError."""
    private_folder(files.quarantine)
    for path in damaged:
        copy = files.quarantine / path.name
        if path.exists() and not (copy.exists() and copy.stat().st_size == path.stat().st_size):
            write_new(disk, copy, [path.read_bytes()])


def cut(disk: Disk, log: Path, size: int) -> None:
    """Cuts an unfinished write off a log. Raises OSError."""
    handle = disk.open(log, os.O_WRONLY)
    try:
        disk.truncate(handle, size)
        disk.sync(handle)
    finally:
        os.close(handle)


class _Snapshot:
    """A snapshot while it is written; `chain` is the place reached."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    def pieces(self, tables: Tables) -> Iterator[bytes]:
        record, self.chain = self.chain.begin()
        yield record
        for plain in _values(tables):
            record, self.chain = self.chain.record(plain)
            yield record


def _values(tables: Tables) -> Iterator[bytes]:
    """The tables in their order, in pieces like changes, then {END: how many rows there were}."""
    for name, rows in tables.items():
        piece, size = list[bytes](), 0
        for key, row in rows.items():
            piece.append(encoded(key) + b":" + encoded(row))
            size += len(piece[-1])
            if size >= PIECE:
                yield _table(name, piece)
                piece, size = [], 0
        if piece or not rows:
            yield _table(name, piece)
    yield encoded({END: sum(map(len, tables.values()))})


def _table(name: str, rows: Iterable[bytes]) -> bytes:
    return b"{" + encoded(name) + b":{" + b",".join(rows) + b"}}"


def _remove(disk: Disk, paths: list[Path]) -> None:
    for path in paths:
        disk.unlink(path)
    for folder in {path.parent for path in paths}:
        disk.sync_folder(folder)
