"""What a model can do on a machine and with which sizes: decided beforehand, purely, and told in sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from backends.catalog import Entry
from backends.engine import ServeOptions
from backends.footprint import HALF_BYTES, MIB, PACKED_BYTES, learn_bytes, night_seconds, serve_bytes
from backends.hardware import GIB, Machine, choose_backend, serve_options
from backends.mlx_folder import CONVERTIBLE
from backends.shape import Shape
from backends.speed import READING, flops, tokens_per_second
from errors import Trouble

Runs = Literal["runs well", "runs with part on the GPU", "runs slowly", "does not fit"]

SYSTEM_SHARE, SYSTEM_LEAST, SYSTEM_MOST = 0.35, GIB, 4 * GIB  # of the memory, for the system and the browser
APP_BYTES = 300 * MIB  # the app process with its pages
METAL_SHARE = 2 / 3  # of the memory that Metal lets a process keep for the GPU; 0.66 to 0.84 were seen
VRAM_SPARE = GIB  # what llama.cpp's own fitting leaves free on a graphics card
ALL_LAYERS = -1  # llama.h: a negative number of layers means all
GPU_LEAST = 0.25  # share of the layers from which a graphics card is worth mentioning
CONTEXT_LEAST = 2048
WAITING_SHARE = 2  # of what is left when a model is loaded, half may hold the caches of waiting chats

# Architectures whose files a learner reads and whose linear maps have the names that it teaches. The first three of
# llama_cpp and the first two of mlx are taught in our tests; the learner itself looks at each model before it begins.
TEACHABLE = {
    "llama_cpp": frozenset({"llama", "qwen2", "qwen3", "gemma3"}),
    "mlx": frozenset({"llama", "qwen2", "qwen3"}),
}
AS_THEY_ARE = frozenset({"Q4_0", "Q4_1", "Q8_0"})  # GGUF types that MLX takes over without unpacking
# (lessons read at once, tokens of the longest lesson): the first pair that fits counts. The recipe's two lessons of a
# step are read at once, which is quicker, for as long as half a page fits. 2432 is the longest row dataset.py makes.
NIGHTS = ((2, 2432), (2, 1536), (2, 1024), (2, 768), (2, 512), (1, 768), (1, 512), (1, 384), (1, 256))
COUNTED_TOKENS = 896  # of a row, at most: a reply and a rejected one (dataset.py)
NIGHT_HOURS = 4.0  # the slot from two to six
WORDS = 0.75  # per token, in English
NOT_FOR_MLX = "MLX cannot read its file, and the list knows of no copy in MLX's format."
INSTEAD = "your newest corrections act through the prompt instead"


@dataclass(frozen=True, slots=True)
class NightPlan:
    """How the learner works here. `row_tokens`: longer lessons are cut; `rows`: lessons at once; `bytes`: its peak."""

    shape: Shape
    packed: bool  # the weights stay as they are served, else they are unpacked to float32
    rows: int
    row_tokens: int
    bytes: int
    seconds: float  # of a night of 16 corrections

    def need(self, longest: int) -> int:
        """Bytes that a night takes whose longest lesson has so many tokens."""
        tokens = min(max(longest, 1), self.row_tokens)
        return learn_bytes(self.shape, self.rows, tokens, reply_tokens=COUNTED_TOKENS, packed=self.packed)


@dataclass(frozen=True, slots=True)
class Plan:
    """`bytes`: of the engine, without waiting chats. `night` None: none fits here, and `no_night` says why."""

    backend: str
    options: ServeOptions
    runs: Runs
    bytes: int
    tokens_per_s: float
    night: NightPlan | None
    no_night: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """The verdict on one model for one machine; `why` and `learns` are sentences. `bytes` 0: not looked at.

    Where it cannot run at all, `learns` is empty.
    """

    runs: Runs
    why: str
    bytes: int
    tokens_per_s: float
    can_learn: bool
    learns: str
    night_seconds: float | None


def fit(entry: Entry, machine: Machine, backend: str | None = None) -> Fit:
    """How a catalogued model runs here, and whether it can learn here; never raises."""
    try:
        name = backend or choose_backend(machine)[0]
        if name == "mlx" and not entry.mlx and entry.shape.architecture not in CONVERTIBLE:
            return Fit("does not fit", NOT_FOR_MLX, 0, 0.0, False, "", None)
        made = plan(for_backend(entry, name), machine, name)
    except Trouble as trouble:
        return Fit("does not fit", str(trouble), 0, 0.0, False, "", None)
    words = made.tokens_per_s * WORDS
    speed = "less than a word" if words < 1 else "about a word" if words < 1.5 else f"about {words:.0f} words"
    why = f"It takes {_gb(made.bytes)} of memory and writes {speed} a second."
    if made.runs == "does not fit":
        why = f"It needs {_gb(made.bytes)} of memory, and {_gb(max(usable(machine, made.backend), 0))} are free for it."
    night = made.night
    learns = f"It can learn here; a night takes {_time(night.seconds)}." if night else made.no_night
    seconds = night.seconds if night else None
    return Fit(made.runs, why, made.bytes, made.tokens_per_s, night is not None, learns, seconds)


def recommended(fits: dict[str, Fit], entries: tuple[Entry, ...]) -> str | None:
    """The best model with an open licence that runs well and learns here; else the best that runs at all."""
    able = [entry.name for entry in entries if entry.open and fits[entry.name].runs != "does not fit"]
    good = [name for name in able if fits[name].runs != "runs slowly" and fits[name].can_learn]
    return next(reversed(good or able[:1]), None)


def plan(shape: Shape, machine: Machine, backend: str | None = None) -> Plan:
    """Raises Trouble where Homegrown cannot run at all."""
    name = backend or choose_backend(machine)[0]
    usual = serve_options(machine, shape.context, shape.bytes)
    room = usable(machine, name)
    layers, on_gpu = _offload(shape, machine, usual.context)
    context, kind = usual.context, "f16"
    for context, kind in _sizes(usual.context, quantised=name == "llama_cpp"):
        if _in_ram(shape, context, kind, on_gpu) <= room:
            break
    took = _in_ram(shape, context, kind, on_gpu)
    fits = took <= room
    speed = tokens_per_second(shape, machine, on_gpu)
    runs: Runs = "does not fit"
    if fits:
        part = GPU_LEAST <= on_gpu < 1
        runs = "runs slowly" if speed < READING else "runs with part on the GPU" if part else "runs well"
    waiting = min(usual.kv_budget, max(room - took, 0) // WAITING_SHARE)
    options = replace(usual, context=context, kv_type=kind, gpu_layers=layers, kv_budget=waiting)
    night, no_night = (
        _night(shape, machine, name, room - took) if fits else (None, "It does not fit, so it cannot learn.")
    )
    told = (
        _context_told(shape, usual.context, context, kind),
        _gpu_told(machine, shape, layers),
        f"Answering takes {_gb(took)} of {_gb(machine.ram_bytes)} of memory."
        if fits
        else f"This model needs {_gb(took)} of memory and {_gb(max(room, 0))} are free for it; choose a smaller one.",
        _night_told(night) if night else no_night,
    )
    return Plan(name, options, runs, took, speed, night, no_night, told)


def beside(made: Plan, other: Plan, machine: Machine) -> Plan:
    """The plan of a model that is taught and examined while the model of the other plan serves: both are in memory."""
    if made.night is None:
        return made
    left = usable(machine, made.backend) - made.bytes - other.bytes
    night, no_night = _night(made.night.shape, machine, made.backend, left)
    return replace(made, night=night, no_night=no_night)


def usable(machine: Machine, backend: str) -> int:
    """Bytes for engine and learner: what the system, the browser and the app leave. Negative: not even that."""
    system = min(max(int(SYSTEM_SHARE * machine.ram_bytes), SYSTEM_LEAST), SYSTEM_MOST)
    room = machine.ram_bytes - system - APP_BYTES
    return min(room, int(METAL_SHARE * machine.ram_bytes)) if machine.apple_silicon else room


def for_backend(entry: Entry, backend: str) -> Shape:
    """The shape of what this backend loads: with MLX the 4-bit weights instead of the GGUF file."""
    if backend != "mlx" or not entry.mlx or not entry.shape.parameters:
        return entry.shape
    return replace(entry.shape, bytes=int(entry.shape.parameters * PACKED_BYTES))


def converted(shape: Shape, quantisation: str) -> Shape:
    """The shape of a GGUF file once it was made into weights for MLX."""
    return shape if quantisation in AS_THEY_ARE else replace(shape, bytes=HALF_BYTES * shape.parameters)


def _sizes(context: int, quantised: bool) -> list[tuple[int, str]]:
    """What is tried, the best first: quantised keys and values cost less than half of the context."""
    found = []
    while True:
        found += [(context, "f16"), *([(context, "q8_0")] if quantised else [])]
        if context // 2 < CONTEXT_LEAST:
            return found
        context //= 2


def _in_ram(shape: Shape, context: int, kind: str, on_gpu: float) -> int:
    whole = serve_bytes(shape, context, kind)
    fixed = serve_bytes(replace(shape, bytes=0), 0, kind)
    return fixed + int((whole - fixed) * (1 - on_gpu))


def _offload(shape: Shape, machine: Machine, context: int) -> tuple[int | None, float]:
    """(layers for a graphics card, their share); None: there is none for llama.cpp to use."""
    if not (machine.offload and machine.vram_bytes):
        return None, 0.0
    layers = shape.blocks + 1  # the output counts as one; if blocks are not known: all or nothing
    share = (machine.vram_bytes - VRAM_SPARE) / serve_bytes(shape, context)
    count = max(0, min(layers, int(share * layers)))
    return (ALL_LAYERS if count == layers else count), count / layers


def _night(shape: Shape, machine: Machine, backend: str, left: int) -> tuple[NightPlan | None, str]:
    if shape.mixture:
        return None, f"A mixture of experts cannot be taught yet; {INSTEAD}."
    if shape.architecture not in TEACHABLE.get(backend, frozenset()):
        return None, f"Models of the kind {shape.architecture} cannot be taught yet; {INSTEAD}."
    if not shape.known:
        return None, f"This model's file does not tell its sizes, so no night can be planned; {INSTEAD}."
    seconds = night_seconds(shape, flops(machine, backend))
    if seconds > NIGHT_HOURS * 3600:
        told = f"A night would take {_time(seconds)} here and may take {NIGHT_HOURS:.0f} hours"
        return None, f"{told}; {INSTEAD}."
    packed = backend == "mlx"
    for rows, tokens in NIGHTS:
        need = learn_bytes(shape, rows, tokens, reply_tokens=COUNTED_TOKENS, packed=packed)
        if need <= left:
            return NightPlan(shape, packed, rows, tokens, need, seconds), ""
    return None, f"A night needs {_gb(need)} of memory and {_gb(max(left, 0))} are free beside the model; {INSTEAD}."


def _context_told(shape: Shape, wanted: int, context: int, kind: str) -> str:
    held = "in half precision" if kind == "f16" else "as q8_0, which takes half the memory"
    less = f", less than the usual {wanted}, as memory is short" if context < wanted else ""
    return f"The context holds {context} tokens{less}; keys and values are kept {held}."


def _gpu_told(machine: Machine, shape: Shape, layers: int | None) -> str:
    if machine.apple_silicon:
        return "The GPU computes, in the memory that it shares with the processor."
    if machine.nvidia and not machine.offload:
        return f"{machine.nvidia.partition(',')[0]} is not used, as llama.cpp was built without CUDA (see the README)."
    if layers and machine.nvidia:
        count = "All" if layers == ALL_LAYERS else f"{layers} of {shape.blocks + 1}"
        return f"{count} layers are on {machine.nvidia.partition(',')[0]}."
    return "The processor computes."


def _night_told(night: NightPlan) -> str:
    weights = "weights stay as they are" if night.packed else "weights are unpacked to float32"
    step = f"{night.rows} lesson{'s' if night.rows > 1 else ''} at a time, up to {night.row_tokens} tokens each"
    return f"A night takes {_time(night.seconds)} and up to {_gb(night.bytes)} of memory: {weights}, {step}."


def _gb(size: int) -> str:
    return f"{size / GIB:.1f} GB"


def _time(seconds: float) -> str:
    if seconds < 5400:
        return f"about {max(round(seconds / 60), 1)} min"
    return f"about {seconds / 3600:.1f} hours"
