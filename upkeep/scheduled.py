"""Nights that a timer of the system begins while no app runs: only those that are due, and people go first."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NoReturn, TypeVar

from control import ControlServer, Unanswered
from domain import Night, Person, now
from errors import Deferred, Locked, StorageTrouble
from homegrown import Homegrown
from learning.clock import Clock
from personalization.night import NightProgress
from personalization.schedule import IDLE_SECONDS

T = TypeVar("T")
ALONE = "The app is running, and begins its nights itself."
LOCKED = "Nobody's key is here, so nights wait: start the app and sign in; they then run while it does ({names})."
BREAKS_OFF = "A night that the system's timer began is breaking off; try again in a moment."


def due_nights(
    home: Homegrown, people: Sequence[Person], tell: Callable[[NightProgress], None]
) -> list[tuple[Person, Night]]:
    """Runs the nights that are due, after five minutes of looking whether other programs are quiet.

    The engine is started only then. Raises Deferred, with what the first person's night waits for, if there are none,
    Locked if nobody's key is here, or StorageTrouble if nobody's words can be written.
    """
    if home.nights.clocked:
        raise Deferred(ALONE)
    people = _able(home, people)
    home.chat.last_request = time.monotonic() - _since_last_word(home, people).total_seconds()
    waiting = [person for person in people if home.nights.due(person.id, quiet=True).due]
    if not waiting:
        raise Deferred(home.nights.due(people[0].id, quiet=True).reason if people else "Nobody is here yet.")
    Clock(home.nights).listen()
    ready = [person for person in waiting if home.nights.due(person.id).due]
    if not ready:
        raise Deferred(home.nights.due(waiting[0].id).reason)
    home.engine.start()
    return [(person, home.nights.run(person.id, tell)) for person in ready]


def _able(home: Homegrown, people: Sequence[Person]) -> list[Person]:
    """Those whose words can be read and written. Raises Locked or StorageTrouble if that is nobody."""
    here = [person for person in people if not home.people.is_locked(person.id)]
    if people and not here:
        raise Locked(LOCKED.format(names=", ".join(person.name for person in people)))
    troubles = home.store.troubles(*here)
    able = [person for person in here if person.name not in troubles]
    if troubles and not able:
        raise StorageTrouble(" ".join(troubles.values()))
    return able


def making_way(home: Homegrown, work: Callable[[], T]) -> T:
    """Does what a timer began, and breaks it off as soon as a person wants the home; they then come in at once."""

    def leave(wanted: str, given: object, tell: object) -> NoReturn:
        home.nights.close()
        home.engine.close()
        raise Unanswered(BREAKS_OFF)

    desk = ControlServer(home.store.home, leave)
    try:
        return work()
    finally:
        desk.close()


def _since_last_word(home: Homegrown, people: Sequence[Person]) -> timedelta:
    """How long nobody has written; a time in the future, from a clock that was wrong, does not count."""
    words = [talk.updated_at for person in people for talk in home.store.conversations(person.id)]
    past = [now() - word for word in words if word <= now()]
    return min(past, default=timedelta(seconds=IDLE_SECONDS))
