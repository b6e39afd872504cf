"""Nights of everybody in one home, one at a time: "Learn now", and those that begin when it is time."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial

import psutil

from backends.engine import Engine
from backends.learner import LearnerProcess
from backends.power import Meter
from conversation.chat import Chat
from domain import Night, Recipe, Verdict, new_id, now
from errors import Deferred, HomegrownError, Locked, NothingToLearn, StorageTrouble, TooFew
from learning.cost import measured
from learning.exam_engine import ExamEngine
from learning.place import CALLED_OFF, Place
from learning.pupil import Candidate, Pupil, Tell
from learning.smaller import within_memory
from personalization.dataset import choose
from personalization.exam import GAIN_FEWEST
from personalization.ledger import read_lessons
from personalization.measure import Probes
from personalization.night import NOTHING_NEW, RATE_MORE, Bench, NightProgress, input_hash
from personalization.rate import LearningRate
from personalization.rehearsal import unlearnt
from personalization.schedule import UNPLANNED, Due, Need, Situation, is_due, machine_ready
from storage.adapters import Adapters
from storage.remembered import Remembered
from storage.store import Store

QUIET_SAMPLES = 10  # two a minute: other programs are quiet if they were for 5 minutes
YIELD_SECONDS = 0.5  # how soon the learner pauses when somebody writes
AWAKE_SECONDS = 10.0  # after the last key press: somebody who types thinks in between

NOT_LEARNT = "This model has not learnt you yet: its first night teaches it all that you taught another."
NEXT = "{title} is to serve next; the next night teaches and examines it."

log = logging.getLogger("homegrown.nights")


class Nights:
    """At most one night runs at a time in a home. `start_learner` makes the process that trains."""

    def __init__(
        self,
        store: Store,
        adapters: Adapters,
        chat: Chat,
        engine: Engine,
        start_learner: Callable[[], LearnerProcess],
        probes: Probes,
        recipe_for: Callable[[int], Recipe],
        versions: dict[str, str],
        rate: LearningRate | None = None,
        need: Need = UNPLANNED,
        meter: Meter | None = None,
    ) -> None:
        self.store, self.adapters, self.chat, self.engine = store, adapters, chat, engine
        self._start_learner, self.probes, self._recipe_for = start_learner, probes, recipe_for
        self._versions, self.rate, self.need = versions, rate, need
        self._meter = meter or Meter()
        self.candidate: Candidate | None = None  # the base model that is to serve next
        self.place = Place()
        self.closing = self.place.closing
        self._said: dict[str, str] = {}
        self._learner: LearnerProcess | None = None
        self.clocked, self._awake = False, float("-inf")  # a clock begins nights; monotonic seconds of the last key
        self.others: deque[float] = deque(maxlen=QUIET_SAMPLES)  # what the clock saw other programs use, as shares

    # asking

    def progress(self, person: str) -> NightProgress | None:
        return self.place.progress(person)

    def last(self, person: str) -> Night | None:
        return next(reversed(self.store.nights(person)), None)

    def said(self, person: str) -> str:
        """Why the last attempt at a night ended without a report; "" if it did not."""
        return self._said.get(person, "")

    def plan(self, person: str) -> str:
        """When the next night comes, or what it waits for."""
        reason = f"{self.place.doing} is running." if self.progress(person) else self.due(person).reason
        if candidate := self._candidate_of(person):
            return f"{NEXT.format(title=candidate.title)} {reason}"
        return f"{NOT_LEARNT} {reason}" if self.adapters.has_not_learnt(person) else reason

    def due(self, person: str, quiet: bool = False) -> Due:
        """Whether a night would begin by itself. `quiet`: taking for granted that other programs are."""
        situation = self._situation(person)
        return is_due(replace(situation, others_cpu=0.0) if quiet else situation)

    def learner_memory(self) -> int:
        return self._learner.memory_bytes() if self._learner else 0

    # running

    def start(self, person: str) -> None:
        """ "Learn now" from a page: begins a night in a thread. Raises NothingToLearn or Deferred."""
        self._claim(person)
        threading.Thread(target=self._run_quietly, args=(person,), name="night", daemon=True).start()

    def run(self, person: str, tell: Tell = lambda progress: None) -> Night:
        """One night, now, in this thread. Raises NothingToLearn, Deferred, or what broke it off."""
        self._claim(person)
        return self._claimed(person, tell)

    def cancel(self, person: str) -> None:
        """Breaks off the night or the exam that runs for a person; nothing of it remains."""
        self.chat.last_request = time.monotonic()  # somebody is here: the clock does not begin it again at once
        if self.place.call_off(person) and self._learner:
            self._learner.close()

    def awake(self) -> None:
        """Somebody is at a page, typing: a learner pauses at once, and no night begins while they are here."""
        self._awake = self.chat.last_request = time.monotonic()

    def close(self) -> None:
        for person in self.place.close():
            self.cancel(person)

    def _claim(self, person: str) -> None:
        self.place.take(person, "A night", self._check)

    def _claimed(self, person: str, tell: Tell = lambda progress: None) -> Night:
        try:
            return self._night(person, tell)
        finally:
            self.place.leave(person)

    def _check(self, person: str) -> None:
        situation = self._situation(person)
        if situation.waiting < situation.needed:
            lessons = read_lessons(self.store.feedback(person)).lessons
            manifest = self._pupil(person).adapters.manifest(person)
            raise TooFew(f"{unlearnt(lessons, manifest).missing()}; {RATE_MORE}.")
        if not situation.changed:
            raise NothingToLearn(NOTHING_NEW)
        if not (ready := machine_ready(situation)).due:
            raise Deferred(ready.reason)

    def _night(self, person: str, tell: Tell) -> Night:
        told, candidate = self.place.teller(person, tell), self._candidate_of(person)
        pupil = candidate.pupil if candidate else self._serving
        last, started = self.last(person), now()
        told(NightProgress("Waking up", 0.0))
        try:
            with (
                measured(self._meter) as costed,
                closing(pupil.start_learner()) as self._learner,
                pupil.examined(told, lambda: self.place.wait_while(self.chat.busy)) as engine,
            ):
                threading.Thread(target=self._yield_to_chat, args=(self._learner,), daemon=True).start()
                bench_for = partial(self._bench, person, pupil, engine, self._learner)
                learn = partial(pupil.night, tell=told, last_input=last.input_hash if last else None)
                night = costed(within_memory(bench_for, learn))
        except HomegrownError as error:
            if self.place.called_off():
                raise Deferred(CALLED_OFF) from error
            if not isinstance(error, (NothingToLearn, Deferred)):
                self.store.put_night(person, _failed(started, str(error)))
            raise
        finally:
            self._learner = None
        with self.adapters.changing:
            if self.place.called_off() and night.version not in [v.name for v in self.adapters.versions(person)]:
                raise Deferred(CALLED_OFF)  # also what it published, if that was forgotten at once
            night = _here(candidate.reported(night) if candidate else night)
            try:
                self.store.put_night(person, night)
                if night.version:
                    self.adapters.reported(person, night.version)
            except StorageTrouble as error:
                if night.version is None:
                    raise
                raise StorageTrouble(f"Version {night.version} serves; its report comes later. {error}") from error
        if candidate:
            candidate.ended(night)
        return night

    def exam_bench(self, person: str, tell: Tell) -> Bench:
        """For an exam without training: its learner is never started."""
        return self._bench(person, self._serving, ExamEngine(self.engine), self._start_learner(), tell)

    @property
    def _serving(self) -> Pupil:
        taught = (self.adapters, self._start_learner, self._recipe_for, self.rate, self.need)
        return Pupil(*taught, lambda tell, wait: nullcontext(ExamEngine(self.engine)))  # its own queue puts chats first

    def _candidate_of(self, person: str) -> Candidate | None:
        """The model that this person's nights teach instead of the one that serves, if there is one."""
        candidate = self.candidate
        return candidate if candidate and candidate.is_taught_to(person) else None

    def _pupil(self, person: str) -> Pupil:
        candidate = self._candidate_of(person)
        return candidate.pupil if candidate else self._serving

    def _bench(self, person: str, pupil: Pupil, engine: ExamEngine, learner: LearnerProcess, tell: Tell) -> Bench:
        return Bench(
            person=person,
            engine=engine,
            learner=learner,
            adapters=pupil.adapters,
            probes=self.probes,
            recipe_for=pupil.recipe_for,
            tell=tell,
            live=lambda: self.store.feedback(person),
            versions=self._versions,
            shelf=Remembered(self.store.home / "cache" / "exam"),
            rate_source=pupil.rate.source if pupil.rate else "law",
            row_tokens=pupil.need.row_tokens,
        )

    def _run_quietly(self, person: str) -> None:
        """A night without anybody to raise to: what went wrong stands in the log and in the report."""
        started = now()
        self._said.pop(person, None)
        try:
            self._claimed(person)
        except HomegrownError as error:
            self._said[person] = str(error)
            log.info("no night for %s: %s", person, error)
        except Exception:
            log.exception("the night of %s failed", person)
            self.store.put_night(person, _failed(started, "Something went wrong in Homegrown itself; see the log."))

    def _yield_to_chat(self, learner: LearnerProcess) -> None:
        """Pauses the learner while somebody types or waits for a reply."""
        paused = False
        while self._learner is learner:
            wanted = self.chat.busy() or time.monotonic() - self._awake < AWAKE_SECONDS
            if wanted != paused:
                (learner.suspend if wanted else learner.resume)()
                paused = wanted
            time.sleep(YIELD_SECONDS)

    # by itself

    def look(self, person: str) -> None:
        """Runs a night if it is time. One person's damaged file must not stop the clock for the others."""
        try:
            if is_due(self._situation(person)).due:
                self._claim(person)
                self._run_quietly(person)
        except Locked:  # it waits until they sign in
            return
        except HomegrownError as error:
            log.warning("no night for %s: %s", person, error)

    def _situation(self, person: str) -> Situation:
        pupil, learnable = self._pupil(person), read_lessons(self.store.feedback(person)).lessons
        waiting = unlearnt(learnable, pupil.adapters.manifest(person))
        battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
        last = self.last(person)
        lessons, _ = choose(learnable)
        examined = input_hash(lessons, pupil.adapters.base, pupil.recipe_for(len(lessons)))
        return Situation(
            now=datetime.now().astimezone(),
            nights=tuple(night.finished_at for night in self.store.nights(person)),
            oldest_waiting=min((lesson.at for lesson in (*waiting.pairs, *waiting.thumbs)), default=None),
            waiting=len(waiting.pairs),
            needed=len(waiting.pairs) if waiting.enough else GAIN_FEWEST,
            changed=last is None or last.input_hash != examined,
            idle_seconds=time.monotonic() - self.chat.last_request,
            others_cpu=sum(self.others) / QUIET_SAMPLES if len(self.others) == QUIET_SAMPLES else 1.0,
            battery=battery.percent if battery else None,
            plugged=battery is None or battery.power_plugged is not False,  # None: the system does not tell
            ram_free=psutil.virtual_memory().available,
            disk_free=psutil.disk_usage(str(self.store.home)).free,
            ram_needed=pupil.need.ram(lessons),
            cannot=pupil.need.cannot,
        )


def _here(night: Night) -> Night:
    """With the local time of this place: a night belongs to the date on which it finished here."""
    return replace(night, finished_at=night.finished_at.astimezone())


def _failed(started: datetime, reason: str) -> Night:
    return _here(Night(new_id(), started, now(), Verdict("failed", reason), None, "", ()))
