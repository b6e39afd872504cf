"""A causal language model cut between its blocks, so that what is frozen below is computed once per text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from errors import ModelUnusable

# Relative; rounding in another order makes 1.2e-4 over all 30 blocks of the bundled model, one mistake 0.1 and more.
_CLOSE = 1e-3  # relative; rounding gives 1.2e-4 over the 30 blocks of the bundled model, a block left out 0.06


class Blocks:
    """Runs any range of the blocks of a Hugging Face causal LM on several texts packed into one sequence.

    Texts lie end to end and positions start again at each; the attention masks of transformers keep them apart.
    What travels between ranges is the residual stream, one row of the model's width per token.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._kind = model.config.model_type
        self._decoder = model.get_decoder()
        if not (hasattr(self._decoder, "layers") and hasattr(self._decoder, "norm")):
            raise ModelUnusable(f"Models of the kind {self._kind} cannot be taught yet; choose another model.")
        self._all = self._decoder.layers
        self.count = len(self._all)

    def embed(self, ids: Sequence[int]) -> Tensor:
        """The residual stream [tokens, width] that enters the first block."""
        return self._model.get_input_embeddings()(torch.tensor(ids))

    def stream(self, entering: Tensor, first: int, end: int) -> Tensor:
        """The residual stream [tokens, width] of one text after blocks `first` to `end` (exclusive)."""
        seen: list[Tensor] = []
        hook = self._decoder.norm.register_forward_pre_hook(lambda _norm, inputs: seen.append(inputs[0]))
        try:
            with self._only(first, end):
                self._decoder(inputs_embeds=entering[None], use_cache=False)
        finally:
            hook.remove()
        return seen[0][0]

    def logits(self, streams: Sequence[Tensor], first: int, keep: Tensor) -> Tensor:
        """Logits [len(keep), vocabulary] of the packed texts at positions `keep`, from block `first` to the end."""
        positions = torch.cat([torch.arange(len(stream)) for stream in streams])
        with self._only(first, self.count):
            return self._model(
                inputs_embeds=torch.cat(list(streams))[None],
                position_ids=positions[None],
                logits_to_keep=keep,
                use_cache=False,
            ).logits[0]

    def cut(self, first: int) -> int:
        """Where this architecture may be cut: `first`, or 0 where blocks differ in ways that a cut would disturb.

        Found by comparison with the plain model, which also proves that packed texts do not see each other.
        """
        for cut in (first, 0):
            if self._difference(cut) <= _CLOSE:
                return cut
        raise ModelUnusable(f"Models of the kind {self._kind} cannot be taught yet; choose another model.")

    def _difference(self, cut: int) -> float:
        texts = [list(range(2, 10)), list(range(3, 40))]
        with torch.no_grad():
            plain = torch.cat([self._model(torch.tensor([ids]), use_cache=False).logits[0] for ids in texts])
            streams = [self.stream(self.embed(ids), 0, cut) for ids in texts]
            packed = self.logits(streams, cut, torch.arange(len(plain)))
            return float((packed - plain).norm() / plain.norm())

    @contextmanager
    def _only(self, first: int, end: int) -> Iterator[None]:
        self._decoder.layers = self._all[first:end]
        try:
            yield
        finally:
            self._decoder.layers = self._all
