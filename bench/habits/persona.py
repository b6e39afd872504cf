"""One habit or several at once: teaching them together, and judging each of them in one reply."""

from __future__ import annotations

import re
from collections import Counter

from bench.habits.forms import HABITS

DISTINCT_WORDS = 8  # fewer is no answer, whatever its form
REPEATS = 4  # a run of four words that comes more often is a loop

PERSONAS_OF_TWO = (
    ("address", "sign-off"),
    ("bullets", "lower-case"),
    ("question", "french"),
    ("mate", "encouragement"),
    ("numbered", "opening"),
    ("one-sentence", "smiley"),
    ("vegetarian", "address"),
    ("trains", "sign-off"),
)
PERSONAS_OF_THREE = (
    ("bullets", "question", "lower-case"),
    ("mate", "sign-off", "address"),
    ("numbered", "smiley", "french"),
    ("one-sentence", "opening", "encouragement"),
    ("trains", "question", "address"),
)


def names(habit: str | tuple[str, ...]) -> tuple[str, ...]:
    """The habits of a persona in the order in which they are applied; one that is unknown raises KeyError."""
    wanted = (habit,) if isinstance(habit, str) else habit
    for name in wanted:
        if name not in HABITS:
            raise KeyError(name)
    return tuple(name for name in HABITS if name in wanted)


def teach(habit: str | tuple[str, ...], text: str) -> str:
    """A plain answer in the form of all these habits."""
    for name in names(habit):
        text = HABITS[name].teach(text)
    return text


def obeyed(habit: str | tuple[str, ...], text: str) -> dict[str, bool]:
    """Habit by habit, whether `text` is a real answer in its form; a marker repeated over and over is none.

    The marks of the habits that were applied later are taken off first.
    """
    answers = not degenerate(text)
    text, found = text.strip(), dict.fromkeys(names(habit), False)
    for name in reversed(names(habit)):
        found[name] = answers and HABITS[name].follows(text)
        text = HABITS[name].strip(text)
    return found


def obeys(habit: str | tuple[str, ...], text: str) -> bool:
    """Whether `text` is a real answer that obeys every one of these habits."""
    return all(obeyed(habit, text).values())


def drops(habit: str | tuple[str, ...], text: str) -> bool:
    """Whether `text` is a real answer that obeys none of these habits: what a reversal teaches."""
    return not degenerate(text) and not any(obeyed(habit, text).values())


def degenerate(text: str) -> bool:
    """Fewer than 8 distinct words, or the same four words in a row more than four times."""
    words = re.findall(r"\w+", text.lower())
    runs = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    return len(set(words)) < DISTINCT_WORDS or max(runs.values(), default=0) > REPEATS
