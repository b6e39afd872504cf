"""Runs of the learning suite go on where the last one stopped, and say what they leave out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

from bench.learning import __main__ as module
from bench.learning import workshop as of_workshop
from bench.learning.plan import CARRIED, Cell, cells
from bench.learning.workshop import recipe_hash
from errors import EngineDied, HomegrownError
from tests.learning_lines import Json, of


class Workshop:
    """Measures nothing; `opened` are the second models it was given."""

    opened: list[str | None] = []  # noqa: RUF012 (emptied by the fixture)

    def __init__(self, folder: Path, second: str | None = None) -> None:
        self.opened.append(second)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """The suite with made-up figures; `minutes` pass with each cell, `fails` break off."""
    state = SimpleNamespace(file=tmp_path / "learning.jsonl", measured=[], minutes=0.0, clock=0.0, fails=set())

    def measure(workshop: Workshop, cell: Cell) -> Json:
        state.clock += 60 * state.minutes
        if cell.name in state.fails:
            raise EngineDied("The engine died; try again.")
        state.measured.append(cell.name)
        return of(cell)

    Workshop.opened.clear()
    monkeypatch.setattr(module, "Workshop", Workshop)
    monkeypatch.setattr(module, "measure", measure)
    monkeypatch.setattr(module, "circumstances", lambda: {"date": "2026-03-01", "machine": {}, "versions": {}})
    monkeypatch.setattr(module, "_commit", lambda: "0123456789ab")
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: state.clock))
    monkeypatch.setattr(module.page, "write", lambda lines, file: file.write_text(f"{len(lines)} lines"))
    return state


def run(suite: SimpleNamespace, *words: str) -> list[str]:
    """The cells that this run measured."""
    suite.measured.clear()
    suite.code = module.main(["--results", str(suite.file), *words])
    return list(suite.measured)


def kept(suite: SimpleNamespace) -> list[dict[str, Any]]:
    return [json.loads(line) for line in suite.file.read_text(encoding="utf-8").splitlines()]


DOSES = [cell.name for cell in cells() if "dose" in cell.name]


def test_each_cell_leaves_a_line_with_what_it_is_and_where_it_came_from(suite: SimpleNamespace) -> None:
    assert run(suite, "--only", "forgetting") == ["forgetting"]
    (line,) = kept(suite)
    assert (
        line.items()
        >= {
            "cell": "forgetting",
            "kind": "forgetting",
            "given": {},
            "seconds": 0.0,
            "commit": "0123456789ab",
            "recipe": recipe_hash(),
            "date": "2026-03-01",
        }.items()
    )
    assert line["result"] == of(Cell("forgetting"))
    assert suite.file.with_suffix(".md").read_text() == "1 lines"


def test_done_cells_are_not_done_again(suite: SimpleNamespace) -> None:
    suite.minutes = 1
    first = run(suite, "--only", "dose", "--minutes", "6.5")
    second = run(suite, "--only", "dose", "--minutes", "1000")
    assert first == DOSES[:7]
    assert second == DOSES[7:]
    assert run(suite, "--only", "dose") == []
    assert len(Workshop.opened) == 2  # nothing is loaded for nothing
    assert [line["cell"] for line in kept(suite)] == DOSES


def test_no_cell_begins_after_the_time_is_over(suite: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    suite.minutes = 10
    assert len(run(suite, "--only", "dose", "--minutes", "25")) == 3
    assert f"The time is over; {len(DOSES) - 3} cells are left" in capsys.readouterr().out


def test_lines_of_another_recipe_are_kept_but_are_not_done(suite: SimpleNamespace) -> None:
    suite.file.write_text(
        json.dumps({"cell": "forgetting", "recipe": "older", "seconds": 1.0}) + "\n", encoding="utf-8"
    )
    assert run(suite, "--only", "forgetting") == ["forgetting"]
    assert [line["recipe"] for line in kept(suite)] == ["older", recipe_hash()]


def test_a_cell_that_fails_leaves_no_line_stops_no_other_and_is_tried_again(
    suite: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.fails = {DOSES[1]}
    assert run(suite, "--only", "dose") == [DOSES[0], *DOSES[2:]]
    assert suite.code == 1
    assert f"{DOSES[1]} failed: The engine died; try again." in capsys.readouterr().out
    suite.fails = set()
    assert run(suite, "--only", "dose") == [DOSES[1]]
    assert suite.code == 0
    assert issubclass(EngineDied, HomegrownError)


def test_without_a_second_model_carry_over_is_left_out_and_that_is_said(
    suite: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(suite, "--only", CARRIED) == []
    assert (
        "3 cells are left out: another architecture needs a model file: --second-model PATH, or fetch."
        in capsys.readouterr().out
    )
    assert len(run(suite, "--only", CARRIED, "--second-model", "other.gguf")) == 3
    assert Workshop.opened == ["other.gguf"]


def test_the_second_model_is_fetched_where_that_is_asked_for(
    suite: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.learning.__main__.second_model", lambda: Path("fetched.gguf"))
    assert len(run(suite, "--only", CARRIED, "--second-model", "fetch")) == 3
    assert Workshop.opened == ["fetched.gguf"]


def minutes(told: str, kind: str) -> float:
    return float(next(line for line in told.splitlines() if line.startswith(f"{kind} ")).split()[-2])


def test_the_list_says_what_is_done_and_how_long_the_rest_takes(
    suite: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    run(suite, "--only", "forgetting")
    lines = [line | {"seconds": 600.0} for line in kept(suite)]
    suite.file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    capsys.readouterr()
    assert run(suite, "--list") == []
    told = capsys.readouterr().out
    assert "done    forgetting\n" in told
    assert sum(line.startswith("to do   ") and "cells" not in line for line in told.splitlines()) == len(cells()) - 1
    assert minutes(told, "forgetting") == 10  # as it took, not as estimated
    estimate = sum(cell.seconds for cell in cells() if cell.kind != "forgetting") / 60
    assert minutes(told, "left") == pytest.approx(estimate, abs=1)
    assert minutes(told, "all") == pytest.approx(estimate + 10, abs=1)


def hashed(monkeypatch: pytest.MonkeyPatch, root: Path, files: Sequence[Path]) -> str:
    for file in files:
        target = root / file.relative_to(of_workshop.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    monkeypatch.setattr(of_workshop, "ROOT", root)
    return recipe_hash()


def test_only_what_figures_depend_on_makes_another_recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real, here = of_workshop.ROOT, recipe_hash()
    parts = ("personalization/*.py", "backends/*.py", "backends/llama_cpp/*.py", "data/*.json", "data/probes/*.json")
    files = [file for part in parts for file in real.glob(part)]
    assert hashed(monkeypatch, tmp_path, files) == here
    for other in ("data/something else.json", "data/deeper/file.json", "personalization/report.py"):
        (tmp_path / other).parent.mkdir(exist_ok=True)
        (tmp_path / other).write_text("[]", encoding="utf-8")
        assert recipe_hash() == here
    for part in ("data/anchors.json", "data/habits.json", "data/probes/safety.json", "personalization/exam.py"):
        before = recipe_hash()
        (tmp_path / part).write_text("changed", encoding="utf-8")
        assert recipe_hash() != before, part


def test_another_learning_rate_of_the_bundled_model_makes_another_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    def hash_with(shipped: dict[str, Any]) -> str:
        monkeypatch.setattr(of_workshop, "shipped_calibrations", lambda: shipped)
        return recipe_hash()

    bundled = of_workshop.catalog.BUNDLED.sha256
    usual = hash_with({})
    assert hash_with({"of another model": {"rate": 1e-3}}) == usual
    assert hash_with({bundled: {"rate": 1e-3}}) not in (usual, hash_with({bundled: {"rate": 2e-3}}))
