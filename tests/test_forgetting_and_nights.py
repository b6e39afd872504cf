"""After a forgotten lesson something serves at once, and it is said what becomes of the lessons that are left."""

from __future__ import annotations

import pytest

from domain import BASE, Person
from learning.nights import Nights
from learning.versions import Versions
from storage.store import Store
from tests.builders import corrections
from tests.machine import Machine

pytestmark = pytest.mark.usefixtures("spare")


@pytest.fixture
def versions(store: Store, nights: Nights) -> Versions:
    return Versions(store, nights.adapters, nights.chat.hold, nights.cancel, lambda prefix: None)


def test_with_too_few_lessons_left_the_base_serves_and_it_is_said_what_to_do_until_a_night_can_learn_them_again(
    versions: Versions, nights: Nights, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(5))
    nights.run(ada.id)
    gone = versions.forget(ada.id, "row02")
    assert (gone.switched, nights.adapters.current(ada.id)) == (True, (BASE, None))
    assert gone.sentence.endswith(
        "the model as it came serves. The lessons left are too few for a night: 4 of 5 new corrections so far. "
        "Correct or rate a few more replies, and the next night learns them all."
    )
    assert nights.plan(ada.id) == "4 of 5 new corrections so far."
    store.put_feedback(ada.id, *corrections(6)[5:])
    rebuilt = nights.run(ada.id)
    assert sorted(rebuilt.used) == ["row00", "row01", "row03", "row04", "row05"]
    assert nights.adapters.current(ada.id)[0] == rebuilt.version


def test_with_enough_lessons_left_a_night_learns_them_again(
    versions: Versions, nights: Nights, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(6))
    nights.run(ada.id)
    gone = versions.forget(ada.id, "row02")
    assert gone.sentence.endswith("serves until a night has learnt the other lessons again.")
    assert len(nights.run(ada.id).used) == 5


def test_an_older_version_that_has_learnt_all_that_is_left_serves_without_a_further_night(
    versions: Versions, nights: Nights, machine: Machine, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(5))
    first = nights.run(ada.id).version
    store.put_feedback(ada.id, *corrections(10)[5:])
    machine.known, machine.skill = -1.0, lambda number: {"gain": 2.0, "rise": 0.001, "answers": "Captain, here is one."}
    assert nights.run(ada.id).version != first
    for row in ("row05", "row06", "row07", "row08"):
        store.remove_feedback(ada.id, row)
    gone = versions.forget(ada.id, "row09")
    assert gone.sentence.endswith(f"version {first} serves, and no lesson is left that it has not learnt.")


def test_when_the_last_lesson_is_forgotten_it_is_not_said_that_others_wait(
    versions: Versions, nights: Nights, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(5))
    nights.run(ada.id)
    for row in ("row00", "row01", "row02", "row03"):
        store.remove_feedback(ada.id, row)
    assert versions.forget(ada.id, "row04").sentence.endswith(
        "the model as it came serves, and no lesson is left that it has not learnt."
    )
