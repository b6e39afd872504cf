"""The sampler of the MLX backend: which token is drawn from given logits. Needs no MLX."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from backends.base import GREEDY, Sampling
from backends.mlx.sampler import PENALTY_WINDOW, Sampler

PLAIN = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, repeat_penalty=1.0, seed=1)
SHARES = np.array([0.5, 0.3, 0.15, 0.05])
LOGITS = np.log(SHARES) + 3.0  # a constant must not matter


def drawn(sampling: Sampling, count: int = 4000) -> dict[int, float]:
    sampler = Sampler(sampling)
    found = Counter(sampler.next(LOGITS) for _ in range(count))
    return {token: number / count for token, number in sorted(found.items())}


def test_greedy_takes_the_likeliest_token() -> None:
    assert drawn(replace(GREEDY, repeat_penalty=1.0), 5) == {0: 1.0}


def test_without_rules_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    assert list(drawn(PLAIN).values()) == pytest.approx(SHARES, abs=0.03)


def test_a_low_temperature_sharpens() -> None:
    expected = SHARES**2 / (SHARES**2).sum()
    assert list(drawn(replace(PLAIN, temperature=0.5)).values()) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"top_k": 2}, {0, 1}),
        ({"top_k": 9}, {0, 1, 2, 3}),
        ({"top_p": 0.49}, {0}),
        ({"top_p": 0.6}, {0, 1}),
        ({"min_p": 0.25}, {0, 1, 2}),
        ({"min_p": 1.0}, {0}),
        ({"top_k": 3, "top_p": 0.99, "min_p": 0.5}, {0, 1}),
    ],
)
def test_unlikely_tokens_are_left_out(change: dict[str, float], left: set[int]) -> None:
    assert drawn(replace(PLAIN, **change)).keys() == left  # type: ignore[arg-type]


def test_a_repetition_is_held_back_whatever_the_sign_of_its_logit() -> None:
    for logits in (np.array([2.0, 1.9]), np.array([-1.9, -2.0])):
        sampler = Sampler(replace(GREEDY, repeat_penalty=1.2))
        assert [sampler.next(logits) for _ in range(2)] == [0, 1]


def test_a_repetition_is_forgotten_after_a_while() -> None:
    sampler = Sampler(replace(GREEDY, repeat_penalty=1.5))
    others = np.array([0.0, 5.0, 0.0])
    assert sampler.next(np.array([5.0, 0.0, 0.0])) == 0
    for _ in range(PENALTY_WINDOW):
        sampler.next(others)
    assert sampler.next(np.array([2.0, 0.0, 1.9])) == 0


def test_a_seed_repeats_and_another_one_differs() -> None:
    def reply(seed: int | None) -> list[int]:
        sampler = Sampler(replace(PLAIN, seed=seed))
        return [sampler.next(LOGITS) for _ in range(60)]

    assert reply(7) == reply(7)
    assert reply(7) != reply(8)
    assert reply(None) != reply(None)
