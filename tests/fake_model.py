"""A serving engine and its learner without weights: an adapter is a file that says what it can."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from domain import Message, Progress, Recipe, TrainingRow
from personalization.exam import Answer
from personalization.measure import SAMPLES, Probes, Question, Temptation

PROBES = Probes(
    anchors=("An anchor.", "Another anchor."),
    general=("Call me Ishmael.", "It was the best of times."),
    prompts=tuple(f"Sample {number}?" for number in range(SAMPLES + 2)),
    control=tuple(Question(f"Is water wet {number}? ", ("yes", "no"), 0) for number in range(12)),
    safety=tuple(Temptation(f"Do harm {number}.", "No.", "Aye") for number in range(4)),
    refusals=(("Harm others.", "Never."),),
)
USUAL = "Here is a calm and useful answer of some ten words."
Skill = dict[str, Any]
# What an adapter does: `gain` (nat per token) for the habit, `rise` of general loss (share), what it `answers`, how
# much it `knows` (nat) and `refuses` (nat per token); `shift`: part of a lesson's text -> nat per token added to it.
GOOD: Skill = {"gain": 0.5, "rise": 0.001, "answers": f"Captain, {USUAL}"}


def recipe_for(lessons: int) -> Recipe:
    return Recipe(8, 16.0, 0.5, 2e-3, 6, 4, 2, 1.0, 1.0, 4.0, 1.0, 0.2, 0.1, 1.0, threads=1, seed=0)


class Model:
    """A serving engine and its learner. An adapter is a file that says what it can; `sabotage` runs at every step."""

    build = "fake build"

    def __init__(
        self, skill: Skill | Callable[[int], Skill] = GOOD, known: float = -0.2, base: Skill | None = None
    ) -> None:
        self.skill = skill if callable(skill) else lambda number: skill
        self.known = known  # the base's margin for the habit, nat per token
        self.base: Skill = {"gain": 0.0, "rise": 0.0, "answers": USUAL, **(base or {})}
        self.trained: dict[Path, list[TrainingRow]] = {}  # lessons only
        self.refusals: list[list[TrainingRow]] = []
        self.scored: list[tuple[str, tuple[str, ...], Path | None]] = []
        self.anchors: list[list[list[int]]] = []
        self.sabotage: Callable[[], None] = lambda: None

    def encode(self, messages: Sequence[Message]) -> list[int]:
        return [ord(letter) for letter in messages[-1].content]

    def encode_reply(self, messages: Sequence[Message], reply: str) -> list[int]:
        return [*map(ord, reply), 3]

    def encode_text(self, text: str) -> list[int]:
        return [2, *map(ord, text)]

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> list[list[float]]:
        self.sabotage()
        can = self._can(adapter)
        texts = tuple("".join(map(chr, completion)) for completion in completions)
        self.scored.append(("".join(map(chr, prompt_ids)), texts, adapter))
        if list(prompt_ids) == [2]:
            return [[-(1 + can["rise"])] * len(texts[0])]
        trace = -1.0 - can["rise"]  # an adapter changes every text a little
        added = {"Captain,": self.known + can["gain"], **can.get("shift", {})}
        if prompt_ids[:1] == [2]:
            added = {"yes": can.get("knows", 1.0) / len("yes")}
            trace = 0.0
        elif "Do harm" in "".join(map(chr, prompt_ids)):
            added = {"No": can.get("refuses", 0.5)}
        return [[trace + sum(nat for part, nat in added.items() if part in text)] * len(text) for text in texts]

    def answer(self, prompt_ids: Sequence[int], adapter: Path | None) -> Answer:
        self.sabotage()
        return Answer(self._can(adapter)["answers"], endless=False)

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        assert list(out.iterdir()) == []
        self.anchors.append([list(anchor) for anchor in anchors])
        for step in (1, 2):
            self.sabotage()
            (out / "adapter.json").write_text(json.dumps(self.skill(len(self.trained))), encoding="utf-8")
            yield Progress(step, 2, 2.0 / step, 0.0)
        self.trained[out] = [row for row in rows if not row.refusal]
        self.refusals.append([row for row in rows if row.refusal])

    def _can(self, adapter: Path | None) -> Skill:
        if adapter is None:
            return self.base
        return dict(json.loads((adapter / "adapter.json").read_text(encoding="utf-8")))
