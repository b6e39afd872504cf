"""How llama.cpp draws the next token: a native chain built from a Sampling."""

from __future__ import annotations

from typing import Any

from llama_cpp import llama_cpp as native

from backends.base import Sampling

PENALTY_WINDOW = 64  # tokens looked back for repetition: llama.cpp's own default
RANDOM_SEED = 0xFFFFFFFF  # llama.cpp draws a fresh seed


class Sampler:
    """One reply's sampler. Close it; a native chain is not garbage collected."""

    def __init__(self, sampling: Sampling, vocabulary: int) -> None:
        self._chain: Any = native.llama_sampler_chain_init(native.llama_sampler_chain_default_params())
        if sampling.top_k > 0:
            # First: penalties look every candidate up in a table, which for a whole vocabulary takes as long as a
            # twentieth of a small model's token.
            self._add(native.llama_sampler_init_top_k(sampling.top_k))
        if sampling.repeat_penalty != 1.0:
            self._add(
                native.llama_sampler_init_penalties(vocabulary, PENALTY_WINDOW, sampling.repeat_penalty, 0.0, 0.0)
            )
        if sampling.temperature == 0:
            self._add(native.llama_sampler_init_greedy())
            return
        if sampling.top_p < 1.0:
            self._add(native.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p > 0:
            self._add(native.llama_sampler_init_min_p(sampling.min_p, 1))
        self._add(native.llama_sampler_init_temp(sampling.temperature))
        seed = RANDOM_SEED if sampling.seed is None else sampling.seed % RANDOM_SEED
        self._add(native.llama_sampler_init_dist(seed))

    def _add(self, link: Any) -> None:
        native.llama_sampler_chain_add(self._chain, link)

    def next(self, context: Any) -> int:
        """The token that follows what `context` decoded last."""
        return int(native.llama_sampler_sample(self._chain, context, -1))

    def close(self) -> None:
        native.llama_sampler_free(self._chain)
