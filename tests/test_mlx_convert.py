"""From a GGUF file to a folder in MLX's format. Needs no MLX; the numbers are proven in tests/model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from safetensors.numpy import load_file

from backends.llama_cpp.adapter_file import _pair_rows
from backends.mlx.convert import convert
from backends.mlx_folder import read_header
from errors import ModelUnusable, Trouble

WIDTH, HEADS, KEY_HEADS = 64, 4, 2
TOKENS = [*(chr(code) for code in range(33, 127)), "<start>", "<end>"]
QUERY = np.random.default_rng(1).normal(size=(WIDTH, WIDTH)).astype(np.float32)


def write(file: Path, kind: str = "llama", pre: str = "gpt-2", more: tuple[str, ...] = ()) -> Path:
    """One block of a model, its queries in llama.cpp's order, its values packed."""
    writer = gguf.GGUFWriter(file, kind)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_1)
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(TOKENS)
    writer.add_token_types([gguf.TokenType.NORMAL] * 94 + [gguf.TokenType.CONTROL] * 2)
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(94)
    writer.add_eos_token_id(95)
    writer.add_chat_template("{{ messages }}")
    writer.add_tensor("token_embd.weight", np.ones((len(TOKENS), WIDTH), np.float32))
    writer.add_tensor("blk.0.attn_q.weight", _pair_rows(QUERY, HEADS))
    packed = gguf.quantize(np.ones((WIDTH, WIDTH), np.float32), gguf.GGMLQuantizationType.Q4_1)
    writer.add_tensor("blk.0.attn_v.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q4_1)
    for name in more:
        writer.add_tensor(name, np.ones(8, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "made"


def facts(folder: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((folder / name).read_text(encoding="utf-8")))


def test_a_folder_holds_weights_tokenizer_template_and_where_it_comes_from(tmp_path: Path, folder: Path) -> None:
    convert(write(tmp_path / "a model.gguf"), "5" * 64, folder)
    assert facts(folder, "config.json")["homegrown"] == {
        "file": "a model.gguf",
        "sha256": "5" * 64,
        "quantisation": "Q4_1",
    }
    told = facts(folder, "tokenizer_config.json")
    assert told == {"bos_token": "<start>", "eos_token": "<end>", "chat_template": "{{ messages }}"}
    header = read_header(folder)
    assert (header.architecture, header.blocks, header.context_length) == ("llama", 1, 128)
    assert header.parameters == len(TOKENS) * WIDTH + 2 * WIDTH * WIDTH


def test_queries_get_the_order_that_mlx_turns_and_values_stay_packed(tmp_path: Path, folder: Path) -> None:
    convert(write(tmp_path / "model.gguf"), "5" * 64, folder)
    tensors = load_file(folder / "model.safetensors")
    np.testing.assert_array_equal(tensors["model.layers.0.self_attn.q_proj.weight"], QUERY)
    assert tensors["model.layers.0.self_attn.v_proj.weight"].dtype == np.uint32
    assert facts(folder, "config.json")["quantization"]["model.layers.0.self_attn.v_proj"]["bits"] == 4


def test_it_is_made_once(tmp_path: Path, folder: Path) -> None:
    model = write(tmp_path / "model.gguf")
    convert(model, "5" * 64, folder)
    model.unlink()
    convert(model, "5" * 64, folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "qwen3"}, r"architecture qwen3\) cannot be converted"),
        ({"pre": "tekken"}, r"vocabulary .*tekken\) cannot be converted"),
        ({"more": ("rope_freqs.weight",)}, "cannot be converted"),
        ({"more": ("blk.0.ffn_gate_exps.weight",)}, "no place for"),
        ({"more": ("surprise.weight",)}, "no place for"),
    ],
)
def test_what_cannot_be_converted_is_told_and_leaves_nothing(
    tmp_path: Path, folder: Path, change: dict[str, Any], words: str
) -> None:
    model = write(tmp_path / "model.gguf", **change)
    with pytest.raises(ModelUnusable, match=words):
        convert(model, "5" * 64, folder)
    assert list(folder.parent.iterdir()) == []


def test_a_foreign_file_is_told(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"not a model")
    with pytest.raises(ModelUnusable, match="not a GGUF model"):
        convert(tmp_path / "model.gguf", "5" * 64, folder)


def test_what_a_killed_conversion_left_goes_with_the_next_one(tmp_path: Path, folder: Path) -> None:
    left = folder.parent / "unfinished-abc"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"half")
    convert(write(tmp_path / "model.gguf"), "5" * 64, folder)
    assert list(folder.parent.iterdir()) == [folder]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    with pytest.raises(Trouble, match="cannot take the converted model"):
        convert(write(tmp_path / "model.gguf"), "5" * 64, tmp_path / "cache" / "made")
