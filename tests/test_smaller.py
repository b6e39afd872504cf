"""A night that runs out of memory: once more with half as much at a time, then given up in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain import Person, Progress, Recipe, TrainingRow
from errors import OutOfMemory, Trouble
from learning.nights import Nights
from learning.smaller import ROW_TOKENS_LEAST, half_of
from personalization.night import NightProgress
from personalization.report import as_text, report_of
from personalization.schedule import Need
from storage.store import Store
from tests.builders import corrections
from tests.machine import Machine

pytestmark = pytest.mark.usefixtures("spare")


class Small:
    """A machine that holds so many lessons at once, of so many tokens; its recipe wants four."""

    def __init__(self, machine: Machine, rows: int = 99, tokens: int = 10_000) -> None:
        self.machine, self.rows, self.tokens, self.tried = machine, rows, tokens, list[int]()
        self._train = machine.train

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        self.tried.append(recipe.rows_at_once or recipe.batch_rows)
        for progress in self._train(rows, anchors, recipe, out):
            longest = max(len(row.prompt_ids) + len(row.target_ids) for row in rows)
            if self.tried[-1] > self.rows or longest > self.tokens:
                raise OutOfMemory("The learner ran out of memory; nothing was changed: close other programs.")
            yield progress


@pytest.fixture
def small(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Small:
    small = Small(machine)
    monkeypatch.setattr(machine, "train", small.train)
    return small


@pytest.fixture
def taught(store: Store, ada: Person) -> str:
    store.put_feedback(ada.id, *corrections(8))
    return ada.id


def test_half_the_lessons_a_step_are_tried_once_and_the_report_says_so(
    nights: Nights, small: Small, store: Store, taught: str
) -> None:
    small.rows = 2
    told: list[NightProgress] = []
    done = nights.run(taught, told.append)
    assert (done.verdict.outcome, small.tried[:2], set(small.tried[1:])) == ("published", [4, 2], {2})
    assert "once more with less memory" in told[-1].phase
    assert "begun again with 2 lessons at a time instead of 4" in as_text(report_of(done, store.feedback(taught)))
    manifest = nights.adapters.manifest(taught)
    assert manifest and (manifest["recipe"]["batch_rows"], manifest["recipe"]["rows_at_once"]) == (4, 2)
    assert list(nights.adapters.versions(taught)) and not list(store.home.glob("people/*/adapters/staging*"))


def test_what_took_a_second_try_is_not_learnt_again_for_that(
    nights: Nights, machine: Machine, small: Small, taught: str
) -> None:
    small.rows, machine.skill = 2, lambda number: {"gain": 0.0, "rise": 0.0, "answers": "Captain, no."}
    assert nights.run(taught).verdict.outcome == "refused"
    assert nights.plan(taught) == "Nothing has changed since the last night."


def test_after_the_second_time_it_is_given_up_in_one_sentence_and_nothing_is_changed(
    nights: Nights, small: Small, store: Store, taught: str
) -> None:
    small.rows = 1
    before = store.feedback(taught)
    with pytest.raises(
        OutOfMemory, match=r"and once more with 2 lessons at a time .* nothing was changed: close other"
    ):
        nights.run(taught)
    assert small.tried == [4, 2]
    (failed,) = store.nights(taught)
    assert (failed.verdict.outcome, failed.version) == ("failed", None)
    assert nights.adapters.versions(taught) == []
    assert store.feedback(taught) == before


def test_where_one_lesson_a_step_is_too_much_shorter_ones_are_tried(
    nights: Nights, small: Small, store: Store, taught: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = nights._recipe_for
    monkeypatch.setattr(nights, "_recipe_for", lambda count: _one_a_step(usual(count)))
    long = [_lengthened(row) for row in corrections(8)]
    store.put_feedback(taught, *long)
    nights.need, small.tokens = Need(row_tokens=1024), 700
    done = nights.run(taught)
    assert "lessons of at most 512 tokens instead of 1024" in done.verdict.checks[-1].sentence
    assert set(small.tried) == {1}


def test_other_trouble_is_not_tried_again(
    nights: Nights, machine: Machine, taught: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def train(*_: Any) -> Iterator[Progress]:
        tried.append(1)
        raise Trouble("The learner could not go on.")

    monkeypatch.setattr(machine, "train", train)
    with pytest.raises(Trouble, match="could not go on"):
        nights.run(taught)
    assert tried == [1]


def test_a_half_is_of_lessons_first_then_of_their_length_and_ends() -> None:
    found = []
    rows, tokens = 4, 1024
    while less := half_of(rows, tokens):
        rows, tokens = less.rows, less.row_tokens
        found.append((rows, tokens))
    assert found == [(2, 1024), (1, 1024), (1, 512), (1, ROW_TOKENS_LEAST)]


def _one_a_step(recipe: Recipe) -> Recipe:
    return replace(recipe, batch_rows=1)


def _lengthened(row: Any) -> Any:
    return replace(row, correction=f"{row.correction} " + "Then go on as before. " * 40)
