"""Recall among many memories: embed, search and compose, with a real store; and what it takes of memory."""

from __future__ import annotations

import gc
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bench.memory import development
from bench.memory.personas import BEGAN
from conversation.recollection import Recollection, embedded
from domain import Memory
from personalization.embed import MiniLM, Vectors, packed
from personalization.memory import BUDGET, inserted_block, within
from storage.store import Store

QUESTIONS = 200
NOISE = 0.5  # of each vector: sentences are embedded once, and more of them are made like that
LETTERS = 4  # of a token, about: the engine's own count is left out


def scale(sizes: Sequence[int]) -> dict[str, Any]:
    """size -> {"p50_s", "p95_s", "cpu_p95_s", "rss_mb", "beside_model_mb"}; "model_mb".

    `rss_mb`: all that recall adds to the process; `model_mb`: the part of the embedding model and ONNX Runtime in it;
    `beside_model_mb`: the rest, which is the memories in the open store, their vectors, and what a search needs.
    """
    embedder, before = MiniLM(), _rss()
    base = _sentences()
    vectors = embedder.embed(base)
    loaded = _rss()
    found: dict[str, Any] = {"model_mb": round(loaded - before, 1)}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="homegrown-bench-") as home:
            measured = _measured(Path(home), size, base, vectors, embedder)
        held = {
            "rss_mb": round(measured["rss_mb"] - before, 1),
            "beside_model_mb": round(measured["rss_mb"] - loaded, 1),
        }
        found[str(size)] = {**measured, **held, "memories": size}
        gc.collect()
    return found


def _measured(home: Path, size: int, base: Sequence[str], vectors: Vectors, embedder: MiniLM) -> dict[str, Any]:
    store = Store(home)
    person = store.add_person("Ada").id
    _fill(store, person, size, base, vectors)
    store.close()
    store = Store(home)  # as after a start: nothing that only filling needed is held
    found = Recollection(store, embedder)
    began = time.perf_counter()
    found.ranked(person, "Where do I live?")
    first = time.perf_counter() - began
    questions = [ask for topic in development.TOPICS for ask in topic.asks]
    wall, cpu = [], []
    for question in itertools.islice(itertools.cycle(questions), QUESTIONS):
        began, spent = time.perf_counter(), time.process_time()
        inserted_block(within(found.ranked(person, question), BUDGET, lambda text: len(text) // LETTERS))
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - spent)
    store.close()
    return {
        "first_s": round(first, 3),
        "p50_s": round(statistics.median(wall), 4),
        "p95_s": round(_p95(wall), 4),
        "cpu_p50_s": round(statistics.median(cpu), 4),
        "cpu_p95_s": round(_p95(cpu), 4),
        "rss_mb": _rss(),
    }


def _fill(store: Store, person: str, size: int, base: Sequence[str], vectors: Vectors) -> None:
    chance = np.random.default_rng(1)
    for start in range(0, size, 5_000):
        count = min(5_000, size - start)
        picks = chance.integers(len(base), size=count)
        noise = chance.normal(size=(count, vectors.shape[1])).astype(np.float32)
        rows = vectors[picks] + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        memories = [_memory(start + place, f"{base[pick]} ({start + place})") for place, pick in enumerate(picks)]
        store.put_all(person, memories)
        kept = {m.id: (embedded(m.text), packed(row)) for m, row in zip(memories, rows, strict=True)}
        store.recalled.keep_vectors(person, kept, embedded)


def _memory(number: int, text: str) -> Memory:
    at = BEGAN + timedelta(minutes=number)
    return Memory(f"{number:016x}", text, True, "typed", at, at)


def _sentences() -> list[str]:
    said = {text.format(v=value) for topic in development.TOPICS for text in topic.says for value in topic.values}
    filled: Iterable[str] = (
        text.format(v=value)
        for text, values in zip(development.FILLERS, development.FILLED, strict=True)
        for value in values
    )
    return sorted(said | set(filled))


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]


def _rss() -> float:
    """Megabytes that this process holds."""
    return float(psutil.Process().memory_info().rss) / 1e6
