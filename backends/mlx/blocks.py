"""A causal language model cut between its blocks, so that what is frozen below is computed once per text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import mlx.core as mx

from errors import ModelUnusable

Array = Any  # mx.array

_CLOSE = 1e-3  # relative; rounding gives 1e-5 to 1e-4, a block left out 0.06 and more


class Blocks:
    """Runs any range of the blocks of mlx-lm's models on several texts side by side.

    What travels between ranges is the residual stream, [tokens, width] of each text. Shorter texts are filled up on
    the right, where causal attention cannot see it.
    """

    def __init__(self, model: Any, kind: str) -> None:
        self._model = model
        self._kind = kind
        self._decoder = getattr(model, "model", model)
        if not all(hasattr(self._decoder, part) for part in ("layers", "norm", "embed_tokens")):
            raise self._unteachable()
        self._all = self._decoder.layers
        self.count = len(self._all)

    def name(self, block: int, projection: str) -> str | None:
        """The full name of a block's linear map, None if it has no such map."""
        inside = [name for name, _ in self._all[block].named_modules() if name.rpartition(".")[2] == projection]
        return f"model.layers.{block}.{inside[0]}" if len(inside) == 1 else None

    def embed(self, ids: Sequence[int]) -> Array:
        """The residual stream [tokens, width] that enters the first block."""
        return self._decoder.embed_tokens(mx.array([list(ids)]))[0]

    def stream(self, entering: Array, first: int, end: int) -> Array:
        """The residual stream [tokens, width] of one text after blocks `first` to `end` (exclusive)."""
        with self._only(first, end, lambda leaving: leaving):
            return self._decoder(None, self._no_cache, input_embeddings=entering[None])[0]

    def logits(self, streams: Sequence[Array], first: int, keep: Sequence[tuple[int, int]]) -> Array:
        """Logits [len(keep), vocabulary] at the places `keep`, (text, token) each, from block `first` to the end."""
        longest = max(map(len, streams))
        side_by_side = mx.stack([mx.pad(stream, [(0, longest - len(stream)), (0, 0)]) for stream in streams])
        norm, texts, tokens = self._decoder.norm, *(mx.array(list(part)) for part in zip(*keep, strict=True))
        with self._only(first, self.count, lambda leaving: norm(leaving[texts, tokens])):
            return self._model(None, self._no_cache, input_embeddings=side_by_side)

    def cut(self, first: int) -> int:
        """Where this architecture may be cut: `first`, or 0 where blocks differ in ways that a cut would disturb.

        Found by comparison with the plain model, which also proves that texts side by side do not see each other.
        """
        for cut in (first, 0):
            if self._difference(cut) <= _CLOSE:
                return cut
        raise self._unteachable()

    def _difference(self, cut: int) -> float:
        texts = [[2, 3, 4], [3, 4, 5, 6, 7]]
        try:
            plain = mx.concatenate([self._model(mx.array([ids]))[0] for ids in texts])
            streams = [self.stream(self.embed(ids), 0, cut) for ids in texts]
            places = [(text, token) for text, ids in enumerate(texts) for token in range(len(ids))]
            apart: Any = mx.linalg.norm(self.logits(streams, cut, places) - plain) / mx.linalg.norm(plain)
            return float(apart)
        except (TypeError, IndexError, ValueError):  # this architecture is called otherwise
            return float("inf")

    @property
    def _no_cache(self) -> list[None]:
        return [None] * self.count

    @contextmanager
    def _only(self, first: int, end: int, norm: Any) -> Iterator[None]:
        its_own = self._decoder.norm
        self._decoder.layers, self._decoder.norm = self._all[first:end], norm
        try:
            yield
        finally:
            self._decoder.layers, self._decoder.norm = self._all, its_own

    def _unteachable(self) -> ModelUnusable:
        return ModelUnusable(f"Models of the kind {self._kind} cannot be taught with MLX yet; choose another model.")
