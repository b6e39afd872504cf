"""What ChatGPT has remembered of somebody, out of the export of their data.

The export is a zip with `conversations.json`, of late in parts (`conversations-000.json`). It has no list of memories:
each stands in the conversation in which it was saved, as a message of the assistant to the recipient "bio", in
`mapping` -> node -> `message` -> `content` -> `parts`. There is no public description; this is how exports look that
were published with other projects between 2024 and 2026.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from personalization.json_array import MOST, NotJson, elements

DIRECTORY = 1 << 23  # bytes of a zip's table of contents: some 80,000 files
CONVERSATIONS = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json")


class NoConversations(ValueError):
    """A zip without conversations."""


def unpacked(file: BinaryIO) -> Iterator[Any]:
    """The conversations in an export. Raises NotJson, NoConversations, or BadZipFile for what cannot be read."""
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            names = sorted(name for name in archive.namelist() if CONVERSATIONS.fullmatch(name))
            if not names:
                raise NoConversations
            if sum(archive.getinfo(name).file_size for name in names) > MOST:  # no more than that is ever unpacked
                raise NotJson("too large")
            for name in names:
                with archive.open(name) as packed, io.TextIOWrapper(packed, encoding="utf-8-sig") as text:
                    yield from elements(text)
    except (zlib.error, EOFError, RuntimeError, NotImplementedError) as error:  # damaged, locked, packed otherwise
        raise zipfile.BadZipFile(str(error)) from error


def written(conversation: Any) -> Iterator[tuple[str, Any]]:
    """(fact, seconds since 1970) for what was written into the memory in a conversation.

    What it was told to forget again is passed over: the export does not say which fact that was.
    """
    for node in part(conversation, "mapping").values():
        message = part(node, "message")
        if message.get("recipient") != "bio" or part(message, "author").get("role") != "assistant":
            continue
        parts = part(message, "content").get("parts")
        for text in parts if isinstance(parts, list) else ():
            for line in text.split("\n") if isinstance(text, str) else ():
                if not line.lower().startswith("forget "):
                    yield line, message.get("create_time")


def part(value: Any, name: str) -> dict[str, Any]:
    """The object under this name; {} if there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _check_directory(file: BinaryIO) -> None:
    """A table of contents that would fill the memory is refused before it is read."""
    file.seek(-min(file.seek(0, io.SEEK_END), (1 << 16) + 64), io.SEEK_END)
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if b"PK\x06\x07" in tail or int.from_bytes(tail[end + 12 : end + 16], "little") > DIRECTORY:
        raise zipfile.BadZipFile("there are too many files in it")
    file.seek(0)
