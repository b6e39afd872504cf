"""Reads what a model folder in MLX's format says about itself, trusting nothing in it; needs no MLX."""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from backends import catalog
from backends.gguf_header import COUNT_LIMIT, HEADER_LIMIT, GgufHeader
from errors import ModelUnusable

# What the weights and the tokens depend on, besides model*.safetensors.
FACTS = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
SHARD = re.compile(r"model-(\d{5})-of-(\d{5})\.safetensors")  # of weights in several files
CONFIG_LIMIT = 1 << 20  # bytes of a config.json; those of today have a few thousand
# GGUF architectures whose blocks are those of mlx-lm's model of the same name.
CONVERTIBLE = frozenset({"llama", "qwen2"})
FORMAT = 1  # of what is made of GGUF files: a change makes new folders
WORD_BITS = 32  # of the numbers that packed weights are kept in


def read_header(folder: Path) -> GgufHeader:
    """Raises ModelUnusable if the folder is no whole model."""
    try:
        config = _config(folder / "config.json")
        inner = {**config, **(config.get("text_config") or {})}
        files = weight_files(folder)
        tensors = {name: tensor for file in files for name, tensor in _tensors(file).items()}
        packed = config.get("quantization") or {}
        return GgufHeader(
            architecture=str(inner["model_type"]),
            name=folder.name,
            context_length=_whole(inner.get("max_position_embeddings", 0)),
            blocks=_whole(inner["num_hidden_layers"]),
            quantisation=_quantisation(config, packed, tensors),
            parameters=sum(_weights(name, tensors, packed) for name in tensors),
            bytes=sum(file.stat().st_size for file in files),
            template=None,  # the tokenizer's business
            tensors=len(tensors),
            width=_whole(inner.get("hidden_size", 0)),
            heads=(heads := _whole(inner.get("num_attention_heads", 0))),
            key_heads=_whole(inner.get("num_key_value_heads") or heads),
            head_width=_whole(inner.get("head_dim") or _whole(inner.get("hidden_size", 0)) // max(heads, 1)),
            feed_forward=_whole(inner.get("intermediate_size", 0)),
            vocabulary=_whole(inner.get("vocab_size", 0)),
        )
    except FileNotFoundError as error:
        raise ModelUnusable(
            f"{folder.name} is no model folder: {Path(str(error.filename)).name} is missing; choose another one."
        ) from None
    except OSError as error:
        raise ModelUnusable(f"{folder} cannot be read ({error.strerror}); check its permissions.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error) as error:
        raise ModelUnusable(f"{folder.name} is damaged ({error}); download the model again.") from error


def digest(folder: Path, cache: Path) -> str:
    """SHA-256 (hex) over the names and digests of all files that weights and tokens depend on."""
    files = [*weight_files(folder), *(folder / name for name in FACTS if (folder / name).is_file())]
    return combined({file.name: catalog.digest(file, cache) for file in files})


def combined(digests: Mapping[str, str]) -> str:
    """The digest of a folder from those of its files, by name."""
    whole = hashlib.sha256()
    for name in sorted(digests):
        whole.update(f"{name} {digests[name]}\n".encode())
    return whole.hexdigest()


def conversion(cache: Path, sha256: str) -> Path:
    """Where the folder lies, or will lie, that is made of the GGUF file with this digest."""
    return cache / f"{sha256[:16]}-{FORMAT}"


def weight_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise ModelUnusable(
            f"{folder.name} is no model in MLX's format: it holds no model*.safetensors; choose another."
        )
    if absent := lacking({file.name for file in files}):
        raise ModelUnusable(f"{folder.name} is not whole: {absent} is missing; download the model again.")
    return files


def lacking(names: Collection[str]) -> str | None:
    """The first file of weights that others among these names count on; None: all are there."""
    count = max((int(found[2]) for name in names if (found := SHARD.fullmatch(name))), default=0)
    wanted = (f"model-{n:05}-of-{count:05}.safetensors" for n in range(1, count + 1))
    return next((name for name in wanted if name not in names), None)


def _config(file: Path) -> dict[str, Any]:
    if file.stat().st_size > CONFIG_LIMIT:
        raise ValueError("config.json is implausibly long")
    config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if config.get("model_file"):
        raise ModelUnusable(
            f"{file.parent.name} brings along code of its own, which Homegrown does not run; choose another model."
        )
    return config


def _tensors(file: Path) -> dict[str, Any]:
    """Name -> dtype, shape and place, from the beginning of a safetensors file, which must be whole."""
    with file.open("rb") as stream:
        length = struct.unpack("<Q", stream.read(8))[0]
        if length > HEADER_LIMIT:
            raise ValueError(f"the header of {file.name} is implausibly long")
        header = json.loads(stream.read(length))
    header.pop("__metadata__", None)
    if len(header) > COUNT_LIMIT:
        raise ValueError(f"{file.name} names too many tensors")
    need = 8 + length + max((_whole(tensor["data_offsets"][1]) for tensor in header.values()), default=0)
    if need > file.stat().st_size:
        raise ValueError(f"{file.name} is cut short: {file.stat().st_size} of {need} bytes are there")
    return dict(header)


def _weights(name: str, tensors: dict[str, Any], packed: dict[str, Any]) -> int:
    """How many weights a tensor stands for; what unpacks others counts nothing."""
    stem, _, part = name.rpartition(".")
    count = math.prod(_whole(size) for size in tensors[name]["shape"])
    if f"{stem}.scales" not in tensors:
        return count
    if part != "weight":
        return 0
    own = packed.get(stem)
    return count * WORD_BITS // _whole((own if isinstance(own, dict) else packed)["bits"])


def _quantisation(config: dict[str, Any], packed: dict[str, Any], tensors: dict[str, Any]) -> str:
    ours = config.get("homegrown")
    if isinstance(ours, dict):
        return str(ours["quantisation"])
    if packed:
        return f"{_whole(packed['bits'])}-bit"
    kinds = [str(tensor["dtype"]) for name, tensor in tensors.items() if name.endswith("weight")]
    return max(set(kinds), key=kinds.count) if kinds else "unknown"


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is not a whole number")
    return value
