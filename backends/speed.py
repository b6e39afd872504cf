"""How fast a machine computes, as far as its name tells: rough figures, on the low side, for promises beforehand.

Writing is bound by memory: each token reads all weights that it uses. Teaching is bound by arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping

from backends.hardware import MACHINES, Machine
from backends.shape import Shape

READING = 5.0  # tokens a second; a person reads about 250 words a minute
GIGA = 1e9

CORE_BYTES = {"x86-64": 5 * GIGA, "arm64": 2 * GIGA}  # a second; measured on x86-64: 5.4; a Raspberry Pi 5 has 8 in all
MOST_BYTES = 25 * GIGA  # two channels of DDR4
CORE_FLOPS = {"x86-64": 40 * GIGA, "arm64": 10 * GIGA}  # in float32; measured with AVX-512: 52; NEON has a quarter
SMALL_CORES, SMALL_SHARE = ("Celeron", "Pentium", "Atom"), 0.4  # they lack AVX, or half of the width
MOST_TOKENS = 150.0  # a second: beyond that the overhead of each token counts, whatever the memory can do
GPU_BYTES = 120 * GIGA  # a second; the slower NVIDIA cards of the last ten years with 4 GB and more
TEACHING_CORES = 8  # more do not help with texts as short as lessons
# Of Apple's chips by what follows the generation: bytes a second (the slowest generation's), and float32 operations of
# the GPU of which a third is counted on. Not measured by us.
APPLE = {"": (68 * GIGA, 800 * GIGA), "Pro": (150 * GIGA, 1600 * GIGA), "Max": (300 * GIGA, 3200 * GIGA)}
APPLE["Ultra"] = (800 * GIGA, 6400 * GIGA)
APPLE_SHARE = 0.6  # of the bandwidth that decoding reaches


def tokens_per_second(shape: Shape, machine: Machine, on_gpu: float = 0.0) -> float:
    """Of a reply, once the prompt is read. `on_gpu`: the share of the weights that a graphics card holds."""
    read = shape.bytes * (shape.active / shape.parameters if shape.parameters else 1.0)
    if machine.apple_silicon:
        return min(APPLE_SHARE * _apple(machine)[0] / read, MOST_TOKENS)
    own = min(_power(machine, CORE_BYTES), MOST_BYTES)
    return min(1 / (read * (1 - on_gpu) / own + read * on_gpu / GPU_BYTES), MOST_TOKENS)


def flops(machine: Machine, backend: str) -> float:
    """Operations a second that teaching gets: of the GPU with MLX, else of the processor."""
    if backend == "mlx":
        return _apple(machine)[1]
    return _power(machine, CORE_FLOPS, TEACHING_CORES)


def _power(machine: Machine, of_a_core: Mapping[str, float], most: int = 1 << 10) -> float:
    cores = max(1, min(machine.physical_cores, machine.usable_cores, most))
    small = any(name in machine.cpu for name in SMALL_CORES)
    return cores * of_a_core[MACHINES.get(machine.arch.lower(), "arm64")] * (SMALL_SHARE if small else 1.0)


def _apple(machine: Machine) -> tuple[float, float]:
    last = machine.cpu.split()[-1] if machine.cpu else ""
    return APPLE.get(last, APPLE[""])
