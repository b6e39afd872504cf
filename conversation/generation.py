"""A reply being written: it goes on when the page that asked for it is closed, and any page may watch it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain import Turn

UPDATES_PER_SECOND = 20  # more would cost the browser more than a reader sees


@dataclass(eq=False, slots=True)
class Asking:
    """A question outside any conversation, while it is answered. `cancel` ends what the engine does for it."""

    person: str
    cancel: threading.Event
    hushed: bool = False  # its person has left: nothing more may be told
    over: threading.Event = field(default_factory=threading.Event)


class Generation:
    """The state of one reply, shared by the thread that writes it and the pages that watch it."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._place = 0
        self._read = 0.0
        self._changed = threading.Condition()
        self._done = False
        self.cancel = threading.Event()

    @property
    def turn(self) -> Turn:
        return self._turn

    @property
    def place(self) -> int:
        """How many others are served before this one."""
        return self._place

    @property
    def read(self) -> float:
        """The share of the prompt that the model has read, from 0 to 1, as far as it was told."""
        return self._read

    @property
    def done(self) -> bool:
        return self._done

    def show(self, turn: Turn, *, done: bool = False) -> None:
        with self._changed:
            self._turn = turn
            self._done = self._done or done
            self._changed.notify_all()

    def wait_at(self, place: int) -> None:
        with self._changed:
            self._place = place
            self._changed.notify_all()

    def read_to(self, share: float) -> None:
        with self._changed:
            self._read = share
            self._changed.notify_all()

    def watch(self) -> Iterator[Turn]:
        """The turn as it grows, at most 20 times a second, last as it ended."""
        shown: tuple[Turn, int, float] | None = None
        while True:
            with self._changed:
                while not self._done and shown == (self._turn, self._place, self._read):
                    self._changed.wait()
                shown, done = (self._turn, self._place, self._read), self._done
            yield shown[0]
            if done:
                return
            time.sleep(1 / UPDATES_PER_SECOND)

    def result(self) -> Turn:
        """The finished turn; waits for it."""
        with self._changed:
            self._changed.wait_for(lambda: self._done)
            return self._turn
