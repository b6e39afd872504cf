"""What machine this is, which backend serves on it, and with which sizes. Looks once, decides purely, says why."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from backends.engine import ServeOptions
from backends.safe_mode import processor
from errors import Trouble

GIB = 1 << 30
BATCH = 512  # tokens; llama.cpp's own physical batch
SMALL_RAM, SMALL_CONTEXT, LARGE_CONTEXT = 16 * GIB, 4096, 8192
KV_SHARE, KV_LEAST, KV_MOST = 16, 256 << 20, 2 * GIB  # waiting chats get a sixteenth of the RAM, within these bounds
PROBE_SECONDS = 2.0
MACHINES = {"x86_64": "x86-64", "amd64": "x86-64", "arm64": "arm64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Machine:
    """`usable_cores` and `ram_bytes` are what this process may use: a container may get less than the machine has."""

    system: str  # Linux, Darwin, Windows
    arch: str  # as platform.machine() says
    bits: int  # of this Python
    cpu: str
    physical_cores: int
    logical_cores: int
    usable_cores: int
    ram_bytes: int
    nvidia: str | None  # name and memory of the first GPU, if its driver answers
    battery_percent: int | None
    plugged_in: bool | None
    python: str
    offload: bool = False  # llama.cpp here was built for this GPU

    @property
    def vram_bytes(self) -> int:
        """Of the first NVIDIA GPU; 0 if there is none, or its driver does not tell."""
        found = re.search(r"(\d+) MiB", self.nvidia or "")
        return int(found[1]) << 20 if found else 0

    @property
    def apple_silicon(self) -> bool:
        return self.system == "Darwin" and self.arch == "arm64"


def inspect_machine() -> Machine:
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    logical = psutil.cpu_count() or 1
    return Machine(
        system=platform.system(),
        arch=platform.machine(),
        bits=64 if sys.maxsize > 1 << 32 else 32,
        cpu=_cpu_name(),
        physical_cores=psutil.cpu_count(logical=False) or logical,
        logical_cores=logical,
        usable_cores=_usable_cores(logical),
        ram_bytes=min(psutil.virtual_memory().total, _cgroup_number("memory.max") or 1 << 62),
        nvidia=_nvidia(),
        battery_percent=round(battery.percent) if battery else None,
        plugged_in=battery.power_plugged if battery else None,
        python=platform.python_version(),
        offload=_built_for_gpu(),
    )


def choose_backend(machine: Machine) -> tuple[str, str]:
    """(name, reason in a sentence). Raises Trouble where Homegrown cannot run."""
    arch = MACHINES.get(machine.arch.lower())
    if machine.bits == 32 or arch is None:
        raise Trouble(
            f"Homegrown needs a 64-bit Python on x86-64 or arm64, not a {machine.bits}-bit one on {machine.arch}; "
            "install a 64-bit Python or use another computer."
        )
    if machine.system == "Darwin" and not machine.apple_silicon:
        raise Trouble(
            "Intel Macs are not supported, as PyTorch no longer ships for them; use a Mac with Apple Silicon "
            "(there with an arm64 Python), Linux or Windows."
        )
    if machine.apple_silicon:
        return "mlx", "Apple Silicon; MLX on its graphics processor is used"
    if machine.system not in ("Linux", "Windows"):
        raise Trouble(f"Homegrown runs on Linux, Windows and macOS, not on {machine.system}; use another computer.")
    if machine.nvidia:
        return "llama_cpp", (
            f"{machine.system} {arch} with {machine.nvidia}; llama.cpp is used, on the GPU if it was built with CUDA"
        )
    return "llama_cpp", f"{machine.system} {arch} without a supported GPU; llama.cpp on the CPU is used"


def serve_options(machine: Machine, model_context: int, model_bytes: int) -> ServeOptions:
    """Sizes that suit the machine. `model_context` is what the model was trained for, in tokens (0: unknown)."""
    left = machine.ram_bytes - model_bytes
    context = SMALL_CONTEXT if left < SMALL_RAM else LARGE_CONTEXT
    return ServeOptions(
        context=min(context, model_context or context),
        threads=max(1, min(machine.physical_cores, machine.usable_cores)),
        flash_attention=True,
        batch=BATCH,
        kv_budget=min(max(left // KV_SHARE, KV_LEAST), KV_MOST),
    )


def _usable_cores(logical: int) -> int:
    """Cores this process may run on, by CPU affinity and by container quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else logical
    quota = _cgroup_number("cpu.max")
    period = _cgroup_number("cpu.max", 1)
    return max(1, min(cores, quota // period)) if quota and period else cores


def _cgroup_number(name: str, field: int = 0) -> int | None:
    """A number from the container's limits (Linux, cgroup 2); None if there is no limit or no such file."""
    try:
        word = Path("/sys/fs/cgroup", name).read_text(encoding="ascii").split()[field]
    except (OSError, IndexError):
        return None
    return int(word) if word.isdigit() else None


def _cpu_name() -> str:
    told = _ask("sysctl", "-n", "machdep.cpu.brand_string") if platform.system() == "Darwin" else None
    return told or processor()


def _nvidia() -> str | None:
    answer = _ask("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader")
    return answer.splitlines()[0].strip() if answer else None


def _built_for_gpu() -> bool:
    """Whether the installed llama.cpp has a CUDA library; looked up without loading it."""
    spec = importlib.util.find_spec("llama_cpp")
    folder = Path(spec.origin).parent / "lib" if spec and spec.origin else None
    return folder is not None and any(folder.glob("*ggml-cuda*"))


def _ask(program: str, *arguments: str) -> str | None:
    """What a system tool prints; None if it is absent, fails, or takes longer than two seconds."""
    path = shutil.which(program)
    if path is None:
        return None
    try:
        done = subprocess.run(
            [path, *arguments],
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def processor_seconds() -> float:
    """Processor time that this process and the children it has now have used so far."""
    own = psutil.Process()
    spent = 0.0
    for process in [own, *own.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # it has just ended
            times = process.cpu_times()
            spent += times.user + times.system
    return spent
