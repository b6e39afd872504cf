"""The engine as an exam uses it: at low priority, greedy, its answers cut short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from backends.base import GREEDY
from backends.engine import Engine
from domain import content_hash
from personalization.exam import Answer

ANSWER_TOKENS = 96  # of a sample answer in the exam


class ExamEngine:
    """Waits until the engine is ready, because it must know what it examines."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.build = content_hash(asdict(engine.info()))
        self.encode = engine.encode
        self.encode_reply = engine.encode_reply
        self.encode_text = engine.encode_text
        self.score = engine.score

    def answer(self, prompt_ids: Sequence[int], adapter: Path | None) -> Answer:
        found = self._engine.answer(prompt_ids, replace(GREEDY, max_tokens=ANSWER_TOKENS), adapter)
        return Answer(found.text, found.finish == "length")
