"""Keeps one engine process alive and feeds it requests: the queue, the restarts, safe mode."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import errors
from backends import safe_mode
from backends.child import Child, Json
from domain import Speeds
from errors import EngineDied, HomegrownError

State = Literal["starting", "ready", "working", "restarting", "failed", "closed"]
Lane = Literal["at once", "foreground", "background"]

TICK_S = 0.5  # how often silence is looked at while a request runs
CANCEL_S = 0.05  # how often a waiting reader looks at its cancel event
STARTS = 2  # deaths in a row before the engine was ready; after that it is not started again by itself
IDLE_DEATHS = 5  # deaths in a row with nothing under way; likewise
TRIES = 2  # of a short request that was lost with the process
KEPT_SPEEDS = 100

CLOSED = EngineDied("The engine is closed; start the app again.")


@dataclass(eq=False, slots=True)
class Job:
    """One request and its events, the last of which has "end". The engine thread alone changes the other fields."""

    lane: Lane
    request: Json
    id: int = 0
    ahead: int | None = None
    begun: bool = False
    tries: int = 0
    events: queue.SimpleQueue[Json] = field(default_factory=queue.SimpleQueue)


class Supervisor:
    """One thread, the engine thread, changes all state; the others put calls into its inbox.

    So no lock is held while a reply is iterated: its generator may be closed in any thread, or collected as garbage
    at any point, where taking a lock could deadlock. `SimpleQueue.put` is safe even there.
    """

    def __init__(self, start: Json, state: Path, log: Path, hang_seconds: float, start_seconds: float) -> None:
        self.state: State = "starting"
        self.reason = ""
        self.restarts = 0
        self.safe_mode: bool = start["options"]["safe_mode"]
        self.child: Child | None = None
        self.recent: tuple[Speeds, ...] = ()
        self._start, self._remembered, self._log = start, state, log
        self._hang_seconds, self._start_seconds = hang_seconds, start_seconds
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._changed = threading.Condition()  # for those who wait until it is ready
        self._info: Json | None = None
        self._failure: HomegrownError | None = None
        self._queues: dict[Lane, deque[Job]] = {"at once": deque(), "foreground": deque(), "background": deque()}
        self._active: dict[int, Job] = {}
        self._numbered = 0
        self._silence = 0.0
        self._build = ""
        self._unusable: HomegrownError | None = None
        self._killed_because = ""
        self._proven = False  # this process has finished a reply or an exam
        self._start_deaths = self._idle_deaths = 0
        self._launched = 0  # the number of the process whose words count

    @property
    def waiting(self) -> int:
        return len(self._queues["foreground"])

    def state_now(self) -> State:
        """`state`, which lags a moment behind the death of the process, put right."""
        dead = self.child is None or not self.child.alive()
        return "restarting" if dead and self.state in ("ready", "working") else self.state

    def start(self) -> None:
        self._thread.start()

    def wait_ready(self, timeout: float | None) -> Json:
        """BackendInfo as a dict. Raises what made the start fail, or EngineDied after `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.state_now() not in ("starting", "restarting"), timeout):
                raise EngineDied("The engine is still starting; try again in a moment.")
            if self._failure is not None or self._info is None:
                raise again(self._failure or CLOSED)
            return self._info

    def follow(self, job: Job, cancel: threading.Event | None = None) -> Iterator[Json]:
        """The events of a request until its end; raises its error. Leaving early cancels it."""
        self._inbox.put(partial(self._take, job))
        told = over = False
        try:
            while not over:
                if cancel is not None and cancel.is_set() and not told:
                    self._inbox.put(partial(self._cancel, job))
                    told = True
                try:
                    event = job.events.get(timeout=TICK_S if cancel is None else CANCEL_S)
                except queue.Empty:
                    if not self._thread.is_alive():
                        raise again(CLOSED) from None
                    continue
                over = "end" in event
                if "error" in event:
                    raise raised(event["error"])
                yield event
        finally:
            if not over:
                self._inbox.put(partial(self._cancel, job))

    def drop(self, prefix: str) -> None:
        self._inbox.put(partial(self._drop, prefix))

    def restart(self) -> None:
        self._inbox.put(self._restart)

    def load(self, start: Json) -> None:
        """Goes on with another model, in a new process; returns when the old process is gone."""
        if not self._thread.is_alive():
            self._start = start
            return
        done = threading.Event()
        self._inbox.put(partial(self._load, start, done))
        while not done.wait(TICK_S) and self._thread.is_alive():
            pass

    def close(self) -> None:
        self._inbox.put(partial(self._become, "closed"))
        if self._thread.is_alive():
            self._thread.join()

    # All that follows runs in the engine thread.

    def _run(self) -> None:
        try:
            self._build = safe_mode.build(self._start["backend"])
            self.safe_mode = self.safe_mode or safe_mode.is_needed(self._remembered, self._build)
            self._launch("starting")
            before = time.monotonic()
            while self.state != "closed":
                busy = self._starting() or bool(self._active)
                with contextlib.suppress(queue.Empty):
                    self._inbox.get(timeout=min(TICK_S, self._hang_seconds / 4) if busy else None)()
                now = time.monotonic()
                # A tick at a time at most: the hours that a laptop sleeps are not silence.
                self._silence = self._silence + min(now - before, TICK_S) if busy else 0.0
                before = now
                self._break_silence()
        finally:
            self._give_up("closed", CLOSED)
            if self.child is not None:
                self.child.close()

    def _launch(self, state: Literal["starting", "restarting"]) -> None:
        self._silence, self._killed_because, self._proven, self._unusable = 0.0, "", False, None
        try:
            self._launched += 1
            self.child = Child("backends.engine_main", log=self._log, deliver=partial(self._relay, self._launched))
        except OSError as error:
            remedy = "free memory or disk space, then restart the engine"
            self._give_up("failed", EngineDied(f"The engine cannot be started ({error}): {remedy}."))
            return
        self.child.send(
            {"op": "start", **self._start, "options": {**self._start["options"], "safe_mode": self.safe_mode}}
        )
        self._become(state)

    def _relay(self, launched: int, message: Json | None) -> None:
        """Runs in the child's reading thread. None comes last: then the child has ended."""
        self._inbox.put(partial(self._hear, launched, message))

    def _hear(self, launched: int, message: Json | None) -> None:
        if launched != self._launched:  # of a child that was replaced
            return
        self._silence = 0.0
        if message is None:
            self._mourn()
        elif "ready" in message:
            self._info = message["ready"]
            self._start_deaths = 0
            self._become("ready")
            self._feed()
        elif "unusable" in message:
            self._unusable = raised(message["unusable"])  # its end follows
        elif job := self._active.get(message.get("id", 0)):
            self._pass_on(job, message)

    def _pass_on(self, job: Job, message: Json) -> None:
        if "begun" in message:
            job.begun = True
            self._tell_place(job, 0)
            return
        if job.lane == "foreground" and message.get("speeds"):
            self.recent = (*self.recent[1 - KEPT_SPEEDS :], Speeds(**message["speeds"]))
        job.events.put(message)
        if "end" in message:
            del self._active[job.id]
            if job.begun:
                self._proven, self._idle_deaths = True, 0
            self._feed()

    def _take(self, job: Job) -> None:
        if self._failure is not None:
            job.events.put({"error": described(self._failure), "end": True})
        else:
            self._queues[job.lane].append(job)
            self._feed()

    def _cancel(self, job: Job) -> None:
        if job.id in self._active:
            assert self.child is not None
            self.child.send({"op": "cancel", "id": job.id})
        elif job in self._queues[job.lane]:
            self._queues[job.lane].remove(job)
            job.events.put({"text": "", "finish": "stopped", "end": True})
            self._feed()

    def _drop(self, prefix: str) -> None:
        # A process that is still starting has no caches, and a dead one has none any more.
        if self.child is not None and not self._starting():
            self.child.send({"op": "drop", "prefix": prefix})

    def _feed(self) -> None:
        """Sends what may go: short requests all, chats and exams one each."""
        chats = self._queues["foreground"]
        if self.state in ("ready", "working"):
            for lane, waiting in self._queues.items():
                while waiting and (lane == "at once" or not self._is_active(lane)):
                    self._send(waiting.popleft())
            self._become("working" if self._is_active("foreground") or self._is_active("background") else "ready")
        for place, job in enumerate(chats, start=1 if self._is_active("foreground") else 0):
            if place > 0:  # 0 is told when its turn has come
                self._tell_place(job, place)

    def _is_active(self, lane: Lane) -> bool:
        return any(job.lane == lane for job in self._active.values())

    def _send(self, job: Job) -> None:
        assert self.child is not None
        self._numbered += 1
        job.id = self._numbered
        job.tries += 1
        self._active[job.id] = job
        self.child.send({"id": job.id, **job.request})

    def _tell_place(self, job: Job, place: int) -> None:
        if job.lane == "foreground" and job.ahead != place:
            job.ahead = place
            job.events.put({"place": place})

    def _starting(self) -> bool:
        return self.state in ("starting", "restarting")

    def _break_silence(self) -> None:
        limit = self._start_seconds if self._starting() else self._hang_seconds
        if self._silence > limit and not self._killed_because and self.child is not None:
            self._killed_because = f"did not answer for {limit:g} s"
            self.child.kill()

    def _restart(self) -> None:
        self._start_deaths = self._idle_deaths = 0
        if self.state == "failed":
            self._failure = None
            self._launch("restarting")
        elif self.child is not None and self.state != "closed":
            self._killed_because = "was restarted by hand"
            self.child.kill()

    def _load(self, start: Json, done: threading.Event) -> None:
        self._start = start
        if self.state != "closed":
            self._launched += 1  # nothing that the old process still says counts
            if self.child is not None:
                self.child.close()
            self._start_deaths = self._idle_deaths = 0
            self._failure, self._info, self.reason, self.recent = None, None, "", ()
            self._part_with_active("was given another model")
            self._launch("restarting")
        done.set()

    def _mourn(self) -> None:
        """The process has ended: says so to those who were being served, and starts the next one."""
        assert self.child is not None
        if self._unusable is not None:
            self._give_up("failed", self._unusable)
            return
        reason = self._killed_because or self.child.exit_reason()
        self.reason = f"The engine {reason}."
        if self.child.crashed() and not self.safe_mode and not self._proven:
            self.safe_mode = True
            with contextlib.suppress(OSError):  # a full disk must not keep the engine down: it crashes once more, later
                safe_mode.remember(self._remembered, self._build)
        elif self._starting():
            self._start_deaths += 1
        elif not any(job.begun for job in self._active.values()):
            self._idle_deaths += 1
        if self._start_deaths >= STARTS or self._idle_deaths >= IDLE_DEATHS:
            remedy = f"see {self._log}, then restart the engine or choose another model"
            self._give_up("failed", EngineDied(f"The engine does not start (it {reason}): {remedy}."))
            return
        self._part_with_active(reason)
        self.restarts += 1
        self._launch("restarting")

    def _part_with_active(self, reason: str) -> None:
        """Requests that the dead process had begun are over; short ones and those it never began go to the next."""
        sentence = f"The engine broke off (it {reason}) and is starting again; your words are kept, press regenerate."
        lost, self._active = self._active, {}
        for job in reversed(lost.values()):
            if job.tries < TRIES if job.lane == "at once" else not job.begun:
                job.id = 0
                self._queues[job.lane].appendleft(job)
            else:
                job.events.put({"error": described(EngineDied(sentence)), "end": True})

    def _give_up(self, state: Literal["failed", "closed"], failure: HomegrownError) -> None:
        self._failure = failure
        if state == "failed":
            self.reason = str(failure)
        jobs = [*self._active.values(), *(job for waiting in self._queues.values() for job in waiting)]
        self._active.clear()
        for waiting in self._queues.values():
            waiting.clear()
        for job in jobs:
            job.events.put({"error": described(failure), "end": True})
        self._become(state)

    def _become(self, state: State) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()


def described(error: HomegrownError) -> dict[str, str]:
    """An error as it crosses the pipe: the name of a class of errors.py, and its sentence."""
    return {"type": type(error).__name__, "message": str(error)}


def raised(description: dict[str, str]) -> HomegrownError:
    kind = getattr(errors, description["type"])
    error: HomegrownError = kind(description["message"])
    return error


def again(error: HomegrownError) -> HomegrownError:
    """A copy to raise: one exception raised in several threads would mix their tracebacks."""
    return raised(described(error))
