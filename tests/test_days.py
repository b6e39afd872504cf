"""Days named in a sentence: which day is meant, counted from the day it was said."""

from __future__ import annotations

from datetime import date

import pytest

from personalization.observing.days import named_day

WEDNESDAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("on 12 June", "2026-06-12"),
        ("on the 20th of April", "2026-04-20"),
        ("on May 17", "2026-05-17"),
        ("on 3 March 2027", "2027-03-03"),
        ("on 1 March", "2027-03-01"),  # this year's has passed
        ("2026-04-05", "2026-04-05"),
        ("tomorrow", "2026-03-05"),
        ("the day after tomorrow", "2026-03-06"),
        ("in two weeks", "2026-03-18"),
        ("in 3 days", "2026-03-07"),
        ("on Friday", "2026-03-06"),
        ("on Wednesday", "2026-03-11"),
        ("next Friday", "2026-03-13"),
        ("next Monday", "2026-03-09"),
        ("on the 21st", "2026-03-21"),
        ("on the 2nd", "2026-04-02"),
        ("on Saturday the 28th", "2026-03-28"),
    ],
)
def test_a_day_is_counted_from_the_day_it_was_said(said: str, day: str) -> None:
    found = named_day(f"I am flying home {said}", WEDNESDAY)
    assert found and found.exact
    assert found.last.isoformat() == day


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("next week", "2026-03-15"),
        ("this weekend", "2026-03-08"),
        ("next month", "2026-04-30"),
        ("in September", "2026-09-30"),
        ("in February", "2027-02-28"),
        ("this summer", "2026-08-31"),
        ("next year", "2027-12-31"),
        ("in two months", "2026-05-31"),
        ("after Christmas", "2026-12-31"),
    ],
)
def test_a_longer_time_holds_until_its_last_day(said: str, last: str) -> None:
    found = named_day(f"we are moving {said}", WEDNESDAY)
    assert found and not found.exact
    assert found.last.isoformat() == last


@pytest.mark.parametrize(
    "said",
    ["last Friday", "on 31 June", "in 2019", "on 2 March 2020", "I may go", "on Fridays", "we march on", "the 5 of us"],
)
def test_what_has_passed_or_is_no_day_is_none(said: str) -> None:
    assert named_day(said, WEDNESDAY) is None
