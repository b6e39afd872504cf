"""Folds are a partition by content, the newest lessons are kept, and rows have the token ids that serving has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import Message, TrainingRow
from errors import BadInput
from personalization import dataset
from personalization.dataset import (
    PROMPT_TOKENS,
    REJECTED_TOKENS,
    changed,
    choose,
    folds,
    readable,
    refusal_rows,
    training_rows,
)
from personalization.edit import edited
from personalization.recipe import PAIRS_FOR_CORRECTIONS
from tests.builders import at, lesson, unhurried


@unhurried
@given(count=st.integers(1, 60), data=st.data())
def test_folds_are_a_partition_that_depends_on_content_alone(count: int, data: st.DataObject) -> None:
    lessons = [lesson(number) for number in range(count)]
    parts = folds(lessons)
    spread = [one.id for part in parts for one in part]
    assert sorted(spread) == sorted(one.id for one in lessons)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert min(map(len, parts)) >= 1
    assert folds(data.draw(st.permutations(lessons))) == parts
    later = [lesson(number, at=at(1000 - number)) for number in range(count)]
    assert [[one.id for one in part] for part in folds(later)] == [[one.id for one in part] for part in parts]


@pytest.mark.parametrize(("count", "k"), [(5, 5), (6, 6), (7, 4), (24, 4), (25, 2), (100, 2)])
def test_there_are_n_folds_up_to_six_lessons_then_four_then_two(count: int, k: int) -> None:
    assert len(folds([lesson(number) for number in range(count)])) == k


def test_the_newest_lessons_are_kept_and_the_others_told() -> None:
    lessons = [lesson(number, at=at(number)) for number in range(10)]
    kept, left = choose(lessons, most=4)
    assert {one.at for one in kept} == {at(6), at(7), at(8), at(9)}
    assert set(left) == {f"r{number}" for number in range(6)}
    assert all("newer lessons" in why for why in left.values())


@unhurried
@given(st.permutations(range(6)))
def test_chosen_lessons_come_in_the_order_of_their_content_hash(order: Sequence[int]) -> None:
    kept, left = choose([lesson(number, at=at(place)) for place, number in enumerate(order)])
    assert [one.id for one in kept] == sorted(one.id for one in kept)
    assert left == {}


def encode(messages: Sequence[Message]) -> list[int]:
    return [ord(letter) for message in messages for letter in message.content]


def encode_reply(messages: Sequence[Message], reply: str) -> list[int]:
    return [*map(ord, reply), 0]


def rows_of(**fields: Any) -> list[TrainingRow]:
    return training_rows(
        [lesson(prompt=(Message("system", "S"), Message("user", "Q")), **fields)], encode, encode_reply
    )


def ids(text: str) -> tuple[int, ...]:
    return (*map(ord, text), 0)


PROMPT = (ord("S"), ord("Q"))


def test_a_correction_has_the_ids_of_serving_and_is_imitated_with_its_weight() -> None:
    [row] = rows_of(chosen="A", weight=0.5)
    assert row == TrainingRow(PROMPT, ids("A"), 0.5, (), contrast=0.0, edited=row.edited)


def test_only_corrections_have_an_edit() -> None:
    [row] = rows_of(chosen="Bad, mate", rejected=("Bad",))
    assert row.edited == edited(ids("Bad"), ids("Bad, mate"))
    assert not all(row.edited)
    [up] = rows_of(chosen="Bad, mate", rejected=("Bad",), weight=0.5, signal="up")
    assert up.edited == ()


def test_a_preference_is_a_pair_with_each_sibling_and_counts_once() -> None:
    rows = rows_of(chosen="Good", rejected=("Bad", "Odd"), weight=0.2, signal="preference")
    share = 0.2 / 2
    assert rows == [TrainingRow(PROMPT, ids("Good"), share, ids(text), contrast=0.5) for text in ("Bad", "Odd")]


def test_at_most_three_siblings_are_read() -> None:
    rows = rows_of(rejected=tuple(f"Bad {number}" for number in range(5)), weight=0.2, signal="preference")
    assert [row.rejected_ids for row in rows] == [ids(f"Bad {number}") for number in range(3)]
    assert sum(row.contrast for row in rows) == pytest.approx(1)
    assert sum(row.weight for row in rows) == pytest.approx(0.2)


def test_a_thumb_up_alone_is_a_target_and_a_thumb() -> None:
    assert rows_of(chosen="A", rejected=(), weight=0.5, signal="up") == [TrainingRow(PROMPT, ids("A"), 0.5)]


def test_a_thumb_up_among_siblings_keeps_its_weight_and_is_a_pair() -> None:
    rows = rows_of(chosen="Good one", rejected=("Bad",), weight=0.5, signal="up")
    assert rows == [TrainingRow(PROMPT, ids("Good one"), 0.5, ids("Bad"))]


UP = lesson(1, rejected=(), weight=0.5, signal="up")
DOWN = lesson(2, chosen=None, prompt=(Message("user", "Q"),), rejected=("Bad",), weight=0.0, signal="down")


def test_a_thumb_down_alone_is_a_text_to_avoid_without_target() -> None:
    _, row = training_rows([UP, DOWN], encode, encode_reply)
    assert row == TrainingRow((ord("Q"),), (), 0.0, ids("Bad"))


def test_texts_to_avoid_weigh_no_more_than_texts_to_imitate() -> None:
    rows = training_rows([UP, *[DOWN] * 8, UP], encode, encode_reply)
    assert {row.contrast for row in rows if not row.target_ids} == {2 / 8}
    assert {row.contrast for row in rows if row.target_ids} == {1.0}


def test_a_rejected_text_is_read_no_further_than_the_chosen_one_and_never_far() -> None:
    [row] = rows_of(chosen="Good", rejected=("x" * 999,), signal="preference")
    assert len(row.rejected_ids) == len(ids("Good"))
    for chosen, signal in (("y" * 999, "preference"), (None, "down")):
        [row] = rows_of(chosen=chosen, rejected=("x" * 999,), signal=signal)
        assert len(row.rejected_ids) == REJECTED_TOKENS


LONG = "Most houseplants like a good drink once a week. In winter they need far less, because they hardly grow."


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [(LONG, LONG, 0), ("", "", 0), (LONG, "", 1), (LONG, LONG.replace("once", "twice"), 0.05), ("one two", "six", 1)],
)
def test_how_much_an_edit_changes_is_the_share_of_characters_in_changed_words(
    before: str, after: str, share: float
) -> None:
    assert changed(before, after) == pytest.approx(share, abs=0.02)
    assert changed(after, before) == pytest.approx(share, abs=0.02)


def test_texts_that_are_nearly_alike_are_no_pair_unless_somebody_chose_between_them() -> None:
    alike = LONG.replace("once", "twice")
    [up] = rows_of(chosen=LONG, rejected=(alike,), weight=0.5, signal="up")
    assert (up.rejected_ids, up.weight) == ((), 0.5)
    [preferred] = rows_of(chosen=LONG, rejected=(alike,), signal="preference")
    assert preferred.rejected_ids


def test_pairs_of_corrections_are_a_choice_of_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    given: Any = {"chosen": "Quite another text.", "rejected": ("Bad.",)}
    assert [row.contrast for row in rows_of(**given)] == [float(PAIRS_FOR_CORRECTIONS)]
    monkeypatch.setattr(dataset, "PAIRS_FOR_CORRECTIONS", True)
    [row] = rows_of(**given)
    assert (row.rejected_ids, row.weight, row.contrast) == (ids("Bad."), 1.0, 1.0)
    [tiny] = rows_of(chosen=LONG, rejected=(LONG.replace("once", "twice"),))
    assert (tiny.rejected_ids, tiny.contrast) == ((), 0.0)


def test_a_row_that_cannot_be_taught_is_left_out_with_its_reason_and_the_others_stay() -> None:
    def encode(messages: Sequence[Message]) -> list[int]:
        if any("forbidden" in message.content for message in messages):
            raise BadInput("no such role here")
        return [0] * sum(len(message.content) for message in messages)

    def encode_reply(messages: Sequence[Message], reply: str) -> list[int]:
        return [0] * len(reply)

    good, long, odd = (
        replace(lesson(number), prompt=(Message("user", text),), rows=(f"row{number}",))
        for number, text in enumerate(("short", "x" * (PROMPT_TOKENS + 1), "forbidden"))
    )
    kept, left = readable([good, long, odd], encode, encode_reply)
    assert kept == [good]
    assert "too long" in left["row1"] and "no such role here" in left["row2"] and len(left) == 2


def test_refusals_are_imitated_and_nothing_else() -> None:
    (row,) = refusal_rows([("Harm", "No.")], encode, encode_reply)
    assert (row.prompt_ids, row.target_ids, row.refusal) == (tuple(map(ord, "Harm")), ids("No.")[:-1], True)
    assert not (row.rejected_ids or row.contrast or row.edited)
