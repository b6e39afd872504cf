"""The model file in memory: vocabulary, token texts, and the few LoRA adapters kept loaded beside it."""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from pathlib import Path
from typing import Any

from llama_cpp import llama_cpp as native

from backends.gguf_header import read_header
from errors import ModelUnusable, Trouble

ADAPTERS_KEPT = 4
ADAPTER_FILE = "adapter.gguf"


class Weights:
    """A loaded GGUF model. `close()` frees it; contexts made from it must be freed before."""

    def __init__(self, path: Path, extra_buffers: bool, gpu_layers: int | None = None) -> None:
        self.path = path
        self.header = read_header(path)
        params = native.llama_model_default_params()
        params.use_extra_bufts = extra_buffers
        if gpu_layers is not None:
            params.n_gpu_layers = gpu_layers
        params.load_mode = native.LLAMA_LOAD_MODE_MMAP
        self.model: Any = native.llama_model_load_from_file(str(path).encode(), params)
        if not self.model:
            raise ModelUnusable(
                f"llama.cpp cannot load {path.name} (architecture {self.header.architecture}); choose another model."
            )
        self._vocab: Any = native.llama_model_get_vocab(self.model)
        self.vocabulary = int(native.llama_vocab_n_tokens(self._vocab))
        self.bos = self._text(native.llama_vocab_bos(self._vocab))
        self.eos = self._text(native.llama_vocab_eos(self._vocab))
        end = native.llama_vocab_eot(self._vocab)
        self.end_of_turn = self._text(end) if end >= 0 else self.eos
        self.ends = frozenset(t for t in range(self.vocabulary) if native.llama_vocab_is_eog(self._vocab, t))
        self.end_texts = tuple(sorted(self._text(token) for token in self.ends))
        self.control = frozenset(
            self._text(t) for t in range(self.vocabulary) if native.llama_vocab_is_control(self._vocab, t)
        )
        self._adapters: OrderedDict[tuple[str, int, int], Any] = OrderedDict()

    def _text(self, token: int) -> str:
        return (native.llama_vocab_get_text(self._vocab, token) or b"").decode() if token >= 0 else ""

    def tokenize(self, text: str, start: bool, control: bool) -> list[int]:
        """Token ids. `start`: put a begin-of-text token in front if the model wants one; `control`: `<|...|>` count."""
        raw = text.encode()
        room = len(raw) + 8
        while True:
            tokens = (native.llama_token * room)()
            count = native.llama_tokenize(self._vocab, raw, len(raw), tokens, room, start, control)
            if count >= 0:
                return list(tokens[:count])
            room = -count

    def piece(self, token: int) -> bytes:
        """The bytes of one token; control tokens have none. May end in the middle of a UTF-8 character."""
        buffer = ctypes.create_string_buffer(64)
        size = native.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        if size < 0:
            buffer = ctypes.create_string_buffer(-size)
            size = native.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[:size]

    def adapter_id(self, folder: Path) -> tuple[str, int, int]:
        """What tells one adapter from another: the file's path, size and time of change (ns)."""
        file = folder / ADAPTER_FILE
        try:
            state = file.stat()
        except OSError as error:
            raise Trouble(
                f"The adapter {folder.name} has no readable {ADAPTER_FILE}; roll back to another version."
            ) from error
        return (str(file), state.st_size, state.st_mtime_ns)

    def adapter(self, wanted: tuple[str, int, int], in_use: set[tuple[str, int, int] | None]) -> Any:
        """The native adapter, loaded at need; the least recently used one that is not `in_use` makes room."""
        if wanted in self._adapters:
            self._adapters.move_to_end(wanted)
            return self._adapters[wanted]
        loaded = native.llama_adapter_lora_init(self.model, wanted[0].encode())
        if not loaded:
            raise Trouble(
                f"The adapter {Path(wanted[0]).parent.name} is damaged or was made for another model; "
                "roll back to another version or learn again."
            )
        for old in [key for key in self._adapters if key not in in_use][: len(self._adapters) + 1 - ADAPTERS_KEPT]:
            native.llama_adapter_lora_free(self._adapters.pop(old))
        self._adapters[wanted] = loaded
        return loaded

    def close(self) -> None:
        self._adapters.clear()  # llama.cpp frees them with the model
        native.llama_model_free(self.model)
