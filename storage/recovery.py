"""Reads a journal from its files, whatever state a crash or a failing disk has left them in. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from errors import Locked, StorageTrouble
from storage.chain import Chain, Content, Head, encoded, read, read_head
from storage.files import Files
from storage.record import HEADER, MARK, encode, scan
from storage.seal import Seal
from storage.tables import Tables, merge

END = "end"  # the last record of a snapshot: {"end": its number of rows}
SECTOR = 512  # bytes that a disk writes whole or not at all
LEAST = HEADER.size + len(encoded({"changes": {}}))  # bytes of a record in a log


@dataclass(slots=True)
class Recovered:
    """What the files hold.

    Without damage this is every change that was acknowledged, and `chain` and `end` say where the log goes on (`torn`:
    there is an unfinished write behind that). With damage it is all that is sound, and `damaged` names the files.
    """

    newest: int  # the highest generation of any snapshot or log, and of what it rests on
    tables: Tables = field(default_factory=dict)
    head: Head | None = None  # of the snapshot it rests on; None: there is none
    chain: Chain | None = None
    end: int = 0
    torn: bool = False
    forgot: bool = False  # the log holds a forgetting, which older files must follow
    damaged: list[Path] = field(default_factory=list)


def was_begun(folder: Path) -> bool:
    """Whether there is a journal, or was one. A log without a change is what a crash at the very beginning leaves."""
    files = Files(folder)
    logs = (files.log(generation).read_bytes() for generation in files.logs())
    return bool(files.snapshots() or files.daily() or any(len(scan(log).records) > 1 for log in logs))


def refuse_newer(folder: Path) -> None:
    """Raises StorageTrouble if a newer Homegrown has written to a journal, or if nobody can tell; needs no seal."""
    files = Files(folder)
    for path in (*map(files.snapshot, files.snapshots()), *map(files.log, files.logs())):
        try:
            read_head(path)
        except OSError as error:
            raise StorageTrouble(f"{path} cannot be read ({error.strerror}); check its permissions.") from error


def backups(files: Files) -> list[Path]:
    """Daily backups, newest first: by generation, since a wrong clock may have given the dates. Raises OSError."""
    return sorted(files.daily(), key=_generation, reverse=True)


def _generation(snapshot: Path) -> int:
    head = read_head(snapshot)
    return head.generation if head else 0


def recover(files: Files, name: str, seal: Seal | None) -> Recovered:
    """The newest whole snapshot, else backup, and every later change that is sound. Raises what `chain.read` raises."""
    found = Recovered(newest=max([0, *files.snapshots(), *files.logs()]))
    for path in _newest_first(files):
        content = read(path, name, seal)
        if content is not None and _whole_snapshot(content):
            for value in content.values[:-1]:
                merge(found.tables, value)
            found.head, found.chain = content.chain.head, content.chain
            found.newest = max(found.newest, found.head.generation)
            break
        found.damaged.append(path)
    if found.head and found.head.generation not in files.snapshots():  # it rests on a backup
        found.damaged.append(files.snapshot(found.head.generation))
    oldest = found.head.generation if found.head else 0
    if found.head and oldest not in files.logs():
        found.damaged.append(files.log(oldest))
    for generation in reversed(files.logs()):
        if generation >= oldest:
            _replay(found, files, generation, _log(found, files.log(generation), name, seal))
    return found


def _newest_first(files: Files) -> Iterator[Path]:
    """What a journal can rest on. Backups are looked at only if no snapshot is sound."""
    yield from map(files.snapshot, files.snapshots())
    yield from backups(files)


def _log(found: Recovered, path: Path, name: str, seal: Seal | None) -> Content | None:
    try:
        return read(path, name, seal)
    except Locked:
        if found.head is None:
            raise
        return None  # a checkpoint under another seal began it, and then broke off


def _whole_snapshot(content: Content) -> bool:
    rows = sum(len(table) for value in content.values[:-1] for table in value.values())
    return content.whole and content.chain.head.kind == "snapshot" and content.values[-1:] == [{END: rows}]


def _replay(found: Recovered, files: Files, generation: int, log: Content | None) -> None:
    if log is not None:
        for value in log.values:
            merge(found.tables, value["changes"])
            found.forgot = found.forgot or "forget" in value
    sound = log is not None and log.whole and log.chain.head.kind == "log" and _ends_well(log, files.log(generation))
    if found.head and generation == found.head.generation:
        if log is not None and sound and found.chain and log.chain.head.follows == found.chain.previous:
            found.chain, found.end, found.torn = log.chain, log.end, log.size > log.end
        else:
            found.damaged.append(files.log(generation))
    elif generation in files.snapshots():  # which is damaged
        if not sound:
            found.damaged.append(files.log(generation))
    elif log is not None and log.values:  # else: a checkpoint began it, and then broke off
        found.damaged.append(files.snapshot(generation))


def _ends_well(log: Content, path: Path) -> bool:
    """Whether nothing follows the last sound record, or only what may be unfinished."""
    return log.size == log.end or _may_be_unfinished(path.read_bytes()[log.end : log.size], log.chain, log.end)


def _may_be_unfinished(tail: bytes, chain: Chain, at: int) -> bool:
    """Whether `tail`, which begins at byte `at`, can be all that one append left when it broke off.

    A record is appended by itself and is durable before the next one, so there is never more than one unfinished. A
    power cut may leave its sectors written in any order; those that are missing read as zeros. Nothing but zeros is the
    length alone, as some file systems leave it; or a bad disk, which loses the sound end of the first sector, too.
    """
    if not any(tail):
        return at % SECTOR > 0 or len(tail) < 2 * LEAST
    if len(tail) < HEADER.size:
        return MARK.startswith(tail[: len(MARK)])
    mark, size, number, previous, crc = HEADER.unpack_from(tail)
    payload = tail[HEADER.size :]
    if (mark, number, previous) != (MARK, chain.number + 1, chain.previous) or MARK in payload:
        return False
    if len(payload) < size:
        _, as_it_is = encode(payload, number, previous)
        return as_it_is != int(crc)  # else the record is whole, and its length was changed
    return len(payload) == int(size) and _lacks_a_sector(tail, at)


def _lacks_a_sector(tail: bytes, at: int) -> bool:
    """Whether zeros fill what lies in `tail` of some sector of the disk. Files begin where a sector does."""
    ends = range(SECTOR - at % SECTOR, len(tail) + SECTOR, SECTOR)
    return any(not any(tail[max(0, end - SECTOR) : end]) for end in ends)
