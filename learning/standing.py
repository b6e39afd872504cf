""" "How am I doing?": the exam of the version that serves, sat beside the chats as a night is, and how it ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from domain import Verdict
from errors import Deferred, HomegrownError, NothingToLearn
from learning.nights import Nights
from personalization.night import NOT_GROWN, NightProgress, examine

CALLED_OFF = "The exam was called off."
DEFECT = "Something went wrong in Homegrown itself; see the log."

log = logging.getLogger("homegrown.standing")


class Standing:
    """Takes the place of a night: one of both at a time, with the same progress, called off by `Nights.cancel`.

    Leaving the page changes nothing: it goes on, chats go first, and what came out is there when the person is back.
    """

    def __init__(self, nights: Nights) -> None:
        self._nights = nights
        self._verdicts: dict[str, tuple[str, Verdict]] = {}  # person -> what was examined, and what came out
        self._said: dict[str, str] = {}
        self._sitting: set[str] = set()

    def verdict(self, person: str) -> Verdict | None:
        """The last exam of the version that serves, while the app runs; None if there was none."""
        version, verdict = self._verdicts.get(person, ("", None))
        return verdict if version == self._nights.adapters.current(person)[0] else None

    def said(self, person: str) -> str:
        """Why the last exam ended without a verdict; "" if it did not."""
        return self._said.get(person, "")

    def sitting(self, person: str) -> bool:
        return person in self._sitting

    def start(self, person: str) -> None:
        """Begins the exam in a thread. Raises NothingToLearn or Deferred."""
        self._nights.place.take(person, "An exam", self._check)
        self._sitting.add(person)
        threading.Thread(target=self._run_quietly, args=(person,), name="exam", daemon=True).start()

    def run(self, person: str, tell: Callable[[NightProgress], None] = lambda progress: None) -> Verdict:
        """The exam in this thread. Raises NothingToLearn, Deferred, or what broke it off."""
        self._nights.place.take(person, "An exam", self._check)
        return self._run(person, tell)

    def _check(self, person: str) -> None:
        if self._nights.adapters.current(person)[1] is None:
            raise NothingToLearn(NOT_GROWN)

    def _run(self, person: str, tell: Callable[[NightProgress], None]) -> Verdict:
        self._said.pop(person, None)
        self._verdicts.pop(person, None)
        try:
            version = self._nights.adapters.current(person)[0]
            verdict = examine(self._nights.exam_bench(person, self._nights.place.teller(person, tell)))
            self._verdicts[person] = (version, verdict)
            return verdict
        except HomegrownError as error:
            if self._nights.place.called_off():
                self._said[person] = CALLED_OFF
                raise Deferred(CALLED_OFF) from error
            self._said[person] = str(error)
            raise
        finally:
            self._sitting.discard(person)
            self._nights.place.leave(person)

    def _run_quietly(self, person: str) -> None:
        """Without anybody to raise to: what went wrong stands on the page and in the log."""
        try:
            self._run(person, lambda progress: None)
        except HomegrownError as error:
            log.info("no exam for %s: %s", person, error)
        except Exception:
            self._said[person] = DEFECT
            log.exception("the exam of %s failed", person)
