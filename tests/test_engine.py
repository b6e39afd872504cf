"""The engine survives the death of its process, serves in turn, and gives up in a sentence where it must."""

import gc
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from backends import engine_main
from backends.base import GREEDY, Piece, Sampling
from backends.engine import Engine, ServeOptions
from backends.scripted import CRASH, DELAY
from domain import Message
from errors import BadInput, EngineDied, ModelUnusable, Trouble

PATIENCE = 30.0  # seconds; the machine may be busy
OPTIONS = ServeOptions(context=65536, threads=1, flash_attention=False, batch=64, kv_budget=0)
QUESTION = [Message("user", "How do I bake good bread?")]
LONG = "word " * 40_000  # 200,000 tokens: several hundred chunks to read

MakeEngine = Callable[..., Engine]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeEngine]:
    engines = []

    def make(delay: float = 0.0, backend: str = "scripted", model: Path | None = None, **options: float) -> Engine:
        monkeypatch.setenv(DELAY, str(delay))
        engine = Engine(backend, model, OPTIONS, tmp_path / "engine.json", tmp_path / "engine.log", **options)
        engines.append(engine)
        engine.start()
        return engine

    yield make
    for engine in engines:
        engine.close()


def replying(
    engine: Engine,
    text: str = "How do I bake good bread?",
    cancel: threading.Event | None = None,
    key: str | None = "k",
) -> Iterator[Piece]:
    ids = engine.encode([Message("user", text)])
    return engine.stream(ids, GREEDY, None, key=key, cancel=cancel or threading.Event())


def reply(engine: Engine) -> str:
    pieces = list(replying(engine))
    assert pieces[-1].finish == "stop"
    return "".join(piece.text for piece in pieces)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def pid(engine: Engine) -> int:
    engine.wait_ready(PATIENCE)
    number = engine.status().pid
    assert number is not None
    return number


def kill(engine: Engine) -> None:
    psutil.Process(pid(engine)).kill()


def test_a_reply_comes_in_pieces_and_its_cost_is_remembered(make: MakeEngine) -> None:
    engine = make(delay=0.01)
    info = engine.wait_ready(PATIENCE)
    assert (info.backend, info.safe_mode) == ("scripted", False)
    pieces = list(replying(engine))
    assert len([piece for piece in pieces if piece.text]) > 2
    assert [piece.finish for piece in pieces][-2:] == [None, "stop"]
    assert engine.status().recent == (pieces[-1].speeds,)
    assert engine.status().memory_bytes > 2**20


def test_token_ids_scores_and_answers_cross_the_pipe(make: MakeEngine) -> None:
    engine = make()
    ids = engine.encode(QUESTION)
    assert engine.encode_text("half a pair \ud83c") == [ord(letter) for letter in "half a pair \ud83c"]
    assert engine.encode_reply(QUESTION, "Yes.") == [ord(letter) for letter in "Yes.\x03"]
    scores = engine.score(ids, [[65, 66], [67]], None)
    assert [len(row) for row in scores] == [2, 1]
    answer = engine.answer(ids, GREEDY, None)
    assert (answer.text, answer.finish) == (reply(engine), "stop")
    assert answer.tokens == len(answer.text.split())


def test_people_are_served_in_order_and_told_their_place(make: MakeEngine) -> None:
    engine = make(delay=0.005)
    ids = engine.encode(QUESTION)
    done: list[int] = []
    places: dict[int, list[int]] = {0: [], 1: [], 2: []}

    def ask(number: int) -> None:
        told = places[number].append
        list(engine.stream(ids, GREEDY, None, key=str(number), cancel=threading.Event(), place=told))
        done.append(number)

    first = engine.stream(ids, GREEDY, None, key="0", cancel=threading.Event(), place=places[0].append)
    next(first)
    with ThreadPoolExecutor() as threads:
        threads.submit(ask, 1)
        wait_until(lambda: engine.status().waiting == 1)
        threads.submit(ask, 2)
        wait_until(lambda: engine.status().waiting == 2)
        list(first)
    assert done == [1, 2]
    assert places == {0: [0], 1: [1, 0], 2: [2, 1, 0]}


