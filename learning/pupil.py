"""A base model as nights teach it: the one that serves, or the one that is to serve next."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, replace

from backends.learner import LearnerProcess
from domain import Night, Recipe
from learning.exam_engine import ExamEngine
from personalization.night import Bench, NightProgress, run_night
from personalization.rate import LearningRate
from personalization.schedule import Need
from storage.adapters import Adapters

FOR_THE_NEXT = "For {title}, which is to serve next: {reason}"
KNOWS = "{title} already answers as these lessons ask; it serves from the next reply on."

Tell = Callable[[NightProgress], None]
Wait = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Pupil:
    """`examined` gives the engine of a night's exam: it says what it waits for to the one, and asks the other, which
    waits while somebody is being answered, before each question of an engine that does not see the chats."""

    adapters: Adapters
    start_learner: Callable[[], LearnerProcess]
    recipe_for: Callable[[int], Recipe]  # number of lessons -> recipe
    rate: LearningRate | None
    need: Need
    examined: Callable[[Tell, Wait], AbstractContextManager[ExamEngine]]

    def night(self, bench_for: Callable[[Tell], Bench], tell: Tell, last_input: str | None) -> Night:
        """Its next night; the first one also finds the rate at which it learns."""
        return self.rate.night(bench_for, tell, last_input) if self.rate else run_night(bench_for(tell), last_input)


@dataclass(frozen=True, slots=True)
class Candidate:
    """The base model that is to serve next.

    The nights of whoever `chooses` (a person's id) teach it, while another model serves; `ended` hears of each once
    its report is stored. If it cannot be taught here, their nights go on teaching the model that serves.
    """

    title: str
    pupil: Pupil
    chooses: Callable[[], str]
    ended: Callable[[Night], None]

    def is_taught_to(self, person: str) -> bool:
        return not self.pupil.need.cannot and person == self.chooses()

    def reported(self, night: Night) -> Night:
        """The report of its night: it says which model it is about."""
        known = night.verdict.outcome == "nothing new"
        told = KNOWS.format(title=self.title) if known else self._told(night.verdict.reason)
        return replace(night, verdict=replace(night.verdict, reason=told))

    def _told(self, reason: str) -> str:
        return FOR_THE_NEXT.format(title=self.title, reason=reason)


def passed(night: Night) -> bool:
    """Whether the model may serve after this night: it has learnt the lessons, or knew them already."""
    return night.verdict.serves or night.verdict.outcome == "nothing new"


def on_base(adapters: Adapters, base: str) -> Adapters:
    """The same adapters, as another base model (SHA-256) sees them; locks and what is open are shared."""
    other = copy(adapters)
    other.base = base
    return other
