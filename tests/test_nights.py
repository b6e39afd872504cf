"""One night at a time, deferred when the machine cannot spare the means, called off without a trace, rolled back."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conversation.ratings import Ratings
from domain import BASE, Person, Verdict, now
from errors import Deferred, EngineDied, NothingToLearn, StorageTrouble
from learning import nights as module
from learning.exam_engine import ExamEngine
from learning.nights import Nights
from learning.versions import Versions
from personalization.exam import Answer
from personalization.night import NightProgress
from storage.adapters import Adapters
from storage.journal import JournalDB
from storage.store import Store
from tests.builders import at, calm, corrections, feedback, night
from tests.fake_model import GOOD
from tests.machine import GB, PATIENCE, Machine, make_nights, wait_until

pytestmark = pytest.mark.usefixtures("spare")


# running


def test_learn_now_publishes_and_the_night_is_kept(home: Path, nights: Nights, store: Store, ada: Person) -> None:
    store.put_feedback(ada.id, *corrections(8))
    told: list[NightProgress] = []
    done = nights.run(ada.id, told.append)
    assert (done.verdict.outcome, done.version) == ("published", nights.adapters.current(ada.id)[0])
    assert Store(home).nights(ada.id) == [done] == [nights.last(ada.id)]
    assert told[0] == NightProgress("Waking up", 0.0)
    assert nights.progress(ada.id) is None
    assert Ratings(nights.chat).waiting(ada.id) == 0


def test_enough_thumbs_make_a_night_due_without_any_correction(nights: Nights, store: Store, ada: Person) -> None:
    rows = [feedback(f"up{n}", f"Up {n} {n * 7}", reply=f"Fine {n * 3}.", thumb="up", at=at(n)) for n in range(4)]
    store.put_feedback(ada.id, *rows)
    with pytest.raises(NothingToLearn, match=r"0 of 5 new corrections so far \(or 4 of 4 thumbs up and 0 of 4 down\)"):
        nights.run(ada.id)
    low = [feedback(f"down{n}", f"{n} low {n * 7}", reply=f"Sad {n}.", thumb="down", at=at(n)) for n in range(4)]
    store.put_feedback(ada.id, *low)
    assert "nobody has written for 20 minutes" in nights.plan(ada.id)


def test_a_refused_night_is_kept_too_and_its_input_is_not_examined_again(
    nights: Nights, machine: Machine, store: Store, ada: Person
) -> None:
    machine.skill = lambda number: {**GOOD, "gain": 0.0}
    store.put_feedback(ada.id, *corrections(8))
    assert nights.run(ada.id).verdict.outcome == "refused"
    with pytest.raises(NothingToLearn, match="Nothing has changed"):
        nights.run(ada.id)
    assert len(store.nights(ada.id)) == 1
    assert nights.plan(ada.id) == "Nothing has changed since the last night."


def test_new_words_on_the_same_replies_after_a_refused_night_are_a_change(
    nights: Nights, machine: Machine, store: Store, ada: Person
) -> None:
    machine.skill = lambda number: {**GOOD, "gain": 0.0}
    store.put_feedback(ada.id, *corrections(8))
    refused = nights.run(ada.id)
    later = [
        replace(row, correction=f"{row.correction} Really.", at=refused.finished_at + timedelta(seconds=1))
        for row in corrections(8)
    ]
    store.put_feedback(ada.id, *later)
    assert nights.plan(ada.id) != "Nothing has changed since the last night."


def test_too_few_corrections_are_told_before_anything_is_started(
    nights: Nights, machine: Machine, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(4))
    for call in (lambda: nights.run(ada.id), lambda: nights.start(ada.id)):
        with pytest.raises(NothingToLearn, match="4 of 5"):
            call()
    assert (machine.scored, store.nights(ada.id), nights.progress(ada.id)) == ([], [], None)


@pytest.mark.parametrize(
    ("means", "reason"),
    [
        ({"battery": SimpleNamespace(percent=90.0, power_plugged=False)}, "plug it in"),
        ({"battery": SimpleNamespace(percent=20.0, power_plugged=True)}, "battery is at 20 %"),
        ({"ram": GB}, "GB of memory"),
        ({"disk": GB // 2}, "GB of disk"),
    ],
)
def test_a_machine_that_cannot_spare_the_means_defers_the_night(
    nights: Nights, machine: Machine, store: Store, ada: Person, spare: SimpleNamespace, means: Any, reason: str
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    vars(spare).update(means)
    for call in (lambda: nights.run(ada.id), lambda: nights.start(ada.id)):
        with pytest.raises(Deferred, match=reason):
            call()
    assert machine.trained == {}
    vars(spare).update(battery=SimpleNamespace(percent=90.0, power_plugged=True), ram=8 * GB, disk=50 * GB)
    assert nights.run(ada.id).verdict.serves


def test_one_night_runs_at_a_time_in_a_home(nights: Nights, machine: Machine, store: Store, ada: Person) -> None:
    bob, go_on = store.add_person("Bob"), threading.Event()
    store.put_feedback(ada.id, *corrections(8))
    store.put_feedback(bob.id, *corrections(8))

    def gate() -> None:
        assert go_on.wait(PATIENCE)

    machine.gate = gate
    nights.start(ada.id)
    for person in (ada, bob):
        with pytest.raises(Deferred, match="A night is running"):
            nights.start(person.id)
        with pytest.raises(Deferred, match="A night is running"):
            nights.run(person.id)
    assert nights.progress(ada.id) is not None  # the second click has not taken the progress bar away
    assert nights.plan(ada.id) == "A night is running."
    assert nights.progress(bob.id) is None
    wait_until(lambda: nights.learner_memory() == 5)
    go_on.set()
    wait_until(lambda: nights.progress(ada.id) is None)
    assert [found.verdict.outcome for found in store.nights(ada.id)] == ["published"]
    assert nights.run(bob.id).verdict.serves


@pytest.mark.parametrize("moment", ["training", "at once"])
def test_a_night_that_is_called_off_leaves_nothing(
    home: Path, nights: Nights, machine: Machine, store: Store, ada: Person, moment: str
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    reached, go_on = threading.Event(), threading.Event()

    def gate() -> None:
        reached.set()
        assert go_on.wait(PATIENCE)

    machine.gate = gate
    nights.start(ada.id)
    if moment == "training":
        assert reached.wait(PATIENCE)
    nights.cancel(ada.id)
    go_on.set()
    wait_until(lambda: nights.progress(ada.id) is None)
    assert store.nights(ada.id) == []
    assert not list(home.glob("people/*/adapters/*"))
    assert nights.adapters.current(ada.id) == (BASE, None)
    assert nights.run(ada.id).verdict.serves  # and the next one is not called off with it


def test_calling_off_what_does_not_run_does_nothing(nights: Nights, store: Store, ada: Person) -> None:
    nights.cancel(ada.id)
    store.put_feedback(ada.id, *corrections(8))
    assert nights.run(ada.id).verdict.serves


def test_a_night_that_breaks_off_is_told_in_the_report_and_changes_nothing(
    home: Path, nights: Nights, machine: Machine, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(8))

    def gate() -> None:
        raise EngineDied("The learner broke off; try again.")

    machine.gate = gate
    with pytest.raises(EngineDied):
        nights.run(ada.id)
    (failed,) = store.nights(ada.id)
    assert (failed.verdict.outcome, failed.verdict.reason) == ("failed", "The learner broke off; try again.")
    assert not list(home.glob("people/*/adapters/*"))
    machine.gate = lambda: None
    assert nights.run(ada.id).verdict.serves


def test_a_defect_in_a_night_started_from_the_page_is_told_in_the_report(
    nights: Nights, machine: Machine, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(8))

    def gate() -> None:
        raise ZeroDivisionError

    machine.gate = gate
    nights.start(ada.id)
    wait_until(lambda: store.nights(ada.id))
    (failed,) = store.nights(ada.id)
    assert failed.verdict.outcome == "failed"
    assert "went wrong in Homegrown itself" in failed.verdict.reason
    wait_until(lambda: nights.progress(ada.id) is None)


def test_what_is_taken_back_while_a_night_runs_is_not_published(
    nights: Nights, machine: Machine, store: Store, ada: Person
) -> None:
    rows = corrections(8)
    store.put_feedback(ada.id, *rows)

    def forget(progress: NightProgress) -> None:
        if progress.phase == "Examining the new version" and len(store.feedback(ada.id)) == len(rows):
            store.remove_feedback(ada.id, rows[0].id)

    with pytest.raises(Deferred, match="changed meanwhile"):
        nights.run(ada.id, forget)
    assert nights.adapters.current(ada.id) == (BASE, None)
    assert nights.adapters.versions(ada.id) == []


def test_nothing_new_is_said_at_once_and_not_by_a_silent_thread(
    nights: Nights, machine: Machine, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    night = nights.run(ada.id)
    store.put_night(ada.id, replace(night, verdict=Verdict("refused", "No."), version=None))
    nights.adapters.point(ada.id, BASE)
    with pytest.raises(NothingToLearn, match="Nothing has changed"):
        nights.start(ada.id)


# by itself


def quiet(nights: Nights) -> None:
    nights.others.extend([0.0] * module.QUIET_SAMPLES)
    nights.chat.last_request -= 3600


def test_the_clock_runs_a_night_when_it_is_time_and_only_one(nights: Nights, store: Store, ada: Person) -> None:
    store.put_feedback(ada.id, *corrections(8))  # given long ago: a slot has been slept through
    nights.look(ada.id)
    assert store.nights(ada.id) == []  # somebody was there a moment ago
    quiet(nights)
    nights.look(ada.id)
    nights.look(ada.id)
    assert [found.verdict.outcome for found in store.nights(ada.id)] == ["published"]


def test_one_persons_damaged_ledger_does_not_stop_the_clock_for_the_others(
    home: Path, nights: Nights, store: Store, ada: Person
) -> None:
    bob = store.add_person("Bob")
    store.put_feedback(bob.id, *corrections(8))
    JournalDB(home / "people" / ada.id, ada.id).storage.commit({"feedback": {"r1": {"id": "no row of ours"}}})
    with pytest.raises(StorageTrouble):
        store.feedback(ada.id)
    quiet(nights)
    for person in store.people():
        nights.look(person.id)
    assert [found.verdict.outcome for found in store.nights(bob.id)] == ["published"]


# somebody is there


def test_a_key_press_or_a_reply_pauses_the_learner_until_nobody_is_there(
    nights: Nights, machine: Machine, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    told: list[str] = []
    monkeypatch.setattr(machine, "suspend", lambda: told.append("suspend"))
    monkeypatch.setattr(machine, "resume", lambda: told.append("resume"))
    monkeypatch.setattr(module, "AWAKE_SECONDS", 0.2)
    go_on = threading.Event()

    def gate() -> None:
        assert go_on.wait(PATIENCE)

    machine.gate = gate
    nights.start(ada.id)
    wait_until(nights.learner_memory)
    idle_since = nights.chat.last_request
    nights.awake()
    wait_until(lambda: told == ["suspend", "resume"])
    assert nights.chat.last_request > idle_since
    with nights.chat.asking():
        wait_until(lambda: told[2:] == ["suspend"])
    wait_until(lambda: told[3:] == ["resume"])
    go_on.set()
    wait_until(lambda: nights.progress(ada.id) is None)


def test_a_night_that_was_called_off_does_not_begin_again_by_itself_at_once(
    nights: Nights, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    quiet(nights)
    assert nights.due(ada.id).due
    nights.cancel(ada.id)
    assert "nobody has written" in nights.due(ada.id).reason


def test_a_lesson_forgotten_while_a_night_runs_is_in_no_version_and_in_no_report(
    home: Path, nights: Nights, machine: Machine, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    versions = Versions(store, nights.adapters, calm, nights.cancel, lambda prefix: None)
    for phase in ("Learning all lessons", "Putting the new version in its place"):
        done = threading.Event()

        def forget(progress: NightProgress, phase: str = phase, done: threading.Event = done) -> None:
            if progress.phase == phase and not done.is_set():
                done.set()
                thread = threading.Thread(target=versions.forget, args=(ada.id, store.feedback(ada.id)[0].id))
                thread.start()
                thread.join(0.3)  # while a version is published, it waits for that

        with suppress(Deferred):  # what was published a moment before is reported, and then removed
            nights.run(ada.id, forget)
        assert done.is_set()
        wait_until(lambda: nights.adapters.versions(ada.id) == [])
    wait_until(lambda: len(store.feedback(ada.id)) == 6)
    assert nights.adapters.current(ada.id) == (BASE, None)
    wait_until(lambda: all(not night.examples for night in store.nights(ada.id)))
    assert len(store.nights(ada.id)) <= 1


def test_a_night_is_kept_with_the_local_time_at_which_it_finished(nights: Nights, store: Store, ada: Person) -> None:
    store.put_feedback(ada.id, *corrections(8))
    done = nights.run(ada.id)
    assert done.finished_at.utcoffset() == done.finished_at.astimezone().utcoffset()


# another model


def test_another_model_serves_at_once_says_that_it_has_not_learnt_and_its_first_night_teaches_it_everything(
    nights: Nights, machine: Machine, store: Store, ada: Person, home: Path
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    first = nights.run(ada.id)
    assert module.NOT_LEARNT not in nights.plan(ada.id)
    other = make_nights(store, machine, Adapters(home, "another base"))
    assert other.adapters.current(ada.id) == (BASE, None)
    assert other.plan(ada.id).startswith(module.NOT_LEARNT)
    grown = other.run(ada.id)
    assert (grown.verdict.outcome, set(grown.used)) == ("published", {row.id for row in corrections(8)})
    assert module.NOT_LEARNT not in other.plan(ada.id)
    assert {v.name: (v.foreign, v.serving) for v in other.adapters.versions(ada.id)} == {
        str(first.version): (True, False),
        str(grown.version): (False, True),
    }
    back = make_nights(store, machine, Adapters(home, "base hash"))
    assert back.adapters.current(ada.id)[0] == first.version
    with pytest.raises(NothingToLearn):
        back.run(ada.id)


def test_the_newest_night_is_the_last(nights: Nights, store: Store, ada: Person) -> None:
    assert nights.last(ada.id) is None
    store.put_night(ada.id, night("b", finished_at=now()))
    store.put_night(ada.id, night("a"))
    last = nights.last(ada.id)
    assert last and last.id == "b"


def test_an_answer_is_whole_unless_it_was_cut() -> None:
    engine = ExamEngine.__new__(ExamEngine)
    engine._wait = lambda: None
    engine._engine = SimpleNamespace(answer=lambda *_: SimpleNamespace(text="x", finish="length"))  # type: ignore
    assert engine.answer([1], None) == Answer("x", endless=True)
