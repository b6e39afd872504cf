"""Forty computers that people have, and what the planner says of each model on each: for the golden test.

`python -m tests.machines` writes tests/golden/machines.json anew; whoever does it reads every line that changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backends.catalog import entries
from backends.hardware import GIB, Machine
from backends.plan import Fit, fit, recommended

GOLDEN = Path(__file__).parent / "golden" / "machines.json"


@dataclass(frozen=True, slots=True)
class Computer:
    """`backend` None: whatever is chosen there. `gpu`: an NVIDIA card and its MiB."""

    name: str
    machine: Machine
    backend: str | None = None


def computer(
    name: str,
    system: str,
    cores: int,
    ram: float,
    cpu: str,
    *,
    arch: str = "x86_64",
    bits: int = 64,
    usable: int | None = None,
    gpu: str | None = None,
    built: bool = False,
) -> Computer:
    machine = Machine(
        system=system,
        arch=arch,
        bits=bits,
        cpu=cpu,
        physical_cores=cores,
        logical_cores=2 * cores,
        usable_cores=usable or 2 * cores,
        ram_bytes=int(ram * GIB),
        nvidia=gpu,
        battery_percent=None,
        plugged_in=None,
        python="3.11.2",
        offload=built,
    )
    return Computer(name, machine)


def mac(name: str, cores: int, ram: float, chip: str) -> Computer:
    return Computer(name, computer(name, "Darwin", cores, ram, chip, arch="arm64").machine, "mlx")


COMPUTERS = (
    computer("Virtual server, 1 core, 1 GB", "Linux", 1, 1, "AMD EPYC"),
    computer("Virtual server, 2 cores, 4 GB", "Linux", 2, 3.8, "AMD EPYC"),
    computer("Virtual server, 8 cores, 32 GB", "Linux", 8, 31.3, "AMD EPYC"),
    computer("Container with 2 of 32 cores, 8 GB", "Linux", 32, 8, "Intel Xeon Gold 6338", usable=2),
    computer("Raspberry Pi 4, 2 GB", "Linux", 4, 1.8, "Cortex-A72", arch="aarch64"),
    computer("Raspberry Pi 4, 4 GB", "Linux", 4, 3.7, "Cortex-A72", arch="aarch64"),
    computer("Raspberry Pi 4 with a 32-bit system", "Linux", 4, 3.7, "Cortex-A72", arch="armv7l", bits=32),
    computer("Raspberry Pi 5, 8 GB", "Linux", 4, 7.9, "Cortex-A76", arch="aarch64"),
    computer("Raspberry Pi 5, 16 GB", "Linux", 4, 15.8, "Cortex-A76", arch="aarch64"),
    computer("Netbook, Celeron N4020, 4 GB", "Windows", 2, 3.8, "Intel Celeron N4020", arch="AMD64"),
    computer("Mini PC, N100, 8 GB", "Linux", 4, 7.6, "Intel N100"),
    computer("Mini PC, N100, 16 GB", "Windows", 4, 15.7, "Intel N100", arch="AMD64"),
    computer("ThinkPad X220, 8 GB", "Linux", 2, 7.7, "Intel Core i5-2520M"),
    computer("ThinkPad T480, 8 GB", "Windows", 4, 7.8, "Intel Core i5-8250U", arch="AMD64"),
    computer("ThinkPad T480, 16 GB", "Linux", 4, 15.5, "Intel Core i5-8250U"),
    computer("XPS 13, 16 GB", "Windows", 4, 15.7, "Intel Core i7-1165G7", arch="AMD64"),
    computer("Surface Laptop 7, Snapdragon X, 16 GB", "Windows", 12, 15.6, "Snapdragon X Elite", arch="ARM64"),
    computer("Steam Deck, 16 GB", "Linux", 4, 14.5, "AMD Custom APU 0405"),
    computer("Office PC, i5-10400, 16 GB", "Windows", 6, 15.9, "Intel Core i5-10400", arch="AMD64"),
    computer("Framework 13, Ryzen 7840U, 32 GB", "Linux", 8, 30.6, "AMD Ryzen 7 7840U"),
    computer("Framework 13, Ryzen AI 9, 64 GB", "Linux", 12, 61.5, "AMD Ryzen AI 9 HX 370"),
    computer("Desktop, Ryzen 5950X, 64 GB", "Linux", 16, 62.7, "AMD Ryzen 9 5950X"),
    computer("Laptop, GTX 1650, 8 GB", "Windows", 4, 7.8, "Intel Core i5-9300H", arch="AMD64",
             gpu="NVIDIA GeForce GTX 1650, 4096 MiB", built=True),
    computer("Laptop, RTX 4050, 16 GB", "Windows", 8, 15.6, "Intel Core i7-13620H", arch="AMD64",
             gpu="NVIDIA GeForce RTX 4050 Laptop GPU, 6141 MiB", built=True),
    computer("Desktop, RTX 4060, 16 GB", "Linux", 6, 15.5, "AMD Ryzen 5 5600",
             gpu="NVIDIA GeForce RTX 4060, 8188 MiB", built=True),
    computer("Desktop, RTX 3060, 32 GB, llama.cpp without CUDA", "Windows", 12, 31.8, "Intel Core i7-12700",
             arch="AMD64", gpu="NVIDIA GeForce RTX 3060, 12288 MiB"),
    computer("Desktop, RTX 3060, 32 GB", "Windows", 12, 31.8, "Intel Core i7-12700", arch="AMD64",
             gpu="NVIDIA GeForce RTX 3060, 12288 MiB", built=True),
    computer("Desktop, RTX 4070, 32 GB", "Linux", 8, 31.2, "AMD Ryzen 7 7700X",
             gpu="NVIDIA GeForce RTX 4070, 12282 MiB", built=True),
    computer("Workstation, RTX 3090, 64 GB", "Linux", 16, 62.7, "AMD Ryzen 9 5950X",
             gpu="NVIDIA GeForce RTX 3090, 24576 MiB", built=True),
    computer("Workstation, RTX 4090, 128 GB", "Linux", 16, 125.6, "AMD Ryzen 9 7950X",
             gpu="NVIDIA GeForce RTX 4090, 24564 MiB", built=True),
    computer("MacBook Pro 2019 (Intel), 16 GB", "Darwin", 8, 16, "Intel Core i9-9880H"),
    mac("MacBook Air M1, 8 GB", 8, 8, "Apple M1"),
    mac("MacBook Air M1, 16 GB", 8, 16, "Apple M1"),
    mac("Mac mini M2, 8 GB", 8, 8, "Apple M2"),
    mac("Mac mini M4, 16 GB", 10, 16, "Apple M4"),
    mac("MacBook Pro M2 Pro, 16 GB", 10, 16, "Apple M2 Pro"),
    mac("MacBook Air M3, 24 GB", 8, 24, "Apple M3"),
    mac("MacBook Pro M3 Pro, 36 GB", 11, 36, "Apple M3 Pro"),
    mac("MacBook Pro M4 Max, 64 GB", 16, 64, "Apple M4 Max"),
    mac("Mac Studio M2 Ultra, 128 GB", 24, 128, "Apple M2 Ultra"),
)  # fmt: skip


def verdicts(computer: Computer) -> dict[str, Any]:
    """{"recommended": name, "models": {name: a verdict in one line}}"""
    listed = entries()
    fits = {entry.name: fit(entry, computer.machine, computer.backend) for entry in listed}
    return {
        "recommended": recommended(fits, listed),
        "models": {name: line(found) for name, found in fits.items()},
    }


def line(found: Fit) -> str:
    if found.runs == "does not fit":
        return f"{found.runs}: {found.why}"
    size = f"{found.bytes / GIB:.1f} GB, {found.tokens_per_s:.0f} tokens/s"
    learns = found.learns if found.can_learn else f"No nights: {found.learns.partition(';')[0]}."
    return f"{found.runs} ({size}). {learns}"


def table() -> dict[str, Any]:
    return {computer.name: verdicts(computer) for computer in COMPUTERS}


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(table(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
