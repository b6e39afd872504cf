"""What a training run reads, in which order and at which pace: the same for every learner, whatever computes it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from domain import Recipe, TrainingRow, content_hash
from errors import BadInput


@dataclass(frozen=True, slots=True)
class Step:
    """Places of what one step of the optimiser reads."""

    lessons: list[int]
    refusals: list[int]
    anchors: list[int]


@dataclass(frozen=True, slots=True)
class Part:
    """What is read at once of a step. `tokens` (of targets) and `lessons` count those of all its parts."""

    rows: list[TrainingRow]
    anchors: list[tuple[int, ...]]
    tokens: int
    lessons: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A prompt and one completion of it, as token ids; losses count the completion only."""

    prompt: tuple[int, ...]
    completion: tuple[int, ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """All but the last token, which is only predicted."""
        return (self.prompt + self.completion)[:-1]


def target(row: TrainingRow) -> Spoken:
    return Spoken(row.prompt_ids, row.target_ids)


def rejected(row: TrainingRow) -> Spoken:
    return Spoken(row.prompt_ids, row.rejected_ids)


def texts(row: TrainingRow) -> list[Spoken]:
    """What the model reads for a row; nothing is read in vain."""
    read = [target(row), rejected(row)] if row.contrast else [target(row)]
    return [text for text in read if text.completion]


def weights(row: TrainingRow, kept_weight: float) -> list[float]:
    """What each target token weighs in imitation: the edited ones of a correction more than those it left.

    What was left the person did not say: imitated as much as the edit it would be learnt by heart. The whole row stands
    between one that counts by its edited words and one that counts like every other: few edited words need strength,
    but a short text must not be drilled. After Guo et al. 2023 (FIGA).
    """
    factors = [1.0 if mark else kept_weight for mark in row.edited] or [1.0] * len(row.target_ids)
    strength = row.weight * math.sqrt(len(factors) / sum(factors)) if factors else 0.0
    return [strength * factor for factor in factors]


def check(rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe) -> None:
    """Raises BadInput if there is nothing to learn from."""
    if not any(row.target_ids and row.weight > 0 and not row.refusal for row in rows):
        raise BadInput("There is nothing to learn from: no row says what to answer instead.")
    if not all(row.prompt_ids and texts(row) for row in rows):
        raise BadInput("There is nothing to learn from: each row needs a prompt and a reply.")
    if recipe.anchors_per_step and not anchors:
        raise BadInput("The recipe wants anchors, but there are none.")


def by_content(rows: Sequence[TrainingRow]) -> list[TrainingRow]:
    """Rows in the order of their content's hash: when they arrived must not matter."""
    return sorted(
        rows,
        key=lambda row: content_hash(
            [row.prompt_ids, row.target_ids, row.weight, row.rejected_ids, row.contrast, row.edited]
        ),
    )


def batches(
    rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe
) -> list[tuple[list[TrainingRow], list[tuple[int, ...]]]]:
    """For each step the rows (its lessons, then a refusal) and the anchors that it reads."""
    lessons = by_content([row for row in rows if not row.refusal])
    refusals = by_content([row for row in rows if row.refusal])
    guards = sorted({tuple(anchor) for anchor in anchors}, key=content_hash)
    return [
        (
            [lessons[place] for place in step.lessons] + [refusals[place] for place in step.refusals],
            [guards[place] for place in step.anchors],
        )
        for step in plan(len(lessons), len(refusals), len(guards), recipe)
    ]


def parts(rows: Sequence[TrainingRow], anchors: Sequence[tuple[int, ...]], recipe: Recipe) -> list[Part]:
    """A step in parts whose losses add up to its loss: a few lessons at once, then what it reads besides.

    One part, if all of it may be read at once.
    """
    lessons = [row for row in rows if not row.refusal]
    besides = [row for row in rows if row.refusal]
    tokens = sum(len(row.target_ids) for row in lessons)
    size = recipe.rows_at_once
    if not size or size >= len(lessons):
        return [Part([*lessons, *besides], list(anchors), tokens, len(lessons))]
    few = [lessons[start : start + size] for start in range(0, len(lessons), size)]
    found = [Part(some, [], tokens, len(lessons)) for some in few]
    return [*found, Part(besides, list(anchors), tokens, len(lessons))] if besides or anchors else found


def plan(lessons: int, refusals: int, anchors: int, recipe: Recipe) -> Iterator[Step]:
    """All steps: each epoch reads the lessons in a new order, in batches of even size. The others add no step."""
    draw = np.random.RandomState(recipe.seed)
    count = math.ceil(lessons / recipe.batch_rows)
    refusing = _dealt(refusals if recipe.refusal_weight else 0, draw)
    guarding = _dealt(anchors, draw)
    for _ in range(recipe.epochs):
        order = _permutation(lessons, draw)
        for batch in range(count):
            yield Step(order[batch::count], list(islice(refusing, 1)), list(islice(guarding, recipe.anchors_per_step)))


def pace(step: int, steps: int, warmup_share: float) -> float:
    """Share of the full learning rate: a linear warm-up, then half a cosine down to nearly zero."""
    warmup = math.ceil(warmup_share * steps)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def _dealt(count: int, draw: np.random.RandomState) -> Iterator[int]:
    """Without end: each once, in an order of its own each time, before any comes again."""
    while count:
        yield from _permutation(count, draw)


def _permutation(count: int, draw: np.random.RandomState) -> list[int]:
    """What torch.randperm draws from a generator with the same seed, so that both learners read alike."""
    order = list(range(count))
    for place in range(count - 1):
        other = place + int(draw.randint(0, 1 << 32, dtype=np.uint32)) % (count - place)
        order[place], order[other] = order[other], order[place]
    return order
