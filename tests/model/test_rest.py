"""The bundled model at rest: its memory is free, and it comes back as it was, with the adapter and the same bytes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from backends import catalog
from backends.base import GREEDY
from backends.engine import Engine
from backends.hardware import inspect_machine, serve_options
from domain import Message
from tests.model.test_serve import adapter

pytestmark = pytest.mark.model

PATIENCE = 120.0
QUESTION = [Message("user", "How do I poach an egg?")]
FEW = replace(GREEDY, max_tokens=16)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    path, _ = catalog.find("bundled")
    options = serve_options(inspect_machine(), 2048, path.stat().st_size)
    engine = Engine("llama_cpp", path, options, tmp_path / "engine.json", tmp_path / "engine.log")
    engine.start()
    engine.wait_ready(PATIENCE)
    yield engine
    engine.close()


def written(engine: Engine, folder: Path | None) -> str:
    ids, cancel = engine.encode(QUESTION), threading.Event()
    with closing(engine.stream(ids, FEW, folder, key="ada/talk", cancel=cancel)) as pieces:
        return "".join(piece.text for piece in pieces)


def test_a_key_press_brings_back_the_same_model_with_its_adapter(engine: Engine, tmp_path: Path) -> None:
    learnt = adapter(tmp_path / "v1")
    before, base, info = written(engine, learnt), written(engine, None), engine.info()
    assert before != base
    process, held = psutil.Process(engine.status().pid), engine.status().memory_bytes
    assert held > 100 * 2**20
    engine.rest()
    wait_until(lambda: engine.status().state == "resting")
    wait_until(lambda: not process.is_running())
    assert engine.status().memory_bytes == 0
    for _ in range(3):
        engine.wake()
    wait_until(lambda: engine.status().state == "ready")
    assert (engine.info(), engine.status().restarts) == (info, 0)
    assert engine.status().memory_bytes > held / 2
    assert written(engine, learnt) == before
    assert written(engine, None) == base


def test_a_message_to_a_resting_model_is_answered_as_always(engine: Engine) -> None:
    before = written(engine, None)
    engine.rest()
    wait_until(lambda: engine.status().state == "resting")
    assert written(engine, None) == before
