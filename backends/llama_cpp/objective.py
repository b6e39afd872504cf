"""What training minimises: targets are imitated and preferred to what was rejected; elsewhere the base is kept.

    L = imitation(targets) + a * pair(chosen, rejected) + u * thumb(lone ones) + r * imitation(refusals)
        + k * divergence(anchors)

Pairs and thumbs see a completion through one number, its log-ratio: the mean over its tokens of log p(adapter) -
log p(base), in nat. The mean, as a sum would reward the longer text. A pair alone may lower the chosen text as long
as the rejected one falls faster; what holds the chosen text up is its own imitation, with a small weight.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from domain import Recipe


def log_probabilities(logits: Tensor, targets: Tensor) -> Tensor:
    """Of each of `targets` [tokens], predicted by `logits` [tokens, vocabulary]; in nat."""
    return -functional.cross_entropy(logits, targets, reduction="none")


def imitation(log_probs: Tensor, weights: Tensor) -> Tensor:
    """Mean over the targets' tokens of their negative log-likelihood times `weights`; both [tokens]."""
    return -(weights * log_probs).mean()


def pair(chosen: Tensor, rejected: Tensor, beta: float) -> Tensor:
    """DPO (Rafailov et al. 2023) on two log-ratios: falls as the chosen text gains on the rejected one."""
    return -functional.logsigmoid(beta * (chosen - rejected))


def thumb(ratio: Tensor, up: bool, beta: float) -> Tensor:
    """Kahneman-Tversky loss (KTO, Ethayarajh et al. 2024) with the base as reference point, between 0 and 1.

    It is bounded: a text that was rejected often enough teaches no more, so a thumb down cannot wreck the model.
    """
    return torch.sigmoid(-beta * ratio if up else beta * ratio)


def contrast(chosen: Tensor | None, rejected: Tensor | None, recipe: Recipe) -> Tensor:
    """The part of one row's loss that looks at log-ratios: of a pair if it has both, else of a lone thumb."""
    if chosen is not None and rejected is not None:
        return recipe.pair_weight * pair(chosen, rejected, recipe.pair_beta)
    ratio = chosen if chosen is not None else rejected
    assert ratio is not None
    return recipe.thumb_weight * thumb(ratio, chosen is not None, recipe.pair_beta)


def divergence(base: Tensor, adapted: Tensor) -> Tensor:
    """KL(base || adapted) over the whole vocabulary, mean per token, in nat; both are logits [tokens, vocabulary]."""
    expected = torch.log_softmax(base, dim=-1)
    return functional.kl_div(torch.log_softmax(adapted, dim=-1), expected, reduction="batchmean", log_target=True)
