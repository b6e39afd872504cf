"""How fast the app serves, against llama.cpp's own benchmark on the same libraries, threads and settings.

`python -m bench.serving --json docs/results/serving.json`. All sides take turns in every round, so that whatever else
the machine does disturbs them alike; the medians of the rounds and of their ratios count.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from backends.base import GREEDY, Backend, Piece, Sampling
from backends.catalog import find
from backends.engine import Engine, ServeOptions
from backends.gguf_header import read_header
from backends.hardware import inspect_machine, serve_options
from backends.llama_cpp.serve import LlamaCpp, load
from bench import llama_bench
from bench.machine import circumstances
from bench.result import Goal, publish
from domain import Message, Speeds

ROUNDS = 7
DECODED = 64  # tokens
PREFILL = 512  # tokens
STORY = [Message("user", "Tell me a long story about a lighthouse keeper and the sea.")]
CACHE = Path(__file__).parent.parent / ".cache" / "llama-bench"
DECODE_GOAL, FIRST_TOKEN_GOAL, CANCEL_GOAL = 0.9, 0.15, 0.1

Stream = Callable[[Sequence[int], Sampling, str | None, threading.Event], Iterator[Piece]]


def in_process(backend: Backend) -> Stream:
    return lambda ids, sampling, key, cancel: backend.stream(ids, sampling, None, cancel.is_set, key)


def through_engine(engine: Engine) -> Stream:
    return lambda ids, sampling, key, cancel: engine.stream(ids, sampling, None, key=key, cancel=cancel)


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply as its reader saw it: its own account, and seconds from the request to its first text and to its end."""

    speeds: Speeds
    first_s: float
    end_s: float

    @property
    def arrival(self) -> float:
        """Tokens per second after the first one, as they arrived here."""
        return (self.speeds.tokens - 1) / (self.end_s - self.first_s)


def read(stream: Stream, ids: Sequence[int], tokens: int, key: str | None = None) -> Reading:
    began, first = time.perf_counter(), 0.0
    last = Piece("")
    for last in stream(ids, replace(GREEDY, max_tokens=tokens), key, threading.Event()):
        first = first or (time.perf_counter() - began if last.text else 0.0)
    if last.speeds is None:
        raise RuntimeError("the reply ended without its speeds")
    return Reading(last.speeds, first, time.perf_counter() - began)


def cached_first_token(stream: Stream, encode: Callable[[list[Message]], list[int]], key: str) -> float:
    """Seconds to the first text of a second turn, whose history is in the cache."""
    reply = "".join(
        piece.text for piece in stream(encode(STORY), replace(GREEDY, max_tokens=48), key, threading.Event())
    )
    ids = encode([*STORY, Message("assistant", reply), Message("user", "What is the keeper called?")])
    return read(stream, ids, 2, key).first_s


def cancel_seconds(backend: LlamaCpp, ids: Sequence[int], decoding: bool) -> float:
    """From the wish to stop until the stream has ended; the wish comes in the middle of native work."""
    cancel, wished = threading.Event(), [0.0]

    def stop() -> None:
        wished[0] = time.perf_counter()
        cancel.set()
        backend.interrupt()

    timer = None
    for piece in backend.stream(ids, replace(GREEDY, max_tokens=400), None, cancel.is_set, None):
        if timer is None and (piece.text or not decoding):
            timer = threading.Timer(0.05, stop)
            timer.start()
    ended = time.perf_counter()
    if timer is not None:
        timer.join()
    return ended - wished[0]


def measure(model: Path, options: ServeOptions, rounds: int) -> dict[str, list[float]]:
    """Every run of every figure, one entry a round; the first round, which warms everything up, is left out."""
    program = llama_bench.build(CACHE)
    runs: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as home:
        engine = Engine("llama_cpp", model, options, Path(home, "engine.json"), Path(home, "engine.log"))
        engine.start()
        backend = load(model, options)
        try:
            engine.wait_ready()
            here, there = in_process(backend), through_engine(engine)
            story = backend.encode(STORY)
            long = backend.encode_text("The river runs past the mill and under the bridge. " * 60)[:PREFILL]
            for turn in range(rounds + 1):
                # What the engine counts and what arrives here are read off the same reply: of two replies, the one that
                # another program disturbed would make the pipe look slow, or quick.
                reply = read(there, story, DECODED)
                yardstick = llama_bench.run(program, model, options, PREFILL, DECODED)
                found = {
                    "llama_bench_decode": yardstick["decode"],
                    "backend_decode": read(here, story, DECODED).speeds.tokens_per_s,
                    "engine_decode": reply.speeds.tokens_per_s,
                    "engine_arrival": reply.arrival,
                    "llama_bench_prefill": yardstick["prompt"],
                    "backend_prefill": PREFILL / read(here, long, 1).speeds.ttft_s,
                    "backend_cached_first_token_s": cached_first_token(here, lambda m: backend.encode(m), f"b{turn}"),
                    "engine_cached_first_token_s": cached_first_token(there, lambda m: engine.encode(m), f"e{turn}"),
                    "cancel_in_prefill_s": cancel_seconds(backend, long, decoding=False),
                    "cancel_in_decode_s": cancel_seconds(backend, story, decoding=True),
                }
                for name, value in found.items() if turn else ():
                    runs.setdefault(name, []).append(round(value, 4))
        finally:
            backend.close()
            engine.close()
    return runs


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.serving", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result here")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--threads", type=int, help="default: what the app takes on this machine")
    parser.add_argument("--safe-mode", action="store_true", help="without repacked weights, on both sides")
    chosen = parser.parse_args(arguments)
    model, _ = find("bundled")
    header = read_header(model)
    options = serve_options(inspect_machine(), header.context_length, header.bytes)
    options = replace(options, threads=chosen.threads or options.threads, safe_mode=chosen.safe_mode)
    before = circumstances()
    runs = measure(model, options, chosen.rounds)
    medians = {name: round(statistics.median(values), 4) for name, values in runs.items()}

    def ratio(ours: str, theirs: str) -> float:
        return round(statistics.median(a / b for a, b in zip(runs[ours], runs[theirs], strict=True)), 3)

    ratios = {
        "backend_decode": ratio("backend_decode", "llama_bench_decode"),
        "engine_decode": ratio("engine_decode", "llama_bench_decode"),
        "engine_arrival": ratio("engine_arrival", "llama_bench_decode"),
        "backend_prefill": ratio("backend_prefill", "llama_bench_prefill"),
    }
    first = medians["engine_cached_first_token_s"]
    cancel = max(medians["cancel_in_prefill_s"], medians["cancel_in_decode_s"])
    goals = [
        Goal(
            "decode through the engine / llama-bench",
            ratios["engine_decode"],
            ">= 0.9",
            ratios["engine_decode"] >= DECODE_GOAL,
        ),
        Goal("first token on a cached prefix, seconds", first, "< 0.15", first < FIRST_TOKEN_GOAL),
        Goal("cancel, seconds", cancel, "<= 0.1", cancel <= CANCEL_GOAL),
    ]
    settings = {"model": model.name, "decoded": DECODED, "prefill": PREFILL, "options": asdict(options)}
    return publish(
        {**before, "settings": settings, "ratios": ratios, "medians": medians, "runs": runs}, goals, chosen.json
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
