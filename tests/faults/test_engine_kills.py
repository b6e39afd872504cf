"""The engine process is killed again and again, at random moments; each later request is answered."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from backends.base import GREEDY, Sampling
from backends.catalog import find
from backends.engine import Engine, ServeOptions
from backends.scripted import DELAY
from domain import Message
from errors import EngineDied

KILLS = 20
READY_SECONDS = 60.0  # patience, not a goal: the machine may be busy
PROMPT = "Tell me a long story about a lighthouse and the people who live in it. " * 6


@pytest.fixture(params=["scripted", pytest.param("llama_cpp", marks=pytest.mark.model)])
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv(DELAY, "0.01")
    model = find("bundled")[0] if request.param == "llama_cpp" else None
    options = ServeOptions(context=2048, threads=2, flash_attention=True, batch=512, kv_budget=2**28)
    engine = Engine(request.param, model, options, tmp_path / "engine.json", tmp_path / "engine.log")
    engine.start()
    engine.wait_ready(READY_SECONDS)
    yield engine
    engine.close()


def ask(engine: Engine, key: str, sampling: Sampling = GREEDY) -> str:
    ids = engine.encode([Message("user", PROMPT + key)])
    pieces = list(engine.stream(ids, sampling, None, key=key, cancel=threading.Event()))
    assert pieces[-1].finish in ("stop", "length")
    return "".join(piece.text for piece in pieces)


def kill(engine: Engine) -> int:
    engine.wait_ready(READY_SECONDS)
    pid = engine.status().pid
    assert pid is not None
    psutil.Process(pid).kill()
    return pid


def breaks_off(engine: Engine, key: str, begun: threading.Event) -> bool:
    """Reads a reply to its end; whether the death of the engine ended it. Sets `begun` when the first text comes."""
    ids = engine.encode([Message("user", PROMPT + key)])
    try:
        for piece in engine.stream(ids, GREEDY, None, key=key, cancel=threading.Event()):
            if piece.text:
                begun.set()
    except EngineDied:
        return True
    return False


def test_twenty_kills_at_random_moments_and_each_later_request_is_answered(engine: Engine) -> None:
    chance = random.Random(7)
    short = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=24)
    expected = ask(engine, "same", short)
    killed = set()
    with ThreadPoolExecutor() as readers:
        for number in range(KILLS):
            moment = chance.choice(["idle", "prefill", "decode"])
            if moment == "idle":
                killed.add(kill(engine))
            else:
                begun = threading.Event()
                reader = readers.submit(breaks_off, engine, f"kill {number}", begun)
                if moment == "decode":
                    assert begun.wait(READY_SECONDS)
                time.sleep(chance.uniform(0.0, 0.1))
                killed.add(kill(engine))
                # A request that the dead process had not begun is served by the next one.
                assert reader.result(READY_SECONDS) or moment == "prefill", "the reply came through a kill"
            assert ask(engine, "same", short) == expected
    assert len(killed) == KILLS
    assert engine.status().restarts >= KILLS
