"""What the MLX backend computes again and what it remembers, on a tiny random model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.base import GREEDY
from backends.engine import ServeOptions
from backends.llama_cpp import adapter_file
from domain import Message
from errors import ModelUnusable, Trouble

pytestmark = pytest.mark.model
mx = pytest.importorskip("mlx.core")

from backends.mlx.context import Context  # noqa: E402 (needs what is looked for above)
from backends.mlx.lora import Adapter  # noqa: E402
from backends.mlx.serve import Mlx, load  # noqa: E402
from backends.mlx.train import MlxLearner  # noqa: E402
from tests.model.mlx_models import Both, tiny  # noqa: E402
from tests.model.test_mlx_like_llama_cpp import ANCHORS, RECIPE, ROWS  # noqa: E402

OPTIONS = ServeOptions(context=256, threads=1, flash_attention=True, batch=64, kv_budget=1 << 20)
PROMPT = tuple(range(20, 60))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Both:
    return tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def backend(model: Both) -> Iterator[Mlx]:
    backend = load(model.folder, OPTIONS)
    yield backend
    backend.close()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the tokens that MLX really computed."""
    counts: list[int] = []
    feed = Context._feed

    def counting(self: Context, tokens: Sequence[int], logits: bool = False) -> Any:
        counts.append(len(tokens))
        return feed(self, tokens, logits)

    monkeypatch.setattr(Context, "_feed", counting)
    return counts


def reply(backend: Mlx, ids: Sequence[int], tokens: int = 4, key: str | None = "a", adapter: Path | None = None) -> str:
    pieces = backend.stream(ids, replace(GREEDY, max_tokens=tokens), adapter, lambda: False, key)
    return "".join(piece.text for piece in pieces)


def test_a_second_turn_computes_only_what_is_new(backend: Mlx, computed: list[int]) -> None:
    reply(backend, PROMPT, tokens=1)
    assert sum(computed) == len(PROMPT)
    computed.clear()
    second = (*PROMPT, 5, 6, 7)
    expected = reply(backend, second, key=None)
    computed.clear()
    assert reply(backend, second) == expected
    assert sum(computed) == 3 + 3  # the new words, and the first three of the four tokens drawn


def test_a_prompt_that_parts_early_is_read_again_from_there(backend: Mlx, computed: list[int]) -> None:
    reply(backend, PROMPT, tokens=1)
    other = (*PROMPT[:10], *range(100, 120))
    expected = reply(backend, other, key=None)
    computed.clear()
    assert reply(backend, other) == expected
    assert sum(computed) == 20 + 3


def test_caches_go_when_they_are_dropped_or_exceed_the_budget(
    backend: Mlx, computed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_again(act: Callable[[], Any]) -> bool:
        for key in ("ann/1", "bob/1"):
            reply(backend, PROMPT, tokens=1, key=key)
        act()
        computed.clear()
        reply(backend, PROMPT, tokens=1, key="ann/1")
        return sum(computed) == len(PROMPT)

    assert not read_again(lambda: backend.drop("bob/"))
    assert read_again(lambda: backend.drop("ann/"))
    monkeypatch.setattr(backend, "_options", replace(OPTIONS, kv_budget=1000))
    backend.drop("")
    assert read_again(lambda: None)


def test_a_cache_belongs_to_its_adapter(backend: Mlx, computed: list[int], model: Both, tmp_path: Path) -> None:
    learner = MlxLearner(model.folder)
    adapter = tmp_path / "v1"
    adapter.mkdir()
    drawn = Adapter(learner._model, ["model.layers.1.self_attn.v_proj"], rank=2, alpha=4.0)
    drawn.set({name: mx.array(np.full(array.shape, 0.3, np.float32)) for name, array in drawn.parameters.items()})
    learner._write(drawn, RECIPE, adapter)
    plain = reply(backend, PROMPT, tokens=20)
    computed.clear()
    assert reply(backend, PROMPT, tokens=20, adapter=adapter) != plain
    assert sum(computed) == len(PROMPT) + 19
    computed.clear()
    assert reply(backend, PROMPT, tokens=20) == plain
    assert sum(computed) == 1 + 19


def test_a_folder_whose_model_mlx_does_not_know_is_told_in_a_sentence(model: Both, tmp_path: Path) -> None:
    for file in model.folder.iterdir():
        content = file.read_bytes()
        (tmp_path / file.name).write_bytes(content.replace(b'"model_type": "llama"', b'"model_type": "lamma"'))
    with pytest.raises(ModelUnusable, match=r"MLX cannot load .* \(architecture lamma\)"):
        load(tmp_path, OPTIONS)


def test_a_model_that_never_was_a_gguf_file_learns_too_without_a_gguf_adapter(model: Both, tmp_path: Path) -> None:
    folder, out = tmp_path / "model", tmp_path / "v1"
    for place in (folder, out):
        place.mkdir()
    for file in model.folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    del config["homegrown"]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert list(MlxLearner(folder).train(ROWS, ANCHORS, replace(RECIPE, epochs=1), out))
    assert {file.name for file in out.iterdir()} == {"adapter.json", "adapter_config.json", "adapter_model.safetensors"}
    adapter_file.verify(out)
    backend = load(folder, OPTIONS)
    assert reply(backend, PROMPT, tokens=20, adapter=out) != reply(backend, PROMPT, tokens=20)
    backend.close()
    data = bytearray((out / "adapter_model.safetensors").read_bytes())
    data[-3] ^= 1
    (out / "adapter_model.safetensors").write_bytes(data)
    with pytest.raises(Trouble, match="was changed"):
        adapter_file.verify(out)


def test_code_that_a_folder_brings_along_is_never_run(model: Both, tmp_path: Path) -> None:
    for file in model.folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    told = (tmp_path / "config.json").read_text(encoding="utf-8")
    (tmp_path / "config.json").write_text(told.replace("{", '{"model_file": "own.py", ', 1), encoding="utf-8")
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", encoding="utf-8")
    with pytest.raises(ModelUnusable, match="brings along code of its own"):
        load(tmp_path, OPTIONS)
    assert not (tmp_path / "ran").exists()


def test_a_folder_without_a_readable_tokenizer_is_told_in_a_sentence(model: Both, tmp_path: Path) -> None:
    for file in model.folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelUnusable, match=r"tokenizer of .* cannot be read"):
        load(tmp_path, OPTIONS)


def test_the_information_names_what_is_loaded(backend: Mlx) -> None:
    info = backend.info()
    assert (info.backend, info.architecture, info.quantisation, info.blocks) == ("mlx", "llama", "F32", 4)
    assert info.version.startswith("mlx 0.32.4, mlx-lm ")
    assert backend.encode([Message("user", "Hi")])
