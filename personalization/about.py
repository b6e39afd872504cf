"""A person in brief: what stands about them at the beginning of every prompt, from pinned and often used memories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain import Memory
from personalization.memory import CLOSING, quoted_text

LONGEST = 600  # characters, also of a text in the person's own words
TOKENS = 64  # of a text made of memories: it is read once in a conversation, and costs room in all of it
OFTEN = 3  # a memory that was sent that often may stand there without a pin
LETTERS = 4  # of one token of English, about: the text must not wait for an engine
OPENING = "[About me, for where it helps:"


def in_brief(memories: Iterable[Memory], uses: Mapping[str, int]) -> str:
    """Pinned memories, oldest first, then the most used ones: a line each, as many as there is room for."""
    there = [memory for memory in memories if memory.active]
    pinned = sorted((m for m in there if m.pinned), key=lambda m: (m.created_at, m.id))
    often = [m for m in there if not m.pinned and uses.get(m.id, 0) >= OFTEN]
    lines: list[str] = []
    room = TOKENS
    for memory in [*pinned, *sorted(often, key=lambda m: (-uses[m.id], m.created_at, m.id))]:
        line = " ".join(memory.text.split())
        if (cost := rough_tokens(line)) <= room:
            lines.append(line)
            room -= cost
    return "\n".join(lines)


def about_block(text: str) -> str:
    """The text as the model sees it: quoted, line by line, as data; "" for an empty one."""
    lines = [quoted_text(line) for line in text.splitlines() if line.strip()]
    return "\n".join([OPENING, *lines, CLOSING]) if lines else ""


def leaves(text: str, memory: Memory) -> str:
    """The text without the lines that say what a memory says."""
    gone = quoted_text(memory.text)
    return "\n".join(line for line in text.splitlines() if quoted_text(line) != gone)


def rough_tokens(text: str) -> int:
    return len(text) // LETTERS + 4
