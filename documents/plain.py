"""Text and Markdown files: how their letters are coded, and the headings of Markdown."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from documents.limits import AS_WESTERN, BINARY, Unreadable
from domain import Passage

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
STRANGE = 0.02  # share of control characters from which on it is no text

_HEADING = re.compile(r" {0,3}#{1,6}\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r" {0,3}(```|~~~)")


def text(data: bytes) -> tuple[list[Passage], str]:
    """(the whole as one section, a remark for the person or "")"""
    found, note = decoded(data)
    return [Passage(found)], note


def markdown(data: bytes) -> tuple[list[Passage], str]:
    """(a section for each heading, a remark)"""
    found, note = decoded(data)
    return list(_sections(found)), note


def decoded(data: bytes) -> tuple[str, str]:
    """UTF-8; UTF-16 if it begins like it; else as Western European, which is remarked. Raises Unreadable."""
    coding = next((name for mark, name in BOMS if data.startswith(mark)), "utf-8")
    try:
        found, note = data.decode(coding), ""
    except UnicodeDecodeError:
        found, note = data.decode("cp1252", "replace"), AS_WESTERN
    control = sum(sign < " " and sign not in "\t\n\r\x0b\x0c\x1b" for sign in found)
    if control > STRANGE * len(found):
        raise Unreadable(BINARY)
    return found, note


def _sections(text: str) -> Iterator[Passage]:
    heading, fence, lines = "", "", list[str]()
    for line in text.splitlines():
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        title = None if fence else _HEADING.match(line)
        if title:
            yield Passage("\n".join(lines), heading=heading)
            heading, lines = title[1], []
        else:
            lines.append(line)
    yield Passage("\n".join(lines), heading=heading)
