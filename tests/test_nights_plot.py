"""Plots over nights: passed and refused ones differ, axes hold what they show, and words tell it too."""

from __future__ import annotations

from typing import Any

import pytest

from domain import Check, Night, Outcome, Verdict
from tests.builders import at, night
from web import texts
from web.nights_plot import MEASURES, NEWEST, drawing, nights_html, span


def slept(day: int, share: float | None, rise: float = 0.01, outcome: Outcome = "published", **fields: Any) -> Night:
    checks = (Check("general", True, "", rise), Check("cross-fit", None, "", share))
    when = {"started_at": at(24 * 60 * day), "finished_at": at(24 * 60 * day + 4)}
    return night(f"n{day}", verdict=Verdict(outcome, "", checks), **when, **fields)


def test_a_plot_marks_refused_nights_with_crosses_and_joins_the_others() -> None:
    drawn = drawing(MEASURES[0], [slept(1, 0.5), slept(2, 0.2, outcome="refused"), slept(3, 0.75)])
    assert drawn.count("<circle") == 2
    assert drawn.count('class="refused"') == 1
    line = drawn.split('points="')[1].split('"')[0]
    assert len(line.split()) == 2
    assert "3 nights, last 75%, lowest 20%, highest 75%; 1 of them refused" in drawn
    assert 'role="img"' in drawn


def test_what_was_not_measured_is_not_drawn() -> None:
    assert drawing(MEASURES[0], [slept(1, None), slept(2, 0.5)]).count("<circle") == 1
    assert texts.PLOT_NOTHING in drawing(MEASURES[0], [slept(1, None)])
    assert texts.PLOT_NOTHING in drawing(MEASURES[1], [slept(1, 0.5, rise=float("nan"))])


@pytest.mark.parametrize(
    ("values", "full", "ends"),
    [
        ([0.3, 0.9], 1.0, (0.0, 1.0)),
        ([3.0, 24.0], None, (0.0, 50.0)),
        ([0.004, -0.012], None, (-0.02, 0.005)),
        ([0.0], None, (0.0, 1.0)),
        ([-0.01], None, (-0.01, 0.0)),
        ([10.0], None, (0.0, 10.0)),
    ],
)
def test_an_axis_holds_zero_and_all_values_between_round_numbers(
    values: list[float], full: float | None, ends: tuple[float, float]
) -> None:
    assert span(values, full) == pytest.approx(ends)


def test_only_nights_that_sat_an_exam_are_shown_the_newest_of_them_and_as_numbers_too() -> None:
    assert nights_html([night(verdict=Verdict("failed", "It broke off."))]) == ""
    made = nights_html([slept(day, 0.5) for day in range(NEWEST + 5)])
    assert made.count("<circle") == NEWEST * len(MEASURES)
    assert made.count("<tr>") == NEWEST + 1
    assert "+1.0%" in made and "4.0" in made