def test_stop_ends_a_reply_while_it_is_written(make: MakeEngine) -> None:
    engine, cancel = make(delay=0.02), threading.Event()
    pieces = []
    for piece in replying(engine, cancel=cancel):
        pieces.append(piece)
        if piece.text:
            cancel.set()
    assert pieces[-1].finish == "stopped"
    assert 0 < pieces[-1].speeds.tokens < len(reply(engine).split())  # type: ignore[union-attr]


def test_stop_ends_a_reply_while_the_prompt_is_read(make: MakeEngine) -> None:
    engine, cancel = make(delay=0.05), threading.Event()
    threading.Timer(0.2, cancel.set).start()
    pieces = list(replying(engine, LONG, cancel))
    assert pieces[-1].finish == "stopped" and not any(piece.text for piece in pieces)
    told = [piece.read for piece in pieces[:-1] if piece.read is not None]
    assert told == sorted(told) and len(told) == len(pieces) - 1, "how far the prompt is read"


def test_stop_takes_a_waiting_request_out_of_the_queue(make: MakeEngine) -> None:
    engine, cancel = make(delay=0.05), threading.Event()
    ahead = replying(engine)
    next(ahead)
    cancel.set()
    assert list(replying(engine, cancel=cancel)) == [Piece("", "stopped")]
    assert engine.status().waiting == 0
    ahead.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("how", ["closed", "closed in another thread", "garbage"])
def test_a_reply_that_is_left_early_makes_room_for_the_next(make: MakeEngine, how: str) -> None:
    engine = make(delay=0.2)
    left = replying(engine)
    next(left)
    if how == "closed":
        left.close()  # type: ignore[attr-defined]
    elif how == "closed in another thread":
        with ThreadPoolExecutor() as threads:
            threads.submit(left.close).result(PATIENCE)  # type: ignore[attr-defined]
    else:
        cycle: list[object] = [left]
        cycle.append(cycle)
        del cycle, left
        gc.collect()
    wait_until(lambda: engine.status().state == "ready")
    assert engine.status().restarts == 0


def test_a_chat_goes_before_an_exam(make: MakeEngine) -> None:
    engine = make(delay=0.01)
    ids = engine.encode(QUESTION)
    long_ids = engine.encode_text(LONG)
    with ThreadPoolExecutor() as threads:
        exam = threads.submit(engine.answer, long_ids, GREEDY, None)
        wait_until(lambda: engine.status().state == "working")
        assert list(engine.stream(ids, GREEDY, None, key="chat", cancel=threading.Event()))[-1].finish == "stop"
        assert not exam.done()
        assert exam.result(PATIENCE).finish == "stop"


def test_short_questions_are_answered_while_a_reply_is_written(make: MakeEngine) -> None:
    engine = make(delay=0.05)
    pieces = replying(engine)
    next(pieces)
    with ThreadPoolExecutor() as threads:
        lengths = [len(ids) for ids in threads.map(lambda n: engine.encode_text("x" * n), range(50))]
    assert lengths == list(range(50))
    assert engine.status().state == "working"
    assert list(pieces)[-1].finish == "stop"


def test_errors_cross_the_pipe_as_what_they_are(make: MakeEngine, tmp_path: Path) -> None:
    engine = make()
    with pytest.raises(BadInput, match="shorten it"):
        list(engine.stream([65] * 300_000, GREEDY, None, key=None, cancel=threading.Event()))
    with pytest.raises(Trouble, match="roll back"):
        engine.answer([65], GREEDY, tmp_path)
    with pytest.raises(Trouble, match="roll back"):
        engine.score([65], [[66]], tmp_path)
    assert engine.status().restarts == 0
    assert reply(engine)


@pytest.mark.parametrize("moment", ["prefill", "decode"])
def test_a_reply_whose_engine_is_killed_says_so_and_the_next_is_answered(make: MakeEngine, moment: str) -> None:
    engine = make(delay=0.02)
    pieces = replying(engine, LONG if moment == "prefill" else "Hello")
    if moment == "decode":
        next(pieces)
        kill(engine)
    else:
        threading.Timer(0.3, kill, [engine]).start()
    with pytest.raises(EngineDied, match=r"broke off .* starting again; your words are kept"):
        list(pieces)
    assert reply(engine)
    assert engine.status().restarts == 1
    assert "SIGKILL" in engine.status().reason or sys.platform == "win32"


