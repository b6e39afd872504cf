"""LoRA adapters on a loaded model: put on and taken off between two steps; the base weights are never touched."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx_lm.tuner.lora import LoRALinear
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from backends.llama_cpp.adapter_file import CONFIG, PEFT_FILE
from errors import Trouble

PREFIX = "base_model.model."  # before the module's name in PEFT's files
Tensors = Mapping[str, NDArray[np.float32]]


class Adapter:
    """One adapter's layers around the linear maps of a model, by the map's name. Does nothing until it is put on."""

    def __init__(self, model: Any, names: Sequence[str], rank: int, alpha: float) -> None:
        modules = dict(model.named_modules())
        self._places: list[tuple[Any, str, Any, Any]] = []
        self.layers: dict[str, Any] = {}
        for name in names:
            parent, _, own = name.rpartition(".")
            base = modules.get(name)
            if not isinstance(base, nn.Linear | nn.QuantizedLinear):
                raise ValueError(f"there is no linear map {name}")
            layer = LoRALinear.from_base(base, r=rank, scale=alpha / rank)
            self.layers[name] = layer
            self._places.append((modules[parent], own, base, layer))

    @property
    def parameters(self) -> dict[str, Any]:
        """Name -> array, in the order of the names; A is [in, rank], B [rank, out]."""
        return {
            f"{name}.{part}": getattr(layer, part)
            for name, layer in self.layers.items()
            for part in ("lora_a", "lora_b")
        }

    def set(self, parameters: Mapping[str, Any]) -> None:
        for name, layer in self.layers.items():
            layer.lora_a, layer.lora_b = parameters[f"{name}.lora_a"], parameters[f"{name}.lora_b"]

    def put_on(self) -> None:
        for parent, own, _, layer in self._places:
            setattr(parent, own, layer)

    def take_off(self) -> None:
        for parent, own, base, _ in self._places:
            setattr(parent, own, base)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Under PEFT's names and in its shapes: A [rank, in], B [out, rank]."""
        return {
            f"{PREFIX}{name}.lora_{letter}.weight": np.ascontiguousarray(np.array(array.astype(mx.float32)).T)
            for name, layer in self.layers.items()
            for letter, array in (("A", layer.lora_a), ("B", layer.lora_b))
        }


def read(model: Any, folder: Path) -> Adapter:
    """The adapter of a version's folder. Raises Trouble if it is damaged or does not fit the model."""
    try:
        tensors = load_file(folder / PEFT_FILE)
        alpha = float(json.loads((folder / CONFIG).read_text(encoding="utf-8"))["lora_alpha"])
        adapter = _of(model, tensors, alpha)
    except (OSError, ValueError, KeyError, TypeError, StopIteration, SafetensorError) as error:
        raise Trouble(
            f"The adapter {folder.name} is damaged or was made for another model ({error}); "
            "roll back to another version or learn again."
        ) from error
    return adapter


def _of(model: Any, tensors: Tensors, alpha: float) -> Adapter:
    first, second = ".lora_A.weight", ".lora_B.weight"
    names = sorted(name.removeprefix(PREFIX).removesuffix(first) for name in tensors if name.endswith(first))
    if not names or len(tensors) != 2 * len(names):
        raise ValueError("it does not hold pairs of LoRA tensors")
    rank = tensors[PREFIX + names[0] + first].shape[0]
    adapter = Adapter(model, names, rank, alpha)
    arrays, faults = {}, []
    for name, layer in adapter.layers.items():
        for part, end in (("lora_a", first), ("lora_b", second)):
            array = mx.array(tensors[PREFIX + name + end].T)
            arrays[f"{name}.{part}"] = array
            if array.shape != getattr(layer, part).shape:
                faults.append(f"{name}.{part} has another shape")
    if faults:
        raise ValueError("; ".join(faults))
    adapter.set(arrays)
    mx.eval(list(arrays.values()))
    return adapter
