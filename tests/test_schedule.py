"""A night begins in its slot or after one that was slept through, once a day, and only when nobody is disturbed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
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
        nights=(datetime(2026, 5, 5, 3, 0, tzinfo=BERLIN),),
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
        ({"nights": ()}, True, "It is time."),
        ({"waiting": 4}, False, "4 of 5 new corrections so far."),
        ({"changed": False}, False, "Nothing has changed"),
        ({"nights": (NIGHT - timedelta(hours=1),)}, False, "done today"),
        ({"nights": (NIGHT.astimezone(UTC),)}, False, "done today"),
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
        ({"now": DAYTIME, "idle_seconds": 0.0, "others_cpu": 1.0, "nights": (DAYTIME,)}, True),
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


@pytest.mark.parametrize(
    ("finished", "now", "due"),
    [
        ("2026-05-06T02:30+02:00", "2026-05-05T22:00-04:00", False),  # flown west: today there, and again as seen here
        ("2026-05-06T02:30+02:00", "2026-05-06T02:30-04:00", False),
        ("2026-05-06T02:30+02:00", "2026-05-07T02:00-04:00", True),
        ("2026-05-06T02:30-04:00", "2026-05-07T02:30+09:00", True),  # flown east
        ("2026-05-06T03:10+02:00", "2026-05-05T23:15+02:00", False),  # set back past midnight: it would end on the 6th
        ("2027-05-06T03:10+02:00", "2026-05-06T03:15+02:00", True),  # the clock was a year ahead
        ("2026-05-07T00:20+02:00", "2026-05-07T02:00+02:00", False),  # "Learn now" that ended after midnight
    ],
)
def test_a_night_counts_for_the_date_on_which_it_finished_wherever_that_was(finished: str, now: str, due: bool) -> None:
    at = situation(
        now=datetime.fromisoformat(now),
        nights=(datetime.fromisoformat(finished),),
        oldest_waiting=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert is_due(at).due is due


# A computer that is simulated. Its clock may be wrong, and it travels.

ZONES = (
    *("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia"),
    *("Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Havana"),
)
LOOK = timedelta(minutes=10)


@dataclass
class Computer:
    """Looks at its clock every ten minutes; a night learns all that waits, and takes `length`."""

    true: datetime  # what a right clock in Greenwich would show
    zone: ZoneInfo
    wrong: timedelta = timedelta(0)
    length: timedelta = timedelta(minutes=5)
    nights: list[datetime] = field(default_factory=list)
    waiting: list[datetime] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return (self.true + self.wrong).astimezone(self.zone)

    def teach(self) -> None:
        self.waiting.append(self.now)

    def due(self) -> bool:
        now, recent = self.now, self.nights[-400:]
        oldest = min(self.waiting, default=None)
        at = situation(now=now, nights=tuple(recent), oldest_waiting=oldest, waiting=len(self.waiting), needed=1)
        return is_due(at).due

    def run(self, length: timedelta, awake: bool = True) -> None:
        end = self.true + length
        while self.true < end:
            self.true += LOOK
            if awake and self.due():
                self.true += self.length
                self.nights.append(self.now)
                self.waiting.clear()


def twice(nights: list[datetime]) -> list[date]:
    return [day for day, count in Counter(night.date() for night in nights).items() if count > 1]


DISTURBANCES = st.one_of(
    st.tuples(st.just("travel"), st.sampled_from(ZONES)),
    st.tuples(st.just("set"), st.sampled_from([-400.0, -9.0, -1.0, -0.1, -0.04, 0.04, 0.5, 1.0, 30.0, 400.0])),
    st.tuples(st.just("asleep"), st.floats(0.05, 4)),
    st.tuples(st.just("on"), st.floats(0.05, 3)),
    st.tuples(st.just("teach"), st.just(0)),
)


def disturbed(computer: Computer, what: list[tuple[str, Any]]) -> None:
    for kind, value in what:
        match kind:
            case "travel":
                computer.zone = ZoneInfo(value)
            case "set":
                computer.wrong += timedelta(days=value)
            case "teach":
                computer.teach()
            case _:
                computer.run(timedelta(days=value), awake=kind == "on")


@unhurried
@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)),
    zone=st.sampled_from(ZONES),
    what=st.lists(DISTURBANCES, max_size=14),
    length=st.integers(3, 110),
)
def test_whatever_happens_to_clock_and_place_no_local_date_has_two_nights_and_one_comes_soon_after(
    start: datetime, zone: str, what: list[tuple[str, Any]], length: int
) -> None:
    computer = Computer(start.replace(tzinfo=UTC), ZoneInfo(zone), length=timedelta(minutes=length))
    disturbed(computer, what)
    assert twice(computer.nights) == []
    # Left in peace, it learns within two days. Only dates that have a night already have to pass first.
    computer.teach()
    before, begin = len(computer.nights), computer.true
    spent = {night.date() for night in computer.nights if night.date() >= computer.now.date()}
    computer.run(timedelta(days=2 + len(spent) + 1))
    assert len(computer.nights) > before
    waited = computer.nights[before] - (begin + computer.wrong)
    assert waited <= timedelta(days=2 + len(spent), hours=2)
    assert twice(computer.nights) == []


@unhurried
@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)),
    zone=st.sampled_from(ZONES),
    slept=st.floats(27, 2000),
)
def test_after_a_slot_that_was_slept_through_the_first_idle_look_begins_the_night(
    moment: datetime, zone: str, slept: float
) -> None:
    computer = Computer(moment.replace(tzinfo=UTC), ZoneInfo(zone))
    computer.teach()
    computer.run(timedelta(hours=slept), awake=False)
    assert computer.due()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_in_ten_years_with_both_changes_of_the_clock_each_date_has_one_night_in_its_slot(zone: str) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo(zone))
    computer = Computer(noon.astimezone(UTC), ZoneInfo(zone))
    first = noon.date() + timedelta(days=1)
    offsets: set[timedelta | None] = set()
    nights: list[datetime] = []
    for day in range(3653):
        computer.true = noon.astimezone(UTC) + timedelta(days=day)
        computer.teach()
        computer.nights, done = computer.nights[-3:], computer.nights[:-3]
        nights += done
        offsets.add(computer.now.utcoffset())
        computer.true += timedelta(hours=13)  # nobody looks before: the simulation is quicker so
        computer.run(timedelta(hours=8))
    nights += computer.nights
    assert len(offsets) == 2
    assert [night.date() for night in nights] == [first + timedelta(days=day) for day in range(3653)]
    assert all(2 <= night.hour < 6 for night in nights)
