"""Folds are a partition by content, the newest lessons are kept, and rows have the token ids that serving has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import Message, TrainingRow
from errors import BadInput
from personalization.dataset import PROMPT_TOKENS, choose, folds, readable, training_rows
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


def test_a_training_row_has_the_ids_of_serving_and_the_weight_of_its_lesson() -> None:
    def encode(messages: Sequence[Message]) -> list[int]:
        return [ord(letter) for message in messages for letter in message.content]

    def encode_reply(messages: Sequence[Message], reply: str) -> list[int]:
        return [*map(ord, reply), 0]

    prompt = (Message("system", "S"), Message("user", "Q"))
    rows = training_rows([lesson(prompt=prompt, chosen="A", weight=0.5), lesson(chosen=None)], encode, encode_reply)
    assert rows == [TrainingRow((ord("S"), ord("Q")), (ord("A"), 0), 0.5)]


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
