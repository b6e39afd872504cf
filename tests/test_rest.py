"""A model that nobody uses gives its memory back, and comes back once, at the first key press or request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from backends.base import GREEDY
from backends.engine import Engine, ServeOptions
from backends.scripted import CRASH, DELAY
from domain import Message
from errors import BadInput, Deferred, EngineDied
from learning.place import Place
from learning.rest import MINUTES, Rest
from storage.chosen import Chosen
from tests.test_engine import wait_until

SECONDS = 60.0
OPTIONS = ServeOptions(context=65536, threads=1, flash_attention=False, batch=64, kv_budget=0)
QUESTION = [Message("user", "How do I bake good bread?")]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Engine]:
    monkeypatch.setenv(DELAY, "0")
    engine = Engine("scripted", None, OPTIONS, tmp_path / "engine.json", tmp_path / "engine.log", clock=clock)
    engine.start()
    engine.wait_ready(SECONDS)
    yield engine
    engine.close()


@pytest.fixture
def rest(engine: Engine, tmp_path: Path) -> Rest:
    return Rest(engine, Place(), Chosen(tmp_path))


def written(engine: Engine) -> str:
    with closing(engine.stream(engine.encode(QUESTION), GREEDY, None, key="k", cancel=threading.Event())) as pieces:
        return "".join(piece.text for piece in pieces)


def launches(engine: Engine) -> int:
    return engine._supervisor._launched


def heard(engine: Engine) -> None:
    """Returns when the engine thread has done all that it was told before."""
    done = threading.Event()
    engine._supervisor._inbox.put(done.set)
    assert done.wait(SECONDS)


def asleep(engine: Engine) -> None:
    engine.rest()
    wait_until(lambda: engine.status().state == "resting" and engine.status().pid is None)


def test_a_model_that_nobody_used_for_the_set_time_is_unloaded(engine: Engine, rest: Rest, clock: Clock) -> None:
    written(engine)
    process, info = psutil.Process(engine.status().pid), engine.info()
    clock.now += 60 * MINUTES - 1
    rest.look()
    heard(engine)
    assert engine.status().state == "ready"
    clock.now += 1
    rest.look()
    wait_until(lambda: engine.status().state == "resting")
    wait_until(lambda: not process.is_running())
    assert (engine.status().pid, engine.status().memory_bytes, engine.status().restarts) == (None, 0, 0)
    assert engine.info() == info
    heard(engine)
    assert engine.status().state == "resting"  # what is known about it does not wake it


def test_a_key_press_counts_as_use(engine: Engine, rest: Rest, clock: Clock) -> None:
    clock.now += 60 * MINUTES
    engine.wake()
    rest.look()
    heard(engine)
    assert engine.status().state == "ready"


def test_two_key_presses_load_the_model_once(engine: Engine) -> None:
    before = written(engine)
    asleep(engine)
    with ThreadPoolExecutor() as threads:
        for press in [threads.submit(engine.wake) for _ in range(8)]:
            press.result()
    engine.wake()
    heard(engine)
    assert engine.status().state == "starting"
    wait_until(lambda: engine.status().state == "ready")
    assert launches(engine) == 1 + 1 + 1  # the first start, the end that counts as no death, the second start
    assert written(engine) == before


def test_messages_sent_while_the_model_rests_wait_for_it_and_are_answered(engine: Engine) -> None:
    before = written(engine)
    asleep(engine)
    with ThreadPoolExecutor() as threads:
        replies = [threads.submit(written, engine) for _ in range(3)]
        assert [reply.result(SECONDS) for reply in replies] == [before] * 3
    assert engine.status().restarts == 0


def test_a_message_withdrawn_while_the_model_wakes_ends_as_stopped(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, cancel = engine.encode(QUESTION), threading.Event()
    asleep(engine)
    monkeypatch.setenv(DELAY, "0.2")  # of the process that starts now
    cancel.set()
    pieces = list(engine.stream(ids, GREEDY, None, key="k", cancel=cancel))
    assert [(piece.text, piece.finish) for piece in pieces] == [("", "stopped")]


def test_a_model_does_not_rest_while_it_answers(engine: Engine, clock: Clock) -> None:
    with closing(engine.stream(engine.encode(QUESTION), GREEDY, None, key="k", cancel=threading.Event())) as pieces:
        next(pieces)
        clock.now += 1e6
        engine.rest()
        heard(engine)
        assert "".join(piece.text for piece in pieces)
    assert launches(engine) == 1


def test_a_night_or_an_exam_keeps_the_model_loaded(engine: Engine, rest: Rest, clock: Clock) -> None:
    rest._place.take("ada", "A night")
    clock.now += 1e6
    rest.look()
    with pytest.raises(Deferred, match="in use"):
        rest.now()
    heard(engine)
    assert engine.status().state == "ready"
    rest._place.leave("ada")
    rest.now()
    wait_until(lambda: engine.status().state == "resting")


def test_a_model_that_is_not_loaded_is_not_asked_to_rest(engine: Engine, rest: Rest) -> None:
    asleep(engine)
    with pytest.raises(Deferred, match="in use"):
        rest.now()


def test_never_means_never(engine: Engine, rest: Rest, clock: Clock) -> None:
    rest.choose(0)
    clock.now += 1e9
    rest.look()
    heard(engine)
    assert engine.status().state == "ready"


def test_a_resting_model_can_be_restarted_by_hand_and_exchanged(engine: Engine) -> None:
    asleep(engine)
    engine.restart()
    wait_until(lambda: engine.status().state == "ready")
    asleep(engine)
    engine.load("scripted", None, OPTIONS)
    assert engine.wait_ready(SECONDS).backend == "scripted"
    assert written(engine)


def test_a_model_that_cannot_be_loaded_again_says_so_to_who_waits(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep(engine)
    monkeypatch.setenv(CRASH, "always")
    with pytest.raises(EngineDied, match="does not start"):
        written(engine)


def test_a_resting_engine_is_closed_at_once(engine: Engine) -> None:
    asleep(engine)
    engine.close()
    assert engine.status().state == "closed"


@pytest.mark.parametrize(
    ("given", "kept", "minutes"), [(None, None, MINUTES), (None, 30, 30), (5, 30, 5), (0, 30, 0), (None, -3, MINUTES)]
)
def test_what_is_given_at_start_goes_before_what_was_chosen(
    tmp_path: Path, given: int | None, kept: int | None, minutes: int
) -> None:
    chosen, nothing = Chosen(tmp_path), SimpleNamespace()
    if kept is not None:
        chosen.put("rest_minutes", kept)
    made: Callable[..., Rest] = Rest
    engine: Any = nothing
    assert made(engine, Place(), chosen, given).minutes == minutes


def test_a_choice_holds_at_once_and_after_a_restart(tmp_path: Path) -> None:
    engine: Any = SimpleNamespace()
    rest = Rest(engine, Place(), Chosen(tmp_path), 5)
    rest.choose(60)
    assert (rest.minutes, Rest(engine, Place(), Chosen(tmp_path)).minutes) == (60, 60)
    for minutes in (-1, 1441):
        with pytest.raises(BadInput, match="0 \\(never\\)"):
            rest.choose(minutes)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"rest_minutes": "5"}', '{"rest_minutes": true}', "\x00"])
def test_a_damaged_choice_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "chosen.json").write_text(text)
    chosen = Chosen(tmp_path)
    assert chosen.get("rest_minutes") is None
    chosen.put("rest_minutes", 5)
    assert chosen.get("rest_minutes") == 5


def test_choices_made_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    chosen = Chosen(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: chosen.put(f"choice {number % 4}", number), range(40)))
    assert all(chosen.get(f"choice {number}") in range(number, 40, 4) for number in range(4))
