"""The engine as an exam uses it: at low priority, greedy, its answers cut short; the serving one, or one of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from backends.base import GREEDY
from backends.engine import Engine
from domain import content_hash
from personalization.exam import Answer
from personalization.night import NightProgress

ANSWER_TOKENS = 96  # of a sample answer in the exam
LOOK_SECONDS = 0.5  # between two looks whether an engine is loaded
LOADING = "Loading the model that is to serve next"


def nothing() -> None:
    pass


class ExamEngine:
    """Waits until the engine is ready, because it must know what it examines. `wait` is called before each question."""

    def __init__(self, engine: Engine, wait: Callable[[], None] = nothing) -> None:
        self._engine, self._wait = engine, wait
        self.build = content_hash(asdict(engine.info()))
        self.encode = engine.encode
        self.encode_reply = engine.encode_reply
        self.encode_text = engine.encode_text

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> list[list[float]]:
        self._wait()
        return self._engine.score(prompt_ids, completions, adapter)

    def answer(self, prompt_ids: Sequence[int], adapter: Path | None) -> Answer:
        self._wait()
        found = self._engine.answer(prompt_ids, replace(GREEDY, max_tokens=ANSWER_TOKENS), adapter)
        return Answer(found.text, found.finish == "length")


@contextmanager
def own_engine(
    make: Callable[[], Engine], tell: Callable[[NightProgress], None], wait: Callable[[], None]
) -> Iterator[ExamEngine]:
    """A second engine beside the one that serves, for as long as this lasts."""
    engine = make()
    try:
        engine.start()
        while engine.status().state in ("starting", "restarting"):
            tell(NightProgress(LOADING, 0.0))  # may raise: what is called off does not load to the end
            time.sleep(LOOK_SECONDS)
        yield ExamEngine(engine, wait)
    finally:
        engine.close()
