"""One sequence on the model: a KV cache whose contents are known token by token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import mlx.core as mx
import numpy as np
from mlx_lm.models.cache import make_prompt_cache, trim_prompt_cache

from backends.mlx.weights import AdapterId, Weights

STEP_SECONDS = 0.35  # work between two yields: below the half second that base.Backend promises
SMALLEST_CHUNK, LARGEST_CHUNK = 4, 512
CLEAR_EVERY = 256  # tokens; mlx-lm's own figure
LOGIT_ROWS = 64  # rows of a whole vocabulary each that are kept at once
# Of the slowest chip that is meant, so that a chunk takes at most STEP_SECONDS: Apple's M1 does 2.6e12 on paper;
# on a processor MLX's own products do 2.4e9 on one core (measured). Constants: the same input must give the same bits.
FLOPS_GPU, FLOPS_CPU = 1.5e12, 2.4e9


class Stopped(Exception):
    """Raised between two chunks when `cancel()` is true."""


class Context:
    """`tokens` is what the cache holds, computed under `adapter`."""

    def __init__(self, weights: Weights, adapter: AdapterId | None) -> None:
        self._weights = weights
        self.adapter = adapter
        self.tokens: list[int] = []
        self._cache: list[Any] = make_prompt_cache(weights.model)
        flops = FLOPS_GPU if mx.default_device() == mx.gpu else FLOPS_CPU
        per_token = 2.0 * weights.header.parameters  # one multiplication and one addition a weight
        self.chunk = max(min(int(flops * STEP_SECONDS / max(per_token, 1.0)), LARGEST_CHUNK), SMALLEST_CHUNK)

    @property
    def bytes(self) -> int:
        return sum(layer.nbytes for layer in self._cache)

    def keep(self, count: int) -> None:
        """Forget all but the first `count` tokens (all of them where the architecture cannot forget a part)."""
        extra = len(self.tokens) - count
        if extra <= 0:
            return
        if count and trim_prompt_cache(self._cache, extra) == extra:
            del self.tokens[count:]
        else:
            self._cache = make_prompt_cache(self._weights.model)
            self.tokens.clear()

    def share(self, prompt: Sequence[int]) -> None:
        """Keep the longest common prefix with `prompt`, its last token excepted: that one must yield logits."""
        limit = min(len(self.tokens), len(prompt) - 1)
        self.keep(next((i for i in range(limit) if self.tokens[i] != prompt[i]), limit))

    def read(self, prompt: Sequence[int], cancel: Callable[[], bool]) -> Iterator[Any]:
        """Reads the rest of `prompt`, yielding None between chunks and last the logits [vocabulary] behind it."""
        while len(self.tokens) < len(prompt) - 1:
            if cancel():
                raise Stopped
            self._feed(prompt[len(self.tokens) : min(len(self.tokens) + self.chunk, len(prompt) - 1)])
            yield None
        yield self.append(prompt[-1], cancel)

    def append(self, token: int, cancel: Callable[[], bool]) -> Any:
        """The logits [vocabulary] behind one more token, as numpy."""
        if cancel():
            raise Stopped
        return np.array(self._feed([token], logits=True)[0])

    def score(self, head: Any, targets: Sequence[int]) -> Iterator[list[float] | None]:
        """Log-probabilities (nat) of `targets`, the first one under the logits `head`: those after the cached tokens.

        Yields None between chunks, and the list last; the cache then ends with the targets, bar the last one.
        """
        scores = _log_probabilities(mx.array(head)[None], targets[:1])
        step = min(self.chunk, LOGIT_ROWS)
        for start in range(0, len(targets) - 1, step):
            chunk = targets[start : min(start + step, len(targets) - 1)]
            scores += _log_probabilities(self._feed(chunk, logits=True), targets[start + 1 : start + 1 + len(chunk)])
            yield None
        yield scores

    def _feed(self, tokens: Sequence[int], logits: bool = False) -> Any:
        self._weights.wear(self.adapter)
        rows = self._weights.model(mx.array([list(tokens)]), cache=self._cache)[0]
        # MLX computes what is asked for: without logits the widest product of a small model is left out.
        state = [layer.state for layer in self._cache]
        if logits:
            rows = rows.astype(mx.float32)
            mx.eval(rows, state)
        else:
            mx.eval(state)
        self.tokens.extend(tokens)
        if len(tokens) > 1 or len(self.tokens) % CLEAR_EVERY == 0:
            mx.clear_cache()  # as mlx-lm does: buffers of other sizes are not used again
        return rows


def _log_probabilities(rows: Any, tokens: Sequence[int]) -> list[float]:
    places = mx.array(list(tokens))[:, None]
    chosen = mx.take_along_axis(rows, places, axis=-1)[:, 0]
    found: Any = (chosen - mx.logsumexp(rows, axis=-1)).tolist()
    return list(found)
