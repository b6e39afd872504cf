"""Keeps one engine process alive and feeds it requests: restarts, safe mode, rest."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from backends import safe_mode
from backends.child import Child, Json
from backends.crossing import again, described, raised
from backends.lanes import Job, Lanes
from backends.silence import TICK_S, Silence
from domain import Speeds
from errors import EngineDied, HomegrownError

State = Literal["starting", "ready", "working", "restarting", "resting", "failed", "closed"]

CANCEL_S = 0.05  # how often a waiting reader looks at its cancel event
STARTS = 2  # deaths in a row before the engine was ready; after that it is not started again by itself
IDLE_DEATHS = 5  # deaths in a row with nothing under way; likewise
KEPT_SPEEDS = 100

CLOSED = EngineDied("Homegrown was being closed. Start it again and send the message once more.")


class Supervisor:
    """One thread, the engine thread, changes all state; the others put calls into its inbox.

    So no lock is held while a reply is iterated: its generator may be closed in any thread, or collected as garbage
    at any point, where taking a lock could deadlock. `SimpleQueue.put` is safe even there.
    """

    def __init__(self, start: Json, state: Path, log: Path, silence: Silence, clock: Callable[[], float]) -> None:
        self.state: State = "starting"
        self.reason = ""
        self.restarts = 0
        self.safe_mode: bool = start["options"]["safe_mode"]
        self.child: Child | None = None
        self.recent: tuple[Speeds, ...] = ()
        self._start, self._remembered, self._log = start, state, log
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._changed = threading.Condition()  # for those who wait until it is ready
        self._info: Json | None = None
        self._failure: HomegrownError | None = None
        self.lanes = Lanes()
        self._clock, self._used = clock, clock()  # when somebody last wanted something of it
        self._silence = silence
        self._build = ""
        self._unusable: HomegrownError | None = None
        self._killed_because = ""
        self._proven = False  # this process has finished a reply or an exam
        self._start_deaths = self._idle_deaths = 0
        self._launched = 0  # the number of the process whose words count

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

    def wake(self) -> None:
        self._inbox.put(self._wake)

    def rest(self, idle_seconds: float) -> None:
        self._inbox.put(partial(self._rest, idle_seconds))

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
            while self.state != "closed":
                starting, working = self._starting(), self.lanes.active
                with contextlib.suppress(queue.Empty):
                    self._inbox.get(timeout=self._silence.tick if starting or working else None)()
                if limit := self._silence.too_long(starting, working):
                    self._kill_for(f"did not answer for {limit:g} s")
        finally:
            self._give_up("closed", CLOSED)
            if self.child is not None:
                self.child.close()

    def _launch(self, state: Literal["starting", "restarting"]) -> None:
        self._silence.heard()
        self._killed_because, self._proven, self._unusable = "", False, None
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
        self._silence.heard()
        if message is None:
            self._mourn()
        elif "ready" in message:
            self._info = message["ready"]
            self._start_deaths = 0
            self._become("ready")
            self._feed()
        elif "unusable" in message:
            self._unusable = raised(message["unusable"])  # its end follows
        elif job := self.lanes.under_way(message.get("id", 0)):
            self._pass_on(job, message)

    def _pass_on(self, job: Job, message: Json) -> None:
        if "begun" in message:
            self.lanes.begin(job)
            return
        if job.lane == "foreground" and message.get("speeds"):
            self.recent = (*self.recent[1 - KEPT_SPEEDS :], Speeds(**message["speeds"]))
        job.events.put(message)
        if "end" in message:
            self.lanes.end(job)
            self._used = self._clock()
            if job.begun:
                self._proven, self._idle_deaths = True, 0
            self._feed()

    def _take(self, job: Job) -> None:
        if self._failure is not None:
            job.events.put({"error": described(self._failure), "end": True})
        else:
            self._wake()
            self.lanes.add(job)
            self._feed()

    def _cancel(self, job: Job) -> None:
        if self.lanes.under_way(job.id):
            assert self.child is not None
            self.child.send({"op": "cancel", "id": job.id})
        elif self.lanes.withdraw(job):
            self._feed()

    def _drop(self, prefix: str) -> None:
        # A process that is still starting has no caches, and a dead one has none any more.
        if self.child is not None and not self._starting():
            self.child.send({"op": "drop", "prefix": prefix})

    def _feed(self) -> None:
        if self.state in ("ready", "working"):
            assert self.child is not None
            for request in self.lanes.due():
                self.child.send(request)
            self._become("working" if self.lanes.working else "ready")
        self.lanes.tell_places()

    def _starting(self) -> bool:
        return self.state in ("starting", "restarting")

    def _kill_for(self, reason: str) -> None:
        if not self._killed_because and self.child is not None:
            self._killed_because = reason
            self.child.kill()

    def _restart(self) -> None:
        self._start_deaths = self._idle_deaths = 0
        if self.state in ("failed", "resting"):
            self._failure = None
            self._launch("restarting")
        elif self.state != "closed":
            self._kill_for("was restarted by hand")

    def _wake(self) -> None:
        self._used = self._clock()
        if self.state == "resting":
            self._launch("starting")

    def _rest(self, idle_seconds: float) -> None:
        if self.state == "ready" and self.lanes.empty and self._clock() - self._used >= idle_seconds:
            self._launched += 1  # its end is no death
            self._become("resting")
            if self.child is not None:
                self.child.close()

    def _load(self, start: Json, done: threading.Event) -> None:
        self._start = start
        if self.state != "closed":
            self._launched += 1  # nothing that the old process still says counts
            if self.child is not None:
                self.child.close()
            self._start_deaths = self._idle_deaths = 0
            self._failure, self._info, self.reason, self.recent = None, None, "", ()
            self.lanes.lose("was given another model")
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
        elif not self.lanes.begun:
            self._idle_deaths += 1
        if self._start_deaths >= STARTS or self._idle_deaths >= IDLE_DEATHS:
            remedy = f"see {self._log}, then restart the engine or choose another model"
            self._give_up("failed", EngineDied(f"The engine does not start (it {reason}): {remedy}."))
            return
        self.lanes.lose(reason)
        self.restarts += 1
        self._launch("restarting")

    def _give_up(self, state: Literal["failed", "closed"], failure: HomegrownError) -> None:
        self._failure = failure
        if state == "failed":
            self.reason = str(failure)
        self.lanes.refuse(failure)
        self._become(state)

    def _become(self, state: State) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()
