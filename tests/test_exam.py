"""Each check passes and fails where its threshold stands, and its sentence says what was found."""

from __future__ import annotations

import itertools
import math
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.exam import (
    Answer,
    degeneration_check,
    final_check,
    gain_check,
    general_check,
    repeats,
    sign_flip_p,
    weights_check,
)
from tests.builders import unhurried

PLAIN = "Water the plants once a week and let the soil dry a little in winter before you do."
CIRCLES = "and so on " * 20


@pytest.mark.parametrize(("change", "passed"), [(0.3, True), (0.0, False), (math.nan, False), (math.inf, False)])
def test_weights_must_be_finite_and_must_do_something(change: float, passed: bool) -> None:
    check = weights_check(change)
    assert check.passed is passed
    assert check.value is None or math.isfinite(check.value)  # JSON has no other numbers


@pytest.mark.parametrize(
    ("rise", "passed", "words"),
    [
        (-0.02, True, "as good as before"),
        (0.005, True, "as good as before"),
        (0.02, True, "slightly worse"),
        (0.0299, True, "slightly worse"),
        (0.031, False, "got worse"),
        (math.nan, False, "no longer read"),
        (math.inf, False, "no longer read"),
    ],
)
def test_general_english_may_get_worse_by_three_percent_and_is_warned_of_above_one(
    rise: float, passed: bool, words: str
) -> None:
    check = general_check([100.0, 300.0], [100 * (1 + rise), 300 * (1 + rise)])
    assert check.passed is passed
    assert words in check.sentence
    assert check.value is None or math.isfinite(check.value)


@pytest.mark.parametrize(("base", "candidate"), [([], []), ([1.0], []), ([1.0], [1.0, 2.0])])
def test_a_missing_probe_set_is_a_failure_and_not_a_pass(base: list[float], candidate: list[float]) -> None:
    assert general_check(base, candidate).passed is False


def answers(*texts: str) -> list[Answer]:
    return [Answer(text, endless=False) for text in texts]


USUAL = answers(*[PLAIN] * 6)


@pytest.mark.parametrize("faulty", [Answer(CIRCLES, False), Answer("  \n", False), Answer(PLAIN, True)])
def test_one_faulty_answer_more_than_the_base_is_slack_and_two_are_a_failure(faulty: Answer) -> None:
    assert degeneration_check(USUAL, [faulty, *USUAL[1:]], [PLAIN]).passed is True
    check = degeneration_check(USUAL, [faulty, faulty, *USUAL[2:]], [PLAIN])
    assert check.passed is False
    assert "2 of 6" in check.sentence
    assert degeneration_check([faulty, *USUAL[1:]], [faulty, faulty, *USUAL[2:]], [PLAIN]).passed is True


@pytest.mark.parametrize(
    ("words", "passed"),
    [(4, False), (5, True), (20, True), (80, True), (81, False)],
)
def test_answers_may_be_half_to_twice_as_long_as_base_and_lessons_are(words: int, passed: bool) -> None:
    def long(count: int) -> list[Answer]:
        return answers(*[" ".join(f"w{number}" for number in range(count))] * 3)

    target = " ".join(f"t{number}" for number in range(10))
    assert degeneration_check(long(40), long(words), [target]).passed is passed


def test_without_samples_or_targets_degeneration_cannot_be_excluded() -> None:
    assert degeneration_check([], [], [PLAIN]).passed is False
    assert degeneration_check(USUAL, USUAL[1:], [PLAIN]).passed is False
    assert degeneration_check(USUAL, USUAL, []).passed is False


@pytest.mark.parametrize(
    ("text", "circles"),
    [
        (CIRCLES, True),
        ("Captain, " * 30, True),
        (PLAIN, False),
        ("", False),
        ("one two three", False),
        ("the same four words twice the same four words once", False),
    ],
)
def test_an_answer_that_goes_round_in_circles_is_seen(text: str, circles: bool) -> None:
    assert repeats(text) is circles


finite = st.floats(-3, 3, allow_nan=False)


@unhurried
@given(st.lists(st.integers(-30, 30).map(lambda tenths: tenths / 10), min_size=1, max_size=9))
def test_the_sign_flip_p_is_that_of_brute_force(changes: list[float]) -> None:
    observed = sum(changes)
    flips = [
        sum(sign * abs(change) for sign, change in zip(signs, changes, strict=True))
        for signs in itertools.product((1, -1), repeat=len(changes))
    ]
    expected = sum(flipped >= observed - 1e-9 for flipped in flips) / len(flips)
    assert sign_flip_p(changes) == pytest.approx(expected)


@unhurried
@given(st.lists(finite, min_size=1, max_size=30))
def test_p_is_a_probability_and_repeatable(changes: list[float]) -> None:
    assert 0 < sign_flip_p(changes) <= 1
    assert sign_flip_p(changes) == sign_flip_p(changes)


def test_the_sampled_p_agrees_with_the_exact_one_where_both_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [0.5, -0.2, 0.3, 0.1, -0.4, 0.9, 0.05, -0.1, 0.2, 0.3, -0.3, 0.15]
    exact = sign_flip_p(changes)
    monkeypatch.setattr("personalization.exam.EXACT_UP_TO", 0)
    assert sign_flip_p(changes) == pytest.approx(exact, abs=0.01)


def test_five_hundred_lessons_do_not_fill_the_memory() -> None:
    tracemalloc.start()
    assert sign_flip_p([0.01] * 500) < 0.01
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * 2**20


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ([0.1] * 4, False),
        ([0.1] * 5, True),
        ([0.1] * 7, True),
        ([0.1] * 6 + [-0.001], False),
        ([0.1] * 6 + [0.0], False),
        ([0.1] * 8, True),
        ([1.0] * 11 + [-0.1], True),
        ([0.1] * 8 + [-1.0], False),
        ([-0.1] * 8, False),
        ([0.0] * 8, False),
        ([0.1] * 8 + [math.nan], False),
        ([], False),
    ],
)
def test_five_to_seven_must_all_improve_and_from_eight_on_chance_must_be_excluded(
    changes: list[float], passed: bool
) -> None:
    assert gain_check(changes).passed is passed


def test_the_final_adapter_must_do_at_least_as_well_as_the_estimate() -> None:
    assert final_check([1.0, -1.0], [0.1, -0.1]).passed is True
    assert final_check([1.0, 1.0], [1.0, -0.1]).passed is False
    assert final_check([1.0, 1.0], [1.0, math.nan]).passed is False
