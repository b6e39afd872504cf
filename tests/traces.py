"""Where a word can still be found on a disk: plain, as other programs write text, or inside what they compress."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

STARTS = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|PK\x03\x04")  # gzip, zlib, and an entry of a zip archive
MOST = 1 << 20  # bytes that one compressed piece is inflated to


def traces(folder: Path, *words: str) -> list[str]:
    """Files below a folder that hold one of the words, with the word. Links are not followed."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            found += [f"{path.relative_to(folder)}: {word}" for word in words if _holds(data, word)]
        found += [f"{path.relative_to(folder)}: {word} in its name" for word in words if word in path.name]
    return found


def _holds(data: bytes, word: str) -> bool:
    forms = list(_forms(word))
    return any(form in piece for piece in (data, *_inflated(data)) for form in forms)


def _forms(word: str) -> Iterator[bytes]:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        plain = word.encode(encoding)
        yield plain
        for before in range(3):  # base 64 looks different at each place; the first and last letters depend on others
            yield base64.b64encode(b"\0" * before + plain)[4:-4]


def _inflated(data: bytes) -> Iterator[bytes]:
    for start in STARTS.finditer(data):
        place, mark = start.start(), start.group()
        if mark == b"PK\x03\x04":
            header = data[place : place + 30]
            place += 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        window = 31 if mark.startswith(b"\x1f") else -15 if mark.startswith(b"PK") else 15
        try:
            yield zlib.decompressobj(window).decompress(data[place:], MOST)
        except zlib.error:
            continue
