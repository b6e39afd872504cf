"""A key press stops the real process that learns, and it goes on when nobody is there; how soon is printed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app import build
from backends.learner import LearnerProcess
from learning import nights as module
from personalization.schedule import Due
from settings import Settings
from tests.builders import corrections

PATIENCE = 30.0


def seconds_until(true: Callable[[], bool]) -> float:
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < PATIENCE
        time.sleep(0.01)
    return time.monotonic() - start


def test_a_key_press_pauses_the_learner(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEGROWN_SCRIPTED_DELAY", "0.05")
    monkeypatch.setattr(module, "machine_ready", lambda situation: Due(True, ""))
    monkeypatch.setattr(module, "AWAKE_SECONDS", 1.5)
    parts = build(Settings(home, backend="scripted"))
    try:
        ada = parts.store.add_person("Ada")
        parts.store.put_feedback(ada.id, *corrections(8))
        parts.engine.start()
        parts.engine.wait_ready(PATIENCE)
        parts.nights.start(ada.id)

        def child() -> int:
            learner = parts.nights._learner
            running = learner._child if isinstance(learner, LearnerProcess) else None
            return running.pid if running else 0

        seconds_until(lambda: child() != 0)
        process = psutil.Process(child())
        parts.nights.awake()
        paused = seconds_until(lambda: process.status() == psutil.STATUS_STOPPED)
        resumed = seconds_until(lambda: process.status() != psutil.STATUS_STOPPED)
        with capsys.disabled():
            print(f"\n  learner stopped {paused:.2f} s after a key press; went on {resumed:.2f} s later")
    finally:
        parts.close()
