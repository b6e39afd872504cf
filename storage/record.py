"""Records: what journal files are made of. Each is checked by itself and chained to the one before.

record  = mark | payload bytes | number | CRC of the record before | CRC-32 of these three and the payload | payload
Numbers are big-endian, of four bytes. The first record of a file has the number 0 and follows on 0.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

MARK = b"\xffHG\n"  # UTF-8 has no byte 0xff: no text can pass for the beginning of a record
HEADER = struct.Struct(">4sIIII")
COVERED = struct.Struct(">III")  # what the CRC covers besides the payload


@dataclass(frozen=True, slots=True)
class Record:
    number: int
    previous: int
    crc: int
    payload: memoryview
    end: int  # where it ends in the file


@dataclass(frozen=True, slots=True)
class Scan:
    """What can be read of a file: its sound records, in order.

    `gap`: something is missing or broken that has sound records behind it. `end`: where the last sound record ends;
    what lies behind it was never written whole.
    """

    records: list[Record]
    end: int
    gap: bool


def encode(payload: bytes, number: int, previous: int) -> tuple[bytes, int]:
    """(the record's bytes, its CRC)"""
    crc = zlib.crc32(payload, zlib.crc32(COVERED.pack(len(payload), number, previous)))
    return HEADER.pack(MARK, len(payload), number, previous, crc) + payload, crc


def scan(data: bytes) -> Scan:
    """Reads all records of a file. Bytes that are no record are skipped, however their lengths were changed."""
    records: list[Record] = []
    at, gap = 0, False
    view, before_all = memoryview(data), Record(-1, 0, 0, memoryview(b""), 0)
    while at < len(data):
        record = _record_at(view, at)
        if record is None:
            at = data.find(MARK, at + 1)
            if at < 0:
                break
            continue
        last = records[-1] if records else before_all
        gap = gap or at != last.end or (record.number, record.previous) != (last.number + 1, last.crc)
        if record.number > last.number:  # what comes twice counts once
            records.append(record)
        at = record.end
    return Scan(records, records[-1].end if records else 0, gap)


def _record_at(data: memoryview, at: int) -> Record | None:
    if len(data) - at < HEADER.size:
        return None
    mark, size, number, previous, crc = HEADER.unpack_from(data, at)
    start = at + HEADER.size
    payload = data[start : start + size]
    if mark != MARK or crc != zlib.crc32(payload, zlib.crc32(COVERED.pack(size, number, previous))):
        return None  # with too large a size, too, which the CRC covers
    return Record(number, previous, crc, payload, start + size)
