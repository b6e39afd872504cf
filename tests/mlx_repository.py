"""A repository at the hub with a folder in MLX's format in two files of weights, and with what must not be fetched."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from safetensors.numpy import save

NAME = "maker/tiny-4bit"
KEY = "maker--tiny-4bit"
CONFIG: dict[str, Any] = {"model_type": "llama", "num_hidden_layers": 2, "max_position_embeddings": 512}
FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
WANTED = ("chat_template.jinja", "config.json", FIRST, SECOND, "tokenizer.json", "tokenizer_config.json")
OTHERS = (".gitattributes", "README.md", "pytorch_model.bin", "modeling_tiny.py", "model.safetensors.index.json")


def repository(**config: Any) -> dict[str, bytes]:
    """Files by "owner/name/file"; the two of weights have about a megabyte each."""
    draw = np.random.default_rng(0)
    weights = {
        file: save({f"{n}.weight": draw.random(500_000).astype(np.float16)}) for n, file in enumerate((FIRST, SECOND))
    }
    texts = {
        "chat_template.jinja": b"{{ messages }}",
        "config.json": json.dumps({**CONFIG, **config}).encode(),
        "tokenizer.json": b'{"version": "1.0"}',
        "tokenizer_config.json": b"{}",
    }
    others = {**dict.fromkeys(OTHERS, b"never read"), "original/model.safetensors": b"never read either"}
    return {f"{NAME}/{name}": content for name, content in {**texts, **weights, **others}.items()}
