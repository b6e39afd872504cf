"""The bytes of a bundle, docs/bundle-format.md: a passphrase, and entries of one JSON line with an optional blob.

A reader sees only what the passphrase's owner wrote, whole: each chunk is authenticated with its place, the last one
knows that it is the last, and nothing may follow it.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from errors import BadInput, Locked
from storage.seal import KEY_BYTES, SEAL_BYTES, AesGcm
from storage.wrap import STANDARD, Cost, checked_passphrase, normal, unwrap, wrap

FORMAT = 1
MAGIC = b"homegrown bundle "  # the number of the format follows, and a line feed
CONTEXT = b"homegrown bundle key"
CHUNK = 64 * 1024  # bytes of plain text in every chunk but the last
LONGEST_HEADER = 4096  # bytes
LONGEST_LINE = 1 << 30
COUNT_BYTES = 4  # of a length, big endian

FOREIGN = "{name} is not a Homegrown export; give the file that `export` has written."
NEWER = "{name} was made by a newer Homegrown (format {format}); update this one. Nothing was imported."
BROKEN = "{name} is damaged ({why}); nothing was imported. Use another copy of it, or export again."
WRONG = "That is not the passphrase of {name}; nothing was imported. Try again."


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind` says what `value` is; `blob` is what comes along as bytes."""

    kind: str
    value: object
    blob: bytes = b""


def sealed(entries: Iterable[Entry], passphrase: str, cost: Cost = STANDARD) -> Iterator[bytes]:
    """A bundle, piece by piece. Raises BadInput if the passphrase is too short."""
    key = secrets.token_bytes(KEY_BYTES)
    wrapped = json.dumps({"key": wrap(key, checked_passphrase(passphrase), CONTEXT, cost)}).encode()
    begin = MAGIC + f"{FORMAT}\n".encode() + _counted(wrapped)
    digest = hashlib.sha256(begin).digest()
    yield begin + digest
    cipher, number, rest = AesGcm(key), 0, b""
    for entry in entries:
        rest, at = rest + _encoded(entry), 0
        while len(rest) - at > CHUNK:
            yield _counted(cipher.seal(rest[at : at + CHUNK], _place(digest, number, last=False)))
            number, at = number + 1, at + CHUNK
        rest = rest[at:]
    yield _counted(cipher.seal(rest, _place(digest, number, last=True)))


class Bundle:
    """An open file, with its passphrase tried. Raises BadInput for a foreign, newer or damaged file, else Locked."""

    def __init__(self, file: BinaryIO, name: str, passphrase: str) -> None:
        self._file, self._name = file, name
        file.seek(0)
        if file.read(len(MAGIC)) != MAGIC:
            raise BadInput(FOREIGN.format(name=name))
        number = file.readline(8)
        if number != f"{FORMAT}\n".encode():
            raise self._other(number)
        header = _taken(self, LONGEST_HEADER)
        begin = MAGIC + number + _counted(header)
        self._digest = hashlib.sha256(begin).digest()
        if file.read(len(self._digest)) != self._digest:
            raise self.damaged("its header")
        self._start = file.tell()
        try:
            key = unwrap(json.loads(header)["key"], normal(passphrase), CONTEXT)
        except (ValueError, KeyError, TypeError) as error:
            raise self.damaged("its header") from error
        if key is None:
            raise Locked(WRONG.format(name=name))
        self._cipher = AesGcm(key)

    def entries(self) -> Iterator[Entry]:
        """All entries from the first one on; only when it ends was the file whole. Raises BadInput if it is damaged."""
        self._file.seek(self._start)
        plain = io.BufferedReader(_Plain(self._chunks()), CHUNK)
        while line := plain.readline(LONGEST_LINE):
            try:
                found = json.loads(line)
                kind, value, size = str(found["kind"]), found["value"], int(found["bytes"])
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise self.damaged("an entry") from error
            blob = plain.read(size) if 0 <= size <= LONGEST_LINE else b""
            if len(blob) != size:
                raise self.damaged("an entry is cut short")
            yield Entry(kind, value, blob)

    def size(self) -> int:
        return self._file.seek(0, io.SEEK_END)

    def place(self) -> int:
        """How many bytes have been read."""
        return self._file.tell()

    def read(self, size: int) -> bytes:
        """Exactly so many bytes of the file itself."""
        found = self._file.read(size)
        if len(found) != size:
            raise self.damaged("it is cut short")
        return found

    def damaged(self, why: str) -> BadInput:
        return BadInput(BROKEN.format(name=self._name, why=why))

    def _chunks(self) -> Iterator[bytes]:
        number, size = 0, self.size()
        self._file.seek(self._start)
        while True:
            sealed = _taken(self, CHUNK + SEAL_BYTES)
            last = self._file.tell() == size
            try:
                yield self._cipher.unseal(sealed, _place(self._digest, number, last))
            except ValueError as error:
                raise self.damaged("its contents were changed, or are cut short") from error
            if last:
                return
            number += 1

    def _other(self, number: bytes) -> BadInput:
        format = number[:-1].decode("ascii", "replace")
        if number.endswith(b"\n") and format.isdecimal() and int(format) > FORMAT:
            return BadInput(NEWER.format(name=self._name, format=format))
        return self.damaged("its header")


class _Plain(io.RawIOBase):
    """What chunks hold, as a file to read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._rest:
            try:
                self._rest = memoryview(next(self._chunks))
            except StopIteration:
                return 0
        count = min(len(target), len(self._rest))
        target[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _encoded(entry: Entry) -> bytes:
    line = {"kind": entry.kind, "value": entry.value, "bytes": len(entry.blob)}
    # ASCII only: half a surrogate pair, which UTF-8 cannot carry, survives as an escape.
    return json.dumps(line, separators=(",", ":")).encode() + b"\n" + entry.blob


def _place(digest: bytes, number: int, last: bool) -> bytes:
    """What a chunk is authenticated with: its file, its place, and whether the file ends with it."""
    return digest + number.to_bytes(8, "big") + bytes([last])


def _counted(data: bytes) -> bytes:
    return len(data).to_bytes(COUNT_BYTES, "big") + data


def _taken(bundle: Bundle, most: int) -> bytes:
    size = int.from_bytes(bundle.read(COUNT_BYTES), "big")
    if size > most:
        raise bundle.damaged("a length")
    return bundle.read(size)
