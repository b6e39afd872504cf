"""A folder in MLX's format in memory: the model, its vocabulary, and the few LoRA adapters kept loaded beside it."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx_lm.utils import load_model, maybe_set_recommended_wired_limit

from backends.llama_cpp.adapter_file import PEFT_FILE
from backends.mlx import lora
from backends.mlx.vocabulary import Vocabulary
from backends.mlx_folder import read_header
from errors import ModelUnusable, Trouble

ADAPTERS_KEPT = 4
AdapterId = tuple[str, int, int]


class Weights:
    """A loaded model. `safe`: on the CPU, where no graphics driver can be in the way; it is slow."""

    def __init__(self, folder: Path, safe: bool = False) -> None:
        self.folder = folder
        self.header = read_header(folder)
        if safe:
            mx.set_default_device(mx.cpu)
        self.model = loaded(folder, self.header.architecture)
        self.vocabulary = Vocabulary(folder)
        self._adapters: OrderedDict[AdapterId, lora.Adapter] = OrderedDict()
        self._worn: lora.Adapter | None = None

    def adapter_id(self, folder: Path) -> AdapterId:
        """What tells one adapter from another: the file's path, size and time of change (ns)."""
        file = folder / PEFT_FILE
        try:
            state = file.stat()
        except OSError as error:
            raise Trouble(
                f"The adapter {folder.name} has no readable {PEFT_FILE}; roll back to another version."
            ) from error
        return (str(file), state.st_size, state.st_mtime_ns)

    def load(self, wanted: AdapterId) -> None:
        """Loads an adapter at need, while its file can be read; the least recently used one makes room."""
        if wanted in self._adapters:
            self._adapters.move_to_end(wanted)
            return
        self.wear(None)  # an adapter goes around the bare maps, not around another one
        self._adapters[wanted] = lora.read(self.model, Path(wanted[0]).parent)
        while len(self._adapters) > ADAPTERS_KEPT:
            self._adapters.popitem(last=False)

    def wear(self, wanted: AdapterId | None) -> None:
        """From now on the model computes with this adapter (None: as the base model)."""
        adapter = None
        if wanted is not None:
            self.load(wanted)
            adapter = self._adapters[wanted]
        if adapter is self._worn:
            return
        if self._worn is not None:
            self._worn.take_off()
        if adapter is not None:
            adapter.put_on()
        self._worn = adapter

    def close(self) -> None:
        self.wear(None)
        self._adapters.clear()
        self.model = None
        mx.clear_cache()


def loaded(folder: Path, kind: str) -> Any:
    """mlx-lm's model with the folder's weights; code that a folder brings along is never run."""
    if mx.metal.is_available():
        maybe_set_recommended_wired_limit()  # as mlx-lm does wherever it computes: the weights are not paged out
    try:
        model, _ = load_model(folder)
    except (ValueError, OSError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        first_line = str(error).partition("\n")[0].rstrip(".")
        raise ModelUnusable(
            f"MLX cannot load {folder.name} (architecture {kind}): {first_line}; choose another model."
        ) from error
    if not mx.metal.is_available() or mx.default_device() == mx.cpu:
        model.set_dtype(mx.float32)  # processors have no fast arithmetic in half precision
        mx.eval(model.parameters())
    return model
