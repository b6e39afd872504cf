"""PDF files, page by page, with pypdf: the text that they hold; pictures of text are not read."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, WrongPasswordError

from documents.limits import (
    CHARACTERS,
    PAGES,
    PROTECTED,
    SCANNED,
    SOME_SCANNED,
    TOO_MANY_PAGES,
    TOO_MUCH_TEXT,
    Unreadable,
)
from domain import Passage

_HYPHEN = re.compile(r"(?<=[a-zà-ÿ])-\n(?=[a-zà-ÿ])")  # a word that goes on in the next line


def pages(data: bytes) -> tuple[list[Passage], str]:
    """(a section for each page, a remark for the person or ""). Raises Unreadable, and whatever pypdf stumbles over."""
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):  # many are only protected against changes
        raise Unreadable(PROTECTED)
    try:
        if len(reader.pages) > PAGES:
            raise Unreadable(TOO_MANY_PAGES)
        found = _texts(reader)
    except (FileNotDecryptedError, WrongPasswordError) as error:
        raise Unreadable(PROTECTED) from error
    empty = sum(not page.text.strip() for page in found)
    if empty == len(found):
        raise Unreadable(SCANNED)
    return found, SOME_SCANNED.format(count=empty, pages=len(found)) if empty else ""


def _texts(reader: PdfReader) -> list[Passage]:
    found: list[Passage] = []
    count = 0
    for number, page in enumerate(reader.pages, 1):
        text = _HYPHEN.sub("", page.extract_text())
        if (count := count + len(text)) > CHARACTERS:
            raise Unreadable(TOO_MUCH_TEXT)
        found.append(Passage(text, page=number))
    return found
