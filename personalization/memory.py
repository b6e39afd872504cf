"""What a prompt is made of: persona, history as it was sent, and beside the newest message what is to be known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from domain import Memory, Message, Reminder, Turn
from personalization.at_once import exchanges

LONGEST = 600  # characters of one memory
BUDGET = 96  # tokens of memories beside one message: a third of a second where 300 tokens are read in one
ROOMY = 256  # ... on a machine that reads FAST tokens a second or more
FAST = 500
MOST_MISSES = 4  # that many did not fit: no more are tried, because counting tokens is a question to the engine
OPENING = "[You know these facts about me. Answer my question with them:"
CLOSING = "]"


def within(ranked: Iterable[Memory], budget: int, count_tokens: Callable[[str], int]) -> list[Memory]:
    """As many memories, the first ones first, as may be sent within a budget of tokens."""
    budget -= count_tokens(f"{OPENING}\n{CLOSING}\n\n")
    chosen: list[Memory] = []
    misses = 0
    for memory in ranked:
        cost = count_tokens(f"{quoted(memory)}\n")
        if cost <= budget:
            chosen.append(memory)
            budget -= cost
        elif (misses := misses + 1) == MOST_MISSES:
            break
    return chosen


def inserted_block(ranked: Sequence[Memory]) -> tuple[str, tuple[str, ...]]:
    """(block, ids of the memories in it) to put beside the newest message; ("", ()) if there is nothing to say.

    Memories are quoted, as data; the first of them stands last, closest to the message.
    """
    if not ranked:
        return "", ()
    lines = [quoted(memory) for memory in reversed(ranked)]
    return "\n".join([OPENING, *lines, CLOSING]), tuple(memory.id for memory in reversed(ranked))


def quoted(memory: Memory) -> str:
    return quoted_text(memory.text)


def quoted_text(text: str) -> str:
    return '- "' + " ".join(text.split()).replace('"', "'") + '"'


def quotes(block: str, memory: Memory) -> bool:
    """Whether a memory stands in a block."""
    return quoted(memory) in block.split("\n")


def without(block: str, memory: Memory) -> str:
    """The block as it reads once a memory is gone; "" if nothing is left."""
    lines = [line for line in block.split("\n") if line != quoted(memory)]
    return "\n".join(lines) if len(lines) > 2 else ""


def budget_for(history: Sequence[Turn]) -> int:
    """Tokens that memories beside the next message may have; a machine of which nothing is known counts as slow."""
    return ROOMY if reading_speed(history) >= FAST else BUDGET


def reading_speed(history: Sequence[Turn]) -> float:
    """Tokens a second that were read at least. What a turn has before its own words may come from the cache."""
    best, cached = 0.0, 0
    for turn in history:
        if turn.speeds and turn.speeds.ttft_s > 0:
            best = max(best, (turn.speeds.prompt_tokens - cached) / turn.speeds.ttft_s)
            cached = turn.speeds.prompt_tokens + turn.speeds.tokens
    return best


def sent_history(before: Sequence[Turn], cut: str | None) -> list[Turn]:
    """The turns of a branch that are sent: from the cut on (none if it lies later), if they have a reply."""
    ids = [turn.id for turn in before]
    start = 0 if cut is None else ids.index(cut) if cut in ids else len(ids)
    return [turn for turn in before[start:] if turn.reply]


def compose(
    persona: str,
    history: Sequence[Turn],
    inserted: str,
    text: str,
    reminders: Sequence[Reminder] = (),
    about: str = "",
) -> list[Message]:
    """The messages of one prompt. History stands as it was sent: the prefix stays the same from turn to turn."""
    opening = "\n\n".join(part for part in (persona, about) if part.strip())
    messages = [Message("system", opening)] if opening else []
    for turn in history:
        messages += exchanges(turn.reminders)
        asked = beside(turn.attached, beside(turn.inserted, turn.text))
        messages += [Message("user", asked), Message("assistant", turn.reply)]
    return [*messages, *exchanges(reminders), Message("user", beside(inserted, text))]


def beside(inserted: str, text: str) -> str:
    return f"{inserted}\n\n{text}" if inserted else text
