"""A promise of what is learnt, beside what was measured: the figure, how many, what chance leaves open, met or not."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.learning.plan import cells
from bench.learning.results import Line, Lines, share
from personalization.statistics import share_interval


@dataclass(frozen=True, slots=True)
class Goal:
    """`met` None: not measured, or not all of it yet. `interval` of a share, None where there is none.

    Intervals are those of Clopper and Pearson, as if replies were independent of each other; replies of one adapter
    are not, so the truth may lie further off.
    """

    claim: str
    measured: str = ""
    count: str = ""
    interval: tuple[float, float] | None = None
    met: bool | None = None


def judged(found: Any, lines: Lines, kind: str, claim: str, judge: Callable[[], Goal], *kinds: str) -> Goal:
    """The judged goal; without a verdict while a cell of these kinds is missing, and empty if there is nothing yet."""
    if not found:
        return Goal(claim)
    goal = judge()
    missing = [cell for cell in cells() if cell.kind in (kind, *kinds) and cell.name not in lines]
    return Goal(goal.claim, goal.measured, goal.count, goal.interval, None) if missing else goal


def of_shares(claim: str, found: Sequence[Line], mean: float, least: float, which: str = "") -> Goal:
    """A share of replies that must be `least`; `mean` is the one that counts, the interval that of all replies."""
    hits, of = (sum(line["result"][key] for line in found) for key in ("all", "of"))
    return Goal(claim, f"{mean:.0%}{which}", f"{of} replies", share_interval(hits, of), mean >= least)


def pooled(found: Sequence[Line]) -> float:
    """Mean share over cells."""
    return statistics.fmean(share(line["result"]) for line in found)
