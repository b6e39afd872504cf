"""A child process as a fault sees it: it says lines of JSON, and is killed at a moment of the fault's choice."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psutil

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600.0  # seconds without a word after which something hangs
GONE_SECONDS = 10.0  # that the children of a killed process may take to follow it
DELAY = "HOMEGROWN_SCRIPTED_DELAY"


@dataclass(frozen=True, slots=True)
class Heard:
    """One line, and when it came (monotonic seconds)."""

    event: str
    told: dict[str, Any]
    at: float


class Process:
    """`python -m MODULE WORDS`. `delay`: seconds that the scripted model takes for a word or a step."""

    def __init__(self, words: Sequence[str], log: Path, delay: float = 0.0, module: str = "bench.faults.child") -> None:
        self._lines: queue.SimpleQueue[Heard | None] = queue.SimpleQueue()
        self.heard: list[Heard] = []
        with log.open("ab") as errors:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                cwd=ROOT,
                env={**os.environ, DELAY: str(delay)},
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        assert self._popen.stdout
        self._reader = threading.Thread(target=self._read, args=(self._popen.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def until(self, holds: Callable[[Heard], bool]) -> Heard | None:
        """Reads on to the first line for which it holds; None if the process ends before. Raises TimeoutError."""
        while (heard := self._next(PATIENCE)) is not None:
            if holds(heard):
                return heard
        return None

    def event(self, name: str) -> Heard:
        """Reads on to an event. Raises RuntimeError if the process ends before."""
        if (heard := self.until(lambda one: one.event == name)) is None:
            raise RuntimeError(f"the process ended (code {self._popen.wait()}) before it was {name}")
        return heard

    def listen(self, seconds: float) -> None:
        """Reads what it says for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                if self._next(left) is None:
                    return
            except TimeoutError:
                return

    def children(self, text: str = "") -> list[psutil.Process]:
        """Its child processes whose command line holds `text`."""
        try:
            found = psutil.Process(self._popen.pid).children(recursive=True)
            return [child for child in found if text in " ".join(child.cmdline())]
        except psutil.NoSuchProcess:
            return []

    def code(self) -> int:
        """The exit code; waits for the end."""
        return self._popen.wait()

    def kill(self) -> float:
        """Kills it (SIGKILL), reads what it still had said, and returns when that was (monotonic seconds)."""
        self._popen.kill()
        at = time.monotonic()
        self._popen.wait()
        while self._next(PATIENCE) is not None:
            pass
        return at

    def _next(self, seconds: float) -> Heard | None:
        try:
            heard = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"nothing was said for {seconds:.0f} s") from None
        if heard is None:
            self._lines.put(None)  # for whoever asks next
        else:
            self.heard.append(heard)
        return heard

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while (line := pipe.readline()).endswith(b"\n"):  # what is behind the last line end was never said
                told = json.loads(line)
                self._lines.put(Heard(told.pop("event"), told, time.monotonic()))
        self._lines.put(None)


def orphans(children: Sequence[psutil.Process]) -> int:
    """How many still run some seconds after the process that started them was killed."""
    _, alive = psutil.wait_procs(children, timeout=GONE_SECONDS)
    return sum(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in alive)
