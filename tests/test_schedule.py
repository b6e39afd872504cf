"""A night begins in its slot or after one that was slept through, once a day, and only when nobody is disturbed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.schedule import Situation, is_due, machine_ready
from tests.builders import unhurried

BERLIN = ZoneInfo("Europe/Berlin")
DAYTIME, NIGHT = datetime(2026, 5, 6, 14, 0, tzinfo=BERLIN), datetime(2026, 5, 6, 3, 0, tzinfo=BERLIN)


def situation(**fields: Any) -> Situation:
    """Everything speaks for a night; a test changes one thing."""
    usual = Situation(
        now=NIGHT,
        last_night=date(2026, 5, 5),
        oldest_waiting=datetime(2026, 5, 5, 20, 0, tzinfo=BERLIN),
        waiting=5,
        needed=5,
        changed=True,
        idle_seconds=3600.0,
        others_cpu=0.01,
        battery=None,
        plugged=True,
        ram_free=8 * 2**30,
        disk_free=50 * 2**30,
    )
    return replace(usual, **fields)


@pytest.mark.parametrize(
    ("fields", "due", "reason"),
    [
        ({}, True, "It is time."),
        ({"now": NIGHT.replace(hour=2, minute=0)}, True, "It is time."),
        ({"now": NIGHT.replace(hour=5, minute=59)}, True, "It is time."),
        ({"last_night": None}, True, "It is time."),
        ({"waiting": 4}, False, "4 of 5 new corrections so far."),
        ({"changed": False}, False, "Nothing has changed"),
        ({"last_night": date(2026, 5, 6)}, False, "done today"),
        ({"now": DAYTIME, "oldest_waiting": DAYTIME - timedelta(hours=1)}, False, "Tonight between 02:00 and 06:00"),
        ({"now": DAYTIME, "oldest_waiting": None}, False, "Tonight between"),
        ({"now": NIGHT.replace(hour=6), "oldest_waiting": NIGHT.replace(hour=4)}, False, "Tonight between"),
        ({"now": NIGHT.replace(hour=1), "oldest_waiting": NIGHT - timedelta(hours=9)}, False, "Tonight between"),
        ({"now": DAYTIME}, True, "It is time."),  # the computer slept through the slot
        ({"now": DAYTIME, "idle_seconds": 600.0}, False, "nobody has written for 20 minutes"),
        ({"idle_seconds": 1199.0}, False, "nobody has written for 20 minutes"),
        ({"others_cpu": 0.21}, False, "other programs are quiet"),
        ({"battery": 90.0, "plugged": False}, False, "plug it in"),
        ({"battery": 39.0, "plugged": True}, False, "battery is at 39 %"),
        ({"battery": 40.0, "plugged": True}, True, "It is time."),
        ({"ram_free": 2**30}, False, "1.0 GB of memory"),
        ({"disk_free": 2**29}, False, "0.5 GB of disk"),
    ],
)
def test_a_night_is_due_or_says_what_it_waits_for(fields: dict[str, Any], due: bool, reason: str) -> None:
    decision = is_due(situation(**fields))
    assert (decision.due, reason in decision.reason) == (due, True), decision.reason


@pytest.mark.parametrize(
    ("fields", "ready"),
    [
        ({"now": DAYTIME, "idle_seconds": 0.0, "others_cpu": 1.0, "last_night": DAYTIME.date()}, True),
        ({"battery": 100.0, "plugged": False}, False),
        ({"battery": 10.0, "plugged": True}, False),
        ({"ram_free": 2**30}, False),
        ({"disk_free": 0}, False),
    ],
)
def test_learn_now_skips_clock_and_idleness_and_nothing_else(fields: dict[str, Any], ready: bool) -> None:
    decision = machine_ready(situation(**fields))
    assert decision.due is ready
    assert bool(decision.reason) is not ready


MINUTES = 10  # between two looks at the clock


def nights_of(first: date, days: int, awake: set[tuple[date, int]], lessons: list[datetime]) -> list[datetime]:
    """Simulates days: (date, hour) tells when the computer is on and idle; a night takes one look and learns all."""
    moment = datetime(first.year, first.month, first.day, tzinfo=BERLIN).astimezone(UTC)
    end = moment + timedelta(days=days)
    done: list[datetime] = []
    while moment < end:
        local = moment.astimezone(BERLIN)
        waiting = [at for at in lessons if at <= moment and (not done or at > done[-1])]
        at = situation(
            now=local,
            last_night=done[-1].date() if done else None,
            oldest_waiting=min(waiting, default=None),
            waiting=len(waiting),
            needed=1,
        )
        if (local.date(), local.hour) in awake and is_due(at).due:
            done.append(local)
        moment += timedelta(minutes=MINUTES)
    return done


@unhurried
@given(
    first=st.sampled_from([date(2026, 3, 27), date(2026, 10, 23), date(2026, 12, 30)]),
    data=st.data(),
)
def test_there_is_at_most_one_night_a_local_date_also_when_the_clock_changes(first: date, data: st.DataObject) -> None:
    days = [first + timedelta(days=day) for day in range(4)]
    hours = [(day, hour) for day in days for hour in range(24)]
    awake = set(data.draw(st.lists(st.sampled_from(hours), min_size=10, max_size=96, unique=True)))
    start = datetime(first.year, first.month, first.day, tzinfo=BERLIN).astimezone(UTC)
    lessons = [start + timedelta(minutes=m) for m in data.draw(st.lists(st.integers(-600, 4 * 1440), max_size=30))]
    done = nights_of(first, 4, awake, lessons)
    assert max(Counter(moment.date() for moment in done).values(), default=0) <= 1


@pytest.mark.parametrize("first", [date(2026, 3, 27), date(2026, 10, 23), date(2026, 6, 1)])
def test_a_computer_that_is_always_on_learns_every_night_in_the_slot(first: date) -> None:
    always = {(first + timedelta(days=day), hour) for day in range(4) for hour in range(24)}
    start = datetime(first.year, first.month, first.day, tzinfo=BERLIN).astimezone(UTC)
    lessons = [start + timedelta(hours=hour) for hour in range(-5, 96, 3)]
    done = nights_of(first, 4, always, lessons)
    assert [moment.date() for moment in done] == [first + timedelta(days=day) for day in range(4)]
    assert all(2 <= moment.hour < 6 for moment in done)


@pytest.mark.parametrize("first", [date(2026, 3, 28), date(2026, 10, 24), date(2026, 6, 1)])
def test_a_slot_that_was_slept_through_is_made_up_for_at_the_first_idle_moment(first: date) -> None:
    second = first + timedelta(days=1)
    start = datetime(first.year, first.month, first.day, 20, tzinfo=BERLIN)
    done = nights_of(first, 2, {(second, 9), (second, 15)}, [start])
    assert [moment.replace(tzinfo=None) for moment in done] == [datetime(second.year, second.month, second.day, 9)]
