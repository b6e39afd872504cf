""" "How am I doing?" runs like a night: watched, called off, beside the chats; what came out waits for the person."""

from __future__ import annotations

import threading

import pytest

from domain import Person
from errors import Deferred, EngineDied, NothingToLearn
from learning import standing as module
from learning.nights import Nights
from learning.standing import Standing
from learning.versions import Versions
from personalization.night import NightProgress
from storage.store import Store
from tests.builders import corrections
from tests.machine import PATIENCE, Machine, wait_until

pytestmark = pytest.mark.usefixtures("spare")


@pytest.fixture
def standing(nights: Nights) -> Standing:
    return Standing(nights)


@pytest.fixture
def grown(nights: Nights, store: Store, ada: Person) -> str:
    """A version that serves, made of eight lessons."""
    store.put_feedback(ada.id, *corrections(8))
    return str(nights.run(ada.id).version)


def held(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """(set when the first question is asked, lets the exam go on)"""
    asked, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        assert go_on.wait(PATIENCE)

    monkeypatch.setattr(machine, "sabotage", wait)
    return asked, go_on


def test_the_version_that_serves_is_examined_and_nothing_of_it_is_stored(
    standing: Standing, nights: Nights, store: Store, ada: Person, grown: str
) -> None:
    before, told = store.nights(ada.id), list[NightProgress]()
    verdict = standing.run(ada.id, told.append)
    assert (verdict.outcome, verdict.reason) == ("published", f"Version {grown} passes its exam today.")
    assert standing.verdict(ada.id) == verdict
    assert (told[0].phase, told[0].share) == ("Examining the base model", 0.0)
    assert store.nights(ada.id) == before
    assert (nights.progress(ada.id), standing.said(ada.id)) == (None, "")


def test_before_the_first_night_there_is_nothing_to_examine_and_that_is_said_at_once(
    standing: Standing, nights: Nights, ada: Person
) -> None:
    for ask in (standing.run, standing.start):
        with pytest.raises(NothingToLearn, match="learnt nothing yet"):
            ask(ada.id)
    assert (nights.progress(ada.id), standing.sitting(ada.id)) == (None, False)


def test_an_exam_begun_from_a_page_goes_on_without_it_and_its_verdict_waits(
    standing: Standing, nights: Nights, machine: Machine, ada: Person, grown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = held(machine, monkeypatch)
    standing.start(ada.id)
    assert asked.wait(PATIENCE)
    assert standing.sitting(ada.id)
    progress = nights.progress(ada.id)
    assert progress and progress.phase == "Examining the version that serves"
    assert (nights.plan(ada.id), standing.verdict(ada.id)) == ("An exam is running.", None)
    go_on.set()
    wait_until(lambda: nights.progress(ada.id) is None)
    verdict = standing.verdict(ada.id)
    assert verdict and verdict.serves
    assert not standing.sitting(ada.id)


def test_an_exam_is_called_off_before_its_next_question_and_the_next_one_is_not_called_off_with_it(
    standing: Standing, nights: Nights, machine: Machine, ada: Person, grown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = held(machine, monkeypatch)
    standing.start(ada.id)
    assert asked.wait(PATIENCE)
    questions = len(machine.scored)
    nights.cancel(ada.id)
    go_on.set()
    wait_until(lambda: nights.progress(ada.id) is None)
    assert len(machine.scored) <= questions + 1
    assert (standing.said(ada.id), standing.verdict(ada.id)) == (module.CALLED_OFF, None)
    assert standing.run(ada.id).serves
    assert standing.said(ada.id) == ""


def test_of_a_night_and_an_exam_only_one_runs_at_a_time(
    standing: Standing,
    nights: Nights,
    store: Store,
    machine: Machine,
    ada: Person,
    grown: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        asked, go_on = held(machine, patch)
        standing.start(ada.id)
        assert asked.wait(PATIENCE)
        for begin in (nights.start, nights.run, standing.start, standing.run):
            with pytest.raises(Deferred, match="An exam is running"):
                begin(ada.id)
        assert standing.sitting(ada.id)
        go_on.set()
        wait_until(lambda: nights.progress(ada.id) is None)
    store.put_feedback(ada.id, *corrections(14))
    asked, go_on = held(machine, monkeypatch)
    nights.start(ada.id)
    assert asked.wait(PATIENCE)
    with pytest.raises(Deferred, match="A night is running"):
        standing.start(ada.id)
    assert not standing.sitting(ada.id)
    go_on.set()
    wait_until(lambda: nights.progress(ada.id) is None)
    assert len(store.nights(ada.id)) == 2


@pytest.mark.parametrize(
    ("error", "said"), [(EngineDied("The engine broke off."), "The engine broke off."), (KeyError(), module.DEFECT)]
)
def test_an_exam_that_breaks_off_says_why_and_changes_nothing(
    standing: Standing,
    nights: Nights,
    machine: Machine,
    store: Store,
    ada: Person,
    grown: str,
    error: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = store.nights(ada.id)

    def broken() -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(machine, "sabotage", broken)
        standing.start(ada.id)
        wait_until(lambda: standing.said(ada.id))
        wait_until(lambda: nights.progress(ada.id) is None)
    assert (standing.said(ada.id), standing.verdict(ada.id), store.nights(ada.id)) == (said, None, before)
    assert standing.run(ada.id).serves


def test_a_verdict_is_gone_once_another_version_serves(
    standing: Standing, nights: Nights, store: Store, ada: Person, grown: str
) -> None:
    standing.run(ada.id)
    versions = Versions(store, nights.adapters, nights.chat.hold, nights.cancel, lambda prefix: None)
    versions.roll_back(ada.id, "base")
    assert standing.verdict(ada.id) is None


def test_closing_calls_the_exam_off_and_none_begins_any_more(
    standing: Standing, nights: Nights, machine: Machine, ada: Person, grown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = held(machine, monkeypatch)
    standing.start(ada.id)
    assert asked.wait(PATIENCE)
    nights.close()
    go_on.set()
    wait_until(lambda: nights.progress(ada.id) is None)
    with pytest.raises(Deferred, match="called off"):
        standing.start(ada.id)
