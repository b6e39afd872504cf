"""The one place for a night, an exam or a change of the model: given to one, told of, called off, given back."""

from __future__ import annotations

import pytest

from errors import Deferred, NothingToLearn
from learning.place import CALLED_OFF, Place
from personalization.night import NightProgress

HALF = NightProgress("Rehearsing", 0.5)


@pytest.fixture
def place() -> Place:
    return Place()


def test_it_is_given_to_one_at_a_time_and_whoever_waits_is_told_to_whom(place: Place) -> None:
    place.take("ada", "A night")
    with pytest.raises(Deferred, match=r"A night is running; try again when it is over\."):
        place.take("ben", "An exam")
    assert place.progress("ada") and not place.progress("ben")
    place.leave("ada")
    place.take("ben", "An exam")
    assert (place.doing, place.progress("ada")) == ("An exam", None)


def test_a_check_that_fails_gives_it_back_at_once(place: Place) -> None:
    def check(person: str) -> None:
        raise NothingToLearn(f"{person} has taught nothing.")

    with pytest.raises(NothingToLearn, match="ada has taught nothing"):
        place.take("ada", "A night", check)
    assert place.progress("ada") is None
    place.take("ben", "A night")


def test_progress_is_told_until_it_is_called_off(place: Place) -> None:
    told: list[NightProgress] = []
    place.take("ada", "A night")
    tell = place.teller("ada", told.append)
    tell(HALF)
    assert (place.progress("ada"), told) == (HALF, [HALF])
    assert not place.call_off("ben")
    tell(HALF)
    assert place.call_off("ada") and place.called_off()
    with pytest.raises(Deferred, match=CALLED_OFF):
        tell(HALF)
    assert told == [HALF, HALF]


def test_the_next_one_is_not_called_off_with_the_one_before(place: Place) -> None:
    place.take("ada", "A night")
    place.call_off("ada")
    place.leave("ada")
    place.take("ada", "A night")
    assert not place.called_off()
    place.go_on()


def test_others_go_first_for_as_long_as_they_are_busy_and_it_is_not_called_off(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learning.place.LOOK_SECONDS", 0.0)
    place.take("ada", "A night")
    busy = iter([True, True, False])
    place.wait_while(lambda: next(busy))
    assert next(busy, None) is None

    asked: list[int] = []

    def calling_off() -> bool:
        place.call_off("ada")
        asked.append(1)
        return len(asked) < 9

    with pytest.raises(Deferred, match=CALLED_OFF):
        place.wait_while(calling_off)
    assert len(asked) == 1
    with pytest.raises(Deferred, match=CALLED_OFF):
        place.wait_while(lambda: False)


def test_a_closed_one_is_not_given_any_more(place: Place) -> None:
    place.take("ada", "A night")
    assert place.close() == ["ada"]
    place.leave("ada")
    with pytest.raises(Deferred, match=CALLED_OFF):
        place.take("ada", "A night")
