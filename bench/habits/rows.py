"""Ledger rows that teach a habit, in the format of `feedback import`: corrections, pairs, thumbs, and a reversal.

`skip` leaves out the first topics, `day` dates the rows so many days after the first ones, and `occasion` takes the
topics that belong to this habit alone. Asking for more rows than there are topics raises ValueError.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bench.habits.persona import teach
from bench.habits.topics import training

LENGTHS = 1.1  # the chosen reply of a pair over the rejected one, in characters
FILLER = "That is all."  # lengthens a plain reply without any habit's mark
FIRST = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def corrections(
    habit: str | tuple[str, ...], count: int = 16, skip: int = 0, day: int = 0, occasion: bool = False
) -> list[dict[str, Any]]:
    """The plain answer as reply, the habit's form as correction."""
    return [
        _row(topic, at, topic["reply"], correction=teach(habit, topic["reply"]))
        for topic, at in _topics(habit, count, skip, day, occasion)
    ]


def reversed_corrections(
    habit: str | tuple[str, ...], count: int = 16, skip: int = 0, day: int = 1, occasion: bool = False
) -> list[dict[str, Any]]:
    """The person's change of mind: the habit's form as reply, the plain answer as correction."""
    return [
        _row(topic, at, teach(habit, topic["reply"]), correction=topic["reply"])
        for topic, at in _topics(habit, count, skip, day, occasion)
    ]


def pairs(
    habit: str | tuple[str, ...], count: int = 16, skip: int = 0, day: int = 0, occasion: bool = False
) -> list[dict[str, Any]]:
    """A preference between two replies: the habit's form over the plain one, without thumb or correction.

    A single habit's two replies differ in length by a tenth at most (one-sentence apart), so that a learner cannot
    take the length for the habit.
    """
    return [
        _row(topic, at, teach(habit, topic["reply"]), rejected=[_as_long(topic["reply"], teach(habit, topic["reply"]))])
        for topic, at in _topics(habit, count, skip, day, occasion)
    ]


def thumbs(
    habit: str | tuple[str, ...], ups: int, downs: int, skip: int = 0, day: int = 0, occasion: bool = False
) -> list[dict[str, Any]]:
    """Thumbs up on replies in the habit's form, then thumbs down on plain replies about other topics."""
    topics = _topics(habit, ups + downs, skip, day, occasion)
    return [_row(topic, at, teach(habit, topic["reply"]), thumb="up") for topic, at in topics[:ups]] + [
        _row(topic, at, topic["reply"], thumb="down") for topic, at in topics[ups:]
    ]


def _topics(
    habit: str | tuple[str, ...], count: int, skip: int, day: int, occasion: bool
) -> list[tuple[dict[str, str], datetime]]:
    found = training(habit, occasion)
    if count < 0 or skip < 0 or skip + count > len(found):
        raise ValueError(f"{habit} has {len(found)} training topics, not {skip + count}")
    dated = [(topic, FIRST + timedelta(days=day, minutes=minute)) for minute, topic in enumerate(found)]
    return dated[skip : skip + count]


def _as_long(plain: str, chosen: str) -> str:
    return plain if len(chosen) <= LENGTHS * len(plain) else f"{plain} {FILLER}"


def _row(
    topic: dict[str, str],
    at: datetime,
    reply: str,
    thumb: str | None = None,
    correction: str | None = None,
    rejected: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "prompt": topic["prompt"],
        "reply": reply,
        "thumb": thumb,
        "correction": correction,
        "rejected": rejected or [],
        "reasons": [],
        "at": at.isoformat(),
    }
