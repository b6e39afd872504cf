"""The learning rate of a base model, and where it comes from: the law for its size, shipped with it, or found here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Literal

from domain import Check, Night, Recipe
from personalization.calibration import LONGEST_SECONDS, Calibration, Suite, Trial, calibrate, calibration_key
from personalization.measure import Shelf
from personalization.night import Bench, NightProgress, run_night
from personalization.recipe import learning_rate, recipe_for

Source = Literal["law", "shipped", "calibrated"]

SHARE = 0.4  # of a first night that is spent on finding the rate
FOUND = "This model learns with the rate {rate:g}, chosen among {count} that were tried on it."
TOO_SLOW = (
    "Finding the learning rate of this model would take this machine more than {minutes:.0f} minutes, "
    "so the one that is usual for its size was used: {rate:g}."
)

Tell = Callable[[NightProgress], None]


class LearningRate:
    """Of one base model (`base`: SHA-256 of its weights). `shipped` holds calibrations by base, of any recipe."""

    def __init__(
        self, base: str, parameters: int, threads: int, suite: Suite, shelf: Shelf, shipped: Mapping[str, Any]
    ) -> None:
        self.parameters, self._threads = parameters, threads
        self._suite, self._shelf = suite, shelf
        self.key = calibration_key(base, self._usual(), suite)
        kept = shipped.get(base, {})
        self.calibration = _read(kept) if kept.get("key") == self.key else None
        self.source: Source = "shipped" if self.calibration else "law"
        if not self.calibration and (kept := shelf.get(self.key)):
            self.calibration, self.source = _read(kept), "calibrated"

    @property
    def known(self) -> bool:
        return self.calibration is not None

    def recipe(self, lessons: int) -> Recipe:
        """The recipe of a night with so many lessons."""
        rate = self.calibration.rate if self.calibration else None
        return recipe_for(self.parameters, lessons, self._threads, rate=rate)

    def find(self, bench: Bench) -> Check:
        """Calibrates, which takes minutes, and keeps what was found; the check tells the person about it."""
        found = calibrate(bench, self._suite, self._usual())
        if found is None:
            text = TOO_SLOW.format(minutes=LONGEST_SECONDS / 60, rate=learning_rate(self.parameters))
            return Check("learning rate", None, text)
        self._shelf.put(self.key, asdict(found))
        self.calibration, self.source = found, "calibrated"
        return Check("learning rate", None, FOUND.format(rate=found.rate, count=len(found.tried)), found.rate)

    def night(self, bench_for: Callable[[Tell], Bench], tell: Tell, last_input: str | None) -> Night:
        """run_night(); before the first night of a base model its rate is found, and the report says so."""
        if self.known:
            return run_night(bench_for(tell), last_input)
        bench = bench_for(_part(tell, 0.0, SHARE))
        found = self.find(bench)
        night = run_night(bench_for(_part(tell, SHARE, 1.0)), last_input)
        verdict = replace(night.verdict, checks=(*night.verdict.checks, found))
        return replace(night, verdict=verdict, seconds={**bench.seconds, **night.seconds})

    def told(self) -> dict[str, Any]:
        """JSON-able, for the machine page: the rate, its source, and how many were tried for it."""
        tried = len(self.calibration.tried) if self.calibration else 0
        return {"rate": self.recipe(1).learning_rate, "source": self.source, "tried": tried}

    def _usual(self) -> Recipe:
        return recipe_for(self.parameters, len(self._suite.training), self._threads)


def _part(tell: Tell, first: float, last: float) -> Tell:
    """Tells a whole from 0 to 1 as the part of a night between `first` and `last`."""
    return lambda progress: tell(replace(progress, share=first + (last - first) * progress.share))


def _read(kept: Mapping[str, Any]) -> Calibration:
    return Calibration(kept["rate"], tuple(Trial(**trial) for trial in kept["tried"]), kept["seconds"])
