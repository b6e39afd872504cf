"""Forty personal questions to the bundled model, with memory and without: does the fact stand in its answer?"""

from __future__ import annotations

import statistics
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from backends.base import GREEDY
from backends.catalog import find
from backends.engine import Engine
from backends.gguf_header import read_header
from backends.hardware import inspect_machine, serve_options
from bench.memory import held_out
from bench.memory.personas import BEGAN
from bench.memory.topic import Topic
from conversation.prompt import recalled
from conversation.recollection import Recollection
from domain import Memory, Speeds
from personalization.embed import MiniLM
from personalization.memory import compose
from personalization.words import in_order
from storage.store import Store

COUNT = 40
TOKENS = 60  # of an answer


def answers() -> dict[str, Any]:
    """{"with", "without"}: {"told", "ttft_s", "prompt_tokens"} of greedy answers, each with an empty KV cache."""
    topics = held_out.TOPICS[:COUNT]
    machine = inspect_machine()
    model, _ = find("bundled")
    header = read_header(model)
    options = serve_options(machine, header.context_length, header.bytes)
    with tempfile.TemporaryDirectory(prefix="homegrown-bench-") as home:
        engine = Engine("llama_cpp", model, options, Path(home, "engine.json"), Path(home, "engine.log"))
        engine.start()
        try:
            engine.wait_ready()
            return {
                "model": engine.info().model,
                "with": _asked(engine, Path(home, "home"), topics, memory=True),
                "without": _asked(engine, Path(home, "blank"), topics, memory=False),
            }
        finally:
            engine.close()


def _asked(engine: Engine, home: Path, topics: Sequence[Topic], *, memory: bool) -> dict[str, Any]:
    store = Store(home)
    person = store.add_person("Ada").id
    if memory:
        store.put_all(person, [_memory(place, topic) for place, topic in enumerate(topics)])
    found = Recollection(store, MiniLM())
    told, speeds, replies = 0, [], []
    for topic in topics:
        inserted, _ = recalled(engine, found, person, topic.asks[0])
        ids = engine.encode(compose("", [], inserted, topic.asks[0]))
        reply, cost = _answer(engine, ids)
        stands = set(in_order(topic.values[0])) <= set(in_order(reply))
        told += stands
        speeds.append(cost)
        replies.append({"asked": topic.asks[0], "wanted": topic.values[0], "reply": reply, "told": stands})
    store.close()
    return {
        "told": told,
        "ttft_s": round(statistics.median(cost.ttft_s for cost in speeds), 3),
        "prompt_tokens": round(statistics.mean(cost.prompt_tokens for cost in speeds), 1),
        "replies": replies,
    }


def _answer(engine: Engine, ids: Sequence[int]) -> tuple[str, Speeds]:
    sampling = replace(GREEDY, max_tokens=TOKENS)
    reply, speeds = "", None
    for piece in engine.stream(ids, sampling, None, key=None, cancel=threading.Event()):
        reply, speeds = reply + piece.text, piece.speeds or speeds
    if speeds is None:
        raise RuntimeError("the reply ended without its speeds")
    return reply.strip(), speeds


def _memory(place: int, topic: Topic) -> Memory:
    text = topic.says[0].format(v=topic.values[0])
    return Memory(f"m{place}", text, True, "typed", BEGAN, BEGAN)
