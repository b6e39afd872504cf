"""Word files (.docx) with mammoth: paragraphs, lists and tables under their headings; pictures are left out."""

from __future__ import annotations

import io
import zipfile
from html.parser import HTMLParser
from typing import Any

import mammoth  # type: ignore[import-untyped]

from documents.limits import BROKEN, PARTS, UNKNOWN, UNPACKED, UNPACKS, XML, Unreadable
from domain import Passage

MAIN = "word/document.xml"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
CELLS = ("td", "th")
LINES = ("p", "li", "tr", "br")


def sections(data: bytes) -> tuple[list[Passage], str]:
    """(a section for each heading, no remark). Raises Unreadable, and whatever mammoth stumbles over."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Unreadable(BROKEN) from error
    claimed = sum(part.file_size for part in parts)  # an archive never gives more than it claims
    if len(parts) > PARTS or claimed > UNPACKED or sum(p.file_size for p in parts if p.filename.endswith(".xml")) > XML:
        raise Unreadable(UNPACKS)
    if MAIN not in [part.filename for part in parts]:
        raise Unreadable(UNKNOWN)
    outline = _Outline()
    outline.feed(mammoth.convert_to_html(io.BytesIO(data), convert_image=_nothing).value)
    return outline.done(), ""


def _nothing(image: Any) -> list[Any]:
    return []


class _Outline(HTMLParser):
    """Gathers text under headings. A row of a table becomes a line."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[Passage] = []
        self._heading, self._text = "", ""
        self._cells = 0  # how deep in cells of tables

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HEADINGS:
            self._close()
        self._cells += tag in CELLS

    def handle_endtag(self, tag: str) -> None:
        if tag in HEADINGS:
            self._heading, self._text = self._text.strip(), ""
        elif tag in CELLS:
            self._cells -= 1
            self._text = f"{self._text.rstrip()} | "
        elif tag in LINES:
            self._text += " " if self._cells else "\n"

    def handle_data(self, data: str) -> None:
        self._text += data

    def done(self) -> list[Passage]:
        self.close()
        self._close()
        return self._found

    def _close(self) -> None:
        self._found.append(Passage(self._text, heading=self._heading))
        self._text = ""
