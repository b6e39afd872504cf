"""How long a process has said nothing that should: it may then be stuck for good."""

from __future__ import annotations

import time

TICK_S = 0.5  # how often silence is looked at


class Silence:
    """A process at work may be silent for `hang_seconds`, one that loads for `start_seconds`."""

    def __init__(self, hang_seconds: float, start_seconds: float) -> None:
        self._hang_seconds, self._start_seconds = hang_seconds, start_seconds
        self.tick = min(TICK_S, hang_seconds / 4)
        self._looked, self._lasted = time.monotonic(), 0.0

    def heard(self) -> None:
        self._lasted = 0.0

    def too_long(self, starting: bool, working: bool) -> float | None:
        """The seconds that were allowed, if they are over; None if not. To be asked at each tick."""
        now = time.monotonic()
        # A tick at a time at most: the hours that a laptop sleeps are not silence.
        self._lasted = self._lasted + min(now - self._looked, TICK_S) if starting or working else 0.0
        self._looked = now
        limit = self._start_seconds if starting else self._hang_seconds
        return limit if self._lasted > limit else None
