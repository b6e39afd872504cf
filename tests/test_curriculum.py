"""What a run reads, in which order and at which pace: the same for PyTorch and MLX."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from backends.curriculum import Part, Spoken, by_content, check, pace, parts, plan, texts, weights
from domain import TrainingRow
from errors import BadInput
from personalization.recipe import recipe_for

RECIPE = replace(recipe_for(135_000_000, lessons=8, threads=1), epochs=2, batch_rows=2, anchors_per_step=1, seed=7)
ROW = TrainingRow((1, 2), (3, 4), 1.0, (5,))


def test_each_epoch_reads_every_row_once_in_an_order_of_its_own() -> None:
    steps = [step.lessons for step in plan(7, 4, 3, RECIPE)]
    assert [len(batch) for batch in steps] == [2, 2, 2, 1] * 2
    first, second = ([row for batch in half for row in batch] for half in (steps[:4], steps[4:]))
    assert sorted(first) == sorted(second) == list(range(7))
    assert first != second


def test_anchors_come_equally_often() -> None:
    told = Counter(anchor for step in plan(6, 4, 3, replace(RECIPE, epochs=5)) for anchor in step.anchors)
    assert told == {0: 5, 1: 5, 2: 5}


def test_each_step_reads_one_refusal_and_none_is_added_for_it() -> None:
    refusals = [step.refusals for step in plan(6, 4, 3, replace(RECIPE, epochs=8))]
    assert len(refusals) == 24
    assert Counter(map(tuple, refusals)) == {(0,): 6, (1,): 6, (2,): 6, (3,): 6}
    assert refusals[:4] != refusals[4:8]
    none = replace(RECIPE, refusal_weight=0.0)
    assert not any(step.refusals for step in plan(6, 4, 3, none))
    assert not any(step.refusals for step in plan(6, 0, 3, RECIPE))


def test_the_order_follows_the_seed_and_is_the_one_that_pytorch_draws() -> None:
    assert [step.lessons for step in plan(5, 0, 1, replace(RECIPE, epochs=1, batch_rows=5))] == [[0, 1, 3, 2, 4]]
    assert list(plan(9, 2, 4, RECIPE)) == list(plan(9, 2, 4, RECIPE))
    assert list(plan(9, 2, 4, RECIPE)) != list(plan(9, 2, 4, replace(RECIPE, seed=8)))


def test_the_pace_warms_up_and_falls_to_nearly_nothing() -> None:
    told = [pace(step, 20, 0.2) for step in range(20)]
    assert told[:4] == [0.2, 0.4, 0.6, 0.8]
    assert told[4] == 1.0
    assert told[4:] == sorted(told[4:], reverse=True)
    assert 0 < told[-1] < 0.01


def test_when_a_row_arrived_does_not_matter() -> None:
    rows = [replace(ROW, weight=n / 8) for n in range(8)]
    assert by_content(rows) == by_content(rows[::-1])
    assert by_content(rows) != rows


def test_a_text_is_read_only_for_what_its_row_teaches() -> None:
    assert texts(ROW) == [Spoken((1, 2), (3, 4)), Spoken((1, 2), (5,))]
    assert texts(replace(ROW, contrast=0.0)) == [Spoken((1, 2), (3, 4))]
    assert texts(replace(ROW, target_ids=())) == [Spoken((1, 2), (5,))]
    assert texts(ROW)[0].inputs == (1, 2, 3)


@pytest.mark.parametrize(
    ("rows", "anchors", "words"),
    [
        ([], [(1,)], "no row says what to answer"),
        ([replace(ROW, target_ids=())], [(1,)], "no row says what to answer"),
        ([replace(ROW, weight=0.0)], [(1,)], "no row says what to answer"),
        ([replace(ROW, refusal=True)], [(1,)], "no row says what to answer"),
        ([ROW, replace(ROW, prompt_ids=())], [(1,)], "a prompt and a reply"),
        ([ROW, replace(ROW, target_ids=(), contrast=0.0)], [(1,)], "a prompt and a reply"),
        ([ROW], [], "wants anchors"),
    ],
)
def test_what_cannot_teach_is_refused(rows: list[TrainingRow], anchors: list[tuple[int, ...]], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        check(rows, anchors, RECIPE)
    check([ROW], [(1,)], RECIPE)


def test_edited_tokens_weigh_five_times_as_much_and_the_row_a_little_less_than_others() -> None:
    row = TrainingRow((1,), (2, 3, 4, 5), 0.5, edited=(True, False, False, True))
    assert weights(row, kept_weight=0.2) == pytest.approx([value / 0.6**0.5 for value in (0.5, 0.1, 0.1, 0.5)])
    assert weights(replace(row, edited=()), kept_weight=0.2) == [0.5] * 4
    assert weights(replace(row, target_ids=(), edited=()), kept_weight=0.2) == []


def test_a_step_is_read_in_parts_that_add_up_to_it() -> None:
    rows = [TrainingRow((1,), (2,) * count, 1.0) for count in (3, 5, 7)]
    refusal, anchors = TrainingRow((1,), (4, 4), 1.0, refusal=True), [(6, 7)]
    assert parts([*rows, refusal], anchors, RECIPE) == [Part([*rows, refusal], anchors, 15, 3)]
    assert parts([*rows, refusal], anchors, replace(RECIPE, rows_at_once=3)) == [Part([*rows, refusal], anchors, 15, 3)]
    assert parts([*rows, refusal], anchors, replace(RECIPE, rows_at_once=2)) == [
        Part(rows[:2], [], 15, 3),
        Part(rows[2:], [], 15, 3),
        Part([refusal], anchors, 15, 3),
    ]
    assert parts(rows, [], replace(RECIPE, rows_at_once=1)) == [Part([row], [], 15, 3) for row in rows]
