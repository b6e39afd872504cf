"""The learner as the app sees it: training runs in a process of their own, which may be paused or killed at will."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Lock

from backends.child import Child, Json
from backends.crossing import raised
from domain import Progress, Recipe, TrainingRow
from errors import OutOfMemory, Trouble


class LearnerProcess:
    """Satisfies Learner. The process starts with the first run, loads the model once, and serves several runs.

    Closing the iterator of `train` kills the process; the next run starts a new one. One run at a time; `suspend`,
    `resume`, `memory_bytes` and `close` may be called from any thread, also when nothing runs.
    """

    def __init__(self, backend: str, model: Path | None, log: Path) -> None:
        self._start = {"backend": backend, "model": None if model is None else str(model)}
        self._log = log
        self._lock = Lock()  # guards the three below; never held while waiting for the child
        self._child: Child | None = None
        self._suspended = False
        self._closed = False

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        """Raises Trouble if the process dies, OutOfMemory if for want of memory, and what the learner itself raised."""
        child = self._running()
        finished = False
        try:
            child.send(
                {
                    "rows": [asdict(row) for row in rows],
                    "anchors": [list(anchor) for anchor in anchors],
                    "recipe": asdict(recipe),
                    "out": str(out.resolve()),
                }
            )
            while not finished:
                message = self._received(child)
                if "error" in message:
                    error = raised(message["error"])
                    finished = not isinstance(error, OutOfMemory)  # a process that is full helps nobody
                    raise error
                finished = "progress" not in message
                if not finished:
                    yield Progress(**message["progress"])
        finally:
            if not finished:
                self._end(child)

    def suspend(self) -> None:
        """Gives the processor back at once; memory is kept."""
        with self._lock:
            self._suspended = True
            if self._child:
                self._child.suspend()

    def resume(self) -> None:
        with self._lock:
            self._suspended = False
            if self._child:
                self._child.resume()

    def memory_bytes(self) -> int:
        child = self._child
        return child.memory_bytes() if child else 0

    def close(self) -> None:
        """Kills the run, if any; its iterator then raises Trouble. Further runs are refused."""
        with self._lock:
            self._closed = True
            child = self._child
        if child:
            self._end(child)

    def _running(self) -> Child:
        with self._lock:
            if self._closed:
                raise Trouble("The learner is closed; start another night.")
            if self._child is None or not self._child.alive():
                self._child = self._launched()
                self._child.send(self._start)
                if self._suspended:
                    self._child.suspend()
            return self._child

    def _launched(self) -> Child:
        try:
            return Child("backends.learner_main", log=self._log)
        except OSError as error:
            remedy = "free memory or disk space and try again"
            raise Trouble(f"The learner cannot be started ({error}); nothing was changed: {remedy}.") from error

    def _end(self, child: Child) -> None:
        child.close()
        with self._lock:
            if self._child is child:
                self._child = None

    def _received(self, child: Child) -> Json:
        try:
            return child.receive()
        except EOFError as death:
            kind = OutOfMemory if child.killed() and not self._closed else Trouble
            remedy = "close other programs and try again, or choose a smaller model"
            raise kind(f"The learner {death}; nothing was changed: {remedy}.") from None
