"""The fake model as a whole machine: what nights and exams need of the engine, the learner and the computer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from backends.base import BackendInfo, Sampling
from conversation.chat import Chat
from domain import Progress, Recipe, TrainingRow
from errors import EngineDied
from learning.nights import Nights
from storage.adapters import Adapters
from storage.store import Store
from tests.fake_model import PROBES, Model, recipe_for

PATIENCE = 20.0
GB = 2**30


class Machine(Model):
    """Engine and learner process at once. `gate` is passed at each step of training."""

    def __init__(self, *args: Any, **fields: Any) -> None:
        super().__init__(*args, **fields)
        self.gate: Callable[[], None] = lambda: None
        self.closed = 0

    def answer(self, prompt_ids: Sequence[int], sampling: Any, adapter: Path | None = None) -> Any:  # type: ignore
        assert sampling.temperature == 0
        text = super().answer(prompt_ids, adapter).text
        return SimpleNamespace(text=text, finish="stop")

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        for progress in super().train(rows, anchors, recipe, out):
            self.gate()
            if self.closed:
                raise EngineDied("The learner was closed.")
            yield progress

    def info(self) -> BackendInfo:
        return BackendInfo("fake", "1", "fake.gguf", "llama", "Q4_1", "hash", 2048, 2, 1, False, False)

    def suspend(self) -> None: ...

    def resume(self) -> None: ...

    def memory_bytes(self) -> int:
        return 5

    def close(self) -> None:
        self.closed += 1


def make_nights(store: Store, machine: Machine, adapters: Adapters) -> Nights:
    chat = Chat(machine, store, adapters, Sampling())  # type: ignore[arg-type]

    def start_learner() -> Any:
        machine.closed = 0
        return machine

    return Nights(store, adapters, chat, machine, start_learner, PROBES, recipe_for, {})  # type: ignore[arg-type]


def means() -> SimpleNamespace:
    """A computer with means to spare, as psutil tells of it: `battery`, `ram` and `disk` can be taken away."""
    told = SimpleNamespace(battery=None, ram=8 * GB, disk=50 * GB)
    told.psutil = SimpleNamespace(
        sensors_battery=lambda: told.battery,
        virtual_memory=lambda: SimpleNamespace(available=told.ram),
        disk_usage=lambda folder: SimpleNamespace(free=told.disk),
        cpu_percent=lambda: 0.0,
    )
    return told


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)
