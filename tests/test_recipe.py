"""The choice of hyper-parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from personalization.recipe import learning_rate, recipe_for


def test_the_learning_rate_falls_as_models_grow() -> None:
    rates = [learning_rate(size) for size in (135_000_000, 360_000_000, 1_200_000_000, 3_000_000_000, 7_000_000_000)]
    assert rates == sorted(rates, reverse=True)
    assert len(set(rates)) == len(rates)


@pytest.mark.parametrize(
    ("parameters", "rate"), [(1_000_000, 2e-3), (135_000_000, 2e-3), (7_000_000_000, 1.5e-4), (70_000_000_000, 1.5e-4)]
)
def test_the_learning_rate_is_held_to_the_two_known_sizes(parameters: int, rate: float) -> None:
    assert learning_rate(parameters) == rate


def test_few_lessons_get_more_passes_so_that_there_are_steps_enough() -> None:
    def steps(lessons: int) -> int:
        recipe = recipe_for(135_000_000, lessons, threads=2)
        return recipe.epochs * -(-lessons // recipe.batch_rows)

    assert recipe_for(135_000_000, 8, threads=2).epochs > recipe_for(135_000_000, 16, threads=2).epochs
    assert min(map(steps, range(1, 65))) >= 32


def test_equal_nights_have_equal_recipes_and_another_seed_is_another_recipe() -> None:
    assert recipe_for(135_000_000, 16, 2) == recipe_for(135_000_000, 16, 2)
    assert recipe_for(135_000_000, 16, 2) != recipe_for(135_000_000, 16, 2, seed=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pair_weight", -1.0),
        ("thumb_weight", -0.1),
        ("anchor_weight", -1.0),
        ("pair_beta", 0.0),
        ("pair_beta", -1.0),
        ("rows_at_once", -1),
    ],
)
def test_a_weight_below_zero_and_a_beta_of_zero_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        replace(recipe_for(135_000_000, 16, 2), **{name: value})  # type: ignore[arg-type]
