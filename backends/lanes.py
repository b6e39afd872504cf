"""The requests to one engine: who waits in which lane, what is under way, and what goes to the process next."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from backends.child import Json
from backends.crossing import described
from errors import EngineDied, HomegrownError

Lane = Literal["at once", "foreground", "background"]

TRIES = 2  # of a short request that was lost with the process


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


class Lanes:
    """Short requests go at once, chats and exams one each at a time. Knows nothing of the process that serves them."""

    def __init__(self) -> None:
        self._queues: dict[Lane, deque[Job]] = {"at once": deque(), "foreground": deque(), "background": deque()}
        self._active: dict[int, Job] = {}
        self._numbered = 0

    @property
    def waiting(self) -> int:
        """Chats whose turn has not come."""
        return len(self._queues["foreground"])

    @property
    def active(self) -> bool:
        return bool(self._active)

    @property
    def empty(self) -> bool:
        return not self._active and not any(self._queues.values())

    @property
    def working(self) -> bool:
        """Whether a chat or an exam is under way."""
        return self._is_active("foreground") or self._is_active("background")

    @property
    def begun(self) -> bool:
        return any(job.begun for job in self._active.values())

    def under_way(self, id: int) -> Job | None:
        return self._active.get(id)

    def add(self, job: Job) -> None:
        self._queues[job.lane].append(job)

    def due(self) -> Iterator[Json]:
        """The requests that may go to the process now; they are under way from then on."""
        for lane, waiting in self._queues.items():
            while waiting and (lane == "at once" or not self._is_active(lane)):
                job = waiting.popleft()
                self._numbered += 1
                job.id = self._numbered
                job.tries += 1
                self._active[job.id] = job
                yield {"id": job.id, **job.request}

    def withdraw(self, job: Job) -> bool:
        """Takes a waiting request out, which then ends as stopped. False: it was not waiting."""
        if job not in self._queues[job.lane]:
            return False
        self._queues[job.lane].remove(job)
        job.events.put({"text": "", "finish": "stopped", "end": True})
        return True

    def begin(self, job: Job) -> None:
        job.begun = True
        self._tell_place(job, 0)

    def end(self, job: Job) -> None:
        del self._active[job.id]

    def tell_places(self) -> None:
        """Tells chats how many are ahead of them; those whose turn has come are told by `begin`."""
        first = 1 if self._is_active("foreground") else 0
        for place, job in enumerate(self._queues["foreground"], start=first):
            if place > 0:
                self._tell_place(job, place)

    def lose(self, reason: str) -> None:
        """The process is gone: requests that it had begun are over; short ones and the others go to the next one."""
        sentence = f"The engine broke off (it {reason}) and is starting again; your words are kept, press regenerate."
        lost, self._active = self._active, {}
        for job in reversed(lost.values()):
            if job.tries < TRIES if job.lane == "at once" else not job.begun:
                job.id = 0
                self._queues[job.lane].appendleft(job)
            else:
                job.events.put({"error": described(EngineDied(sentence)), "end": True})

    def refuse(self, failure: HomegrownError) -> None:
        """Ends everything that is under way or waits."""
        jobs = [*self._active.values(), *(job for waiting in self._queues.values() for job in waiting)]
        self._active.clear()
        for waiting in self._queues.values():
            waiting.clear()
        for job in jobs:
            job.events.put({"error": described(failure), "end": True})

    def _is_active(self, lane: Lane) -> bool:
        return any(job.lane == lane for job in self._active.values())

    def _tell_place(self, job: Job, place: int) -> None:
        if job.lane == "foreground" and job.ahead != place:
            job.ahead = place
            job.events.put({"place": place})
