"""Corrections act at once: until it is learnt, a lesson is shown to the model as an exchange that went right.

The exchanges are messages of their own, just before the newest one: a small model follows replies it seems to have
given, and not a description of them (docs/log.md). They go through the engine like every message, as data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from domain import Lesson, Message, Reminder
from personalization.words import Words, words

BUDGET = 256  # tokens beside one message: four or five usual corrections, under a second to read
ASKED, WANTED = 200, 500  # characters of one exchange: a long reply must not crowd out all others
MOST_MISSES = 8  # that many did not fit: no more are tried, because counting tokens is a question to the engine
MARKS = 10  # tokens that a chat template puts around one exchange, about
CUT = " … "

STOP_WORDS = words(
    "a about after all also am an and any are as at be because been but by can could did do does don for from get "
    "give go had has have he her here him his how i if in into is it its just know let like make may me more most "
    "much my no not of on one or our out please s say she should so some t tell than that the their them then there "
    "these they this to up us want was way we were what when where which who why will with would you your"
)


def reminders(
    lessons: Iterable[Lesson], budget: int, count_tokens: Callable[[str], int], text: str = ""
) -> tuple[Reminder, ...]:
    """What to show the model before it answers `text`, within `budget` tokens; () if there is nothing.

    Lessons whose question shares most words with `text` come first, then what was written over what was only liked,
    then the newest. They are returned the other way round: what matters most stands closest to the message.
    """
    asked = _telling(text)
    ranked = sorted(
        (lesson for lesson in lessons if lesson.chosen is not None),
        key=lambda lesson: (_overlap(asked, _telling(_asked(lesson))), lesson.weight, lesson.at, lesson.id),
        reverse=True,
    )
    shown: list[Reminder] = []
    misses = 0
    for lesson in ranked:
        wanted = Reminder(lesson.id, shortened(_asked(lesson), ASKED), shortened(lesson.chosen or "", WANTED))
        cost = count_tokens(f"{wanted.asked}\n{wanted.wanted}") + MARKS
        if wanted.asked and wanted.wanted and cost <= budget:
            shown.insert(0, wanted)
            budget -= cost
        elif (misses := misses + 1) == MOST_MISSES:
            break
    return tuple(shown)


def exchanges(shown: Sequence[Reminder]) -> list[Message]:
    """Reminders as the model sees them: questions with the replies they should have had."""
    pairs = ((Message("user", one.asked), Message("assistant", one.wanted)) for one in shown)
    return [message for pair in pairs for message in pair]


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters: the beginning and the end, which show the form, without the middle."""
    text = text.strip()
    if len(text) <= limit:
        return text
    head = (limit - len(CUT)) * 2 // 3
    tail = limit - len(CUT) - head
    return f"{text[:head].rstrip()}{CUT}{text[-tail:].lstrip()}"


def _asked(lesson: Lesson) -> str:
    return next((message.content for message in reversed(lesson.prompt) if message.role == "user"), "")


def _telling(text: str) -> Words:
    return words(text) - STOP_WORDS


def _overlap(one: Words, other: Words) -> float:
    """Share of common words (Jaccard); 0 if there are none."""
    common = len(one & other)
    return common / len(one | other) if common else 0.0
