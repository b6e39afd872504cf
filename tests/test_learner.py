"""The learner process, with the learner that needs no weights."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from backends.learner import LearnerProcess
from domain import TrainingRow
from errors import OutOfMemory, Trouble
from personalization.recipe import recipe_for

ROWS = tuple(TrainingRow((1, 2), tuple(map(ord, f"Captain, {word}")), 1.0) for word in ("one", "two", "three"))
RECIPE = recipe_for(135_000_000, lessons=16, threads=1)


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LearnerProcess]:
    monkeypatch.setenv("HOMEGROWN_SCRIPTED_DELAY", "0.01")
    learner = LearnerProcess("scripted", None, tmp_path / "logs" / "learner.log")
    yield learner
    learner.close()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


def test_a_run_reports_each_step_and_leaves_the_adapter(learner: LearnerProcess, out: Path) -> None:
    steps = list(learner.train(ROWS, (), RECIPE, out))
    assert [step.step for step in steps] == list(range(1, steps[0].steps + 1))
    assert [file.name for file in out.iterdir()] == ["adapter.json"]


def test_one_process_serves_several_runs(learner: LearnerProcess, out: Path) -> None:
    list(learner.train(ROWS, (), RECIPE, out))
    memory = learner.memory_bytes()
    assert memory > 0
    assert list(learner.train(ROWS, (), RECIPE, out))
    assert learner.memory_bytes() > 0


def test_a_suspended_run_stands_still_until_it_is_resumed(learner: LearnerProcess, out: Path) -> None:
    run = learner.train(ROWS, (), RECIPE, out)
    next(run)
    learner.suspend()
    finished = threading.Event()
    threading.Thread(target=lambda: (list(run), finished.set()), daemon=True).start()
    assert not finished.wait(0.5)
    learner.resume()
    assert finished.wait(30)


def test_a_process_that_starts_while_suspended_waits_too(learner: LearnerProcess, out: Path) -> None:
    learner.suspend()
    finished = threading.Event()
    run = learner.train(ROWS, (), RECIPE, out)
    threading.Thread(target=lambda: (list(run), finished.set()), daemon=True).start()
    assert not finished.wait(1.0)
    learner.resume()
    assert finished.wait(30)


def test_closing_the_iterator_ends_the_process_and_the_next_run_has_another(learner: LearnerProcess, out: Path) -> None:
    run = learner.train(ROWS, (), RECIPE, out)
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert learner.memory_bytes() == 0
    assert list(out.iterdir()) == []
    assert list(learner.train(ROWS, (), RECIPE, out))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_learner_that_is_killed_as_for_want_of_memory_is_told_as_such_and_replaced(
    learner: LearnerProcess, out: Path
) -> None:
    run = learner.train(ROWS, (), RECIPE, out)
    next(run)
    assert learner._child
    psutil.Process(learner._child.pid).kill()
    with pytest.raises(OutOfMemory, match="the machine ran out of memory"):
        list(run)
    assert list(learner.train(ROWS, (), RECIPE, out))


def test_a_learner_that_we_end_ourselves_has_not_run_out_of_memory(learner: LearnerProcess, out: Path) -> None:
    run = learner.train(ROWS, (), RECIPE, out)
    next(run)
    learner.close()
    with pytest.raises(Trouble) as told:
        list(run)
    assert not isinstance(told.value, OutOfMemory)


def test_closing_the_learner_ends_a_run_in_a_sentence(learner: LearnerProcess, out: Path) -> None:
    run = learner.train(ROWS, (), RECIPE, out)
    next(run)
    learner.close()
    with pytest.raises(Trouble, match=r"The learner .*; nothing was changed"):
        list(run)
    with pytest.raises(Trouble, match="closed"):
        next(learner.train(ROWS, (), RECIPE, out))


def test_a_learner_that_cannot_be_started_names_the_remedy(tmp_path: Path, out: Path) -> None:
    (tmp_path / "file").touch()
    learner = LearnerProcess("scripted", None, tmp_path / "file" / "learner.log")
    with pytest.raises(Trouble, match=r"cannot be started .*nothing was changed: free memory or disk space"):
        next(learner.train(ROWS, (), RECIPE, out))
    learner.close()


def test_a_failing_run_is_told_with_its_reason_and_the_process_is_replaced(learner: LearnerProcess, out: Path) -> None:
    with pytest.raises(Trouble, match=r"could not go on .*nothing was changed"):
        list(learner.train(ROWS, (), RECIPE, out / "not there"))
    assert list(learner.train(ROWS, (), RECIPE, out))
