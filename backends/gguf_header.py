"""Reads the header of a GGUF model file, trusting nothing in it: what it is, and whether it is whole."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from errors import ModelUnusable

HEADER_LIMIT = 64 << 20  # bytes; the largest vocabularies known need about 16 MiB
COUNT_LIMIT = 1 << 16  # keys, or tensors: far above any model known
DEFAULT_ALIGNMENT = 32
MEGABYTE = 1_000_000

# GGUF value types: struct format of the scalars, and the two composed ones.
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9

# GGML tensor types: (weights in a block, bytes of a block).
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip

# general.file_type -> the name people know it by.
QUANTISATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4", 39: "NVFP4", 40: "Q1_0",
}  # fmt: skip

FOREIGN = {
    b"PK": "a zip archive",
    b"<": "a web page",
    b"{": "a JSON file",
    b"ggjt": "a llama.cpp file from before GGUF",
    b"lmgg": "a llama.cpp file from before GGUF",
    b"tjgg": "a llama.cpp file from before GGUF",
    b"\x80": "a PyTorch file",
}


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """`context_length` in tokens, `parameters` the number of weights, `template` None if the file has none.

    The sizes of a block are 0 if the file does not tell them, or tells another one for each block.
    """

    architecture: str
    name: str
    context_length: int
    blocks: int
    quantisation: str
    parameters: int
    bytes: int
    template: str | None
    tensors: int
    width: int = 0  # of the residual stream
    heads: int = 0
    key_heads: int = 0
    head_width: int = 0
    feed_forward: int = 0
    vocabulary: int = 0


class _Bad(Exception):
    """The file contradicts itself or the format."""


class _Short(Exception):
    """The file ends inside its header."""


class _Cursor:
    """Reads forward, never beyond the file or HEADER_LIMIT, so no count in the file can cost memory or time."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self.position = 0

    def take(self, count: int) -> bytes:
        self.position += count
        if self.position > HEADER_LIMIT:
            raise _Bad("its header is implausibly long")
        if self.position > self._size:
            raise _Short
        return self._file.read(count)

    def number(self, form: str) -> Any:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))[0]

    def text(self) -> str:
        return self.take(self.number("Q")).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        """A scalar or a text; arrays are passed over (the vocabulary is llama.cpp's business) and give None."""
        if kind == STRING:
            return self.text()
        if kind != ARRAY:
            return self.number(_scalar(kind))
        element, count = self.number("I"), self.number("Q")
        if element == STRING:
            for _ in range(count):
                self.take(self.number("Q"))
        else:
            self.take(count * struct.calcsize(f"<{_scalar(element)}"))
        return None


def _scalar(kind: int) -> str:
    if kind not in SCALARS:
        raise _Bad(f"it holds a value of unknown type {kind}")
    return SCALARS[kind]


def read_header(path: Path) -> GgufHeader:
    """Raises ModelUnusable if the file is missing, foreign, too old, damaged or cut short."""
    try:
        if path.is_dir():
            raise ModelUnusable(f"{path} is a folder; name the .gguf file in it.")
        size = path.stat().st_size
        with path.open("rb") as file:
            return _read(file, size, path)
    except FileNotFoundError:
        raise ModelUnusable(f"There is no file {path}; check the path or use the bundled model.") from None
    except OSError as error:
        raise ModelUnusable(f"{path} cannot be read ({error.strerror}); check its permissions.") from error


def _read(file: BinaryIO, size: int, path: Path) -> GgufHeader:
    start = file.read(16)
    file.seek(0)
    if start[:4] != b"GGUF":
        raise ModelUnusable(f"{path.name} is {_describe(start)}, not a GGUF model; choose a file that ends in .gguf.")
    try:
        return _parse(_Cursor(file, size), size, path)
    except _Short:
        raise ModelUnusable(f"{path.name} is cut short inside its header; download it again.") from None
    except _Bad as reason:
        raise ModelUnusable(f"{path.name} is damaged: {reason}; download it again.") from None


