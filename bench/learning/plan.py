"""What the learning suite measures: every cell of it, by name, in an order that shows the most first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench import habits

SEEDS = (0, 1, 2)
DOSES = (2, 4, 8, 16, 32)
FEW = (("sign-off",), ("bullets",), ("lower-case",))  # the habits that are measured with several seeds
SABOTAGES = (
    "swapped labels",
    "broken weights",
    "learning rate x 50",
    "down only",
    "one lesson x 100",
    "poisoned refusals",
    "swapped tokenizer",
    "empty probes",
    "garbage replies",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement. `kind` names a function of measure.py, `given` its arguments; `name` says both."""

    kind: str
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return " ".join([self.kind, *(f"{key}={value}" for key, value in sorted(self.given.items()))])


def cells() -> list[Cell]:
    """All cells, each once."""
    found = {cell.name: cell for cell in _all()}
    return list(found.values())


def _all() -> Iterator[Cell]:
    single = [(name,) for name in habits.HABITS]
    # Honest nights: one habit by 8 corrections, personas, the other signals.
    yield from (Cell("night", {"persona": one, "count": 8, "seed": 0}) for one in single)
    yield from (Cell("night", {"persona": two, "count": 5, "seed": 0}) for two in habits.PERSONAS_OF_TWO)
    yield from (Cell("night", {"persona": three, "count": 16, "seed": 0}) for three in habits.PERSONAS_OF_THREE)
    yield from (Cell("thumbs", {"persona": one, "ups": 12, "downs": 12}) for one in single)
    yield from (Cell("pairs", {"persona": one, "count": 12, "seed": 0}) for one in single)
    yield from (Cell("prompt", {"persona": one, "count": 8}) for one in single)
    # Nights that must not publish, and their honest twins.
    for seed in SEEDS:
        for one in FEW:
            yield from (Cell("sabotage", {"how": how, "persona": one, "seed": seed}) for how in SABOTAGES)
    yield from (Cell("night", {"persona": one, "count": 8, "seed": seed}) for seed in SEEDS[1:] for one in single)
    # What the figures depend on.
    yield from (Cell("no anchors", {"persona": one, "count": 16}) for one in FEW)
    for count in DOSES:
        yield from (Cell("dose", {"persona": one, "count": count, "seed": seed}) for one in FEW for seed in SEEDS)
        yield from (
            Cell("dose", {"persona": one, "count": count, "seed": 0})
            for one in [one for one in single if one not in FEW]
        )
    yield Cell("ten nights")
    yield Cell("forgetting")
