"""What NVIDIA graphics cards tell of themselves through NVML: energy and memory. Untested on a real card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TOLD = "the graphics card's own counter, with all that ran beside"


class Card:
    """Counts energy; satisfies power.Counter. `nvml` is the module pynvml, begun."""

    told = TOLD

    def __init__(self, nvml: Any, number: int) -> None:
        """Raises NVMLError if the card has no such counter: those before 2017 have none."""
        self._nvml, self._card = nvml, nvml.nvmlDeviceGetHandleByIndex(number)
        self._read()

    def joules(self) -> float | None:
        try:
            return self._read()
        except self._nvml.NVMLError:  # lost, or its driver is being replaced
            return None

    def _read(self) -> float:
        return float(self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._card)) / 1e3


def load_nvml() -> Any:
    """The module pynvml, begun; None without it, or without a driver."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml


def cards(nvml: Any) -> Iterator[Card]:
    """Those that count their energy."""
    for number in range(nvml.nvmlDeviceGetCount() if nvml else 0):
        try:
            yield Card(nvml, number)
        except nvml.NVMLError:
            continue


def memory(nvml: Any) -> tuple[int, int] | None:
    """(bytes in use by all programs, bytes in all) of all cards together; None if there are none."""
    used = whole = 0
    try:
        for number in range(nvml.nvmlDeviceGetCount() if nvml else 0):
            found = nvml.nvmlDeviceGetMemoryInfo(nvml.nvmlDeviceGetHandleByIndex(number))
            used, whole = used + int(found.used), whole + int(found.total)
    except nvml.NVMLError:
        return None
    return (used, whole) if whole else None
