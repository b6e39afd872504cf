"""A document's text in passages: as long as the embedding model reads, cut where the text itself makes a break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from documents.limits import CHARACTERS, TOO_MUCH_TEXT, Unreadable
from domain import Passage

LONGEST = 480  # characters: about 110 tokens, of which the embedding model reads 128
SHORTEST = LONGEST // 3  # a better break is preferred unless it leaves less than this
HEADING = 120  # characters of a heading that are kept
BREAKS = tuple(map(re.compile, (r"\n[ ]*\n\s*", r"(?<=[.!?;:])\s+", r"\n", r" ")))  # the best first

_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
_MANY_LINES = re.compile(r"\n{3,}")


def passages(sections: Iterable[Passage]) -> list[Passage]:
    """Sections of any length in pieces of at most LONGEST characters, in order. Raises Unreadable if it is too much."""
    found: list[Passage] = []
    count = 0
    for section in sections:
        text = tidy(section.text)
        if (count := count + len(text)) > CHARACTERS:
            raise Unreadable(TOO_MUCH_TEXT)
        heading = " ".join(tidy(section.heading).split())[:HEADING]
        found += [Passage(piece, section.page, heading) for piece in _pieces(text)]
    return found


def tidy(text: str) -> str:
    """Without characters that cannot be stored, are not shown, or turn the direction of what follows; blanks once."""
    text = _BREAK.sub("\n", text.encode("utf-8", "replace").decode())
    text = "".join(" " if sign == "\t" else sign for sign in text if sign in "\n\t" or _is_shown(sign))
    lines = "\n".join(line.strip() for line in _BLANKS.sub(" ", text).split("\n"))
    return _MANY_LINES.sub("\n\n", lines).strip()


def _is_shown(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn") or sign == "\u200d"  # joins emoji


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = _cut(text, start)
        if piece := text[start:end].strip():
            yield piece
        start = end


def _cut(text: str, start: int) -> int:
    """Where the piece that begins at `start` ends."""
    limit = start + LONGEST
    if limit >= len(text):
        return len(text)
    for pattern in BREAKS:
        ends = [found.end() for found in pattern.finditer(text, start + SHORTEST, limit)]
        if ends:
            return ends[-1]
    return limit
