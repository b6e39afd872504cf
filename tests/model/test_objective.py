"""The objective against values computed by hand and against TRL's losses."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from trl import DPOTrainer, KTOTrainer

from backends.llama_cpp.objective import contrast, divergence, imitation, log_probabilities, pair, thumb
from personalization.recipe import recipe_for

pytestmark = pytest.mark.model


def of(*probabilities: list[float]) -> torch.Tensor:
    """Logits of the given distributions, shifted: a constant must not matter."""
    return torch.tensor(probabilities).log() + 3.0


def test_imitation_is_the_weighted_mean_of_what_each_target_cost() -> None:
    log_probs = log_probabilities(of([0.5, 0.25, 0.25], [0.1, 0.1, 0.8]), torch.tensor([0, 1]))
    assert imitation(log_probs, torch.tensor([3.0, 1.0])).item() == pytest.approx((3 * math.log(2) + math.log(10)) / 2)


def test_a_small_weight_is_small_also_when_no_other_row_is_near() -> None:
    log_probs = log_probabilities(of([0.5, 0.25, 0.25]), torch.tensor([0]))
    assert imitation(log_probs, torch.tensor([0.2])).item() == pytest.approx(0.2 * math.log(2))


def test_a_token_without_weight_teaches_nothing() -> None:
    logits = of([0.5, 0.25, 0.25], [0.1, 0.1, 0.8]).requires_grad_()
    imitation(log_probabilities(logits, torch.tensor([0, 1])), torch.tensor([1.0, 0.0])).backward()
    assert logits.grad is not None
    assert logits.grad[1].abs().max() == 0
    assert logits.grad[0].tolist() == pytest.approx([-0.25, 0.125, 0.125])


def test_a_pair_costs_log_two_at_the_base_and_less_as_the_chosen_text_gains() -> None:
    at_base = pair(torch.tensor(0.0), torch.tensor(0.0), beta=4.0)
    assert at_base.item() == pytest.approx(math.log(2))
    ahead = pair(torch.tensor(0.3), torch.tensor(-0.2), beta=4.0)
    assert ahead.item() == pytest.approx(math.log(1 + math.exp(-2)))
    assert pair(torch.tensor(-0.2), torch.tensor(0.3), beta=4.0).item() == pytest.approx(math.log(1 + math.exp(2)))


def test_a_thumb_costs_a_half_at_the_base_and_is_bounded_on_both_sides() -> None:
    for up in (True, False):
        assert thumb(torch.tensor(0.0), up, beta=4.0).item() == pytest.approx(0.5)
    assert thumb(torch.tensor(0.5), True, beta=4.0).item() == pytest.approx(1 / (1 + math.exp(2)))
    assert thumb(torch.tensor(0.5), False, beta=4.0).item() == pytest.approx(1 / (1 + math.exp(-2)))
    far = torch.tensor(-50.0, requires_grad=True)
    thumb(far, False, beta=4.0).backward()
    assert far.grad is not None
    assert far.grad.item() == pytest.approx(0.0, abs=1e-6), "what is avoided already must not be pushed further"


def test_a_row_with_both_texts_is_a_pair_and_with_one_a_thumb() -> None:
    recipe = recipe_for(135_000_000, lessons=8, threads=1)
    chosen, rejected, beta = torch.tensor(0.3), torch.tensor(-0.2), recipe.pair_beta
    assert contrast(chosen, rejected, recipe) == recipe.pair_weight * pair(chosen, rejected, beta)
    assert contrast(chosen, None, recipe) == recipe.thumb_weight * thumb(chosen, True, beta)
    assert contrast(None, rejected, recipe) == recipe.thumb_weight * thumb(rejected, False, beta)


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


# TRL as oracle: its trainers' own loss on the same per-token log-probabilities


LENGTHS = ((5, 9), (7, 3), (4, 4), (1, 8))  # tokens of chosen and rejected
PROMPT = 2


def drawn(lengths: Sequence[int], seed: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [(-3 * torch.rand(length, generator=generator)).requires_grad_() for length in lengths]


def trainer(**settings: Any) -> SimpleNamespace:
    """As much of a TRL trainer as its loss looks at; the policy and the reference are given log-probabilities."""
    accelerator = SimpleNamespace(
        device=torch.device("cpu"), gather=lambda x: x, gather_for_metrics=lambda x: x, unwrap_model=lambda x: x
    )
    return SimpleNamespace(
        accelerator=accelerator,
        model=SimpleNamespace(training=False),
        _metrics={"eval": defaultdict(list)},
        _total_train_tokens=0,
        _tp_size=1,
        aux_loss_enabled=False,
        ld_alpha=None,
        **settings,
    )


class Told:
    """A model that answers with given per-token log-probabilities, padded, behind a prompt."""

    training = False

    def __init__(self, completions: Sequence[torch.Tensor]) -> None:
        self.width = PROMPT + max(map(len, completions))
        self.mask = torch.tensor(
            [[0] * PROMPT + [1] * len(c) + [0] * (self.width - PROMPT - len(c)) for c in completions]
        )
        rows = [torch.cat([torch.zeros(PROMPT - 1), c, torch.zeros(self.width - PROMPT - len(c))]) for c in completions]
        self.log_probs = torch.stack(rows)

    def __call__(self, **_inputs: Any) -> SimpleNamespace:
        zeros = torch.zeros_like(self.log_probs)
        return SimpleNamespace(log_probs=self.log_probs, entropy=zeros, mean_logits=zeros, is_top1=zeros.bool())

    def inputs(self, **more: Any) -> dict[str, Any]:
        ids = torch.ones_like(self.mask)
        return {"input_ids": ids, "attention_mask": ids, "completion_mask": self.mask, **more}


def trl_dpo(loss_type: str, policy: Sequence[torch.Tensor], reference: Sequence[torch.Tensor], beta: float) -> Any:
    sums = torch.stack([row.detach().sum() for row in reference]).chunk(2)
    told = Told(policy)
    trl = trainer(
        precompute_ref_logps=True, f_divergence_type="reverse_kl", beta=beta, loss_types=[loss_type],
        loss_weights=[1.0], use_weighting=False, label_smoothing=0.0,
    )  # fmt: skip
    return DPOTrainer._compute_loss(
        trl, told, told.inputs(ref_chosen_logps=sums[0], ref_rejected_logps=sums[1]), return_outputs=False
    )


def gradients(loss: torch.Tensor, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, list(inputs)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("loss_type", "normalised"), [("sigmoid_norm", True), ("sigmoid", False)])
def test_pairs_agree_with_trl_in_value_and_gradient(loss_type: str, normalised: bool, seed: int) -> None:
    lengths = [*(c for c, _ in LENGTHS), *(r for _, r in LENGTHS)]  # TRL's order: all chosen, then all rejected
    policy, reference, beta = drawn(lengths, seed), drawn(lengths, seed + 100), 0.1 + seed
    size = torch.Tensor.mean if normalised else torch.Tensor.sum
    ratios = [size(p) - size(r.detach()) for p, r in zip(policy, reference, strict=True)]
    half = len(LENGTHS)
    ours = torch.stack([pair(ratios[i], ratios[half + i], beta) for i in range(half)]).mean()
    theirs = trl_dpo(loss_type, policy, reference, beta)
    torch.testing.assert_close(ours, theirs)
    for mine, other in zip(gradients(ours, policy), gradients(theirs, policy), strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("seed", range(5))
def test_thumbs_agree_with_trls_apo_zero_unpaired_in_value_and_gradient(seed: int) -> None:
    lengths, thumbs, beta = (5, 9, 3, 7, 1), (True, False, False, True, False), 0.1 + seed
    policy, reference = drawn(lengths, seed), drawn(lengths, seed + 100)
    # TRL sums over tokens; a text's mean log-ratio is the sum of its log-ratios, each shrunk by its length.
    shrunk = [row / len(row) for row in policy]
    told = Told(shrunk)
    trl = trainer(
        precompute_ref_logps=True, calculate_KL=False, beta=beta, loss_type="apo_zero_unpaired",
        desirable_weight=1.0, undesirable_weight=1.0, _compute_kl_logps=lambda *_: None,
    )  # fmt: skip
    means = torch.stack([row.detach().mean() for row in reference])
    theirs = KTOTrainer._compute_loss(
        trl, told, told.inputs(label=torch.tensor(thumbs), ref_logps=means), return_outputs=False
    )
    losses = [thumb(p.mean() - m, up, beta) for p, m, up in zip(policy, means, thumbs, strict=True)]
    ours = torch.stack(losses).mean()
    torch.testing.assert_close(ours, theirs)
    for mine, other in zip(gradients(ours, policy), gradients(theirs, policy), strict=True):
        torch.testing.assert_close(mine, other)
