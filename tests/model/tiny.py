"""Tiny random language models, as GGUF files that both transformers and llama.cpp load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

BLOCKS, WIDTH, HEADS, KEY_HEADS, VOCABULARY = 4, 64, 4, 2, 300
KINDS = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
}


def write_gguf(kind: str, file: Path, seed: int = 0, context: int = 256) -> None:
    """A model with 4 blocks, grouped query heads and 300 tokens; float32."""
    torch.manual_seed(seed)
    config, model = KINDS[kind]
    tiny = model(
        config(
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=BLOCKS,
            num_attention_heads=HEADS,
            num_key_value_heads=KEY_HEADS,
            vocab_size=VOCABULARY,
            initializer_range=0.15,
        )
    )
    writer = gguf.GGUFWriter(file, kind)
    writer.add_name(f"tiny {kind}")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(BLOCKS)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    if kind == "qwen3":  # whose heads are wider than their share of the width
        writer.add_key_length(tiny.config.head_dim)
        writer.add_value_length(tiny.config.head_dim)
    writer.add_layer_norm_rms_eps(tiny.config.rms_norm_eps)
    writer.add_rope_freq_base(tiny.config.rope_parameters["rope_theta"])
    writer.add_vocab_size(VOCABULARY)
    _add_vocabulary(writer)
    names = gguf.get_tensor_name_map(_ARCHITECTURES[kind], BLOCKS)
    for name, tensor in tiny.state_dict().items():
        values = tensor.detach().numpy()
        if kind == "llama" and (heads := _rotated_heads(name)):
            values = values.reshape(heads, 2, -1, WIDTH).swapaxes(1, 2).reshape(values.shape)
        writer.add_tensor(names.get_name(name, (".weight", ".bias")), np.ascontiguousarray(values))
    _finish(writer)


def expand(source: Path, file: Path) -> None:
    """The same model with every tensor unpacked to float32."""
    reader = gguf.GGUFReader(source)
    architecture = reader.get_field("general.architecture").contents()
    writer = gguf.GGUFWriter(file, architecture)
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        kind, *inner = field.types
        writer.add_key_value(name, field.contents(), kind, inner[-1] if inner else None)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
    _finish(writer)


_ARCHITECTURES = {"llama": gguf.MODEL_ARCH.LLAMA, "qwen2": gguf.MODEL_ARCH.QWEN2, "qwen3": gguf.MODEL_ARCH.QWEN3}


def _rotated_heads(name: str) -> int | None:
    return {"q_proj.weight": HEADS, "k_proj.weight": KEY_HEADS}.get(".".join(name.split(".")[-2:]))


def _add_vocabulary(writer: Any) -> None:
    letters = [chr(code) for code in (*range(33, 127), *range(161, 173), *range(174, 256))]
    letters += [chr(256 + offset) for offset in range(256 - len(letters))]  # gpt2's letters for bytes without one
    tokens = [*letters, *(f"<extra {number}>" for number in range(VOCABULARY - len(letters)))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * len(letters) + [gguf.TokenType.CONTROL] * (len(tokens) - 256))
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(VOCABULARY - 2)
    writer.add_eos_token_id(VOCABULARY - 1)


def _finish(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
