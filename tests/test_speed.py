"""What is expected of processors and graphics cards by their names: rather less than they can."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backends.catalog import entry
from backends.safe_mode import processor
from backends.speed import flops, tokens_per_second
from tests.machines import computer

LAPTOP = computer("Laptop", "Linux", 4, 16, "Some CPU").machine
LARGE = entry("qwen3-8b").shape  # 5.0 GB


# About the tokens a second that people report for 4-bit files of eight billion parameters, wholly on the card.
@pytest.mark.parametrize(
    ("card", "reported"),
    [("GeForce GTX 1650", 20), ("GeForce RTX 4060", 40), ("GeForce RTX 3090", 105), ("GeForce RTX 4090", 120)],
)
def test_a_graphics_card_is_promised_less_than_it_can_but_not_a_fraction(card: str, reported: float) -> None:
    promised = tokens_per_second(LARGE, replace(LAPTOP, nvidia=f"NVIDIA {card}, 24576 MiB"), on_gpu=1.0)
    assert reported / 2.5 < promised < reported


def test_the_longest_name_that_fits_a_card_counts() -> None:
    def speed(card: str) -> float:
        return tokens_per_second(LARGE, replace(LAPTOP, nvidia=f"NVIDIA GeForce {card}, 8188 MiB"), on_gpu=1.0)

    assert speed("RTX 4070 Laptop GPU") < speed("RTX 4060 Ti") < speed("RTX 4070") < speed("RTX 4090")
    assert speed("A card of tomorrow") < speed("GTX 1650")


def test_small_cores_are_promised_less_and_large_arm_cores_more() -> None:
    def of(cpu: str, arch: str = "x86_64") -> tuple[float, float]:
        machine = replace(LAPTOP, cpu=cpu, arch=arch)
        return tokens_per_second(LARGE, machine), flops(machine, "llama_cpp")

    assert of("Intel Celeron N4020") < of("Intel N100") < of("Intel Core i5-8250U")
    assert of("Intel N100")[0] == of("Intel Core i5-8250U")[0]
    arms = [of(cpu, "aarch64") for cpu in ("Cortex-A72", "Cortex-A76", "Neoverse-N1", "Snapdragon X Elite")]
    assert arms == sorted(arms)


def test_an_arm_processor_is_named_by_its_cores(tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n\nModel\t: Raspberry Pi 4 Model B\n")
    assert processor(told) == "Cortex-A72"
    told.write_text("processor\t: 0\nmodel name\t: Intel(R) N100\n")
    assert processor(told) == "Intel(R) N100"


def test_mlx_is_promised_a_graphics_processor_on_apple_silicon_alone() -> None:
    mac = computer("Mac", "Darwin", 8, 16, "Apple M2", arch="arm64").machine
    assert (
        flops(mac, "mlx") > flops(LAPTOP, "llama_cpp") > flops(LAPTOP, "mlx") == flops(replace(LAPTOP, cpu="M2"), "mlx")
    )
