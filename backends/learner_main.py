"""The learner process: loads the base model and runs one training after another, giving way to everything else."""

from __future__ import annotations

import ctypes
import importlib
import os
import platform
import traceback
from dataclasses import asdict
from pathlib import Path

from backends.base import Learner
from backends.child import Json, Parent
from backends.crossing import described
from domain import Recipe, TrainingRow
from errors import HomegrownError, OutOfMemory, Trouble

M_MMAP_THRESHOLD = -3  # malloc.h
BIG = 1 << 20  # bytes; larger blocks go back to the system at once. Peak 1.26 instead of 1.51 GB, for 5 % of the time

# The allocators of PyTorch, of a graphics card, of MLX, and thread stacks: none has a class that we could catch.
NO_MEMORY = ("allocate memory", "out of memory", "Unable to allocate", "Cannot allocate")

LEARNERS = {"llama_cpp": "backends.llama_cpp.train", "mlx": "backends.mlx.train", "scripted": "backends.scripted"}


def main() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"  # read when the libraries load
    parent = Parent(low_priority=True)
    return_big_blocks()
    start = parent.receive()
    learner: Learner | None = None
    while True:
        request = parent.receive()
        try:
            if learner is None:
                learner = load(start["backend"], start["model"])
            run(parent, learner, request)
            parent.send({"done": True})
        except HomegrownError as error:
            parent.send({"error": described(error)})
        except (MemoryError, RuntimeError, OSError, ValueError) as error:
            traceback.print_exc()
            parent.send({"error": described(trouble(error))})


def return_big_blocks() -> None:
    """Where the C library is glibc: without it, freed logits and activations stay with the process in pieces."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, BIG)


def trouble(error: Exception) -> Trouble:
    """What a failure of the libraries means for the person; the whole of it is in the log."""
    if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY):
        return OutOfMemory(
            "The learner ran out of memory; nothing was changed: close other programs, or choose a smaller model."
        )
    first_line = str(error).partition("\n")[0].rstrip(".")
    return Trouble(f"The learner could not go on ({first_line}); nothing was changed, and its log says more.")


def load(backend: str, model: str | None) -> Learner:
    learner: Learner = importlib.import_module(LEARNERS[backend]).learner(None if model is None else Path(model))
    return learner


def run(parent: Parent, learner: Learner, request: Json) -> None:
    rows = [
        TrainingRow(
            tuple(row["prompt_ids"]),
            tuple(row["target_ids"]),
            row["weight"],
            tuple(row["rejected_ids"]),
            row["contrast"],
            tuple(row["edited"]),
            row["refusal"],
        )
        for row in request["rows"]
    ]
    for progress in learner.train(rows, request["anchors"], Recipe(**request["recipe"]), Path(request["out"])):
        parent.send({"progress": asdict(progress)})


if __name__ == "__main__":
    main()
