"""One engine, another model: what comes next is the new one's, and nothing of the old one is heard again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import GREEDY
from backends.engine import Engine, ServeOptions
from backends.scripted import CRASH, DELAY
from domain import Message
from errors import EngineDied

SECONDS = 60.0
OPTIONS = ServeOptions(context=4096, threads=1, flash_attention=False, batch=64, kv_budget=0)
WIDER = replace(OPTIONS, context=8192)
QUESTION = [Message("user", "How do I bake good bread?")]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv(DELAY, "0")
    engine = Engine("scripted", None, OPTIONS, tmp_path / "engine.json", tmp_path / "engine.log")
    yield engine
    if engine._supervisor._thread.is_alive():
        engine.close()


def written(engine: Engine) -> str:
    ids = engine.encode(QUESTION)
    with closing(engine.stream(ids, GREEDY, None, key=None, cancel=threading.Event())) as pieces:
        return "".join(piece.text for piece in pieces)


def test_the_next_model_answers_in_a_new_process(engine: Engine) -> None:
    engine.start()
    before = engine.wait_ready(SECONDS)
    assert written(engine)
    old = engine.status().pid
    engine.load("scripted", None, WIDER)
    after = engine.wait_ready(SECONDS)
    assert (before.context, after.context) == (4 * OPTIONS.context, 4 * WIDER.context)
    assert engine.status().pid not in (None, old)
    assert (engine.status().recent, engine.status().reason) == ((), "")
    assert written(engine)


def test_a_model_may_be_chosen_before_the_engine_has_started(engine: Engine) -> None:
    engine.load("scripted", None, WIDER)
    engine.start()
    assert engine.wait_ready(SECONDS).context == 4 * WIDER.context


def test_a_change_while_the_engine_still_starts_is_not_answered_by_the_old_model(engine: Engine) -> None:
    engine.start()
    for options in (WIDER, OPTIONS, WIDER):
        engine.load("scripted", None, options)
    assert engine.wait_ready(SECONDS).context == 4 * WIDER.context


def test_what_was_under_way_is_told_and_what_waited_goes_on(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DELAY, "0.2")
    engine.start()
    engine.wait_ready(SECONDS)
    pieces = engine.stream(engine.encode(QUESTION), GREEDY, None, key=None, cancel=threading.Event())
    next(pieces)
    monkeypatch.setenv(DELAY, "0")
    engine.load("scripted", None, WIDER)
    with pytest.raises(EngineDied, match="was given another model"):
        list(pieces)
    assert written(engine)


def test_an_engine_that_has_given_up_takes_another_model(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CRASH, "always")
    engine.start()
    with pytest.raises(EngineDied):
        engine.wait_ready(SECONDS)
    monkeypatch.delenv(CRASH)
    engine.load("scripted", None, WIDER)
    assert engine.wait_ready(SECONDS).context == 4 * WIDER.context
