"""The latest word on a prompt wins, arrival does not matter, and what is left out is told with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import Feedback, Message
from personalization.ledger import NO_TARGET, PARKED, UP_WEIGHT, read_lessons, waiting_lessons
from tests.builders import at, feedback, texts, unhurried

rows = st.lists(
    st.builds(
        lambda id, prompt, minute, thumb, correction, rejected, parked: feedback(
            id,
            prompt,
            at=at(minute),
            thumb=thumb,
            correction=correction,
            rejected=tuple(rejected),
            parked=parked,
        ),
        id=st.text("abcdef", min_size=1, max_size=3),
        prompt=st.sampled_from(["Why is the sky blue?", "why is the sky blue", "How do I poach an egg?", "🍎", "🍌"]),
        minute=st.integers(0, 5),
        thumb=st.sampled_from(["up", "down", None]),
        correction=st.none() | st.sampled_from(["Better.", "Best."]) | texts,
        rejected=st.lists(texts, max_size=2),
        parked=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda row: row.id,
)


@unhurried
@given(data=st.data(), found=rows)
def test_the_order_of_arrival_teaches_nothing(data: st.DataObject, found: list[Feedback]) -> None:
    shuffled = data.draw(st.permutations(found))
    assert read_lessons(shuffled) == read_lessons(found)


@unhurried
@given(found=rows)
def test_every_row_is_used_or_superseded_or_skipped_and_only_one_of_these(found: list[Feedback]) -> None:
    read = read_lessons(found)
    used = [row for lesson in read.lessons for row in lesson.rows]
    assert sorted([*used, *read.skipped, *read.superseded]) == sorted(row.id for row in found)
    assert set(read.superseded.values()) <= set(used)
    assert [lesson.id for lesson in read.lessons] == sorted(lesson.id for lesson in read.lessons)


@unhurried
@given(found=rows)
def test_no_lesson_rejects_what_it_wants(found: list[Feedback]) -> None:
    for lesson in read_lessons(found).lessons:
        assert lesson.chosen not in lesson.rejected
        assert len(set(lesson.rejected)) == len(lesson.rejected)


def test_a_correction_is_wanted_and_the_reply_is_not() -> None:
    (lesson,) = read_lessons([feedback(correction="In hot water.", rejected=("In oil.", "In water."))]).lessons
    assert (lesson.chosen, lesson.rejected, lesson.weight) == ("In hot water.", ("In water.", "In oil."), 1.0)
    assert lesson.rows == ("r1",)


def test_a_thumb_up_teaches_the_reply_at_lower_weight() -> None:
    (lesson,) = read_lessons([feedback(thumb="up", rejected=("In oil.",))]).lessons
    assert (lesson.chosen, lesson.rejected, lesson.weight) == ("In water.", ("In oil.",), UP_WEIGHT)


def test_a_thumb_down_alone_is_skipped_with_the_reason() -> None:
    read = read_lessons([feedback(thumb="down")])
    assert (read.lessons, read.skipped) == ((), {"r1": NO_TARGET})


def test_a_thumb_down_with_a_correction_teaches_the_correction() -> None:
    (lesson,) = read_lessons([feedback(thumb="down", correction="In hot water.")]).lessons
    assert lesson.chosen == "In hot water."


def test_the_same_prompt_corrected_again_is_superseded_by_the_later_one() -> None:
    early = feedback("a", "How do I poach an egg at home today?", correction="Old.", at=at(0))
    late = feedback("b", "how do I poach an EGG at home today", correction="New.", at=at(1))
    for order in ([early, late], [late, early]):
        read = read_lessons(order)
        assert [lesson.chosen for lesson in read.lessons] == ["New."]
        assert read.superseded == {"a": "b"}


def test_prompts_that_share_few_words_are_different_lessons() -> None:
    read = read_lessons([feedback("a", thumb="up"), feedback("b", "How do I poach a pear?", thumb="up", at=at(1))])
    assert (len(read.lessons), read.superseded) == (2, {})


def said(history: Sequence[str], text: str) -> tuple[Message, ...]:
    """A prompt late in a conversation: all that was said before it stands in it."""
    before = [Message(role, content) for content in history for role in ("user", "assistant")]
    return (*before, Message("user", text))


HISTORY = [f"Tell me about {word} and what I can do with it on a quiet Sunday at home" for word in ("eggs", "moss")]


def test_two_replies_of_one_long_conversation_are_two_lessons() -> None:
    first = replace(feedback("a", correction="One."), prompt=said(HISTORY, "And chess?"))
    second = replace(feedback("b", correction="Two.", at=at(1)), prompt=said([*HISTORY, "And chess?"], "And goats?"))
    assert read_lessons([first, second]).superseded == {}


def test_the_same_words_after_another_history_are_another_prompt() -> None:
    first = replace(feedback("a", correction="One."), prompt=said(["Write me a poem about moss"], "Go on"))
    second = replace(feedback("b", correction="Two.", at=at(1)), prompt=said(["How are taxes computed?"], "Go on"))
    assert read_lessons([first, second]).superseded == {}


@pytest.mark.parametrize(("one", "other", "same"), [("🍎", "🍌", False), ("🍎", "🍎", True), ("?!", "...", False)])
def test_prompts_without_any_word_are_compared_by_their_signs(one: str, other: str, same: bool) -> None:
    read = read_lessons([feedback("a", one, thumb="up"), feedback("b", other, thumb="up", at=at(1))])
    assert bool(read.superseded) is same


def test_a_parked_row_teaches_nothing_and_replaces_nothing() -> None:
    early = feedback("a", correction="Old.")
    parked = feedback("b", correction="New.", at=at(1), parked=True)
    read = read_lessons([early, parked])
    assert [lesson.chosen for lesson in read.lessons] == ["Old."]
    assert read.skipped == {"b": PARKED}


def test_a_lesson_is_the_same_whatever_the_id_and_time_of_its_row() -> None:
    (one,) = read_lessons([feedback("a", correction="Better.")]).lessons
    (other,) = read_lessons([feedback("b", correction="Better.", at=at(9))]).lessons
    (different,) = read_lessons([feedback("a", correction="Best.")]).lessons
    assert one.id == other.id != different.id


def test_lessons_that_the_serving_adapter_holds_do_not_wait() -> None:
    found = [feedback("a", thumb="up"), feedback("b", "Why is the sky blue?", thumb="up")]
    learnt, waiting = read_lessons(found).lessons
    assert waiting_lessons(found, [learnt.id]) == [waiting]
    assert waiting_lessons(found, []) == [learnt, waiting]
