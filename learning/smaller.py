"""A night whose learner runs out of memory is begun once more, with half as much in memory at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain import Check, Night, Recipe
from errors import OutOfMemory, TooFew
from learning.pupil import Tell
from personalization.night import Bench, NightProgress

ROW_TOKENS_LEAST = 256  # of the shortest rows that nights are planned with (backends/plan.py)

BEGUN_AGAIN = "The learner ran out of memory, so this night was begun again with {less}."
GAVE_UP = (
    "The learner ran out of memory, and once more with {less}; nothing was changed: close other programs, or choose a "
    "smaller model."
)

BenchFor = Callable[[Tell], Bench]


@dataclass(frozen=True, slots=True)
class Less:
    """What the second try has in memory at a time: lessons, tokens of the longest lesson."""

    rows: int
    row_tokens: int
    told: str

    def recipe(self, usual: Recipe) -> Recipe:
        return replace(usual, rows_at_once=self.rows)

    def bench(self, usual: Bench) -> Bench:
        def tell(progress: NightProgress) -> None:
            usual.tell(replace(progress, phase=f"{progress.phase}, once more with less memory"))

        return replace(usual, tell=tell, smaller=self.recipe, row_tokens=self.row_tokens)


def within_memory(bench_for: BenchFor, learn: Callable[[BenchFor], Night]) -> Night:
    """`learn`, at most twice. Raises OutOfMemory if less does not help, or if there is nothing to take less of."""
    try:
        return learn(bench_for)
    except OutOfMemory:
        usual = bench_for(lambda progress: None)
        recipe = usual.recipe_for(1)
        less = half_of(recipe.rows_at_once or recipe.batch_rows, usual.row_tokens)
        if less is None:
            raise
    try:
        night = learn(lambda tell: less.bench(bench_for(tell)))
    except (OutOfMemory, TooFew) as error:  # too few: of long lessons, cut short, too little was left
        raise OutOfMemory(GAVE_UP.format(less=less.told)) from error
    check = Check("memory", None, BEGUN_AGAIN.format(less=less.told))
    return replace(night, verdict=replace(night.verdict, checks=(*night.verdict.checks, check)))


def half_of(rows: int, row_tokens: int) -> Less | None:
    """Fewer lessons at a time, as on smaller machines; where it is one already, shorter ones. None: no less is left."""
    if rows > 1:
        half = rows // 2
        return Less(half, row_tokens, f"{half} lesson{'s' if half > 1 else ''} at a time instead of {rows}")
    if row_tokens // 2 >= ROW_TOKENS_LEAST:
        return Less(rows, row_tokens // 2, f"lessons of at most {row_tokens // 2} tokens instead of {row_tokens}")
    return None
