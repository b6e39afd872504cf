"""Which lessons an exam can judge: pairs by their margin, lone thumbs by telling up from down; how many it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain import Lesson
from personalization.exam import GAIN_FEWEST, THUMBS_FEWEST


@dataclass(frozen=True, slots=True)
class Evidence:
    """`pairs` say what is better than what; `ups` and `downs` are lone thumbs."""

    pairs: tuple[Lesson, ...]
    ups: tuple[Lesson, ...]
    downs: tuple[Lesson, ...]

    @property
    def thumbs(self) -> tuple[Lesson, ...]:
        """The lone thumbs if there are enough of both kinds to judge them, else none."""
        enough = min(len(self.ups), len(self.downs)) >= THUMBS_FEWEST
        return (*self.ups, *self.downs) if enough else ()

    @property
    def gain_decides(self) -> bool:
        return len(self.pairs) >= GAIN_FEWEST

    @property
    def enough(self) -> bool:
        return self.gain_decides or bool(self.thumbs)

    def missing(self) -> str:
        """What there is of what an exam needs, in a sentence that goes on."""
        ups, downs = (f"{len(thumbs)} of {THUMBS_FEWEST}" for thumbs in (self.ups, self.downs))
        thumbs = f" (or {ups} thumbs up and {downs} down)" if self.ups or self.downs else ""
        return f"{len(self.pairs)} of {GAIN_FEWEST} new corrections so far{thumbs}"


def evidence(lessons: Iterable[Lesson]) -> Evidence:
    found = list(lessons)
    return Evidence(
        pairs=tuple(lesson for lesson in found if lesson.chosen is not None and lesson.rejected),
        ups=tuple(lesson for lesson in found if lesson.signal == "up" and not lesson.rejected),
        downs=tuple(lesson for lesson in found if lesson.chosen is None),
    )
