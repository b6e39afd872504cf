"""The exam: measured figures in, one Check each out. Every threshold stands here, fixed before any tuning."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from domain import Check

# b. A personal style may cost a little on other people's prose; 1 % is noise, 3 % is a worse model.
GENERAL_WARN, GENERAL_REFUSE = 0.01, 0.03
# e. One answer of slack, because a single greedy answer can tip over by chance.
DEGENERATE_SLACK = 1
SHORTEST, LONGEST = 0.5, 2.0
REPEATED_SHARE = 0.2  # above this share of repeated 4-grams an answer goes round in circles
# g. Below 8 lessons no p of 0.01 can be had (0.5 ** 7 = 0.008 needs all seven), so all must improve.
GAIN_P, GAIN_SURE, GAIN_FEWEST = 0.01, 8, 5
KNOWN_SHARE = 0.95
EXACT_UP_TO = 20  # 2 ** 20 sign patterns are enumerated; beyond that a seeded sample stands for them
SAMPLED = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One greedy answer; `endless`: it was cut at the token limit."""

    text: str
    endless: bool


def weights_check(change: float) -> Check:
    """a. `change`: largest difference (nat) that the adapter makes to a probe's log-probabilities."""
    if not math.isfinite(change):
        return Check("weights", False, "The trained weights were broken (not finite numbers).")
    if change == 0.0:
        return Check("weights", False, "The trained weights changed nothing in the model.", change)
    return Check("weights", True, "The weights are sound, and the model that serves reacts to them.", change)


def general_check(base: Sequence[float], candidate: Sequence[float]) -> Check:
    """b. Negative log-likelihoods (nat) of the same tokens of general prose under base and candidate."""
    if not base or len(base) != len(candidate):
        return Check("general", False, "The general texts for the exam are missing, so nothing could be compared.")
    rise = sum(candidate) / sum(base) - 1
    if not math.isfinite(rise):
        return Check("general", False, "It can no longer read ordinary English.", limit=GENERAL_REFUSE)
    passed = rise <= GENERAL_REFUSE
    if not passed:
        text = f"It got worse at ordinary English ({rise:+.1%})."
    elif rise > GENERAL_WARN:
        text = f"It got slightly worse at ordinary English ({rise:+.1%}), within what is allowed."
    else:
        text = f"Ordinary English is as good as before ({rise:+.1%})."
    return Check("general", passed, text, rise, GENERAL_REFUSE)


def degeneration_check(base: Sequence[Answer], candidate: Sequence[Answer], targets: Sequence[str]) -> Check:
    """e. The same prompts answered by base and candidate; `targets`: what the lessons ask for (for the length)."""
    if not base or len(base) != len(candidate) or not targets:
        return Check("degeneration", False, "No sample answers could be compared.")
    faults: dict[str, Callable[[Answer], bool]] = {
        "go round in circles": lambda answer: repeats(answer.text),
        "are empty": lambda answer: not answer.text.strip(),
        "never end": lambda answer: answer.endless,
    }
    for what, faulty in faults.items():
        before, after = (sum(map(faulty, answers)) for answers in (base, candidate))
        if after > before + DEGENERATE_SLACK:
            text = f"{after} of {len(candidate)} sample answers {what} (before: {before})."
            return Check("degeneration", False, text, float(after), float(before + DEGENERATE_SLACK))
    usual, wanted = _length([answer.text for answer in base]), _length(targets)
    length = _length([answer.text for answer in candidate])
    low, high = SHORTEST * min(usual, wanted), LONGEST * max(usual, wanted)
    passed = low <= length <= high
    text = f"Sample answers read normally, {length:.0f} words in the middle (before: {usual:.0f})."
    if not passed:
        text = f"Sample answers have {length:.0f} words in the middle, outside {low:.0f} to {high:.0f}."
    return Check("degeneration", passed, text, length, high if length > high else low)


def gain_check(changes: Sequence[float]) -> Check:
    """g. Change of per-token margin (nat; chosen minus rejected), candidate minus serving, on unseen lessons.

    From 8 lessons on an exact one-sided sign-flip test at p <= 0.01; with 5 to 7 every change must be positive.
    """
    n, better = len(changes), sum(change > 0 for change in changes)
    if n < GAIN_FEWEST or not all(math.isfinite(change) for change in changes):
        return Check("gain", False, f"Only {n} lessons could be examined; at least {GAIN_FEWEST} are needed.")
    p = sign_flip_p(changes)
    text = f"On lessons it had not seen it did better in {better} of {n} (p = {p:.2g})."
    passed = p <= GAIN_P if n >= GAIN_SURE else better == n
    if not passed:
        text = f"On lessons it had not seen it did better in {better} of {n}: that could be chance (p = {p:.2g})."
    return Check("gain", passed, text, p, GAIN_P)


def final_check(cross_fit: Sequence[float], final: Sequence[float]) -> Check:
    """Shares of lessons with a positive margin: the final adapter against the cross-fit estimate."""
    estimate, reached = (sum(margin > 0 for margin in margins) / len(margins) for margins in (cross_fit, final))
    text = f"Trained on everything it keeps {reached:.0%} of the lessons (estimate from unseen ones: {estimate:.0%})."
    return Check("lessons", reached >= estimate, text, reached, estimate)


def sign_flip_p(changes: Sequence[float]) -> float:
    """P(sum >= observed) if each change were as likely to have the other sign (Fisher's randomisation test)."""
    values = np.abs(np.asarray(changes, dtype=np.float64))
    observed = float(np.sum(changes))
    if len(values) <= EXACT_UP_TO:
        sums = np.zeros(1)
        for value in values:
            sums = np.concatenate([sums + value, sums - value])
        return float(np.mean(sums >= observed - 1e-12))
    sums, random = np.zeros(SAMPLED), np.random.default_rng(0)
    for value in values:
        sums += random.choice((-value, value), SAMPLED)
    return float((1 + np.sum(sums >= observed - 1e-12)) / (1 + SAMPLED))


def repeats(text: str) -> bool:
    """Whether an answer goes round in circles: too many of its word 4-grams came before."""
    words = text.casefold().split()
    grams = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    total = sum(grams.values())
    return total > 0 and 1 - len(grams) / total > REPEATED_SHARE


def _length(texts: Sequence[str]) -> float:
    return statistics.median(len(text.split()) for text in texts)
