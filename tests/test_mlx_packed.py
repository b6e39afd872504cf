"""GGUF tensors in MLX's packing: the same numbers, bit for bit. Needs no MLX."""

from __future__ import annotations

from typing import Any

import gguf
import numpy as np
import pytest
from numpy.typing import NDArray

from backends.mlx.packed import GROUP, Packed, read

KINDS = gguf.GGMLQuantizationType


def unpacked(packed: Packed) -> NDArray[np.float32]:
    """What MLX makes of it, as its documentation says: numbers from the low bits of each word upwards."""
    per_word = 32 // packed.bits
    shifts = np.arange(per_word, dtype=np.uint32) * np.uint32(packed.bits)
    numbers = (packed.words[..., None] >> shifts) & np.uint32(2**packed.bits - 1)
    groups = numbers.reshape(len(numbers), -1, GROUP).astype(np.float32)
    values: NDArray[np.float32] = groups * packed.scales[..., None].astype(np.float32)
    return (values + packed.biases[..., None].astype(np.float32)).reshape(len(numbers), -1)


@pytest.mark.parametrize(("kind", "bits"), [(KINDS.Q4_0, 4), (KINDS.Q4_1, 4), (KINDS.Q8_0, 8)])
def test_packed_weights_keep_their_very_values(kind: Any, bits: int) -> None:
    weights = np.random.default_rng(3).normal(0, 0.3, (6, 4 * GROUP)).astype(np.float32)
    data = gguf.quantize(weights, kind)
    packed = read(data, kind)
    assert isinstance(packed, Packed)
    assert packed.bits == bits
    np.testing.assert_allclose(unpacked(packed), gguf.dequantize(data, kind), rtol=1e-6, atol=1e-7)
    order = np.array([3, 0, 5])
    np.testing.assert_array_equal(unpacked(packed.rows(order)), unpacked(packed)[order])


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_floating_point_numbers_stay_as_they_are(dtype: Any) -> None:
    weights = np.arange(12).reshape(3, 4).astype(dtype)
    found = read(weights, KINDS.F32 if dtype is np.float32 else KINDS.F16)
    assert not isinstance(found, Packed)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, weights)


def test_other_types_are_unpacked_to_half_precision() -> None:
    weights = np.random.default_rng(3).normal(0, 0.3, (2, 64)).astype(np.float32)
    data = gguf.quantize(weights, KINDS.Q5_0)
    found = read(data, KINDS.Q5_0)
    assert not isinstance(found, Packed)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, gguf.dequantize(data, KINDS.Q5_0), rtol=1e-3)
