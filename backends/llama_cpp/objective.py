"""What training minimises: imitation of the targets, held in place by the base model's own predictions elsewhere."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def imitation(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean of the targets' negative log-likelihood, in nat per token.

    `logits` [tokens, vocabulary] predict `targets` [tokens]; `weights` [tokens] sum to more than zero.
    """
    return (weights * functional.cross_entropy(logits, targets, reduction="none")).sum() / weights.sum()


def divergence(base: Tensor, adapted: Tensor) -> Tensor:
    """KL(base || adapted) over the whole vocabulary, mean per token, in nat; both are logits [tokens, vocabulary]."""
    expected = torch.log_softmax(base, dim=-1)
    return functional.kl_div(torch.log_softmax(adapted, dim=-1), expected, reduction="batchmean", log_target=True)