def test_an_engine_killed_while_idle_comes_back_by_itself(make: MakeEngine) -> None:
    engine = make()
    old = pid(engine)
    kill(engine)
    wait_until(lambda: engine.status().state == "ready" and engine.status().pid not in (old, None))
    assert reply(engine)


def test_those_who_wait_are_served_by_the_next_engine(make: MakeEngine) -> None:
    engine = make(delay=0.02)
    first = replying(engine)
    next(first)
    with ThreadPoolExecutor() as threads:
        waiting = [threads.submit(reply, engine) for _ in range(2)]
        wait_until(lambda: engine.status().waiting == 2)
        kill(engine)
        with pytest.raises(EngineDied):
            list(first)
        assert all(reply.result(PATIENCE) for reply in waiting)


def test_an_exam_whose_engine_is_killed_says_so(make: MakeEngine) -> None:
    engine = make(delay=0.05)
    ids = engine.encode_text(LONG)
    with ThreadPoolExecutor() as threads:
        exam = threads.submit(engine.answer, ids, GREEDY, None)
        wait_until(lambda: engine.status().state == "working")
        time.sleep(0.2)
        kill(engine)
        with pytest.raises(EngineDied):
            exam.result(PATIENCE)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP")
def test_an_engine_that_hangs_is_replaced(make: MakeEngine) -> None:
    engine = make(delay=0.02, hang_seconds=2.0)
    pieces = replying(engine)
    next(pieces)
    os.kill(pid(engine), signal.SIGSTOP)
    with pytest.raises(EngineDied, match="did not answer for 2 s"):
        list(pieces)
    assert reply(engine)


