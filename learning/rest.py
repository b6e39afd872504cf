"""Lets the model rest when nobody has used it for a while: its memory is free until somebody types or asks again."""

from __future__ import annotations

from backends.engine import Engine
from errors import BadInput, Deferred
from learning.place import Place
from storage.chosen import Chosen

MINUTES = 15  # unless something else is chosen; 0: never
LONGEST = 24 * 60
NAME = "rest_minutes"

NO_TIME = "The model rests after a whole number of minutes from 0 (never) to {longest}; choose one of these."
IN_USE = "The model is in use; try again when the reply, or the night, is over."


class Rest:
    """Never while a reply is written, or a night, an exam or a change of the model has its place."""

    def __init__(self, engine: Engine, place: Place, chosen: Chosen, given: int | None = None) -> None:
        """`given`: minutes asked for at this start, before what was chosen on the page."""
        self._engine, self._place, self._chosen, self._given = engine, place, chosen, given

    @property
    def minutes(self) -> int:
        """Without use, after which it rests; 0: never."""
        kept = self._chosen.get(NAME) if self._given is None else self._given
        return kept if kept is not None and 0 <= kept <= LONGEST else MINUTES

    def choose(self, minutes: int) -> None:
        """From now on, also after a restart. Raises BadInput."""
        if not 0 <= minutes <= LONGEST:
            raise BadInput(NO_TIME.format(longest=LONGEST))
        self._chosen.put(NAME, minutes)
        self._given = None

    def look(self) -> None:
        """To be called about twice a minute."""
        if self.minutes and not self._place.taken:
            self._engine.rest(60.0 * self.minutes)

    def now(self) -> None:
        """Gives the memory back at once. Raises Deferred while the model is in use."""
        if self._place.taken or self._engine.status().state != "ready":
            raise Deferred(IN_USE)
        self._engine.rest()
