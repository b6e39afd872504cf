"""The model that is to serve next: it is taught and examined beside the present one, which serves until it passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from backends.engine import Engine
from backends.hardware import Machine
from backends.learner import LearnerProcess
from base_models.bases import Base, base_of
from domain import Night
from errors import BadInput, ModelUnusable
from learning.exam_engine import own_engine
from learning.nights import Nights
from learning.pupil import Candidate, Pupil, on_base, passed
from personalization.schedule import Need
from storage.shelf import BUNDLED, Shelf

REFUSED = "{reason} {old} goes on serving. Choose {title} again to let it try once more, or let it serve at once."
LOST = "{trouble} So {old} goes on serving, and no other model follows it."


class Succession:
    """At most one candidate. It is the owner's: their nights teach it, and decide.

    `serving` tells what serves now, `succeed` lets another base serve, `say` tells the owner how it ended. What is
    kept: the name of the candidate; and that it has passed, by the version that then serves on it.
    """

    def __init__(
        self,
        home: Path,
        shelf: Shelf,
        backend: str,
        machine: Machine,
        nights: Nights,
        serving: Callable[[], Base],
        succeed: Callable[[Base], None],
        say: Callable[[str], None],
    ) -> None:
        self.base: Base | None = None
        self._home, self._backend, self._machine, self._nights = home, backend, machine, nights
        self._serving, self._succeed, self._say = serving, succeed, say
        self._shelf = shelf

    @property
    def cannot(self) -> str:
        """Why the candidate cannot be taught beside the model that serves; "" if it can, or there is none."""
        return self._nights.candidate.pupil.need.cannot if self._nights.candidate else ""

    def wanted(self) -> bool:
        """Whether what serves is worth waiting for: not the bundled model, but one that has learnt the owner."""
        now = self._serving()
        return now.name != BUNDLED and self._grown(now)

    def comes_first(self, base: Base) -> bool:
        """Whether this model is to be taught before it serves: unless it has learnt the owner already."""
        return self.wanted() and not self._grown(base)

    def nominate(self, base: Base) -> None:
        """Makes it the candidate, in place of another. It is kept, also over a restart."""
        self._shelf.nominate(base.name)
        self._take_up(base)

    def withdraw(self) -> None:
        """There is no candidate any more. What a night of it may still come to is not listened to."""
        self.base = self._nights.candidate = None
        if self._shelf.kept().candidate:
            self._shelf.nominate("")

    def running(self) -> bool:
        """Whether a night of the candidate runs."""
        candidate, owner = self._nights.candidate, self._owner()
        return bool(candidate and candidate.is_taught_to(owner) and self._nights.progress(owner))

    def call_off(self) -> None:
        """Breaks off the owner's night."""
        self._nights.cancel(self._owner())

    def resume(self) -> None:
        """At the start: goes on with what was kept."""
        name = self._shelf.kept().candidate
        if not name or name == self._serving().name:
            return
        try:
            self._take_up(base_of(name, self._backend, self._machine, self._home))
        except (BadInput, ModelUnusable) as trouble:
            self._shelf.nominate("")
            self._say(LOST.format(trouble=trouble, old=self._serving().title))

    def has_passed(self) -> bool:
        """Whether it could serve, and something came in between: a kill, or replies that were being written."""
        return self.base is not None and self._grown(self.base)

    def _take_up(self, base: Base) -> None:
        beside = self._beside(base)
        self._nights.candidate = Candidate(base.title, beside, self._owner, partial(self._ended, base))
        self.base = base

    def _beside(self, base: Base) -> Pupil:
        """With an engine of its own, which leaves a graphics card to the one that serves."""
        machine, log = replace(self._machine, offload=False), self._home / "logs"
        own = base_of(base.name, self._backend, machine, self._home).beside(self._serving(), machine)
        options = replace(own.options, gpu_layers=0) if self._machine.offload else own.options
        adapters = on_base(self._nights.adapters, base.digest)

        def engine() -> Engine:
            state, opened = self._home / "engine.json", adapters.opened
            return Engine(self._backend, own.model, options, state, log / "exam-engine.log", opened=opened)

        def learner() -> LearnerProcess:
            return LearnerProcess(self._backend, own.taught, log / "learner.log")

        return Pupil(adapters, learner, own.recipe, own.rate, _with_engine(own), partial(own_engine, engine))

    def _ended(self, base: Base, night: Night) -> None:
        """Runs in the night's thread, while the night still has its place."""
        if self.base is None or self.base.digest != base.digest:  # withdrawn meanwhile
            return
        if passed(night):
            self._succeed(base)
        elif night.verdict.outcome == "refused":
            self.withdraw()
            told = {"reason": night.verdict.reason, "title": base.title, "old": self._serving().title}
            self._say(REFUSED.format(**told))

    def _grown(self, base: Base) -> bool:
        return self._nights.adapters.grown(self._owner(), base.digest)

    def _owner(self) -> str:
        return next((person.id for person in self._nights.store.people() if person.owner), "")


def _with_engine(base: Base) -> Need:
    """What a night of a candidate takes: its engine is not in memory yet, as that of the serving model is."""
    need, engine = base.need, base.plan.bytes if base.plan else 0
    return replace(need, bytes_for=lambda tokens: engine + need.bytes_for(tokens))
