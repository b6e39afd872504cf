"""A few tries of each part of the fault measurements: kills while replies are written, nights train and publish."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app import BENCHMARKS
from bench.faults import __main__ as faults
from bench.faults import guests, publishing, starts, streaming, training
from bench.faults.lines import append, read
from bench.faults.plan import Part
from bench.result import Goal


def missed(goals: Sequence[Goal]) -> list[str]:
    return [str(goal) for goal in goals if not goal.reached]


def test_kills_of_app_and_engine_while_a_reply_is_written_lose_no_acknowledged_word(tmp_path: Path) -> None:
    results = list(streaming.run(tmp_path, range(4)))
    assert missed(streaming.goals(results, 4)) == []
    assert [one["target"] for one in results] == ["app", "engine"] * 2
    assert all(one["acknowledged"] for one in results)


def test_kills_of_app_and_learner_while_a_night_trains_leave_what_served_and_the_next_night_learns(
    tmp_path: Path,
) -> None:
    results = list(training.run(tmp_path, range(2)))
    assert missed(training.goals(results, 2)) == []


def test_kills_while_a_night_publishes_leave_one_whole_version_and_its_report(tmp_path: Path) -> None:
    """The first changes of both kinds of home, and the last ones, when the pointer is swapped already."""
    results = list(publishing.run(tmp_path, [0, 1, 20, 45, 54, 60]))
    assert [one["wrong"] for one in results] == [""] * 6
    assert all(one["killed"] for one in results)


def test_five_starts_at_once_make_one_server_and_no_damage(tmp_path: Path) -> None:
    assert missed(starts.goals(list(starts.run(tmp_path, [0], starts=5)), 1)) == []


def result(**told: Any) -> dict[str, Any]:
    return {"target": "app", "answered": None, "unmarked": 0, "unmarked_later": 0} | told


@pytest.mark.parametrize("fault", ["lost", "unreadable", "wrong", "orphans", "unmarked", "unmarked_later"])
def test_one_fault_in_a_stream_of_good_kills_is_a_miss(fault: str) -> None:
    good = [result() for _ in range(9)]
    assert missed(streaming.goals([*good, result()], 10)) == []
    assert len(missed(streaming.goals([*good, result(**{fault: 1})], 10))) == 1


def test_too_few_kills_are_a_miss() -> None:
    assert len(missed(streaming.goals([result()], 2))) == 1


def test_a_place_in_the_night_that_was_never_tried_is_a_miss() -> None:
    tried = [{"kind": "plain", "place": place, "places": 3, "killed": True, "wrong": ""} for place in (0, 2)]
    assert [goal for goal in missed(publishing.goals(tried, 2)) if "before which no kill came: 1" in goal]


def test_the_first_token_beside_a_night_is_measured_against_the_idle_machine() -> None:
    def measured(beside: float | None) -> list[dict[str, Any]]:
        return [{"idle": {"median": 0.1, "p95": 0.2}, "beside": {"median": beside, "p95": beside}}]

    assert [goal.value for goal in guests.goals(measured(0.15), 1)] == [1.5, 0.75]
    assert [goal.reached for goal in guests.goals(measured(0.16), 1)] == [False, True]
    assert [goal.reached for goal in guests.goals(measured(None), 1)] == [False, False]


def test_a_run_goes_on_where_it_was_broken_off_and_begins_anew_when_the_code_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[int]] = []

    def run(folder: Path, tries: Sequence[int]) -> Any:
        asked.append(list(tries))
        for number in tries:
            yield {"try": number}

    def goals(results: Sequence[Any], tries: int) -> list[Goal]:
        return [Goal("tries", len(results), str(tries), len(results) == tries)]

    monkeypatch.setattr(faults, "parts", lambda: [Part("streaming", 3, "none", run, goals)])
    words = ["--lines", str(tmp_path / "lines"), "--json", str(tmp_path / "summary")]
    assert faults.main([*words, "--tries", "2"]) == 0
    with (tmp_path / "lines").open("a", encoding="utf-8") as file:
        file.write('{"part": "streaming", "co')  # a kill of the measurement itself
    assert faults.main(words) == 0
    monkeypatch.setattr(faults, "code_hash", lambda: "another")
    assert faults.main(words) == 0
    assert asked == [[0, 1], [2], [0, 1, 2]]
    told = json.loads((tmp_path / "summary").read_text(encoding="utf-8"))
    assert (told["parts"]["streaming"]["tries"], told["code"]) == (3, "another")


def test_lines_of_other_code_do_not_count(tmp_path: Path) -> None:
    append(tmp_path / "lines", {"part": "starts", "code": "old", "result": {"try": 0}})
    append(tmp_path / "lines", {"part": "starts", "code": "new", "result": {"try": 1}})
    assert read(tmp_path / "lines", "new") == {"starts": [{"try": 1}]}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_of_the_command_line_can_be_found(name: str) -> None:
    module = f"bench.{name.replace('-', '_')}"
    found = importlib.util.find_spec(module)
    assert found is not None
    assert found.submodule_search_locations is None or importlib.util.find_spec(f"{module}.__main__") is not None
