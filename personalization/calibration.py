"""Finds the learning rate that suits a base model: three rates on a bundled suite, judged on lessons not taught."""

from __future__ import annotations

import logging
import math
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from domain import Lesson, Message, Recipe, content_hash
from errors import Refused
from personalization.dataset import refusal_rows, training_rows
from personalization.measure import Examiner
from personalization.night import Bench, NightProgress

FACTORS = (0.5, 1.0, 2.0)  # of the rate that models of this size get
MOST_RISE = 0.01  # share by which the general loss may rise: where the exam begins to warn
LONGEST_SECONDS = 20 * 60.0  # of the training runs together; a machine that needs more has slow nights as it is
FIRST_STEPS = 3  # of the first run: they tell how long all runs will take
TRAINING_SHARE = 0.8  # of the time of a trial; the rest is reading
FINDING = "Finding the learning rate for this model, {number} of {count}"
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)

log = logging.getLogger("homegrown.calibration")


@dataclass(frozen=True, slots=True)
class Suite:
    """Corrections that every model is calibrated on: some are taught, the others have the same habits elsewhere."""

    training: tuple[Lesson, ...]
    test: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a learning rate did to lessons that were not taught (nat per token, mean) and to general loss (share)."""

    rate: float
    margin: float
    likelihood: float
    general: float

    @property
    def harmless(self) -> bool:
        """Nothing else got worse, and the margin grew because what is wanted got likelier, as the exam asks too."""
        return self.general <= MOST_RISE and self.likelihood >= 0 and math.isfinite(self.margin)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The learning rate found for a base model, what was tried, and how many seconds it took."""

    rate: float
    tried: tuple[Trial, ...]
    seconds: float


def suite_of(habits: Mapping[str, Mapping[str, Sequence[Mapping[str, str]]]]) -> Suite:
    """The suite of data/calibration.json: habit -> "training" and "test" -> prompt, reply and correction."""

    def lessons(part: str) -> tuple[Lesson, ...]:
        return tuple(_lesson(entry) for habit in habits.values() for entry in habit[part])

    return Suite(lessons("training"), lessons("test"))


def rates(usual: float) -> list[float]:
    """What is tried around the usual rate of models of this size, the smallest first."""
    return [float(f"{usual * factor:.2g}") for factor in FACTORS]


def best(tried: Sequence[Trial], usual: float) -> float:
    """The harmless rate with the largest sum of margin and likelihood; if none is harmless, the smallest.

    The margin goes with how often a habit is obeyed. Likelihood does not, but it falls as soon as the texts themselves
    are learnt by heart, and then the exam refuses; so both count (docs/log.md).
    """
    harmless = [trial for trial in tried if trial.harmless]
    return max(harmless, key=lambda trial: trial.margin + trial.likelihood).rate if harmless else rates(usual)[0]


def calibration_key(base: str, usual: Recipe, suite: Suite) -> str:
    """Names what a calibration depends on: base, suite, rates, and the recipe but for what differs by machine."""
    values = {
        name: value for name, value in usual.telling().items() if name not in ("learning_rate", "threads", "seed")
    }
    lessons = [[lesson.id for lesson in part] for part in (suite.training, suite.test)]
    return content_hash(["calibration", base, values, rates(usual.learning_rate), MOST_RISE, lessons])


def calibrate(bench: Bench, suite: Suite, usual: Recipe) -> Calibration | None:
    """Tries the rates around that of `usual`, the recipe for this suite; None if it would take too long.

    `bench.tell` hears of it, from share 0 to 1. Nothing stays in the person's folder.
    """
    began = time.monotonic()
    examiner = Examiner(bench.engine, bench.probes)
    general = sum(examiner.base_figures(bench.shelf).nll)
    before = [examiner.read(lesson, None) for lesson in suite.test]
    tried, wanted = [], rates(usual.learning_rate)
    for number, rate in enumerate(wanted):
        folder = bench.adapters.stage(bench.person)
        try:
            if not _train(bench, suite, replace(usual, learning_rate=rate), folder, number, len(wanted)):
                return None
            after = [examiner.read(lesson, folder) for lesson in suite.test]
            pairs = list(zip(before, after, strict=True))
            tried.append(
                Trial(
                    rate,
                    statistics.fmean((new.margin or 0.0) - (old.margin or 0.0) for old, new in pairs),
                    statistics.fmean(new.likelihood - old.likelihood for old, new in pairs),
                    sum(examiner.general([folder])) / general - 1,
                )
            )
        except Refused as astray:  # a rate too large for this model is an answer, too
            log.info("rate %g: %s", rate, astray)
        finally:
            bench.adapters.discard(folder)
    bench.seconds["learning rate"] = round(time.monotonic() - began, 1)
    return Calibration(best(tried, usual.learning_rate), tuple(tried), bench.seconds["learning rate"])


def _train(bench: Bench, suite: Suite, recipe: Recipe, folder: Path, number: int, count: int) -> bool:
    """One run; False, and broken off, if its first steps say that all runs would take too long."""
    words = bench.engine.encode, bench.engine.encode_reply
    rows = training_rows(suite.training, *words) + refusal_rows(bench.probes.refusals, *words)
    anchors = [bench.engine.encode_text(text) for text in bench.probes.anchors]
    phase = FINDING.format(number=number + 1, count=count)
    bench.tell(NightProgress(phase, number / count))
    for progress in bench.learner.train(rows, anchors, recipe, folder):
        if (number, progress.step) == (0, FIRST_STEPS) and count * progress.seconds_left > LONGEST_SECONDS:
            return False
        share = (number + TRAINING_SHARE * progress.step / progress.steps) / count
        bench.tell(NightProgress(phase, share, loss=progress.loss))
    return True


def _lesson(entry: Mapping[str, str]) -> Lesson:
    prompt, reply, correction = entry["prompt"], entry["reply"], entry["correction"]
    name = content_hash([prompt, reply, correction])
    return Lesson(name, (Message("user", prompt),), correction, (reply,), 1.0, (), (), WRITTEN, "correction")
