"""Tensors of a GGUF file in MLX's own packing: 4 and 8 bits with a scale and a bias for 32 weights, nothing rounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

GROUP = 32  # weights that share a scale and a bias, in these GGUF types as in MLX
ROUNDED = np.float16  # what other GGUF types are unpacked to


@dataclass(frozen=True, slots=True)
class Packed:
    """weight = scale * number + bias. `words` [rows, columns * bits / 32] of uint32; the others [rows, groups]."""

    bits: int
    words: NDArray[np.uint32]
    scales: NDArray[np.float16]
    biases: NDArray[np.float16]

    def rows(self, order: NDArray[np.int64]) -> Packed:
        return Packed(self.bits, self.words[order], self.scales[order], self.biases[order])


Tensor = Packed | NDArray[Any]


def read(data: NDArray[Any], kind: gguf.GGMLQuantizationType) -> Tensor:
    """A tensor as the file has it: packed where MLX knows that form, else as floating-point numbers."""
    match kind:
        case gguf.GGMLQuantizationType.Q4_0:
            scales, numbers = _blocks(data, kind, 1)
            return Packed(4, _nibbles(numbers), scales[0], -8 * scales[0])
        case gguf.GGMLQuantizationType.Q4_1:
            (scale, least), numbers = _blocks(data, kind, 2)
            return Packed(4, _nibbles(numbers), scale, least)
        case gguf.GGMLQuantizationType.Q8_0:
            scales, numbers = _blocks(data, kind, 1)
            return Packed(
                8, _words(numbers ^ np.uint8(0x80)), scales[0], -128 * scales[0]
            )  # signed -128..127 to 0..255
        case gguf.GGMLQuantizationType.F32 | gguf.GGMLQuantizationType.F16:
            return np.ascontiguousarray(data)
    return np.asarray(gguf.dequantize(data, kind), dtype=ROUNDED)


def _blocks(
    data: NDArray[np.uint8], kind: gguf.GGMLQuantizationType, heads: int
) -> tuple[list[NDArray[np.float16]], NDArray[np.uint8]]:
    """The half-precision numbers that each block begins with, [rows, blocks] each, and its other bytes."""
    _, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = data.reshape(data.shape[0], -1, size)
    leading = np.ascontiguousarray(blocks[..., : 2 * heads]).view(np.float16)
    return [np.ascontiguousarray(leading[..., n]) for n in range(heads)], blocks[..., 2 * heads :]


def _nibbles(numbers: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """GGUF keeps the first half of a block in the low nibbles, the second in the high ones; MLX all in a row."""
    in_order = np.concatenate([numbers & 15, numbers >> 4], axis=-1)
    return _words(in_order[..., 0::2] | in_order[..., 1::2] << 4)


def _words(numbers: NDArray[np.uint8]) -> NDArray[np.uint32]:
    return np.ascontiguousarray(numbers.reshape(numbers.shape[0], -1)).view(np.dtype("<u4"))
