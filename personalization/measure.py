"""Measures adapters on the engine that will serve them: margins on lessons, general prose, sample answers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from domain import Lesson, Message
from personalization.dataset import REPLY_TOKENS, prompt_ids
from personalization.exam import Answer

SAMPLES = 8  # bundled prompts that are answered to look for degeneration


class ExamEngine(Protocol):
    """The serving engine, at low priority. Adapters are folders, None is the base; log-probabilities are in nat."""

    def encode(self, messages: Sequence[Message]) -> list[int]: ...

    def encode_reply(self, messages: Sequence[Message], reply: str) -> list[int]: ...

    def encode_text(self, text: str) -> list[int]: ...

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> list[list[float]]: ...

    def answer(self, prompt_ids: Sequence[int], adapter: Path | None) -> Answer:
        """Greedy, from a fresh KV cache."""
        ...


@dataclass(frozen=True, slots=True)
class Probes:
    """Bundled texts: `anchors` hold the model in place in training, the others examine it; they are disjoint."""

    anchors: tuple[str, ...]
    general: tuple[str, ...]
    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What could have got worse: negative log-likelihood (nat) of each general text, and the sample answers."""

    nll: tuple[float, ...]
    answers: tuple[Answer, ...]


class Examiner:
    """Asks the engine. Several candidates share the texts and prompts among them, so k cost no more than one."""

    def __init__(self, engine: ExamEngine, probes: Probes) -> None:
        self.engine = engine
        self.general = [engine.encode_text(text) for text in probes.general]
        self.prompts = probes.prompts[:SAMPLES]
        self._prompt_ids = [engine.encode([Message("user", prompt)]) for prompt in self.prompts]

    def margin(self, lesson: Lesson, adapter: Path | None) -> float:
        """Mean log-probability per token of what is wanted, minus that of the likeliest reply that was rejected."""
        wanted, *rejected = (
            self.engine.encode_reply(lesson.prompt, text)[:REPLY_TOKENS]
            for text in (lesson.chosen or "", *lesson.rejected)
        )
        scores = self.engine.score(prompt_ids(lesson.prompt, self.engine.encode), [wanted, *rejected], adapter)
        best, *others = (statistics.fmean(score) for score in scores)
        return best - max(others)

    def figures(self, candidates: Sequence[Path | None]) -> Figures:
        def of(index: int) -> Path | None:
            return candidates[index % len(candidates)]

        nll = [-sum(self._log_probs(ids, of(index))) for index, ids in enumerate(self.general)]
        answers = [self.engine.answer(ids, of(index)) for index, ids in enumerate(self._prompt_ids)]
        return Figures(tuple(nll), tuple(answers))

    def answers(self, adapter: Path | None, count: int) -> list[str]:
        return [self.engine.answer(ids, adapter).text for ids in self._prompt_ids[:count]]

    def effect(self, candidates: Sequence[Path]) -> float:
        """Mean change (nat per token) that the least effective candidate makes to a text; NaN if one is broken."""
        base = self._log_probs(self.general[0], None)
        changes = []
        for candidate in candidates:
            scored = zip(self._log_probs(self.general[0], candidate), base, strict=True)
            changes.append(statistics.fmean(abs(after - before) for after, before in scored))
        return min(changes, key=lambda change: change if math.isfinite(change) else -math.inf)

    def _log_probs(self, ids: Sequence[int], adapter: Path | None) -> list[float]:
        return self.engine.score(ids[:1], [ids[1:]], adapter)[0]
