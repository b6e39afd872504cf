"""How the next token is drawn: the rules, and the order of the rules, that llama.cpp follows in the other backend."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.base import Sampling

PENALTY_WINDOW = 64  # tokens of the reply looked back for repetition: llama.cpp's own default


class Sampler:
    """One reply's sampler; it remembers what it has drawn."""

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._draw = np.random.default_rng(sampling.seed)
        self._recent: deque[int] = deque(maxlen=PENALTY_WINDOW)

    def next(self, logits: NDArray[Any]) -> int:
        """The token that follows, given the logits [vocabulary] at the last place."""
        sampling = self._sampling
        tokens = _best(logits, sampling.top_k)
        kept = logits[tokens].astype(np.float64)
        if sampling.repeat_penalty != 1.0 and self._recent:
            seen = np.isin(tokens, list(self._recent))
            weaker = np.where(kept > 0, kept / sampling.repeat_penalty, kept * sampling.repeat_penalty)
            kept = np.where(seen, weaker, kept)
        token = int(tokens[kept.argmax()]) if sampling.temperature == 0 else self._drawn(tokens, kept)
        self._recent.append(token)
        return token

    def _drawn(self, tokens: NDArray[Any], kept: NDArray[Any]) -> int:
        sampling = self._sampling
        order = np.argsort(-kept, kind="stable")
        tokens, kept = tokens[order], kept[order]
        likely = _softmax(kept)
        count = len(kept)
        if sampling.top_p < 1.0:
            count = min(count, int(np.searchsorted(likely.cumsum(), sampling.top_p)) + 1)
        if sampling.min_p > 0:
            count = min(count, int((likely >= sampling.min_p * likely[0]).sum()))
        count = max(count, 1)
        return int(self._draw.choice(tokens[:count], p=_softmax(kept[:count] / sampling.temperature)))


def _best(logits: NDArray[Any], count: int) -> NDArray[Any]:
    if not 0 < count < len(logits):
        return np.arange(len(logits))
    return np.sort(np.argpartition(-logits, count - 1)[:count])


def _softmax(values: NDArray[Any]) -> NDArray[Any]:
    raised = np.exp(values - values.max())
    likely: NDArray[Any] = raised / raised.sum()
    return likely
