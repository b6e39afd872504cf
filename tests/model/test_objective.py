"""The objective against values computed by hand."""

from __future__ import annotations

import math

import pytest
import torch

from backends.llama_cpp.objective import divergence, imitation

pytestmark = pytest.mark.model


def of(*probabilities: list[float]) -> torch.Tensor:
    """Logits of the given distributions, shifted: a constant must not matter."""
    return torch.tensor(probabilities).log() + 3.0


def test_imitation_is_the_weighted_mean_of_what_each_target_cost() -> None:
    logits = of([0.5, 0.25, 0.25], [0.1, 0.1, 0.8])
    loss = imitation(logits, torch.tensor([0, 1]), torch.tensor([3.0, 1.0]))
    assert loss.item() == pytest.approx((3 * math.log(2) + math.log(10)) / 4)


def test_a_token_without_weight_teaches_nothing() -> None:
    logits = of([0.5, 0.25, 0.25], [0.1, 0.1, 0.8]).requires_grad_()
    imitation(logits, torch.tensor([0, 1]), torch.tensor([1.0, 0.0])).backward()
    assert logits.grad is not None
    assert logits.grad[1].abs().max() == 0
    assert logits.grad[0].tolist() == pytest.approx([-0.5, 0.25, 0.25])


def test_divergence_is_the_mean_over_tokens_of_kl_from_the_base() -> None:
    base = of([0.5, 0.25, 0.25], [0.2, 0.2, 0.6])
    adapted = of([0.25, 0.25, 0.5], [0.2, 0.2, 0.6])
    by_hand = 0.5 * math.log(2) + 0.25 * math.log(0.5)  # of the first token; the second agrees
    assert divergence(base, adapted).item() == pytest.approx(by_hand / 2)
    assert divergence(adapted, base).item() == pytest.approx((0.25 * math.log(0.5) + 0.5 * math.log(2)) / 2)


def test_divergence_tells_its_direction() -> None:
    base, adapted = of([0.9, 0.05, 0.05]), of([0.4, 0.3, 0.3])
    forward = 0.9 * math.log(0.9 / 0.4) + 0.1 * math.log(0.05 / 0.3)
    backward = 0.4 * math.log(0.4 / 0.9) + 0.6 * math.log(0.3 / 0.05)
    assert divergence(base, adapted).item() == pytest.approx(forward, rel=1e-5)
    assert divergence(adapted, base).item() == pytest.approx(backward, rel=1e-5)


def test_divergence_pulls_back_towards_the_base() -> None:
    base = of([0.5, 0.25, 0.25])
    adapted = of([0.25, 0.25, 0.5]).requires_grad_()
    divergence(base, adapted).backward()
    assert adapted.grad is not None
    assert adapted.grad[0].tolist() == pytest.approx([-0.25, 0.0, 0.25], abs=1e-6)
