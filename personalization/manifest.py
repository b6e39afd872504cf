"""What a version says of itself: the lessons it has learnt, how, and how it did in its exam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from domain import Lesson, Recipe, Verdict, now


def manifest_of(
    lessons: Sequence[Lesson],
    recipe: Recipe,
    verdict: Verdict,
    folds: int,
    cross_fit: Mapping[str, float],
    rate_source: str,
    libraries: Mapping[str, str],
) -> dict[str, Any]:
    """JSON-able. `cross_fit`: lesson id -> margin in nat per token, by a candidate that had not seen it.

    Where it lies, what it was learnt on and what served before is added when it is published (storage/adapters.py).
    """
    return {
        "created_at": now().isoformat(),
        "lessons": [lesson.id for lesson in lessons],
        "rows": [row for lesson in lessons for row in lesson.rows],
        "margins": cross_fit,
        "recipe": asdict(recipe),
        "rate_source": rate_source,
        "folds": folds,
        "libraries": dict(libraries),
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "checks": [asdict(check) for check in verdict.checks],
    }
