"""Exact tests and 95 % intervals for few figures: sign flips of paired changes, shares, areas under the ROC curve."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 20  # 2 ** 20 sign patterns are enumerated; beyond that a seeded sample stands for them
SAMPLED = 100_000
EXACT_SPLITS = 200_000  # ways to choose the thumbs up among all; beyond that a seeded sample, smaller as it is slower
SAMPLED_SPLITS = 20_000
TIE = 1e-12  # sums this close are equal: floating point must not decide
OUTSIDE = 0.05  # chance that an interval misses the truth, half of it on either side
NORMAL = 1.959964  # standard deviations that hold 95 % of a normal distribution
HALVINGS = 50


def sign_flip_p(changes: Sequence[float]) -> float:
    """P(sum >= observed) if each change were as likely to have the other sign (Fisher's randomisation test)."""
    values = np.abs(np.asarray(changes, dtype=np.float64))
    observed = float(np.sum(changes))
    if len(values) <= EXACT_UP_TO:
        sums = np.zeros(1)
        for value in values:
            sums = np.concatenate([sums + value, sums - value])
        return float(np.mean(sums >= observed - TIE))
    sums, random = np.zeros(SAMPLED), np.random.default_rng(0)
    for value in values:
        sums += random.choice((-value, value), SAMPLED)
    return float((1 + np.sum(sums >= observed - TIE)) / (1 + SAMPLED))


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """P(a figure of `high` exceeds one of `low`), ties counted half: 0.5 tells nothing, 1.0 everything."""
    wins = sum((one > other) + 0.5 * (one == other) for one in high for other in low)
    return wins / (len(high) * len(low))


def auc_p(high: Sequence[float], low: Sequence[float]) -> float:
    """P(AUC >= observed) if the figures had been dealt to the two groups by chance (exact permutation test)."""
    ranks, take = _midranks([*high, *low]), len(high)
    observed = float(ranks[:take].sum()) - TIE
    if math.comb(len(ranks), take) <= EXACT_SPLITS:
        splits = itertools.combinations(ranks.tolist(), take)
        return float(np.mean([sum(split) >= observed for split in splits]))
    random = np.random.default_rng(0)
    as_high = sum(float(random.permutation(ranks)[:take].sum()) >= observed for _ in range(SAMPLED_SPLITS))
    return (1 + as_high) / (1 + SAMPLED_SPLITS)


def share_interval(hits: int, of: int) -> tuple[float, float]:
    """Where a true share lies, given `hits` of `of` independent cases: at least 95 % sure (Clopper and Pearson)."""
    if of == 0:
        return 0.0, 1.0
    low = _root(lambda share: _at_least(hits, of, share) - OUTSIDE / 2) if hits > 0 else 0.0
    high = _root(lambda share: OUTSIDE / 2 - (1 - _at_least(hits + 1, of, share))) if hits < of else 1.0
    return low, high


def auc_interval(area: float, high: int, low: int) -> tuple[float, float]:
    """Where a true AUC lies, given that of `high` figures against `low` others: about 95 % sure.

    Newcombe's method 5 (Statistics in Medicine 25, 2006): the areas from which this one is 1.96 standard errors away,
    each with the error that it would have itself. So it is no point where `area` is 0 or 1.
    """
    usual = (high + low) / 2 - 1

    def away(true: float) -> float:
        spread = 1 + usual * ((1 - true) / (2 - true) + true / (1 + true))
        return abs(area - true) - NORMAL * math.sqrt(true * (1 - true) * spread / (high * low))

    rest = 1 - area
    return area * _root(lambda part: -away(part * area)), area + rest * _root(lambda part: away(area + part * rest))


def _at_least(hits: int, of: int, share: float) -> float:
    """P(at least `hits` of `of`), each with probability `share` (above 0, below 1). By logarithms, for large `of`."""
    yes, no, all_orders = math.log(share), math.log1p(-share), math.lgamma(of + 1)
    return math.fsum(
        math.exp(all_orders - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * yes + (of - k) * no)
        for k in range(hits, of + 1)
    )


def _root(rising: Callable[[float], float]) -> float:
    """Where between 0 and 1 a rising function passes 0."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def _midranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs."""
    found = np.asarray(values, dtype=np.float64)
    below = (found[:, None] > found[None, :]).sum(axis=1)
    equal = (found[:, None] == found[None, :]).sum(axis=1)
    return np.asarray(below + (equal + 1) / 2, dtype=np.float64)
