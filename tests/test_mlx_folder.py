"""Headers and digests of model folders in MLX's format, sound and damaged. Needs no MLX."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from backends.mlx_folder import conversion, digest, read_header
from errors import ModelUnusable

CONFIG: dict[str, Any] = {
    "model_type": "llama",
    "num_hidden_layers": 2,
    "max_position_embeddings": 512,
    "quantization": {"group_size": 32, "bits": 4, "embed": {"group_size": 32, "bits": 8}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """64 weights packed in 4 bits, 32 in 8 bits, and 5 as they are."""
    place = tmp_path / "model"
    place.mkdir()
    (place / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (place / "tokenizer.json").write_text("{}", encoding="utf-8")
    tensors: dict[str, Any] = {"norm.weight": np.zeros(5, np.float16)}
    for name, words in (("map", 8), ("embed", 8)):
        tensors[f"{name}.weight"] = np.zeros((1, words), np.uint32)
        tensors[f"{name}.scales"] = tensors[f"{name}.biases"] = np.zeros((1, 2), np.float16)
    save_file(tensors, place / "model.safetensors")
    return place


def changed(folder: Path, **config: Any) -> Path:
    (folder / "config.json").write_text(json.dumps({**CONFIG, **config}), encoding="utf-8")
    return folder


def test_a_folder_tells_what_it_is(folder: Path) -> None:
    header = read_header(folder)
    assert (header.architecture, header.name, header.blocks, header.context_length) == ("llama", "model", 2, 512)
    assert header.parameters == 64 + 32 + 5
    assert header.quantisation == "4-bit"
    assert header.bytes == (folder / "model.safetensors").stat().st_size


def test_a_folder_made_of_a_gguf_file_tells_how_that_was_packed(folder: Path) -> None:
    assert read_header(changed(folder, homegrown={"quantisation": "Q4_1"})).quantisation == "Q4_1"


def test_an_unpacked_folder_tells_its_kind_of_numbers(folder: Path) -> None:
    save_file({"a.weight": np.zeros(3, np.float16)}, folder / "model.safetensors")
    assert read_header(changed(folder, quantization=None)).quantisation == "F16"


def test_the_facts_of_a_text_model_inside_another_one_count(folder: Path) -> None:
    assert read_header(changed(folder, text_config={"num_hidden_layers": 7})).blocks == 7


def test_a_folder_that_is_no_model_is_named_with_what_is_missing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelUnusable, match=r"empty is no model folder: config\.json is missing"):
        read_header(tmp_path / "empty")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnusable, match=r"holds no model\*\.safetensors"):
        read_header(folder)


@pytest.mark.parametrize(
    "config", [{"num_hidden_layers": "2"}, {"num_hidden_layers": -1}, {"num_hidden_layers": None}, {"quantization": 4}]
)
def test_a_contradictory_configuration_is_damaged(folder: Path, config: dict[str, Any]) -> None:
    with pytest.raises(ModelUnusable, match="model is damaged"):
        read_header(changed(folder, **config))


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"'])
def test_a_configuration_that_is_none_is_damaged(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnusable, match="model is damaged"):
        read_header(folder)


@pytest.mark.parametrize("keep", [0, 4, 60, -1])
def test_weights_that_are_cut_short_are_damaged(folder: Path, keep: int) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ModelUnusable, match="model is damaged"):
        read_header(folder)


def test_weights_with_an_endless_header_are_damaged(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\xff" * 7 + b"\x00" + b"{}")
    with pytest.raises(ModelUnusable, match="implausibly long"):
        read_header(folder)


def test_the_digest_changes_with_weights_and_tokens_and_with_nothing_else(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "digests.json"
    before = digest(folder, cache)
    (folder / "README.md").write_text("words", encoding="utf-8")
    assert digest(folder, cache) == before
    (folder / "tokenizer.json").write_text('{"a": 1}', encoding="utf-8")
    changed_once = digest(folder, cache)
    save_file({"a.weight": np.ones(3, np.float16)}, folder / "model.safetensors")
    assert len({before, changed_once, digest(folder, cache)}) == 3


def test_conversions_of_different_models_lie_apart(tmp_path: Path) -> None:
    assert conversion(tmp_path, "a" * 64) != conversion(tmp_path, "b" * 64)
    assert conversion(tmp_path, "a" * 64) == conversion(tmp_path, "a" * 64)


def test_weights_in_several_files_must_all_be_there(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    with pytest.raises(ModelUnusable, match=r"is not whole: model-00002-of-00002\.safetensors is missing"):
        read_header(folder)
    save_file({"more.weight": np.zeros(3, np.float16)}, folder / "model-00002-of-00002.safetensors")
    assert read_header(folder).parameters == 64 + 32 + 5 + 3


def test_a_folder_that_brings_code_along_is_refused(folder: Path) -> None:
    with pytest.raises(ModelUnusable, match="code of its own, which Homegrown does not run"):
        read_header(changed(folder, model_file="evil.py"))


@pytest.mark.parametrize(
    ("content", "why"), [("[" * 200_000, "recursion"), (" " * 2_000_000 + json.dumps(CONFIG), "implausibly long")]
)
def test_a_configuration_that_is_made_to_choke_on_is_damaged(folder: Path, content: str, why: str) -> None:
    (folder / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnusable, match=f"model is damaged.*{why}"):
        read_header(folder)
