"""Memories from a file: lines of text, ChatGPT's export, or a JSON list. Whatever stands there is text, and only read.

Open WebUI's list is what its `/api/v1/memories/` answers: `content`, `created_at` in seconds since 1970 and `user_id`
(backend/open_webui/models/memories.py); ours has `text` and ISO 8601.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import chain
from typing import Any, BinaryIO, TextIO

from errors import BadInput
from personalization import chatgpt, json_array
from personalization.json_array import NotJson
from personalization.memory import LONGEST

CHATGPT, OPEN_WEBUI, HOMEGROWN, TEXT = "ChatGPT", "Open WebUI", "Homegrown", "text"
ORIGINS = (CHATGPT, OPEN_WEBUI, HOMEGROWN, TEXT)
MOST_TEXT = 1 << 22  # characters of a plain text
EARLIEST = 2000  # no file tells what was kept before

BULLET = re.compile(r"(?:[-*•–]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?")
DATED = re.compile(r"(?:\[(\d{4}-\d\d-\d\d)\][\s:–-]*|(\d{4}-\d\d-\d\d)\s*[:–-]\s+)")
NO_FACT = re.compile(r"#|```|[-=*_]{3,}$")  # headings, fences, rules

NOT_TEXT = "That is no text in UTF-8; choose a .txt, .json or .zip file."
NOT_JSON = "That file is not the JSON it should be, or too large; export it again, or paste its facts as text."
NOT_READ = "That zip cannot be read ({why}); unpack it, and choose conversations.json out of it."
NO_CHATS = "That zip holds no conversations.json; choose ChatGPT’s export as it came."
NO_MEMORIES = (
    "ChatGPT’s export holds no saved memories; copy them in ChatGPT from Settings, Personalization, Manage memories, "
    "and paste them here."
)
NONE = "There is nothing in it to remember; give one fact a line."


@dataclass(frozen=True, slots=True)
class Item:
    """A fact on one line, and when it was first kept, if the file tells."""

    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds, the newest last. `left_out` counts what is too long for one memory."""

    origin: str
    items: tuple[Item, ...]
    left_out: int = 0


def read_memories(file: BinaryIO) -> Found:
    """Reads a file that can be sought in. A text has one fact a line, before which a day may stand: "[2026-03-01]".

    Raises BadInput with a sentence for what holds no memories.
    """
    zipped = file.read(2) == b"PK"
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig")
    try:
        if zipped:
            return _of(CHATGPT, _of_chatgpt(chatgpt.unpacked(file)))
        begins = text.read(json_array.CHUNK).lstrip()
        text.seek(0)
        if begins[:1] in ("[", "{") and not DATED.match(begins):
            return _of(*_listed(text, begins[0]))
        return _of(TEXT, filter(None, map(_line, text.read(MOST_TEXT).split("\n"))))
    except zipfile.BadZipFile as error:
        raise BadInput(NOT_READ.format(why=error)) from error
    except chatgpt.NoConversations as error:
        raise BadInput(NO_CHATS) from error
    except UnicodeDecodeError as error:
        raise BadInput(NOT_TEXT) from error
    except NotJson as error:
        raise BadInput(NOT_JSON) from error
    finally:
        text.detach()


def _of(origin: str, items: Iterable[Item]) -> Found:
    """Each text once, since when it was first kept."""
    first: dict[str, Item] = {}
    left_out = 0
    for item in items:
        if len(item.text) > LONGEST:
            left_out += 1
        elif item.text:
            first.setdefault(item.text, item)
    if not first and not left_out:
        raise BadInput(NO_MEMORIES if origin == CHATGPT else NONE)
    begun = datetime.min.replace(tzinfo=UTC)
    return Found(origin, tuple(sorted(first.values(), key=lambda item: item.at or begun)), left_out)


def _line(line: str) -> Item | None:
    line = line.strip()
    if NO_FACT.match(line):
        return None
    line = BULLET.sub("", line, count=1) if BULLET.match(line) else line
    dated = DATED.match(line)
    day = _noon(dated[1] or dated[2]) if dated else None
    return Item(_plain(line[dated.end() :] if dated and day else line), day)


def _listed(text: TextIO, begins: str) -> tuple[str, Iterator[Item]]:
    """Whose list it is, by its first element, and what it holds."""
    found = _in_object(text) if begins == "{" else json_array.elements(text)
    first = next(found, None)
    entries = chain([first], found)
    if isinstance(first, dict) and "mapping" in first:
        return CHATGPT, _of_chatgpt(entries)
    origin = TEXT
    if isinstance(first, dict):
        origin = OPEN_WEBUI if "content" in first else HOMEGROWN
    return origin, filter(None, map(_entry, entries))


def _in_object(text: TextIO) -> Iterator[Any]:
    """The list that an object calls "memories"; else the object."""
    try:
        whole = json.loads(text.read(json_array.LONGEST))
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error
    listed = whole.get("memories")
    yield from listed if isinstance(listed, list) else [whole]


def _of_chatgpt(conversations: Iterable[Any]) -> Iterator[Item]:
    return (Item(_plain(fact), _moment(at)) for talk in conversations for fact, at in chatgpt.written(talk))


def _entry(entry: Any) -> Item | None:
    """A fact in a list: a text, or an object that holds one."""
    if isinstance(entry, str):
        return Item(_plain(entry))
    fields = entry if isinstance(entry, dict) else {}
    text = fields.get("content") or fields.get("text")
    return Item(_plain(text), _moment(fields.get("created_at"))) if isinstance(text, str) else None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _noon(day: str) -> datetime | None:
    try:
        return _moment(datetime.combine(date.fromisoformat(day), time(12)).astimezone().isoformat())
    except (ValueError, OverflowError, OSError):
        return None


def _moment(value: Any) -> datetime | None:
    """Seconds since 1970, or ISO 8601; None for a moment that makes no sense."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(float(value), UTC)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return found if found.year >= EARLIEST else None
