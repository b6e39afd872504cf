"""What training minimises: targets are imitated and preferred to what was rejected; elsewhere the base is kept.

    L = imitation(targets) + a * pair(chosen, rejected) + u * thumb(lone ones) + k * divergence(anchors)

The same mathematics as in llama_cpp/objective.py, where its reasons stand; a test holds both to the same numbers.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import mlx.nn as nn

from domain import Recipe

Array = Any  # mx.array


def log_probabilities(logits: Array, targets: Array) -> Array:
    """Of each of `targets` [tokens], predicted by `logits` [tokens, vocabulary]; in nat."""
    return mx.take_along_axis(logits, targets[:, None], axis=-1)[:, 0] - mx.logsumexp(logits, axis=-1)


def imitation(log_probs: Array, weights: Array) -> Array:
    """Mean over the targets' tokens of their negative log-likelihood times `weights`; both [tokens]."""
    return -(weights * log_probs).mean()


def pair(chosen: Array, rejected: Array, beta: float) -> Array:
    """DPO (Rafailov et al. 2023) on two log-ratios: falls as the chosen text gains on the rejected one."""
    return -nn.log_sigmoid(beta * (chosen - rejected))


def thumb(ratio: Array, up: bool, beta: float) -> Array:
    """Kahneman-Tversky loss (KTO, Ethayarajh et al. 2024) with the base as reference point, between 0 and 1."""
    return mx.sigmoid(-beta * ratio if up else beta * ratio)


def contrast(chosen: Array | None, rejected: Array | None, recipe: Recipe) -> Array:
    """The part of one row's loss that looks at log-ratios: of a pair if it has both, else of a lone thumb."""
    if chosen is not None and rejected is not None:
        return recipe.pair_weight * pair(chosen, rejected, recipe.pair_beta)
    ratio = chosen if chosen is not None else rejected
    assert ratio is not None
    return recipe.thumb_weight * thumb(ratio, chosen is not None, recipe.pair_beta)


def divergence(base: Array, adapted: Array) -> Array:
    """KL(base || adapted) over the whole vocabulary, mean per token, in nat; both are logits [tokens, vocabulary]."""
    expected, found = (logits - mx.logsumexp(logits, axis=-1, keepdims=True) for logits in (base, adapted))
    return (mx.exp(expected) * (expected - found)).sum(axis=-1).mean()
