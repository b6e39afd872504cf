"""What the learning suite measures: every cell of it, by name, in an order that shows the most first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench import habits

DOSES = (2, 4, 8, 16, 32)
SEEDS = (0, 1, 2)
FEW = (("sign-off",), ("bullets",), ("lower-case",))  # the habits that are measured with several seeds
AGAIN = (*FEW, ("address",), ("question",), ("mate",))  # those that have a second night, on other topics
CARRIED = "carry-over"  # needs a second model, which no installation brings

# Spoilt in what way -> how often it is tried, and seconds of one try. Together at least 60 tries that must not publish.
SABOTAGES = {
    "swapped labels": (7, 135),
    "broken weights": (7, 130),
    "learning rate x 50": (7, 135),
    "poisoned refusals": (7, 140),
    "swapped tokenizer": (7, 135),
    "garbage replies": (7, 140),
    "down only": (9, 1),
    "empty probes": (9, 5),
    "one lesson x 100": (3, 200),  # no attack but a clumsiness: it may publish
}
# Seconds of one cell on two idle cores (of one try: SABOTAGES). Each run of the suite adds two minutes: it loads the
# model twice, measures the base's figures, and lets one model grow that sabotage must not touch.
SECONDS = {
    "night": 190,
    "thumbs": 245,
    "pairs": 50,
    "prompt": 110,
    "ownership": 35,
    "dose": 33,
    "swapped": 33,
    "no anchors": 65,
    "ten nights": 2700,
    "forgetting": 90,
    CARRIED: 400,
}
LONG_DOSE = 25  # seconds more that 32 rows take: twice the steps
SHARED_DOSE = 8  # seconds if the night before has trained the same


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement. `kind` names a function of measure.py, `given` its arguments; `name` says both."""

    kind: str
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return " ".join([self.kind, *(f"{key}={value}" for key, value in sorted(self.given.items()))])

    @property
    def seconds(self) -> float:
        """An estimate."""
        if self.kind == "sabotage":
            return SABOTAGES[self.given["how"]][1]
        if self.kind == "dose" and (self.given["count"], self.given["seed"]) == (8, 0):
            return SHARED_DOSE
        return SECONDS[self.kind] + (LONG_DOSE if self.given.get("count") == max(DOSES) else 0)


def cells() -> list[Cell]:
    """All cells, each once."""
    found = {cell.name: cell for cell in _all()}
    return list(found.values())


def _all() -> Iterator[Cell]:
    single = [(name,) for name in habits.HABITS]
    # Honest nights: one habit by 8 corrections (its adapter serves for the next three cells, too), personas, thumbs.
    yield Cell("ownership", {"persona": ()})
    for one in single:
        yield Cell("night", {"persona": one, "count": 8, "seed": 0})
        yield Cell("prompt", {"persona": one, "count": 8})
        yield Cell("ownership", {"persona": one})
        yield Cell("dose", {"persona": one, "count": 8, "seed": 0})
    yield from (Cell("night", {"persona": two, "count": 5, "seed": 0}) for two in habits.PERSONAS_OF_TWO)
    yield from (Cell("night", {"persona": three, "count": 16, "seed": 0}) for three in habits.PERSONAS_OF_THREE)
    yield Cell("forgetting")
    yield from (Cell(CARRIED, {"persona": one, "count": 8}) for one in FEW)
    # Nights that must not publish.
    for how, (times, _) in SABOTAGES.items():
        tried = [{"how": how, "persona": one, "seed": seed} for seed in SEEDS for one in FEW]
        yield from (Cell("sabotage", given) for given in tried[:times])
    yield Cell("ten nights")
    yield from (Cell("thumbs", {"persona": one, "ups": 12, "downs": 12}) for one in single)
    yield from (Cell("night", {"persona": one, "count": 8, "seed": 1}) for one in AGAIN)
    yield from (Cell("night", {"persona": one, "count": 8, "seed": 2}) for one in FEW)
    # What the figures depend on, without exam.
    yield from (Cell("pairs", {"persona": one, "count": 12}) for one in single)
    for one in single:
        for seed in SEEDS if one in FEW else SEEDS[:1]:
            yield from (Cell("dose", {"persona": one, "count": count, "seed": seed}) for count in DOSES)
    for one in FEW:
        yield from (Cell("swapped", {"persona": one, "count": count}) for count in DOSES)
        yield Cell("no anchors", {"persona": one, "count": 16})
