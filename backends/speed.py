"""How fast a machine computes, as far as its name tells: rough figures, on the low side, for promises beforehand.

Writing is bound by memory: each token reads all weights that it uses. Teaching is bound by arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backends.hardware import MACHINES, Machine
from backends.shape import Shape

READING = 5.0  # tokens a second; a person reads about 250 words a minute
GIGA = 1e9

CORE_BYTES = {"x86-64": 5 * GIGA, "arm64": 2 * GIGA}  # a second; measured on x86-64: 5.4; a Raspberry Pi 5 has 8 in all
MOST_BYTES = 30 * GIGA  # two channels of DDR4-2666, of which 70 % are reached
CORE_FLOPS = {"x86-64": 40 * GIGA, "arm64": 10 * GIGA}  # in float32; measured with AVX-512: 52; NEON has a quarter
# Cores unlike the usual ones, by what stands in their name: shares of the bytes and of the operations above.
OTHER_CORES = {
    **dict.fromkeys(("Celeron", "Pentium", "Atom"), (0.4, 0.4)),  # they lack AVX, or half of the width
    **dict.fromkeys(("N95", "N97", "N100", "N150", "N200", "N305"), (1.0, 0.5)),  # half of the width, at 6 to 15 W
    **dict.fromkeys(("Cortex-A53", "Cortex-A55", "Cortex-A72"), (0.4, 0.4)),  # a Raspberry Pi 4 has 4 GB/s in all
    "Snapdragon": (3.0, 3.0),  # a laptop's: eight channels, four times as wide
    **dict.fromkeys(("Neoverse-N1", "Neoverse-V1", "Neoverse-N2"), (2.0, 2.0)),  # of a server
}
MOST_TOKENS = 150.0  # a second: beyond that the overhead of each token counts, whatever the memory can do
# Of NVIDIA's cards, by what stands in their name: bytes a second as NVIDIA tells them. Laptops have less.
GPU_BYTES = {
    name: gigabytes * GIGA
    for name, gigabytes in {
        "GTX 1060": 192, "GTX 1070": 256, "GTX 1080": 320, "GTX 1080 Ti": 484, "GTX 1650": 128, "GTX 1660": 192,
        "RTX 2060": 336, "RTX 2070": 448, "RTX 2080": 448, "RTX 2080 Ti": 616,
        "RTX 3050": 168, "RTX 3060": 360, "RTX 3060 Ti": 448, "RTX 3070": 448, "RTX 3080": 760, "RTX 3080 Ti": 512,
        "RTX 3090": 936,
        "RTX 4050": 192, "RTX 4060": 272, "RTX 4060 Ti": 288, "RTX 4070": 504, "RTX 4080": 717, "RTX 4090": 1008,
        "RTX 5050": 320, "RTX 5060": 448, "RTX 5070": 672, "RTX 5080": 960, "RTX 5090": 1792,
        "RTX 3060 Laptop": 336, "RTX 3070 Laptop": 448, "RTX 3080 Laptop": 448, "RTX 4060 Laptop": 256,
        "RTX 4070 Laptop": 256, "RTX 4080 Laptop": 432, "RTX 4090 Laptop": 576, "RTX 5070 Laptop": 384,
        "RTX 5080 Laptop": 896, "RTX 5090 Laptop": 896,
        "A100": 1555, "H100": 2000, "L4": 300, "T4": 300,
    }.items()
}  # fmt: skip
OTHER_GPU_BYTES = 100 * GIGA
GPU_SHARE = 0.5  # of the bandwidth that decoding reaches: from 0.45 of the fastest cards to 0.7 of the slower ones
TEACHING_CORES = 8  # more do not help with texts as short as lessons
# Of Apple's chips by what follows the generation: bytes a second (the slowest generation's), and float32 operations of
# the GPU of which a third is counted on. Not measured by us.
APPLE = {"": (68 * GIGA, 800 * GIGA), "Pro": (150 * GIGA, 1600 * GIGA), "Max": (300 * GIGA, 3200 * GIGA)}
APPLE["Ultra"] = (800 * GIGA, 6400 * GIGA)
MLX_CPU_FLOPS = 4 * GIGA  # elsewhere, on one core: measured with its wheel's matrix product
APPLE_SHARE = 0.6  # of the bandwidth that decoding reaches


def tokens_per_second(shape: Shape, machine: Machine, on_gpu: float = 0.0) -> float:
    """Of a reply, once the prompt is read. `on_gpu`: the share of the weights that a graphics card holds."""
    read = shape.bytes * (shape.active / shape.parameters if shape.parameters else 1.0)
    if machine.apple_silicon:
        return min(APPLE_SHARE * _apple(machine)[0] / read, MOST_TOKENS)
    own = min(_power(machine, CORE_BYTES, 0), MOST_BYTES)
    return min(1 / (read * (1 - on_gpu) / own + read * on_gpu / _card(machine)), MOST_TOKENS)


def flops(machine: Machine, backend: str) -> float:
    """Operations a second that teaching gets: of the GPU with MLX on Apple Silicon, else of the processor."""
    if backend == "mlx":
        return _apple(machine)[1] if machine.apple_silicon else MLX_CPU_FLOPS
    return _power(machine, CORE_FLOPS, 1, TEACHING_CORES)


def _power(machine: Machine, of_a_core: Mapping[str, float], place: int, most: int = 1 << 10) -> float:
    """`place` of the share in OTHER_CORES."""
    cores = max(1, min(machine.physical_cores, machine.usable_cores, most))
    share = next((shares[place] for name, shares in OTHER_CORES.items() if name in machine.cpu), 1.0)
    return cores * of_a_core[MACHINES.get(machine.arch.lower(), "arm64")] * share


def _card(machine: Machine) -> float:
    """Bytes a second of its graphics card."""
    known = [name for name in GPU_BYTES if re.search(rf"\b{name}\b", machine.nvidia or "")]
    return GPU_SHARE * (GPU_BYTES[max(known, key=len)] if known else OTHER_GPU_BYTES)


def _apple(machine: Machine) -> tuple[float, float]:
    last = machine.cpu.split()[-1] if machine.cpu else ""
    return APPLE.get(last, APPLE[""])
