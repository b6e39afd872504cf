"""The one place in a home for a night, an exam or a change of the model: who has it, how far it is, calling it off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from errors import Deferred
from personalization.night import NightProgress

LOOK_SECONDS = 0.1  # while somebody goes first
CALLED_OFF = "The night was called off; nothing was changed."


class Place:
    """Can be used from any thread. `closing` is set when the app ends: the place is not given any more."""

    def __init__(self) -> None:
        self.doing = ""  # what has the place, or had it last
        self.closing = threading.Event()
        self._busy = threading.Lock()
        self._progress: dict[str, NightProgress] = {}
        self._called_off = threading.Event()

    def progress(self, person: str) -> NightProgress | None:
        """How far it is, if it is this person's."""
        return self._progress.get(person)

    @property
    def taken(self) -> bool:
        return self._busy.locked()

    def take(self, person: str, doing: str, check: Callable[[str], None] = lambda person: None) -> None:
        """Takes it, if `check` raises nothing; `leave` gives it back. Raises Deferred while something else has it."""
        if self.closing.is_set():
            raise Deferred(CALLED_OFF)
        if not self._busy.acquire(blocking=False):
            raise Deferred(f"{self.doing} is running; try again when it is over.")
        try:
            self.doing = doing
            check(person)
        except BaseException:
            self._busy.release()
            raise
        self._called_off.clear()
        self._progress[person] = NightProgress("Waking up", 0.0)

    def leave(self, person: str) -> None:
        self._progress.pop(person, None)
        self._busy.release()

    def call_off(self, person: str) -> bool:
        """Breaks off what a person has it for; False if that is nothing."""
        if person in self._progress:
            self._called_off.set()
            return True
        return False

    def called_off(self) -> bool:
        """Whether what has the place, or had it last, was called off."""
        return self._called_off.is_set()

    def go_on(self) -> None:
        """Raises Deferred once it is called off."""
        if self._called_off.is_set():
            raise Deferred(CALLED_OFF)

    def wait_while(self, busy: Callable[[], bool]) -> None:
        """Lets others go first. Raises Deferred once it is called off."""
        self.go_on()
        while busy():
            time.sleep(LOOK_SECONDS)
            self.go_on()

    def teller(self, person: str, tell: Callable[[NightProgress], None]) -> Callable[[NightProgress], None]:
        """Passes progress on to the pages and to `tell`. Raises Deferred once it is called off."""

        def told(progress: NightProgress) -> None:
            self.go_on()
            self._progress[person] = progress
            tell(progress)

        return told

    def close(self) -> list[str]:
        """No place is given from now on; returns whose it is at present."""
        self.closing.set()
        return list(self._progress)
