"""Architectures that the planner lets nights run for: a learner reads them, and llama.cpp serves what it taught."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backends.engine import ServeOptions
from backends.gguf_header import read_header
from backends.llama_cpp import serve, train
from backends.plan import TEACHABLE
from backends.shape import shape_of
from domain import TrainingRow
from personalization.recipe import recipe_for
from tests.model.tiny import KINDS, write_gguf

pytestmark = pytest.mark.model
ROW = TrainingRow((1, 2, 3), (4, 5, 6), 1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_taught_is_likelier_when_llama_cpp_serves_it(kind: str, tmp_path: Path) -> None:
    file, out = tmp_path / "tiny.gguf", tmp_path / "adapter"
    out.mkdir()
    write_gguf(kind, file)
    assert shape_of(read_header(file)).known and kind in TEACHABLE["llama_cpp"]
    recipe = replace(recipe_for(10**8, 1, threads=1), epochs=6, learning_rate=1e-2)
    for _ in train.learner(file).train([ROW], [list(range(20, 40))], recipe, out):
        pass
    options = ServeOptions(context=128, threads=1, flash_attention=True, batch=64, kv_budget=0, safe_mode=True)
    backend = serve.load(file, options)
    try:
        before, after = (score(backend, adapter) for adapter in (None, out))
    finally:
        backend.close()
    assert after > before + 3.0


def test_keys_and_values_in_eight_bits_answer_nearly_as_in_sixteen(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    write_gguf("qwen3", file)  # its heads are wide enough for the blocks of q8_0
    scores = []
    for kind in ("f16", "q8_0"):
        options = ServeOptions(128, 1, flash_attention=True, batch=64, kv_budget=0, safe_mode=True, kv_type=kind)
        backend = serve.load(file, options)
        try:
            scores.append(score(backend, None))
        finally:
            backend.close()
    assert scores[0] != scores[1]
    assert scores[1] == pytest.approx(scores[0], rel=0.02)


def score(backend: serve.LlamaCpp, adapter: Path | None) -> float:
    *_, last = backend.score(ROW.prompt_ids, [ROW.target_ids], adapter)
    assert last
    return sum(last[0])
