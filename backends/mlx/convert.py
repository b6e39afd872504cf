"""Makes a folder in MLX's format from a GGUF file, once: the same weights and the same tokenizer, nothing rounded.

Runs without MLX, PyTorch and llama.cpp. GGUF types that MLX has no form for are unpacked to half precision.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from backends.gguf_header import read_header
from backends.mlx import tokenizer
from backends.mlx.packed import GROUP, Packed, Tensor, read
from backends.mlx_folder import CONVERTIBLE
from errors import ModelUnusable, Trouble

# llama.cpp keeps their rows of queries and keys in pairs, as its rotary embedding turns neighbours, where mlx-lm's
# turns halves.
_PAIRED = frozenset({"llama"})
_ASIDE = "unfinished-"
_OUTSIDE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_IN_BLOCK = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}


def convert(model: Path, sha256: str, folder: Path) -> None:
    """Makes `folder` of `model` unless it is there. Raises ModelUnusable, or Trouble if it cannot be written."""
    if folder.is_dir():
        return
    read_header(model)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.parent.glob(f"{_ASIDE}*"):  # left by a process that was killed
            shutil.rmtree(unfinished, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder.parent))
        try:
            _write(model, sha256, aside)
            aside.rename(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise Trouble(f"{folder} cannot take the converted model ({error.strerror}); free some space.") from error


def _write(model: Path, sha256: str, out: Path) -> None:
    reader = gguf.GGUFReader(model)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    config = _config(fields, {tensor.name for tensor in reader.tensors}, model.name)
    words = tokenizer.from_gguf(fields, model.name)
    tensors: dict[str, NDArray[Any]] = {}
    quantisation: dict[str, Any] = {}
    for tensor in reader.tensors:
        name, part = _place(tensor.name, model.name)
        values = read(tensor.data, tensor.tensor_type)
        if config["model_type"] in _PAIRED and name.endswith(("q_proj", "k_proj")):
            heads = config["num_attention_heads" if name.endswith("q_proj") else "num_key_value_heads"]
            values = _halves(values, heads)
        if isinstance(values, Packed):
            quantisation[name] = {"group_size": GROUP, "bits": values.bits}
        tensors.update({f"{name}.{key}": array for key, array in _parts(values, part)})
    if quantisation:
        config["quantization"] = {"group_size": GROUP, "bits": 4, **quantisation}
    config["homegrown"] = {"file": model.name, "sha256": sha256, "quantisation": read_header(model).quantisation}

    names = fields["tokenizer.ggml.tokens"]
    special = {name: fields.get(f"tokenizer.ggml.{name}_token_id") for name in ("bos", "eos")}
    facts = {f"{name}_token": names[token] for name, token in special.items() if token is not None}
    facts["chat_template"] = fields.get("tokenizer.chat_template")
    words.save(str(out / "tokenizer.json"))
    (out / "tokenizer_config.json").write_text(json.dumps(facts), encoding="utf-8")
    (out / "config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(tensors, out / "model.safetensors", metadata={"format": "mlx"})


def _config(fields: dict[str, Any], tensors: set[str], name: str) -> dict[str, Any]:
    kind = fields["general.architecture"]
    # Llama 3 stretches its rotary embedding by factors in a tensor, which the configuration cannot tell.
    if kind not in CONVERTIBLE or "rope_freqs.weight" in tensors or f"{kind}.rope.scaling.type" in fields:
        raise ModelUnusable(
            f"{name} (architecture {kind}) cannot be converted for MLX yet; choose a model in MLX's format."
        )
    own = {key.removeprefix(f"{kind}."): value for key, value in fields.items()}
    return {
        "model_type": kind,
        "hidden_size": own["embedding_length"],
        "num_hidden_layers": own["block_count"],
        "intermediate_size": own["feed_forward_length"],
        "num_attention_heads": own["attention.head_count"],
        "num_key_value_heads": own.get("attention.head_count_kv", own["attention.head_count"]),
        "rms_norm_eps": own["attention.layer_norm_rms_epsilon"],
        "rope_theta": own.get("rope.freq_base", 10000.0),
        "max_position_embeddings": own["context_length"],
        "vocab_size": len(fields["tokenizer.ggml.tokens"]),
        "tie_word_embeddings": "output.weight" not in tensors,
        "eos_token_id": fields.get("tokenizer.ggml.eos_token_id"),
    }


def _place(name: str, file: str) -> tuple[str, str]:
    """(module, weight or bias) of a tensor in mlx-lm's model."""
    module, _, part = name.rpartition(".")
    if module.startswith("blk."):
        _, number, inner = module.split(".", 2)
        if inner in _IN_BLOCK:
            return f"model.layers.{number}.{_IN_BLOCK[inner]}", part
    elif module in _OUTSIDE:
        return _OUTSIDE[module], part
    raise ModelUnusable(f"{file} holds a tensor that MLX has no place for ({name}); choose a model in MLX's format.")


def _halves(values: Tensor, heads: int) -> Tensor:
    """Rows of each head from neighbouring pairs to halves."""
    count = len(values.words) if isinstance(values, Packed) else len(values)
    order = np.arange(count).reshape(heads, -1, 2).swapaxes(1, 2).reshape(-1)
    return values.rows(order) if isinstance(values, Packed) else np.ascontiguousarray(values[order])


def _parts(values: Tensor, part: str) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(values, Packed):
        yield from (("weight", values.words), ("scales", values.scales), ("biases", values.biases))
    else:
        yield part, values
