"""The download of a model: one at a time, in a process that is ended to pause it; after a restart it is paused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from backends.child import Child
from backends.partial import discard, so_far
from backends.source import Fetched, Source, Step
from errors import BadInput, Deferred, HomegrownError, Trouble
from storage.atomic import write_whole

State = Literal["running", "paused", "failed"]
Json = dict[str, Any]

BUSY = "{name} is being downloaded; wait for it, or cancel it first."
WAITING = "The download of {name} is not finished; resume it, or cancel it first."
NONE = "Nothing is being downloaded."
DOING = {"asking": "Asking the hub", "loading": "Loading", "waiting": "Waiting for the hub", "checking": "Checking"}
ENDED = "The download {reason}; what has arrived is kept: press Resume."


@dataclass(frozen=True, slots=True)
class Transfer:
    """A download that is not whole yet. `said` is why it stands still, if something went wrong."""

    name: str
    source: Source
    state: State
    step: Step
    said: str = ""

    @property
    def seconds_left(self) -> float | None:
        rate = self.step.rate
        return (self.step.total - self.step.done) / rate if rate and self.step.total else None


class Downloads:
    """`arrived` is told of each file that is whole, in the thread that reads from the process."""

    def __init__(
        self,
        folder: Path,
        log: Path,
        pinned: Callable[[Source], str | None],
        arrived: Callable[[str, Source, Fetched], None],
    ) -> None:
        self._folder, self._log, self._pinned, self._arrived = folder, log, pinned, arrived
        self._changed = threading.Condition()  # guards the three below
        self._child: Child | None = None
        self._run = 0  # the number of the process whose words count
        self._now = self._left_over()

    def now(self) -> Transfer | None:
        return self._now

    def start(self, name: str, source: Source) -> None:
        """Begins, in the background. Raises Deferred while another one is not finished."""
        with self._changed:
            if self._now and (self._now.state == "running" or self._now.name != name):
                told = BUSY if self._now.state == "running" else WAITING
                raise Deferred(told.format(name=self._now.name))
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self._note, json.dumps({"name": name, "source": asdict(source)}))
            self._launch(name, source)

    def resume(self) -> None:
        with self._changed:
            if self._now is None:
                raise BadInput(NONE)
            if self._now.state != "running":
                self._launch(self._now.name, self._now.source)

    def pause(self) -> None:
        """What has arrived stays."""
        self._end("paused")

    def cancel(self) -> None:
        """Deletes what has arrived."""
        if transfer := self._end(None):
            discard(transfer.source, self._folder)
            self._note.unlink(missing_ok=True)

    def wait(self, seconds: float) -> Transfer | None:
        """How it stands after something changed, or after so long."""
        with self._changed:
            self._changed.wait(seconds)
            return self._now

    def close(self) -> None:
        if self._now and self._now.state == "running":
            self.pause()

    @property
    def _note(self) -> Path:
        """What is being downloaded, while it is not whole."""
        return self._folder / "download.json"

    def _left_over(self) -> Transfer | None:
        try:
            told = json.loads(self._note.read_text(encoding="utf-8"))
            name, source = str(told["name"]), Source(**told["source"])
        except (OSError, ValueError, KeyError, TypeError, BadInput):  # none, or damaged: then it is begun anew
            return None
        return Transfer(name, source, "paused", self._step(source))

    def _step(self, source: Source) -> Step:
        return Step("asking", *so_far(source, self._folder))

    def _launch(self, name: str, source: Source) -> None:
        self._run += 1
        try:
            child = Child("backends.download_main", log=self._log, deliver=partial(self._hear, self._run))
        except OSError as error:
            raise Trouble(f"The download cannot be started ({error}); free memory or disk space.") from error
        child.send({"source": asdict(source), "folder": str(self._folder), "pinned": self._pinned(source)})
        self._child, self._now = child, Transfer(name, source, "running", self._step(source))
        self._changed.notify_all()

    def _end(self, state: State | None) -> Transfer | None:
        """Stops listening to the process, and ends it; raises BadInput if nothing was under way."""
        with self._changed:
            if self._now is None:
                raise BadInput(NONE)
            transfer, child, self._child = self._now, self._child, None
            self._run += 1
            self._now = replace(transfer, state=state, step=self._step(transfer.source), said="") if state else None
            if self._now and transfer.step.total:
                self._now = replace(self._now, step=replace(self._now.step, total=transfer.step.total))
            self._changed.notify_all()
        if child:
            child.close()
        return transfer

    def _hear(self, run: int, message: Json | None) -> None:
        """Runs in the process's reading thread."""
        with self._changed:
            transfer = self._now
            if run != self._run or transfer is None:
                return
            if message is None:
                if transfer.state == "running":
                    reason = self._child.exit_reason() if self._child else "ended"
                    self._now = replace(transfer, state="failed", said=ENDED.format(reason=reason))
            elif "step" in message:
                self._now = replace(transfer, step=Step(**message["step"]))
            elif "error" in message:
                self._now = replace(transfer, state="failed", said=message["error"]["message"])
            if message is None or "fetched" not in message:
                self._changed.notify_all()
                return
        try:
            self._arrived(transfer.name, transfer.source, Fetched(**message["fetched"]))
            self._note.unlink(missing_ok=True)
            left = None
        except (HomegrownError, OSError) as error:  # it cannot be put down that the file is there
            left = replace(transfer, state="failed", said=str(error))
        with self._changed:
            if self._now and (run == self._run or self._now.state == "paused"):  # by a pause that came too late
                self._now = left
            self._changed.notify_all()


def progress(transfer: Transfer) -> str:
    """How far a download is, in a few words."""
    step, left = transfer.step, transfer.seconds_left
    words = DOING[step.doing]
    if step.doing == "loading":
        words = f"{words}: {size(step.done)} of {size(step.total)}"
        if step.rate:
            words += f", {size(step.rate)}/s"
        if left is not None:
            words += f", {_time(left)} left"
    return words


def size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
