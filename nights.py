"""Nights of everybody in one home: "Learn now", the clock that starts them by itself, and roll back."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psutil

from backends.base import GREEDY
from backends.engine import Engine
from backends.learner import LearnerProcess
from chat import Chat
from domain import Night, Recipe, Verdict, new_id, now
from errors import Deferred, Gone, HomegrownError, NothingToLearn, StorageTrouble, TooFew
from personalization.dataset import choose
from personalization.exam import GAIN_FEWEST, Answer
from personalization.ledger import read_lessons
from personalization.measure import Probes
from personalization.night import NOTHING_NEW, Bench, NightProgress, input_hash, run_night
from personalization.schedule import Situation, is_due, machine_ready
from storage.adapters import Adapters
from storage.store import Store

ANSWER_TOKENS = 96  # of a sample answer in the exam
CLOCK_SECONDS = 30.0
QUIET_SAMPLES = 10  # times CLOCK_SECONDS: other programs are quiet if they were for 5 minutes
YIELD_SECONDS = 0.5  # how soon the learner pauses when somebody writes

log = logging.getLogger("homegrown.nights")


class ExamEngine:
    """The engine as an exam uses it: at low priority, greedy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.encode = engine.encode
        self.encode_reply = engine.encode_reply
        self.encode_text = engine.encode_text
        self.score = engine.score

    def answer(self, prompt_ids: Sequence[int], adapter: Path | None) -> Answer:
        found = self._engine.answer(prompt_ids, replace(GREEDY, max_tokens=ANSWER_TOKENS), adapter)
        return Answer(found.text, found.finish == "length")


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
    ) -> None:
        self.store, self.adapters, self.chat, self.engine = store, adapters, chat, engine
        self._start_learner, self._probes = start_learner, probes
        self._recipe_for, self._versions = recipe_for, versions
        self._busy = threading.Lock()  # held while a night runs
        self._progress: dict[str, NightProgress] = {}
        self._said: dict[str, str] = {}
        self._learner: LearnerProcess | None = None
        self._cancelled = threading.Event()
        self._closing = threading.Event()
        self._cpu: deque[float] = deque(maxlen=QUIET_SAMPLES)

    # asking

    def progress(self, person: str) -> NightProgress | None:
        return self._progress.get(person)

    def last(self, person: str) -> Night | None:
        return next(reversed(self.store.nights(person)), None)

    def said(self, person: str) -> str:
        """Why the last attempt at a night ended without a report; "" if it did not."""
        return self._said.get(person, "")

    def plan(self, person: str) -> str:
        """When the next night comes, or what it waits for."""
        return "A night is running." if self.progress(person) else is_due(self._situation(person)).reason

    def learner_memory(self) -> int:
        return self._learner.memory_bytes() if self._learner else 0

    # running

    def start(self, person: str) -> None:
        """ "Learn now" from a page: begins a night in a thread. Raises NothingToLearn or Deferred."""
        self._claim(person)
        threading.Thread(target=self._run_quietly, args=(person,), name="night", daemon=True).start()

    def run(self, person: str, tell: Callable[[NightProgress], None] = lambda progress: None) -> Night:
        """One night, now, in this thread. Raises NothingToLearn, Deferred, or what broke it off."""
        self._claim(person)
        return self._claimed(person, tell)

    def cancel(self, person: str) -> None:
        """Breaks the running night off; nothing of it remains."""
        if person in self._progress:
            self._cancelled.set()
            if self._learner:
                self._learner.close()

    def close(self) -> None:
        self._closing.set()
        for person in list(self._progress):
            self.cancel(person)

    def _claim(self, person: str) -> None:
        """Takes the one place there is for a night, so that it is this person's until `_claimed` has ended."""
        if not self._busy.acquire(blocking=False):
            raise Deferred("Another night is running; try again when it is over.")
        try:
            self._check(person)
        except BaseException:
            self._busy.release()
            raise
        self._cancelled.clear()
        self._progress[person] = NightProgress("Waking up", 0.0)

    def _claimed(self, person: str, tell: Callable[[NightProgress], None] = lambda progress: None) -> Night:
        try:
            return self._night(person, tell)
        finally:
            self._progress.pop(person, None)
            self._busy.release()

    def _check(self, person: str) -> None:
        situation = self._situation(person)
        if situation.waiting < GAIN_FEWEST:
            raise TooFew(
                f"{situation.waiting} of {GAIN_FEWEST} new corrections so far; correct a few more replies first."
            )
        if not situation.changed:
            raise NothingToLearn(NOTHING_NEW)
        ready = machine_ready(situation)
        if not ready.due:
            raise Deferred(ready.reason)

    def _night(self, person: str, tell: Callable[[NightProgress], None]) -> Night:
        def told(progress: NightProgress) -> None:
            if self._cancelled.is_set():
                raise Deferred("The night was called off; nothing was changed.")
            self._progress[person] = progress
            tell(progress)

        last, started = self.last(person), now()
        told(NightProgress("Waking up", 0.0))
        try:
            with closing(self._start_learner()) as self._learner:
                threading.Thread(target=self._yield_to_chat, args=(self._learner,), daemon=True).start()
                bench = Bench(
                    person=person,
                    engine=ExamEngine(self.engine),
                    learner=self._learner,
                    adapters=self.adapters,
                    probes=self._probes,
                    recipe_for=self._recipe_for,
                    tell=told,
                    live=lambda: self.store.feedback(person),
                    versions=self._versions,
                )
                night = run_night(bench, last.input_hash if last else None)
        except HomegrownError as error:
            if self._cancelled.is_set():
                raise Deferred("The night was called off; nothing was changed.") from error
            if not isinstance(error, (NothingToLearn, Deferred)):
                self.store.put_night(person, _failed(started, str(error)))
            raise
        finally:
            self._learner = None
        self.store.put_night(person, night)
        return night

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
        """Pauses the learner while somebody waits for a reply."""
        paused = False
        while self._learner is learner:
            wanted = self.chat.busy()
            if wanted != paused:
                (learner.suspend if wanted else learner.resume)()
                paused = wanted
            time.sleep(YIELD_SECONDS)

    # by itself

    def start_clock(self) -> None:
        threading.Thread(target=self._watch_clock, name="clock", daemon=True).start()

    def _watch_clock(self) -> None:
        psutil.cpu_percent()
        while not self._closing.wait(CLOCK_SECONDS):
            self._cpu.append(psutil.cpu_percent() / 100)
            try:
                people = self.store.people()
            except StorageTrouble as error:  # the next look may find it mended
                log.warning("no night for anybody: %s", error)
                continue
            for person in people:
                self._look(person.id)

    def _look(self, person: str) -> None:
        """Runs a night if it is time. One person's damaged file must not stop the clock for the others."""
        try:
            if is_due(self._situation(person)).due:
                self._claim(person)
                self._run_quietly(person)
        except HomegrownError as error:
            log.warning("no night for %s: %s", person, error)

    def _situation(self, person: str) -> Situation:
        waiting = self.chat.waiting_lessons(person)
        battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
        last = self.last(person)
        lessons, _ = choose(read_lessons(self.store.feedback(person)).lessons)
        examined = input_hash(lessons, self.adapters.base, self._recipe_for(len(lessons)))
        return Situation(
            now=datetime.now().astimezone(),
            last_night=last.finished_at.astimezone().date() if last else None,
            oldest_waiting=min((lesson.at for lesson in waiting), default=None),
            waiting=sum(bool(lesson.rejected) for lesson in waiting),
            needed=GAIN_FEWEST,
            changed=last is None or last.input_hash != examined,
            idle_seconds=time.monotonic() - self.chat.last_request,
            others_cpu=sum(self._cpu) / len(self._cpu) if len(self._cpu) == QUIET_SAMPLES else 1.0,
            battery=battery.percent if battery else None,
            plugged=battery is None or battery.power_plugged is not False,  # None: the system does not tell
            ram_free=psutil.virtual_memory().available,
            disk_free=psutil.disk_usage(str(self.store.home)).free,
        )

    # going back

    def roll_back(self, person: str, version: str) -> None:
        """Lets another version, or the base, serve. What only the left versions had learnt is parked.

        Parked lessons teach nothing until they are released, otherwise the next night would learn them again.
        """
        target = next((v for v in self.adapters.versions(person) if v.name == version), None)
        self.adapters.point(person, version)
        kept = set(target.manifest["rows"]) if target else set()
        learnt = {row for v in self.adapters.versions(person) for row in v.manifest["rows"]}
        for row in self.store.feedback(person):
            parked = row.id in learnt and row.id not in kept
            if parked != row.parked:
                self.store.put_feedback(person, replace(row, parked=parked))

    def release(self, person: str, row: str) -> None:
        """Lets a parked lesson be learnt again."""
        for found in self.store.feedback(person):
            if found.id == row:
                self.store.put_feedback(person, replace(found, parked=False))
                return
        raise Gone(f"There is no lesson {row!r} any more; reload the page to see those there are.")


def _failed(started: datetime, reason: str) -> Night:
    return Night(new_id(), started, now(), Verdict("failed", reason), None, "", ())
