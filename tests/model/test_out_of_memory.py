"""A real learner under a limit of memory: two lessons at once do not fit, one does, and the process is replaced."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from backends.learner import LearnerProcess
from domain import Recipe, TrainingRow
from errors import OutOfMemory
from tests.model.tiny import write_gguf

pytestmark = [pytest.mark.model, pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS of another process")]

MB = 1 << 20
ONE = Recipe(2, 4.0, 0.5, 2e-3, 1, 1, 0, 0.0, 0.0, 4.0, 0.0, 1.0, 0.1, 1.0, threads=1, seed=0)
TWO = replace(ONE, batch_rows=2)
ONE_AT_ONCE = replace(TWO, rows_at_once=1)
LONG = tuple(TrainingRow((1, 2, 3, 10 + n), tuple(token % 250 for token in range(n, 3000 + n)), 1.0) for n in range(2))
SHORT = tuple(TrainingRow((1, 2, 3, 10 + n), (5, 6, 7), 1.0) for n in range(2))


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[LearnerProcess]:
    write_gguf("llama", tmp_path / "tiny.gguf")
    learner = LearnerProcess("llama_cpp", tmp_path / "tiny.gguf", tmp_path / "learner.log")
    yield learner
    learner.close()


def pid(learner: LearnerProcess) -> int:
    assert learner._child
    return learner._child.pid


def trained(learner: LearnerProcess, rows: tuple[TrainingRow, ...], recipe: Recipe, out: Path) -> None:
    out.mkdir()
    list(learner.train(rows, (), recipe, out))


def peak(learner: LearnerProcess) -> int:
    """Of the address space, in bytes, since the process began."""
    status = Path(f"/proc/{pid(learner)}/status").read_text(encoding="ascii")
    found = re.search(r"VmPeak:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def test_where_two_lessons_at_once_are_too_much_one_is_learnt(learner: LearnerProcess, tmp_path: Path) -> None:
    trained(learner, LONG, ONE, tmp_path / "measured")
    limit = peak(learner) + 32 * MB

    trained(learner, SHORT, ONE, tmp_path / "loaded")
    psutil.Process(pid(learner)).rlimit(psutil.RLIMIT_AS, (limit, limit))
    with pytest.raises(OutOfMemory, match="ran out of memory; nothing was changed"):
        trained(learner, LONG, TWO, tmp_path / "two")
    assert list((tmp_path / "two").iterdir()) == []
    assert learner.memory_bytes() == 0  # the process is gone, with all that it held

    trained(learner, SHORT, ONE, tmp_path / "loaded again")
    psutil.Process(pid(learner)).rlimit(psutil.RLIMIT_AS, (limit, limit))
    trained(learner, LONG, ONE_AT_ONCE, tmp_path / "one")
    assert (tmp_path / "one" / "adapter.gguf").exists()
