"""What a benchmark hands out: figures against goals, written as JSON and told in lines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure against its goal. `value` None: it could not be measured, which is a miss."""

    name: str
    value: float | None
    goal: str
    reached: bool

    def __str__(self) -> str:
        return f"{'reached' if self.reached else 'MISSED '}  {self.name}: {self.value} (goal: {self.goal})"


def publish(figures: Mapping[str, Any], goals: Sequence[Goal], file: Path | None) -> int:
    """Writes figures and goals to `file`, prints the goals; exit code 0 if all are reached, else 1."""
    if file:
        result = {**figures, "goals": [asdict(goal) for goal in goals]}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for goal in goals:
        print(goal)
    return 0 if all(goal.reached for goal in goals) else 1
