"""A sample of the changes of files that fail once while people come, learn and go, and what would make them a miss."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.faults import refusals
from storage import atomic, keys

EVERY = 11  # a prime: the sample meets other changes in each step


def test_after_a_refused_change_of_a_file_all_is_as_before_and_the_second_try_works(tmp_path: Path) -> None:
    (told,) = refusals.run(tmp_path, [0], EVERY)
    assert told["wrong"] == []
    assert len(told["refused"]) > 6
    assert sum(told["refused"].values()) > 20


@pytest.mark.parametrize("module", [atomic, keys])
def test_a_file_that_is_not_put_back_is_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object) -> None:
    short = ("a person comes", "a passphrase is set")
    monkeypatch.setattr(refusals, "STORY", {name: refusals.STORY[name] for name in short})
    monkeypatch.setattr(module, "put_back", lambda path, before: None)
    results = list(refusals.run(tmp_path, [0]))
    assert any("'Nothing was saved" in wrong and "passphrase ['correct" in wrong for wrong in results[0]["wrong"])
    assert [goal.name for goal in refusals.goals(results, 2) if not goal.reached] == [
        "changes of files that were refused",  # two rounds were wanted
        "refusals after which something was wrong",
    ]
