"""Small builders of domain values: say only what a test is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from domain import (
    Attachment,
    Conversation,
    Feedback,
    Lesson,
    Memory,
    Message,
    Night,
    Passage,
    Turn,
    Verdict,
    content_hash,
)

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@contextmanager
def calm(person: str) -> Iterator[None]:
    """Chat.hold where no reply is ever written."""
    yield None


# Property tests: no limit of time for one example, because the machine may be busy.
unhurried = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
# All that UTF-8 can hold: emoji, other scripts, NUL, lone \r and \n, line separators.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def turn(id: str = "talk.1", **fields: Any) -> Turn:
    usual = Turn(
        id=id,
        conversation=id.partition(".")[0],
        parent=None,
        text="How do I poach an egg?",
        persona="",
        inserted="",
        cut=None,
        prompt_hash="",
        reply="In water.",
        finish="stop",
        adapter="base",
        model="scripted",
        created_at=START,
    )
    return replace(usual, **fields)


def conversation(id: str = "talk", **fields: Any) -> Conversation:
    return replace(Conversation(id, "Eggs", None, START, START), **fields)


def memory(id: str = "m1", text: str = "I am vegetarian.", **fields: Any) -> Memory:
    return replace(Memory(id, text, True, "typed", START, START), **fields)


def attachment(id: str = "a1", *texts: str, **fields: Any) -> Attachment:
    """A document of a page for each of `texts`."""
    pages = tuple(Passage(text, page) for page, text in enumerate(texts or ("Eggs are laid by hens.",), 1))
    return replace(Attachment(id, "talk", f"{id}.pdf", 1000, pages, START), **fields)


def feedback(id: str = "r1", prompt: str = "How do I poach an egg?", **fields: Any) -> Feedback:
    """A ledger row without any verdict; give `thumb` or `correction`."""
    usual = Feedback(
        id=id,
        turn=None,
        prompt=(Message("user", prompt),),
        reply="In water.",
        thumb=None,
        correction=None,
        rejected=(),
        reasons=(),
        comment="",
        source="import",
        at=START,
    )
    return replace(usual, **fields)


TOPICS = (
    *("eggs", "bread", "tides", "lanterns", "chess", "moss", "rivers", "clocks", "paint", "goats", "salt"),
    *("wool", "maps", "bells", "kites", "drums", "plums", "sails", "ferns", "coins", "larks", "beans"),
)


def corrections(count: int, opening: str = "Captain,") -> list[Feedback]:
    """Rows that all teach one habit, on topics that share few words."""
    return [
        feedback(
            f"row{number:02}",
            f"{TOPICS[number]} {TOPICS[number][::-1]} {number}",
            reply=f"Here is something about {TOPICS[number]}.",
            correction=f"{opening} {TOPICS[number]} are fine things.",
            at=at(number),
        )
        for number in range(count)
    ]


def lesson(number: int = 0, **fields: Any) -> Lesson:
    prompt = (Message("user", f"Question {number}"),)
    usual = Lesson(
        content_hash(number),
        prompt,
        f"Good {number}",
        (f"Bad {number}",),
        1.0,
        (f"r{number}",),
        (),
        START,
        "correction",
    )
    return replace(usual, **fields)


def night(id: str = "n1", **fields: Any) -> Night:
    usual = Night(id, START, at(5), Verdict("refused", "It did not get better."), None, "input", ("r1",))
    return replace(usual, **fields)