def test_a_build_that_crashes_is_run_in_safe_mode_from_then_on(
    make: MakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(CRASH, "unsafe")
    engine = make()
    assert engine.wait_ready(PATIENCE).safe_mode
    assert (engine.status().safe_mode, engine.status().restarts) == (True, 1)
    later = make()
    assert later.wait_ready(PATIENCE).safe_mode
    assert later.status().restarts == 0
    (tmp_path / "engine.json").write_text(json.dumps({"safe_mode": ["another build"]}))
    elsewhere = make()
    assert elsewhere.wait_ready(PATIENCE).safe_mode
    assert elsewhere.status().restarts == 1


def test_a_damaged_memory_of_safe_mode_is_no_obstacle(make: MakeEngine, tmp_path: Path) -> None:
    (tmp_path / "engine.json").write_text("{")
    assert not make().wait_ready(PATIENCE).safe_mode


def test_an_engine_that_never_starts_is_given_up_until_asked_again(
    make: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CRASH, "always")
    engine = make()
    with pytest.raises(EngineDied, match="does not start"):
        engine.wait_ready(PATIENCE)
    assert (engine.status().state, engine.status().restarts, engine.status().pid) == ("failed", 2, None)
    with pytest.raises(EngineDied, match="does not start"):
        engine.encode_text("x")
    monkeypatch.delenv(CRASH)
    engine.restart()
    wait_until(lambda: engine.status().state == "ready")
    assert reply(engine)


def test_a_start_that_hangs_is_given_up(make: MakeEngine) -> None:
    engine = make(delay=60, start_seconds=0.5)
    with pytest.raises(EngineDied, match=r"did not answer for 0\.5 s"):
        engine.wait_ready(PATIENCE)


def test_an_unusable_model_is_told_at_once_and_not_tried_again(make: MakeEngine, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_text("<html>Not found</html>")
    engine = make(backend="llama_cpp", model=tmp_path / "model.gguf")
    with pytest.raises(ModelUnusable) as told:
        engine.wait_ready(PATIENCE)
    assert (engine.status().state, engine.status().restarts) == ("failed", 0)
    with pytest.raises(ModelUnusable, match=re.escape(str(told.value))):
        engine.encode_text("x")


def test_an_engine_that_keeps_dying_idle_is_given_up(make: MakeEngine) -> None:
    engine = make()
    for _ in range(5):
        old = pid(engine)
        kill(engine)
        wait_until(lambda old=old: engine.status().pid != old and engine.status().state in ("ready", "failed"))  # type: ignore[misc]
    assert engine.status().state == "failed"


def test_restart_by_hand_ends_what_runs(make: MakeEngine) -> None:
    engine = make(delay=0.05)
    old = pid(engine)
    pieces = replying(engine)
    next(pieces)
    engine.restart()
    with pytest.raises(EngineDied, match="restarted by hand"):
        list(pieces)
    assert reply(engine)
    assert pid(engine) != old


def test_after_closing_no_process_is_left_and_requests_are_refused(make: MakeEngine) -> None:
    engine = make(delay=0.05)
    process = psutil.Process(pid(engine))
    pieces = replying(engine)
    next(pieces)
    engine.close()
    engine.close()
    assert not process.is_running()
    for late in (lambda: list(pieces), lambda: engine.encode_text("x"), lambda: engine.wait_ready(1)):
        with pytest.raises(EngineDied, match="closed"):
            late()
    assert engine.status().state == "closed"


def test_an_engine_that_was_never_started_refuses_at_once(tmp_path: Path) -> None:
    engine = Engine("scripted", None, OPTIONS, tmp_path / "engine.json", tmp_path / "engine.log")
    with pytest.raises(EngineDied):
        engine.encode_text("x")
    engine.close()


def test_forgetting_reaches_the_engine_and_harms_nothing(make: MakeEngine) -> None:
    engine = make()
    engine.forget("person/")
    reply(engine)
    engine.forget("person/")
    assert reply(engine)


def test_an_absent_runtime_is_told_with_the_command_that_installs_it() -> None:
    assert "run: make setup" in str(engine_main.for_people(ImportError("No module named 'llama_cpp'")))


def test_threads_are_told_to_spin_briefly_before_the_runtime_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "runtime_for_test.py").write_text(
        "import os\nSPINS = os.environ.get('GOMP_SPINCOUNT')\ndef load(model, options): return SPINS\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(engine_main.BACKENDS, "for test", "runtime_for_test")
    monkeypatch.setenv("GOMP_SPINCOUNT", "not set yet")  # and put back afterwards
    assert engine_main.load("for test", None, OPTIONS) == "2000"


def test_a_wish_to_stop_that_comes_too_late_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    start = {"op": "start", "backend": "scripted", "model": None, "options": asdict(OPTIONS)}
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(engine_main, "Parent", lambda urgent: SimpleNamespace(receive=lambda: start, send=sent.append))
    monkeypatch.setenv("GOMP_SPINCOUNT", "")  # and put back afterwards
    serving = engine_main.Serving()
    request = {"id": 1, "op": "encode_text", "text": "x"}
    assert not serving._urgent(request)
    serving._take(request)
    assert serving._urgent({"id": 1, "op": "cancel"})
    assert (sent[-1]["result"], serving._cancelled) == ([ord("x")], {})


def test_a_seed_repeats_across_the_pipe(make: MakeEngine) -> None:
    engine = make()
    ids = engine.encode(QUESTION)
    texts = {engine.answer(ids, Sampling(seed=5), None).text for _ in range(5)}
    assert len(texts) == 1


@pytest.mark.parametrize("begun", [True, False], ids=["under way", "waiting"])
def test_an_answer_that_is_called_off_ends_as_stopped(make: MakeEngine, begun: bool) -> None:
    engine = make(delay=0.01)
    ids, cancel = engine.encode([Message("user", LONG)]), threading.Event()
    others = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(engine.answer, ids, GREEDY, None, cancel if begun else others)
        second = pool.submit(engine.answer, ids, GREEDY, None, others if begun else cancel)
        cancel.set()
        called_off = (first if begun else second).result(PATIENCE)
        others.set()
        assert (called_off.text, called_off.finish, called_off.tokens) == ("", "stopped", 0)
        assert {first.result(PATIENCE).finish, second.result(PATIENCE).finish} == {"stopped"}
