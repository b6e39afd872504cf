"""The tests of chance are those of brute force where they are exact, and repeatable where they are sampled."""

from __future__ import annotations

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization import statistics as module
from personalization.statistics import auc, auc_interval, auc_p, share_interval, sign_flip_p
from tests.builders import unhurried

finite = st.floats(-3, 3, allow_nan=False)
tenths = st.integers(-30, 30).map(lambda value: value / 10)


@unhurried
@given(st.lists(tenths, min_size=1, max_size=9))
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
    monkeypatch.setattr(module, "EXACT_UP_TO", 0)
    assert sign_flip_p(changes) == pytest.approx(exact, abs=0.01)


def test_five_hundred_lessons_do_not_fill_the_memory() -> None:
    tracemalloc.start()
    assert sign_flip_p([0.01] * 500) < 0.01
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * 2**20


@pytest.mark.parametrize(
    ("high", "low", "area"),
    [
        ([2.0, 3.0], [0.0, 1.0], 1.0),
        ([0.0, 1.0], [2.0, 3.0], 0.0),
        ([1.0], [1.0], 0.5),
        ([1.0, 1.0], [1.0, 0.0], 0.75),
        ([0.0, 3.0], [1.0, 2.0], 0.5),
    ],
)
def test_the_area_is_the_share_of_comparisons_that_are_right(high: list[float], low: list[float], area: float) -> None:
    assert auc(high, low) == area


@unhurried
@given(st.lists(tenths, min_size=1, max_size=4), st.lists(tenths, min_size=1, max_size=4))
def test_the_p_of_an_area_is_that_of_brute_force_over_all_ways_to_deal(high: list[float], low: list[float]) -> None:
    everything, observed = [*high, *low], auc(high, low)
    as_high = []
    for places in itertools.combinations(range(len(everything)), len(high)):
        rest = [value for place, value in enumerate(everything) if place not in places]
        as_high.append(auc([everything[place] for place in places], rest) >= observed - 1e-9)
    assert auc_p(high, low) == pytest.approx(sum(as_high) / len(as_high))


def test_four_against_four_cannot_reach_one_percent_and_four_against_five_can() -> None:
    assert auc_p([1.0] * 4, [0.0] * 4) == pytest.approx(1 / 70)
    assert auc_p([1.0] * 4, [0.0] * 5) == pytest.approx(1 / 126)


def test_the_sampled_p_of_an_area_agrees_with_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    high, low = [0.5, 0.4, 0.9, 0.1, 0.7, 0.3], [0.2, 0.45, 0.0, 0.35, 0.6]
    exact = auc_p(high, low)
    monkeypatch.setattr(module, "EXACT_SPLITS", 0)
    assert auc_p(high, low) == pytest.approx(exact, abs=0.02)
    assert auc_p(high, low) == auc_p(high, low)


def test_hundreds_of_thumbs_are_judged_too() -> None:
    high, low = [math.sin(n) + 1 for n in range(200)], [math.sin(n) for n in range(200)]
    assert auc_p(high, low) < 0.01
    assert auc_p(low, high) > 0.9


def chance_of(hits: range, of: int, share: float) -> float:
    return sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in hits)


@unhurried
@given(st.integers(1, 40).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_at_the_ends_of_a_shares_interval_what_was_seen_or_more_extreme_has_a_chance_of_one_in_forty(
    seen: tuple[int, int],
) -> None:
    hits, of = seen
    low, high = share_interval(hits, of)
    assert 0 <= low <= hits / of <= high <= 1
    assert low == 0 if hits == 0 else chance_of(range(hits, of + 1), of, low) == pytest.approx(0.025)
    assert high == 1 if hits == of else chance_of(range(hits + 1), of, high) == pytest.approx(0.025)


def test_a_shares_interval_is_that_of_the_books_also_of_thousands_of_cases() -> None:
    assert share_interval(8, 8) == (pytest.approx(0.6306, abs=1e-4), 1.0)
    assert share_interval(7, 8) == pytest.approx((0.4735, 0.9968), abs=1e-4)
    assert share_interval(1500, 3000) == pytest.approx((0.4819, 0.5181), abs=1e-4)
    assert share_interval(0, 0) == (0.0, 1.0)


@unhurried
@given(st.floats(0, 1), st.integers(4, 60), st.integers(4, 60))
def test_an_areas_interval_holds_it_mirrors_that_of_the_opposite_and_is_never_a_point(
    area: float, high: int, low: int
) -> None:
    least, most = auc_interval(area, high, low)
    assert 0 <= least <= area <= most <= 1
    assert most - least > 0.02
    assert auc_interval(1 - area, high, low) == pytest.approx((1 - most, 1 - least), abs=1e-6)


def test_an_areas_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    random, true = np.random.default_rng(0), 0.76025  # two normal distributions, one standard deviation apart
    held = 0
    for _ in range(400):
        least, most = auc_interval(auc(list(random.normal(1, 1, 12)), list(random.normal(0, 1, 12))), 12, 12)
        held += least <= true <= most
    assert 0.92 <= held / 400 <= 0.99
