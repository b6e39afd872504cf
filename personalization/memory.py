"""What a prompt is made of: persona, history as it was sent, and beside the newest message what is to be known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain import Memory, Message, Reminder, Turn
from personalization.at_once import exchanges

LONGEST = 600  # characters of one memory
BUDGET = 4_000  # characters of all memories that ride along, about 1,000 tokens
OPENING = "[Notes about me, for where they help:"
CLOSING = "]"


def inserted_block(memories: Iterable[Memory], already: Iterable[str] = ()) -> tuple[str, tuple[str, ...]]:
    """(block, ids of the memories in it) to put beside the newest message; ("", ()) if there is nothing to say.

    Memories are quoted, as data, newest first until the budget is spent; those `already` in the context are left out.
    """
    known, lines, ids, spent = set(already), [], [], 0
    for memory in sorted((m for m in memories if m.active), key=lambda m: m.updated_at, reverse=True):
        line = quoted(memory)
        if memory.id not in known and spent + len(line) <= BUDGET:
            lines.append(line)
            ids.append(memory.id)
            spent += len(line)
    if not lines:
        return "", ()
    return "\n".join([OPENING, *reversed(lines), CLOSING]), tuple(reversed(ids))


def quoted(memory: Memory) -> str:
    return '- "' + " ".join(memory.text.split()).replace('"', "'") + '"'


def without(block: str, memory: Memory) -> str:
    """The block as it reads once a memory is gone; "" if nothing is left."""
    lines = [line for line in block.split("\n") if line != quoted(memory)]
    return "\n".join(lines) if len(lines) > 2 else ""


def sent_history(before: Sequence[Turn], cut: str | None) -> list[Turn]:
    """The turns of a branch that are sent: from the cut on (none if it lies later), if they have a reply."""
    ids = [turn.id for turn in before]
    start = 0 if cut is None else ids.index(cut) if cut in ids else len(ids)
    return [turn for turn in before[start:] if turn.reply]


def compose(
    persona: str, history: Sequence[Turn], inserted: str, text: str, reminders: Sequence[Reminder] = ()
) -> list[Message]:
    """The messages of one prompt. History stands as it was sent: the prefix stays the same from turn to turn."""
    messages = [Message("system", persona)] if persona.strip() else []
    for turn in history:
        messages += exchanges(turn.reminders)
        messages += [Message("user", beside(turn.inserted, turn.text)), Message("assistant", turn.reply)]
    return [*messages, *exchanges(reminders), Message("user", beside(inserted, text))]


def beside(inserted: str, text: str) -> str:
    return f"{inserted}\n\n{text}" if inserted else text