def _describe(start: bytes) -> str:
    if not start:
        return "empty"
    if len(start) > 8 and start[8:9] == b"{":
        return "a safetensors file"
    return next((name for magic, name in FOREIGN.items() if start.lstrip().startswith(magic)), "something else")


def _parse(cursor: _Cursor, size: int, path: Path) -> GgufHeader:
    cursor.take(4)
    version = cursor.number("I")
    if version not in (2, 3):
        known = "too old" if version == 1 else "of an unknown kind"
        raise ModelUnusable(f"{path.name} is GGUF version {version}, {known}; get a newer conversion of the model.")
    tensors, keys = cursor.number("Q"), cursor.number("Q")
    if tensors > COUNT_LIMIT or keys > COUNT_LIMIT:
        raise _Bad("its counts are implausible")
    found: dict[str, Any] = {}
    for _ in range(keys):
        name = cursor.text()
        found[name] = cursor.value(cursor.number("I"))

    alignment = _whole(found, "general.alignment", DEFAULT_ALIGNMENT)
    if alignment < 1 or alignment & (alignment - 1) or alignment > 1 << 20:
        raise _Bad("its alignment is implausible")
    parameters = end = vocabulary = 0
    for _ in range(tensors):
        tensor = cursor.text()
        rank = cursor.number("I")
        if rank > 4:
            raise _Bad("a tensor has more than four dimensions")
        sizes = [cursor.number("Q") for _ in range(rank)]
        weights = math.prod(sizes)
        if tensor == "token_embd.weight" and rank == 2:
            vocabulary = sizes[1]
        kind, offset = cursor.number("I"), cursor.number("Q")
        block, block_bytes = BLOCKS.get(kind, (1, 0))  # an unknown type is llama.cpp's to judge
        parameters += weights
        end = max(end, offset + weights // block * block_bytes)
    need = -(-cursor.position // alignment) * alignment + end
    if need > size:
        # A sane file misses some of its end; sizes beyond all reason mean a damaged header.
        if need > 1 << 44:
            raise _Bad("its tensor sizes are implausible")
        unit, name = (MEGABYTE, "MB") if need >= MEGABYTE else (1, "bytes")
        raise ModelUnusable(
            f"{path.name} is cut short: {size // unit} of {need // unit} {name} are there; download it again."
        )

    architecture = _text(found, "general.architecture", "")
    if not architecture:
        raise _Bad("it does not name its architecture")
    file_type = _whole(found, "general.file_type", -1)
    width = _size(found, f"{architecture}.embedding_length")
    heads = _size(found, f"{architecture}.attention.head_count")
    return GgufHeader(
        architecture=architecture,
        name=_text(found, "general.name", path.stem),
        context_length=_whole(found, f"{architecture}.context_length", 0),
        blocks=_whole(found, f"{architecture}.block_count", 0),
        quantisation=QUANTISATIONS.get(file_type, "unknown"),
        parameters=parameters,
        bytes=size,
        template=_text(found, "tokenizer.chat_template", "") or None,
        tensors=tensors,
        width=width,
        heads=heads,
        key_heads=_size(found, f"{architecture}.attention.head_count_kv") or heads,
        head_width=_size(found, f"{architecture}.attention.key_length") or (width // heads if heads else 0),
        feed_forward=_size(found, f"{architecture}.feed_forward_length"),
        vocabulary=vocabulary,
    )


def _size(found: dict[str, Any], key: str) -> int:
    """A size that only planning needs; 0 if it is missing, or an array with one for each block."""
    value = found.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _whole(found: dict[str, Any], key: str, default: int) -> int:
    value = found.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Bad(f"{key} is not a whole number")
    return value


def _text(found: dict[str, Any], key: str, default: str) -> str:
    value = found.get(key, default)
    if not isinstance(value, str):
        raise _Bad(f"{key} is not a text")
    return value
