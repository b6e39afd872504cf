"""A reply as it may be passed on while it grows: up to a stop text, without blanks at either end."""

from __future__ import annotations

from collections.abc import Sequence


class Until:
    """Holds back what may turn out to begin a stop text, or to be blanks at the end. `met`: a stop text has come."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._held = ""
        self._begun = False
        self.met = False

    def add(self, text: str) -> str:
        """What may be passed on, now that `text` has been written."""
        if self.met:
            return ""
        held = self._held + text
        places = [place for stop in self._stops if (place := held.find(stop)) >= 0]
        if places:
            self.met, self._held = True, ""
            sure = held[: min(places)].rstrip()
        else:
            sure = held[: len(held) - self._doubtful(held)].rstrip()
            self._held = held[len(sure) :]
        return self._passed_on(sure)

    def rest(self) -> str:
        """What was held back and is sure now that the reply has ended."""
        held, self._held = self._held.rstrip(), ""
        return self._passed_on(held)

    def _passed_on(self, text: str) -> str:
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        return text

    def _doubtful(self, text: str) -> int:
        """Length of the longest end of `text` with which a stop text begins."""
        most = min(len(text), max(map(len, self._stops), default=0))
        return next((n for n in range(most, 0, -1) if any(stop.startswith(text[-n:]) for stop in self._stops)), 0)
