"""The parts of the fault measurements: how often each is tried, with which model, and what counts as passed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.faults import guests, publishing, refusals, starts, streaming, training
from bench.faults.home import WEIGHTS
from bench.faults.process import ROOT
from bench.result import Goal

STORE_RESULT = ROOT / "docs" / "results" / "store-faults.json"

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """`run(folder, tries)` yields a result for each try, in their order; `model` is what replies and learns in it."""

    name: str
    tries: int
    model: str
    run: Callable[[Path, Sequence[int]], Generator[Result, None, None]]
    goals: Callable[[Sequence[Result], int], list[Goal]]


def parts() -> list[Part]:
    scripted, weights = "scripted", "the bundled model"
    return [
        Part("store", 1, "none", store, store_goals),
        Part("streaming", 300, scripted, streaming.run, streaming.goals),
        Part("training", 100, scripted, training.run, training.goals),
        Part("publishing", 200, scripted, publishing.run, publishing.goals),
        Part("refusals", len(refusals.ERRORS), scripted, refusals.run, refusals.goals),
        Part("starts", 1, scripted, starts.run, starts.goals),
        Part("streaming-weights", 12, weights, partial(streaming.run, backend=WEIGHTS), streaming.goals),
        Part("training-weights", 4, weights, partial(training.run, backend=WEIGHTS), training.goals),
        Part("guests", 1, weights, guests.run, guests.goals),
    ]


def store(folder: Path, tries: Sequence[int]) -> Generator[Result, None, None]:
    """The journal's own measurements, whose figures go to a file of their own."""
    for number in tries:
        done = subprocess.run(
            [sys.executable, "-m", "bench.store_faults", "--json", str(STORE_RESULT)], cwd=ROOT, stdout=subprocess.PIPE
        )
        told = json.loads(STORE_RESULT.read_text(encoding="utf-8"))
        yield {"try": number, "exit": done.returncode, "goals": told["goals"]}


def store_goals(results: Sequence[Result], tries: int) -> list[Goal]:
    return [Goal(**goal) for goal in (results[-1]["goals"] if results else ())]
