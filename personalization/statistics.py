"""Exact tests for few figures: sign flips of paired changes, and the area under the ROC curve with its permutations."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 20  # 2 ** 20 sign patterns are enumerated; beyond that a seeded sample stands for them
SAMPLED = 100_000
EXACT_SPLITS = 200_000  # ways to choose the thumbs up among all; beyond that a seeded sample, smaller as it is slower
SAMPLED_SPLITS = 20_000
TIE = 1e-12  # sums this close are equal: floating point must not decide


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


def _midranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs."""
    found = np.asarray(values, dtype=np.float64)
    below = (found[:, None] > found[None, :]).sum(axis=1)
    equal = (found[:, None] == found[None, :]).sum(axis=1)
    return np.asarray(below + (equal + 1) / 2, dtype=np.float64)
