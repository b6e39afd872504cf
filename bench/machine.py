"""What every benchmark result says of itself: when, on which machine and with which libraries it was made."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil

from backends.hardware import inspect_machine

LIBRARIES = ("llama-cpp-python", "mlx", "mlx-lm", "torch", "transformers", "peft", "gguf", "numpy", "gradio", "tinydb")


def circumstances() -> dict[str, Any]:
    """{"date", "machine", "versions"}: JSON-able; neither host name nor path, so that results can be published.

    `load` counts the processes that wanted a core in the last minute: much more than 0 means a disturbed measurement.
    """
    machine = {**asdict(inspect_machine()), "load": round(psutil.getloadavg()[0], 2)}
    return {"date": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, "versions": versions()}


def versions() -> dict[str, str]:
    """Of the libraries behind the figures, as far as they are installed."""
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
