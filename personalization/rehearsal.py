"""The exam of one set of candidates: what they are compared with, what they are asked, the checks in their order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from domain import Check, Lesson
from errors import BadInput
from personalization.at_once import exchanges, reminders
from personalization.evidence import Evidence, evidence
from personalization.exam import (
    GAIN_SURE,
    KNOWN_SHARE,
    THUMBS_P,
    control_check,
    cross_fit_check,
    degeneration_check,
    gain_check,
    general_check,
    retention_check,
    rival_check,
    safety_check,
    share_positive,
    slices_check,
    thumbs_check,
    weights_check,
)
from personalization.measure import Examiner, Figures, Reading
from personalization.slices import slices
from personalization.statistics import auc, auc_interval, auc_p, share_interval

RIVAL_TOKENS = 512  # of lessons in the rival's prompt: what a small model's window can spare

INTERVAL = "95 % interval"

Readings = Mapping[str, Reading]  # lesson id -> reading


@dataclass(frozen=True, slots=True)
class Standard:
    """What candidates are measured against: `before` under the version that serves, `base` under the base model.

    `new` is what that version has not learnt, `pairs` are all lessons with a margin; `stored` are the cross-fit
    margins of the lessons it has learnt.
    """

    new: Evidence
    pairs: tuple[Lesson, ...]
    before: Readings
    base: Readings
    stored: Mapping[str, float]

    @property
    def examined(self) -> tuple[Lesson, ...]:
        return (*self.pairs, *self.new.thumbs)

    def known(self) -> bool:
        """Whether the version that serves already answers as the new lessons ask.

        Of a pair both must hold: the mean per token alone is deceived by a form whose marks are easy to predict, the
        whole text alone by a shorter one.
        """
        if not self.new.gain_decides:
            return self._score((), self.before) >= KNOWN_SHARE
        readings = [self.before[pair.id] for pair in self.new.pairs]
        held = sum((found.margin or 0.0) > 0 and (found.odds or 0.0) > 0 for found in readings)
        return held >= KNOWN_SHARE * len(readings)

    def score(self, readings: Readings) -> float:
        """The figure that decides, 0 to 1: share of pairs that are kept, or how well up is told from down."""
        return self._score(self.pairs, readings)

    def checks(self, readings: Readings) -> list[Check]:
        """f to h, for readings of lessons by candidates that have not seen them."""
        old = [lesson for lesson in self.pairs if lesson.id in self.stored]
        known = {**{lesson.id: self.stored[lesson.id] for lesson in old}, **margins(self.new.pairs, self.before)}
        return [
            retention_check([self.stored[lesson.id] for lesson in old], _margins(old, readings)),
            self._gain(readings),
            self._told_apart(readings),
            slices_check(known, margins(self.pairs, readings), slices(self.pairs)),
            within(cross_fit_check(_margins(self.pairs, readings)), _margins(self.pairs, readings)),
        ]

    def sure(self, readings: Readings) -> bool:
        """Whether there was enough to exclude chance at p <= 0.01; what passes with less is provisional."""
        if self.new.gain_decides:
            return len(self.new.pairs) >= GAIN_SURE
        return auc_p(*self._thumbs(readings)) <= THUMBS_P

    def told(self, readings: Readings) -> str:
        """What the new lessons showed, for the reason of a verdict."""
        if not self.new.gain_decides:
            area = self.score(readings)
            return f"thumbs up told from thumbs down in {area:.0%} of comparisons ({self._of_thumbs(area)})"
        pairs = self.new.pairs
        early, late = (_margins(pairs, found) for found in (self.before, readings))
        better = sum(after > before for before, after in zip(early, late, strict=True))
        return f"better in {better} of {len(pairs)} ({interval(share_interval(better, len(pairs)))})"

    def _gain(self, readings: Readings) -> Check:
        pairs = self.new.pairs
        if not self.new.gain_decides:
            return Check("gain", None, f"{len(pairs)} new corrections are too few to judge by; the thumbs decide.")
        early, late = (_margins(pairs, found) for found in (self.before, readings))
        changes = [after - before for before, after in zip(early, late, strict=True)]
        likelihoods = [readings[pair.id].likelihood - self.before[pair.id].likelihood for pair in pairs]
        return gain_check(changes, likelihoods)

    def _told_apart(self, readings: Readings) -> Check:
        if not self.new.thumbs:
            text = f"{len(self.new.ups)} new thumbs up and {len(self.new.downs)} down are too few to judge by."
            return Check("thumbs", None, text)
        check = thumbs_check(*self._thumbs(readings), decides=not self.new.gain_decides)
        return check if check.value is None else _with(check, self._of_thumbs(check.value))

    def _of_thumbs(self, area: float) -> str:
        ups, downs = len(self.new.ups), len(self.new.downs)
        return f"{ups} up, {downs} down; {interval(auc_interval(area, ups, downs))}"

    def _score(self, pairs: Sequence[Lesson], readings: Readings) -> float:
        if self.new.gain_decides:
            return share_positive(_margins(pairs, readings))
        return auc(*self._thumbs(readings))

    def _thumbs(self, readings: Readings) -> tuple[list[float], list[float]]:
        """How far each new reply with a lone thumb rose over the base, up and down."""
        ups, downs = (
            [readings[lesson.id].likelihood - self.base[lesson.id].likelihood for lesson in lessons]
            for lessons in (self.new.ups, self.new.downs)
        )
        return ups, downs


def standard(
    examiner: Examiner, lessons: Sequence[Lesson], manifest: Mapping[str, Any] | None, serving: Path | None
) -> Standard:
    """Sorts lessons into old and new ones, and measures the new ones before anything is trained."""
    new = unlearnt(lessons, manifest)
    stored = manifest.get("margins", {}) if manifest else {}
    before = {lesson.id: examiner.read(lesson, serving) for lesson in (*new.pairs, *new.thumbs)}
    base = before if serving is None else {lesson.id: examiner.read(lesson, None) for lesson in new.thumbs}
    return Standard(new, evidence(lessons).pairs, before, base, stored)


def unlearnt(lessons: Sequence[Lesson], manifest: Mapping[str, Any] | None) -> Evidence:
    """What there is to examine among the lessons that a version (its manifest; None: the base) has not learnt."""
    learnt = set(manifest["lessons"]) if manifest else set()
    return evidence(lesson for lesson in lessons if lesson.id not in learnt)


def regression(
    examiner: Examiner, candidates: Sequence[Path], base: Figures, figures: Figures, lessons: Sequence[Lesson]
) -> list[Check]:
    """a to e: the checks that nothing got worse."""
    return [weights_check(examiner.effect(candidates)), *compared(base, figures, lessons)]


def compared(base: Figures, figures: Figures, lessons: Sequence[Lesson]) -> list[Check]:
    """b to e. The base compared with itself fails only where there is nothing to compare: a probe set is empty."""
    return [
        general_check(base.nll, figures.nll),
        control_check(base.control, figures.control),
        safety_check(base.safety, figures.safety),
        degeneration_check(base.answers, figures.answers, [lesson.chosen for lesson in lessons if lesson.chosen]),
    ]


def rival(examiner: Examiner, parts: Sequence[Sequence[Lesson]]) -> Check:
    """Each pair under the base model that has the lessons of the other parts in its prompt; a request a part."""

    def count(text: str) -> int:
        return len(examiner.engine.encode_text(text))

    found: list[float | None] = []
    try:
        for part in parts:
            others = [lesson for other in parts if other is not part for lesson in other if lesson.chosen is not None]
            if pairs := evidence(part).pairs:
                shown = exchanges(reminders(others, RIVAL_TOKENS, count))
                found += [reading.margin for reading in examiner.read_told(pairs, shown)]
    except BadInput as error:  # a figure for comparison must not cost the night
        return Check("rival", None, f"The base model could not be told the lessons instead: {error}")
    known = [margin for margin in found if margin is not None]
    return within(rival_check(known), known)


def remembered(cross_fit: Mapping[str, float]) -> Check:
    """Measured only: what the cross-fit of a version's own night came to (lesson id -> margin), told again later."""
    found = list(cross_fit.values())
    told = within(cross_fit_check(found), found)
    return replace(told, sentence=f"In the night that made it: {told.sentence}")


def within(check: Check, margins: Sequence[float]) -> Check:
    """The check of a share, with what the few lessons leave open. They are taken as independent of each other."""
    if not margins:
        return check
    return _with(check, interval(share_interval(sum(margin > 0 for margin in margins), len(margins))))


def interval(ends: tuple[float, float]) -> str:
    """Rounded outwards, never better than it is."""
    low, high = ends
    return f"{INTERVAL} {math.floor(100 * low)} to {math.ceil(100 * high)} %"


def margins(lessons: Sequence[Lesson], readings: Readings) -> dict[str, float]:
    return dict(zip((lesson.id for lesson in lessons), _margins(lessons, readings), strict=True))


def _margins(lessons: Sequence[Lesson], readings: Readings) -> list[float]:
    found = [readings[lesson.id].margin for lesson in lessons]
    return [margin for margin in found if margin is not None]


def _with(check: Check, more: str) -> Check:
    return replace(check, sentence=f"{check.sentence.removesuffix('.')} ({more}).")
