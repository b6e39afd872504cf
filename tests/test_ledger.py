"""The latest word on a prompt wins, arrival does not matter, and what is left out is told with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import Feedback, Message
from personalization.ledger import (
    DOWN_ALONE,
    DOWNS_FULL,
    EMPTY,
    LEARNT_CHARACTERS,
    NOTHING_SAID,
    PARKED,
    REPEATED,
    SECRET,
    UNCHANGED,
    UP_WEIGHT,
    in_part,
    read_lessons,
    waiting_lessons,
)
from personalization.recipe import CHOSEN_WEIGHT
from tests.builders import TOPICS, at, feedback, texts, unhurried

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
    moments = {row.id: (row.at, row.id) for row in found}
    assert all(moments[row] < moments[later] for row, later in read.superseded.items())
    assert [lesson.id for lesson in read.lessons] == sorted(lesson.id for lesson in read.lessons)


@unhurried
@given(found=rows)
def test_there_are_never_more_texts_to_avoid_than_wanted_ones(found: list[Feedback]) -> None:
    wanted = [lesson.chosen is not None for lesson in read_lessons(found).lessons]
    assert wanted.count(False) <= wanted.count(True)


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


def test_a_reply_that_others_were_rejected_for_is_a_preference_with_little_imitation() -> None:
    (lesson,) = read_lessons([feedback(rejected=("In oil.", " ", "In oil."))]).lessons
    assert (lesson.chosen, lesson.rejected, lesson.signal) == ("In water.", ("In oil.",), "preference")
    assert lesson.weight == CHOSEN_WEIGHT < UP_WEIGHT


def test_a_vote_between_two_versions_is_a_preference() -> None:
    (lesson,) = read_lessons([feedback(rejected=("In oil.",), source="vote")]).lessons
    assert (lesson.chosen, lesson.signal) == ("In water.", "preference")


def test_a_thumb_down_alone_is_left_out_while_nothing_good_is_known() -> None:
    read = read_lessons([feedback(thumb="down")])
    assert (read.lessons, read.skipped) == ((), {"r1": DOWN_ALONE})


def test_a_thumb_down_beside_something_good_is_a_text_to_avoid() -> None:
    read = read_lessons([feedback("a", "Why?", thumb="up"), feedback("b", thumb="down", reply="In fire.")])
    (down,) = [lesson for lesson in read.lessons if lesson.signal == "down"]
    assert (down.chosen, down.rejected, down.weight) == (None, ("In fire.",), 0.0)


def test_only_as_many_thumbs_down_as_good_replies_count_and_the_newest_do() -> None:
    found = [feedback(f"d{n}", f"About {TOPICS[n]}?", thumb="down", at=at(n)) for n in range(5)]
    found += [feedback(f"u{n}", f"Tell me of {TOPICS[n + 5]}", thumb="up", reply=TOPICS[n + 5]) for n in range(2)]
    read = read_lessons(found)
    assert {row for lesson in read.lessons for row in lesson.rows} == {"u0", "u1", "d3", "d4"}
    assert read.skipped == dict.fromkeys(["d0", "d1", "d2"], DOWNS_FULL)


def test_a_later_thumb_down_on_what_was_wanted_replaces_it() -> None:
    praised = feedback("a", thumb="up", at=at(0))
    corrected = feedback("b", "Why?", reply="No.", correction="In water.", at=at(0))
    down = [feedback("c", thumb="down", at=at(1)), feedback("d", "Why?", thumb="down", at=at(1))]
    read = read_lessons([praised, corrected, *down])
    assert read.superseded == {"a": "c", "b": "d"}
    assert set(read.skipped) == {"c", "d"}


def test_a_later_good_word_on_the_same_reply_replaces_a_thumb_down() -> None:
    read = read_lessons([feedback("a", thumb="down", at=at(0)), feedback("b", thumb="up", at=at(1))])
    assert read.superseded == {"a": "b"}
    assert [lesson.signal for lesson in read.lessons] == ["up"]


@pytest.mark.parametrize("later", ["up", "down"])
def test_a_good_and_a_bad_reply_to_the_same_words_are_one_lesson(later: str) -> None:
    good = feedback("a", thumb="up", at=at(later == "up"))
    bad = feedback("b", thumb="down", reply="In oil, of course.", reasons=("wrong",), at=at(later == "down"))
    read = read_lessons([good, bad])
    (lesson,) = read.lessons
    assert (lesson.chosen, lesson.rejected, lesson.rows) == ("In water.", ("In oil, of course.",), ("a", "b"))
    assert (lesson.signal, lesson.reasons, read.superseded, read.skipped) == ("up", ("wrong",), {}, {})
    (alone,) = read_lessons([good]).lessons
    assert alone.id != lesson.id


def test_a_correction_stays_when_the_old_reply_gets_another_thumb_down() -> None:
    read = read_lessons([feedback("a", correction="In broth."), feedback("b", thumb="down", at=at(1))])
    (lesson,) = read.lessons
    assert (lesson.chosen, lesson.rejected, lesson.rows) == ("In broth.", ("In water.",), ("a", "b"))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, NOTHING_SAID),
        ({"rejected": (" ",)}, NOTHING_SAID),
        ({"correction": "  "}, EMPTY),
        ({"thumb": "up", "reply": " \n"}, EMPTY),
        ({"correction": " In water. "}, UNCHANGED),
    ],
)
def test_a_row_that_says_nothing_is_left_out_with_the_reason_and_replaces_nothing(
    fields: dict[str, Any], why: str
) -> None:
    read = read_lessons([feedback("a", correction="In broth."), replace(feedback("b", at=at(1)), **fields)])
    assert (read.skipped, read.superseded) == ({"b": why}, {})
    assert [lesson.chosen for lesson in read.lessons] == ["In broth."]


def test_of_one_text_taught_a_hundred_times_the_newest_ten_rows_count() -> None:
    text = "Yours truly, as always, the one and only Juniper of the green hills"
    found = [feedback(f"r{n:03}", f"{n} x{n} y{n}", correction=f"{text} {n % 2}", at=at(n)) for n in range(100)]
    read = read_lessons([*found, feedback("other", correction="In broth.", at=at(-1))])
    used = {row for lesson in read.lessons for row in lesson.rows}
    assert used == {"other", *(f"r{n:03}" for n in range(90, 100))}
    assert read.skipped == {f"r{n:03}": REPEATED for n in range(90)}


def test_texts_in_a_script_without_spaces_are_told_apart_by_their_signs() -> None:
    two = [feedback("a", "为什么天空是蓝色的？", thumb="up"), feedback("b", "怎么煮鸡蛋？", thumb="up", at=at(1))]
    assert len(read_lessons(two).lessons) == 2
    same = [
        feedback("a", "为什么天空是蓝色的呢？", thumb="up"),
        feedback("b", "为什么天空是蓝色的", thumb="up", at=at(1)),
    ]
    assert read_lessons(same).superseded == {"a": "b"}


def test_what_looks_like_a_secret_is_kept_parked_with_another_reason() -> None:
    read = read_lessons([feedback(correction="The password is hunter22.", parked=True)])
    assert read.skipped == {"r1": SECRET}
    assert read_lessons([feedback(correction="The password is hunter22.")]).skipped == {}  # released


def test_a_very_long_text_is_learnt_in_part_and_says_so() -> None:
    (lesson,) = read_lessons([feedback(correction="word " * 10_000)]).lessons
    assert in_part(lesson)
    assert not in_part(replace(lesson, chosen="x" * LEARNT_CHARACTERS))
    assert not in_part(replace(lesson, chosen=None))


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
