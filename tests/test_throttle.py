"""Guesses are slowed down, whoever makes them and however they are spread."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.door import Time
from web.throttle import AN_HOUR, FIRST_WAIT, FREE, HOUR, LONGEST_WAIT, Throttle


def test_five_are_free_and_then_each_waits_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    clock = Time()
    throttle, waits = Throttle(clock), []
    for _ in range(AN_HOUR):
        wait = throttle.guess("ada", "here")
        waits.append(wait)
        clock.now += wait
        assert not wait or throttle.guess("ada", "here") == 0
    assert waits == [0] * FREE + [15, 30, 60, 120, 240, 480, 900]
    assert FIRST_WAIT == 15
    assert LONGEST_WAIT == 900


def test_a_wait_that_is_not_over_is_told_and_costs_nothing() -> None:
    clock = Time()
    throttle = Throttle(clock)
    for _ in range(FREE):
        throttle.guess("ada", "here")
    for seconds in (15, 10, 1):
        clock.now = 1015 - seconds
        assert throttle.guess("ada", "here") == seconds
    clock.now = 1015
    assert throttle.guess("ada", "here") == 0


def test_the_right_one_ends_the_waiting_but_not_the_count_of_the_hour() -> None:
    clock = Time()
    throttle, made = Throttle(clock), 0
    for _ in range(10):
        for _ in range(FREE - 1):
            made += throttle.guess("ada", "here") == 0
        if throttle.guess("ada", "here") == 0:
            throttle.right("ada", "here")
    assert made == AN_HOUR


def test_accounts_and_addresses_wait_for_themselves_alone() -> None:
    throttle = Throttle(Time())
    for _ in range(FREE):
        throttle.guess("ada", "here")
    assert throttle.guess("ada", "here") > 0
    assert throttle.guess("ada", "there") == 0
    assert throttle.guess("ben", "here") == 0


STEPS = st.lists(
    st.tuples(
        st.floats(0, 900),  # seconds since the last guess
        st.sampled_from(["ada", "ben"]),
        st.sampled_from(["here", "there", "far"]),
        st.booleans(),
    ),
    max_size=200,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_no_hour_ever_sees_more_than_twelve_wrong_guesses_for_an_account(
    steps: list[tuple[float, str, str, bool]],
) -> None:
    clock = Time()
    throttle = Throttle(clock)
    wrong: dict[str, list[float]] = {"ada": [], "ben": []}
    for pause, account, address, right in steps:
        clock.now += pause
        if throttle.guess(account, address):
            continue
        if right:
            throttle.right(account, address)
        else:
            wrong[account].append(clock.now)
    for times in wrong.values():
        for first, later in zip(times, times[AN_HOUR:], strict=False):
            assert later - first >= HOUR


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 400), max_size=60))
def test_whoever_waits_as_long_as_was_told_may_guess_then(pauses: list[float]) -> None:
    clock = Time()
    throttle = Throttle(clock)
    for pause in pauses:
        clock.now += pause
        wait = throttle.guess("ada", "here")
        if wait:
            clock.now += wait + 1e-6
            assert throttle.guess("ada", "here") == 0
