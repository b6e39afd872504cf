"""The real engine process crashes before it is ready: safe mode, remembered; a clear sentence if that crashes too."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backends.base import Sampling
from backends.catalog import find
from backends.engine import Engine, ServeOptions
from domain import Message
from errors import EngineDied

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGSEGV to send"),
]
PATIENCE = 120.0  # not a goal: the machine may be busy


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Engines of one home, on the bundled model; those before are closed."""
    model, made = find("bundled")[0], list[Engine]()
    options = ServeOptions(context=2048, threads=2, flash_attention=True, batch=512, kv_budget=2**28)

    def start() -> Engine:
        for earlier in made:
            earlier.close()
        made.append(Engine("llama_cpp", model, options, tmp_path / "engine.json", tmp_path / "engine.log"))
        made[-1].start()
        return made[-1]

    yield start
    for engine in made:
        engine.close()


def crash(engine: Engine, crashed: set[int]) -> None:
    """Sends the next process of the engine a SIGSEGV, when it holds the model and is not ready yet."""
    deadline = time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < deadline
        status = engine.status()
        assert status.state in ("starting", "restarting"), status
        if status.pid is not None and status.pid not in crashed and holds_model(status.pid):
            break
        time.sleep(0.002)
    os.kill(status.pid, signal.SIGSEGV)
    crashed.add(status.pid)


def holds_model(pid: int) -> bool:
    process = psutil.Process(pid)
    if hasattr(process, "memory_maps"):
        return any(mapped.path.endswith(".gguf") for mapped in process.memory_maps())
    return bool(process.memory_info().rss > find("bundled")[0].stat().st_size)  # macOS does not tell


def answer(engine: Engine) -> str:
    ids = engine.encode([Message("user", "Say hello.")])
    short = Sampling(temperature=0.0, max_tokens=4)
    return "".join(piece.text for piece in engine.stream(ids, short, None, key="a", cancel=threading.Event()))


def test_a_crash_before_the_engine_is_ready_leads_to_safe_mode_and_the_next_start_goes_straight_there(
    make: Callable[[], Engine],
) -> None:
    engine = make()
    crash(engine, set())
    assert engine.wait_ready(PATIENCE).safe_mode
    status = engine.status()
    assert (status.safe_mode, status.restarts, status.reason) == (True, 1, "The engine crashed (SIGSEGV).")
    assert answer(engine)
    later = make()
    assert later.wait_ready(PATIENCE).safe_mode
    assert later.status().restarts == 0
    assert answer(later)


def test_crashes_in_safe_mode_too_end_in_one_sentence_and_a_restart_by_hand_helps(
    make: Callable[[], Engine], tmp_path: Path
) -> None:
    engine, crashed = make(), set[int]()
    for _ in range(3):  # as usual, in safe mode, and once more in safe mode: it may have been chance
        crash(engine, crashed)
    log = tmp_path / "engine.log"
    sentence = (
        f"The engine does not start (it crashed (SIGSEGV)): see {log}, then restart the engine or choose another model."
    )
    for ask in (lambda: engine.wait_ready(PATIENCE), lambda: engine.encode_text("x")):
        with pytest.raises(EngineDied) as told:
            ask()
        assert str(told.value) == sentence
    status = engine.status()
    assert (status.state, status.pid, status.reason) == ("failed", None, sentence)
    assert "Fatal Python error: Segmentation fault" in log.read_text(encoding="utf-8", errors="replace")
    engine.restart()
    deadline = time.monotonic() + PATIENCE
    while engine.status().state != "ready":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert engine.status().safe_mode
    assert answer(engine)
