"""Adapter files: PEFT tensors to GGUF, and the proof that both belong to each other and to their base model.

Adapters of all backends look like this; a base model that is no GGUF file has no GGUF adapter either."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from errors import Trouble

PEFT_FILE = "adapter_model.safetensors"
GGUF_FILE = "adapter.gguf"
CONFIG = "adapter_config.json"  # PEFT's own: rank, alpha, which maps
BINDING = "adapter.json"

Tensors = Mapping[str, NDArray[np.float32]]

# llama.cpp stores the query and key rows of these architectures in another order: its rotary embedding turns
# neighbouring pairs, that of transformers turns halves.
_PAIRED_ROPE = frozenset({"llama"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What the conversion must know of the base model; `architecture` is the GGUF name."""

    architecture: str
    blocks: int
    heads: int
    key_heads: int


def to_gguf(tensors: Tensors, shape: Shape, alpha: float, file: Path) -> None:
    """Write PEFT's LoRA tensors (A [rank, in], B [out, rank]) as an adapter that llama.cpp loads."""
    writer = gguf.GGUFWriter(file, shape.architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    for name, tensor in _gguf_tensors(tensors, shape).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def bind(folder: Path, shape: Shape, facts: Mapping[str, Any]) -> None:
    """Write `adapter.json`, last: the SHA-256 of the files, the shape, and `facts` about how they were made."""
    files = {name: sha256(folder / name) for name in (PEFT_FILE, GGUF_FILE) if (folder / name).exists()}
    shape_facts = {name: getattr(shape, name) for name in Shape.__slots__}
    text = json.dumps({"files": files, "shape": shape_facts, **facts}, indent=1, sort_keys=True)
    (folder / BINDING).write_text(text + "\n", encoding="utf-8")


def verify(folder: Path) -> None:
    """Raise Trouble, naming every fault, unless `folder` holds one whole, finite adapter that does something."""
    try:
        binding = json.loads((folder / BINDING).read_text(encoding="utf-8"))
        shape = Shape(**binding["shape"])
        faults = [f"{name} was changed" for name, sha in binding["files"].items() if sha256(folder / name) != sha]
        if not faults:
            expected = found = load_file(folder / PEFT_FILE)
            if GGUF_FILE in binding["files"]:
                expected = _gguf_tensors(expected, shape)
                reader = gguf.GGUFReader(folder / GGUF_FILE)
                found = {tensor.name: np.asarray(tensor.data) for tensor in reader.tensors}
            faults = _faults(expected, found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        faults = [f"it cannot be read ({error})"]
    if faults:
        raise Trouble(f"The adapter in {folder.name} is damaged and will not be used: {'; '.join(faults)}.")


def _faults(expected: Tensors, found: Tensors) -> list[str]:
    faults = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    faults += [f"{name} does not belong to it" for name in sorted(found.keys() - expected.keys())]
    for name in sorted(expected.keys() & found.keys()):
        if not np.isfinite(found[name]).all():
            faults.append(f"{name} is not finite")
        elif not np.array_equal(expected[name], found[name]):
            faults.append(f"{name} differs between the two files")
    if not any(np.any(found[name]) for name in found if name.endswith((".lora_b", ".lora_B.weight"))):
        faults.append("all its weights are zero")
    return faults


def _gguf_tensors(tensors: Tensors, shape: Shape) -> dict[str, NDArray[np.float32]]:
    """The tensors under their GGUF names, in llama.cpp's row order, sorted by name."""
    names = gguf.get_tensor_name_map(_architecture(shape.architecture), shape.blocks)
    converted = {}
    for peft_name, tensor in tensors.items():
        module, _, part = peft_name.removeprefix("base_model.model.").rpartition(".lora_")
        letter = part[:1].lower()  # "A.weight" or "B.weight"
        name = names.get_name(module)
        if name is None or letter not in ("a", "b"):
            raise ValueError(f"no place for {peft_name}")
        if shape.architecture in _PAIRED_ROPE and letter == "b":
            heads = {"q_proj": shape.heads, "k_proj": shape.key_heads}.get(module.rpartition(".")[2])
            tensor = tensor if heads is None else _pair_rows(tensor, heads)
        converted[f"{name}.weight.lora_{letter}"] = np.ascontiguousarray(tensor, dtype=np.float32)
    return dict(sorted(converted.items()))


def _pair_rows(matrix: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows of each head from halves (0..n/2, n/2..n) to neighbouring pairs."""
    halves = matrix.reshape(heads, 2, matrix.shape[0] // heads // 2, -1)
    return halves.swapaxes(1, 2).reshape(matrix.shape)


def _architecture(name: str) -> gguf.MODEL_ARCH:
    for architecture, known in gguf.MODEL_ARCH_NAMES.items():
        if known == name:
            return architecture
    raise ValueError(f"unknown architecture {name}")


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
