"""A night that is broken off anywhere leaves what served, loses no lesson, and the next night learns them all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from domain import BASE
from errors import Trouble
from homegrown import Homegrown
from personalization.feedback_file import read_feedback
from personalization.night import NightProgress
from tests.fake_model import recipe_for
from tests.test_commands import lines

ROOT = Path(__file__).parents[2]
STEPS, LAST_RUN = 13, 10  # of training in a night of five lessons; where the last of its six runs begins
PLACES = 30  # changes of files in a night of ten lessons, at least


@pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")
def test_a_kill_and_a_full_disk_at_each_change_of_a_file_cost_that_night_and_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.night_with_faults", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    places = json.loads(done.stdout)
    assert places["killed"] >= PLACES and places["without room"] >= PLACES, places


@pytest.fixture
def taught(parts: Homegrown, monkeypatch: pytest.MonkeyPatch, spare: SimpleNamespace) -> tuple[Homegrown, str]:
    """Somebody with five corrections, an engine that answers at once, and a learner that takes its time."""
    ada = parts.store.add_person("Ada").id
    parts.store.put_feedback(ada, *read_feedback(lines(5))[0])
    parts.engine.start()
    parts.engine.wait_ready(60)
    monkeypatch.setenv("HOMEGROWN_SCRIPTED_DELAY", "0.02")
    monkeypatch.setattr(parts.nights, "_recipe_for", lambda count: replace(recipe_for(count), epochs=1, batch_rows=2))
    return parts, ada


@pytest.mark.parametrize("step", range(STEPS))
def test_a_learner_killed_at_any_of_its_steps_and_again_is_told_in_the_report_and_the_next_night_learns(
    taught: tuple[Homegrown, str], step: int
) -> None:
    parts, ada = taught
    ledger, told = parts.store.feedback(ada), list[NightProgress]()

    def kill(progress: NightProgress) -> None:
        if progress.loss is not None:
            told.append(progress)
            if len(told) > step:  # on a busy machine a kill may come after the learner's end: then the next one is hit
                for learner in learners():
                    learner.kill()

    try:
        done = parts.nights.run(ada, kill)
    except Trouble as error:
        assert "ran out of memory, and once more" in str(error) and "nothing was changed" in str(error)
        (failed,) = parts.store.nights(ada)
        assert (failed.verdict.outcome, failed.verdict.reason) == ("failed", str(error))
        assert parts.adapters.current(ada) == (BASE, None)
        assert not list(parts.store.home.glob("people/*/adapters/*-*"))
        assert parts.store.feedback(ada) == ledger
        done = parts.nights.run(ada)
    else:
        assert step >= LAST_RUN  # it had written its adapter, and no run came after it
    assert done.verdict.serves


def test_a_learner_killed_once_as_for_want_of_memory_begins_again_with_less(taught: tuple[Homegrown, str]) -> None:
    parts, ada = taught
    told: list[str] = []

    def kill(progress: NightProgress) -> None:
        if progress.loss is not None:
            told.append(progress.phase)
            if "once more" not in progress.phase:
                for learner in learners():
                    learner.kill()

    done = parts.nights.run(ada, kill)
    assert done.verdict.serves
    assert "begun again with 1 lesson at a time instead of 2" in done.verdict.checks[-1].sentence
    assert "once more with less memory" not in told[0] and "once more with less memory" in told[-1]
    manifest = parts.adapters.manifest(ada)
    assert manifest and manifest["recipe"]["rows_at_once"] == 1
    assert parts.nights.plan(ada) == "0 of 5 new corrections so far."


def learners() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if is_learner(child)]


def is_learner(child: psutil.Process) -> bool:
    try:
        return "backends.learner_main" in child.cmdline()
    except psutil.NoSuchProcess:  # a zombie is one, too
        return False
