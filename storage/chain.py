"""A journal file, snapshot or log: a head that says what it is, then records of changes, sealed if there is a seal."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from errors import BadInput, Locked, StorageTrouble
from storage.record import Record, encode, scan
from storage.seal import Seal

SCHEMA = 2  # the version of what journals hold; a newer one is refused and left untouched
LONGEST_HEAD = 1024  # bytes
Kind = Literal["snapshot", "log"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The first record of a file, never sealed: it holds nobody's words.

    Generation N is snapshot N and the log that goes on from it. `made`: ISO date. `alone`: something was forgotten
    before this snapshot was made, and no older file may be left. `follows`: of a log, the CRC its snapshot ends with.
    """

    kind: Kind
    generation: int
    made: str
    sealed: bool
    alone: bool = False
    follows: int = 0
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class Chain:
    """The place behind the last record of a file. `name` says whose file it is, so that no other's can stand in."""

    name: str
    head: Head
    seal: Seal | None
    number: int = -1
    previous: int = 0

    def begin(self) -> tuple[bytes, Chain]:
        """(the head as a record, the place behind it)"""
        return self._followed(encoded(asdict(self.head)))

    def record(self, plain: bytes) -> tuple[bytes, Chain]:
        """(the next record, the place behind it)"""
        if self.seal is None:
            return self._followed(plain)
        return self._followed(self.seal.seal(plain, self.context(self.number + 1, self.previous)))

    def context(self, number: int, previous: int) -> bytes:
        head = self.head
        return f"homegrown/{self.name}/{head.kind}/{head.generation}/{number}/{previous:08x}".encode()

    def _followed(self, payload: bytes) -> tuple[bytes, Chain]:
        record, crc = encode(payload, self.number + 1, self.previous)
        return record, replace(self, number=self.number + 1, previous=crc)


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds. `whole`: all that was acknowledged into it, a log's torn end aside; `end`: its sound bytes."""

    chain: Chain
    values: list[Json]
    whole: bool
    end: int
    size: int


def read(path: Path, name: str, seal: Seal | None) -> Content | None:
    """None: without a sound head, so that nobody can tell what it was.

    Raises StorageTrouble for a file of a newer Homegrown or one that cannot be read, Locked without its seal.
    """
    data = path.read_bytes()
    found = scan(data)
    if not found.records or (head := head_of(found.records[0], path)) is None:
        return None
    if head.sealed and seal is None:
        raise Locked("This person's words are sealed; give the passphrase first.")
    chain, values, whole = Chain(name, head, seal), [], not found.gap
    for record in found.records[1:]:
        try:
            values.append(_opened(chain, record))
        except ValueError:  # sound, but not as we sealed it
            whole = False
    last = found.records[-1]
    return Content(replace(chain, number=last.number, previous=last.crc), values, whole, found.end, len(data))


def read_head(path: Path) -> Head | None:
    """Only the head of a file, which needs no seal."""
    with path.open("rb") as file:
        found = scan(file.read(LONGEST_HEAD))
    return head_of(found.records[0], path) if found.records else None


def head_of(record: Record, path: Path) -> Head | None:
    """Raises StorageTrouble if a newer Homegrown wrote it."""
    try:
        found = json.loads(bytes(record.payload))
        if record.number == 0 and found["schema"] > SCHEMA:
            raise StorageTrouble(
                f"{path} was written by a newer Homegrown (schema {found['schema']}); update this one."
            )
        return Head(**found) if record.number == 0 else None
    except (ValueError, TypeError, KeyError):
        return None


def _opened(chain: Chain, record: Record) -> Json:
    payload = bytes(record.payload)
    if chain.seal is not None:
        payload = chain.seal.unseal(payload, chain.context(record.number, record.previous))
    return decoded(payload, large=chain.head.kind == "snapshot")


def encoded(value: Any) -> bytes:
    """JSON. Raises BadInput for text that no file can keep."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise BadInput("The text holds broken characters that no file can keep; type it again.") from error


def decoded(plain: bytes, *, large: bool = False) -> Json:
    """What `encoded` was given, as values of its own. Raises ValueError. `large`: many rows, of few kinds."""
    # The parser uses one string for all fields of a name, but only within one text.
    value = json.loads(plain, object_pairs_hook=None if large else _shared_names)
    if not isinstance(value, dict):
        raise ValueError("not a record of ours")
    return value


def _shared_names(pairs: list[tuple[str, Any]]) -> Json:
    return {sys.intern(name): value for name, value in pairs}
