"""The plan of the learning suite: every cell once, all of the measurable, enough of each, within a working day."""

from __future__ import annotations

from collections import Counter
from inspect import signature

from bench import habits
from bench.learning.measure import kinds
from bench.learning.plan import CARRIED, DOSES, FEW, SABOTAGES, SECONDS, SEEDS, Cell, cells
from bench.learning.sabotage import ROWS
from bench.learning.sections import EXPECTED

SINGLE = {(habit,) for habit in habits.HABITS}


def given(kind: str) -> list[dict]:
    return [cell.given for cell in cells() if cell.kind == kind]


def test_every_cell_is_there_once_under_a_name_that_stays() -> None:
    names = [cell.name for cell in cells()]
    assert max(Counter(names).values()) == 1
    assert names == [cell.name for cell in cells()]
    assert Cell("dose", {"seed": 0, "persona": ("mate",), "count": 8}).name in names
    assert Cell("night", {"seed": 0, "count": 8, "persona": ("bullets", "mate")}).name == (
        "night count=8 persona=('bullets', 'mate') seed=0"
    )


def test_every_cell_can_be_measured_with_what_it_is_given() -> None:
    for cell in cells():
        signature(kinds()[cell.kind]).bind("a workshop", **cell.given)
    assert {cell.kind for cell in cells()} == set(kinds()) == {*SECONDS, "sabotage"}


def test_all_habits_are_taught_by_corrections_pairs_and_thumbs_and_compared_with_the_prompt() -> None:
    for kind in ("pairs", "thumbs", "prompt"):
        assert {one["persona"] for one in given(kind)} == SINGLE, kind
    assert {one["persona"] for one in given("night")} == SINGLE | {
        *habits.PERSONAS_OF_TWO,
        *habits.PERSONAS_OF_THREE,
    }
    assert {one["persona"] for one in given("ownership")} == SINGLE | {()}
    assert {one["count"] for one in given("night") if len(one["persona"]) == 2} == {5}
    assert {one["count"] for one in given("night") if len(one["persona"]) == 3} == {16}
    assert {(one["ups"], one["downs"]) for one in given("thumbs")} == {(12, 12)}


def test_there_are_at_least_60_honest_nights() -> None:
    assert len(given("night")) + len(given("thumbs")) + len(given("ten nights")) * (len(habits.OCCASIONS) + 1) >= 60
    assert len(habits.OCCASIONS) == 10


def test_there_are_at_least_60_tries_to_publish_what_must_not_be_seven_of_each_kind_or_more() -> None:
    tried = Counter(one["how"] for one in given("sabotage"))
    attacks = {how for how, ends in EXPECTED.items() if "published" not in ends}
    assert set(tried) == set(EXPECTED) == set(SABOTAGES)
    assert sum(tried[how] for how in attacks) >= 60
    assert min(tried[how] for how in attacks) >= 7
    assert set(ROWS) < set(SABOTAGES)


def test_doses_have_three_seeds_for_three_habits_one_for_the_others_and_twins() -> None:
    found = Counter((one["persona"], one["count"]) for one in given("dose"))
    assert found == {
        (persona, count): len(SEEDS) if persona in FEW else 1 for persona in sorted(SINGLE) for count in DOSES
    }
    assert {(one["persona"], one["count"]) for one in given("swapped")} == {(one, n) for one in FEW for n in DOSES}


def test_no_cell_asks_for_more_topics_than_there_are() -> None:
    for one in given("night") + given("dose"):
        skip = 0 if one["count"] > 16 else 8 * one["seed"]
        assert len(habits.corrections(one["persona"], one["count"], skip=skip)) == one["count"]
    for one in given("thumbs"):
        assert len(habits.thumbs(one["persona"], 8, 0, skip=24)) == 8


def test_all_of_it_fits_in_eight_hours_and_no_cell_outlasts_a_slice() -> None:
    runs, a_run = 5, 120  # a run of the suite loads everything once
    assert sum(cell.seconds for cell in cells()) + runs * a_run < 8 * 3600
    assert max(cell.seconds for cell in cells()) < 2 * 3600
    assert min(cell.seconds for cell in cells()) > 0
    assert sum(cell.kind == CARRIED for cell in cells()) == len(FEW)
