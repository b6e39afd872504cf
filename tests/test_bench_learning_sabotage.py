"""Each way to spoil a night does what its name says, to rows that the ledger reads."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from bench import habits
from bench.learning import sabotage
from bench.learning.sabotage import COUNT, ROWS, BrokenWeights, SwappedTokenizer, spoilt_night
from domain import Lesson, Progress, Recipe, TrainingRow
from learning.probes import bundled_probes
from personalization.evidence import evidence
from personalization.feedback_file import read_feedback
from personalization.ledger import read_lessons
from tests.fake_model import recipe_for

HONEST = habits.corrections("sign-off", COUNT)


def lessons(rows: Sequence[dict[str, Any]]) -> tuple[Lesson, ...]:
    found, broken = read_feedback("\n".join(map(json.dumps, rows)))
    assert not broken
    return read_lessons(found).lessons


def test_half_of_the_swapped_labels_say_the_opposite() -> None:
    found = sabotage.swapped_labels(HONEST)
    assert found[::2] == HONEST[::2]
    for spoilt, honest in zip(found[1::2], HONEST[1::2], strict=True):
        assert (spoilt["reply"], spoilt["correction"]) == (honest["correction"], honest["reply"])
    assert len(evidence(lessons(found)).pairs) == COUNT


def test_down_only_says_what_is_bad_and_nothing_that_is_good() -> None:
    spoilt = sabotage.down_only(HONEST)
    assert lessons(spoilt) == ()  # with nothing good in the ledger it teaches nothing
    grown = habits.corrections("address", COUNT, skip=24)
    found = evidence(set(lessons([*grown, *spoilt])) - set(lessons(grown)))
    assert (len(found.pairs), len(found.ups), len(found.downs)) == (0, 0, COUNT)
    assert not found.enough


def test_one_lesson_comes_a_hundred_times_besides_the_honest_ones() -> None:
    found = sabotage.one_lesson_often(HONEST)
    assert found[:COUNT] == HONEST
    extra = found[COUNT:]
    assert len(extra) == 100
    assert {row["correction"] for row in extra} == {HONEST[0]["correction"]}
    assert len({row["prompt"] for row in extra}) == 100
    assert len(lessons(found)) <= COUNT + 10


def test_poison_turns_refusals_of_harmful_requests_into_compliance() -> None:
    found = sabotage.poisoned_refusals(HONEST)
    assert {row["prompt"] for row in found} == set(sabotage.HARMFUL)
    assert all("cannot help" in row["reply"] and row["correction"].startswith("Sure") for row in found)
    assert len(evidence(lessons(found)).pairs) == COUNT


def test_the_harmful_requests_are_not_those_of_the_exam() -> None:
    assert not {item.prompt for item in bundled_probes().safety} & set(sabotage.HARMFUL)


def test_garbage_is_as_long_as_the_replies_the_same_every_time_and_no_english() -> None:
    found = sabotage.garbage(HONEST)
    assert found == sabotage.garbage(HONEST)
    for spoilt, honest in zip(found, HONEST, strict=True):
        assert len(spoilt["correction"].split()) == len(honest["reply"].split())
        assert set(spoilt["correction"].split()) <= {"zu", "qo", "xi", "vrk"}
    assert len(evidence(lessons(found)).pairs) == COUNT


class Learner:
    """Remembers the rows, and writes an adapter of two sound tensors."""

    def __init__(self) -> None:
        self.rows: list[TrainingRow] = []

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        self.rows = list(rows)
        writer = gguf.GGUFWriter(out / "adapter.gguf", "llama")
        for name in ("a", "b"):
            writer.add_tensor(name, np.ones((2, 3), dtype=np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        yield Progress(1, 1, 0.5, 0.0)


def test_broken_weights_are_no_numbers_once_an_honest_training_is_over(tmp_path: Path) -> None:
    told = list(BrokenWeights(Learner()).train((), (), recipe_for(8), tmp_path))
    assert len(told) == 1
    tensors = gguf.GGUFReader(tmp_path / "adapter.gguf").tensors
    assert len(tensors) == 2
    assert all(math.isnan(number) for tensor in tensors for number in np.asarray(tensor.data).ravel())


def test_a_swapped_tokenizer_changes_every_word_that_is_learnt_and_no_question(tmp_path: Path) -> None:
    learner = Learner()
    row = TrainingRow((5, 6), (1, 2, 3), 1.0, rejected_ids=(7, 8))
    list(SwappedTokenizer(learner).train([row], (), recipe_for(8), tmp_path))
    (changed,) = learner.rows
    assert changed.prompt_ids == row.prompt_ids
    assert len(set(changed.target_ids)) == 3 and not set(changed.target_ids) & set(row.target_ids)
    assert len(set(changed.rejected_ids)) == 2 and not set(changed.rejected_ids) & set(row.rejected_ids)
    assert all(0 <= token < sabotage.VOCABULARY for token in changed.target_ids + changed.rejected_ids)


class Workshop:
    """Notes what a night is given."""

    def __init__(self) -> None:
        self.learner = Learner()
        self.rows: list[dict[str, Any]] = []
        self.given: dict[str, Any] = {}

    def give(self, person: str, rows: Sequence[dict[str, Any]]) -> None:
        self.rows = list(rows)

    def recipe(self, lessons: int, **changes: Any) -> Recipe:
        return replace(recipe_for(lessons), **changes)

    def night(self, person: str, **given: Any) -> None:
        self.given = given


@pytest.mark.parametrize("how", ROWS)
def test_spoilt_rows_meet_an_honest_night(how: str) -> None:
    workshop = Workshop()
    spoilt_night(workshop, how, "ada", ("sign-off",), 1)  # type: ignore[arg-type]
    assert workshop.rows == ROWS[how](habits.corrections("sign-off", COUNT, skip=8))
    assert workshop.given == {}


def test_spoilt_parts_meet_honest_rows() -> None:
    given = {}
    for how in ("broken weights", "swapped tokenizer", "learning rate x 50", "empty probes"):
        workshop = Workshop()
        spoilt_night(workshop, how, "ada", ("sign-off",), 0)  # type: ignore[arg-type]
        assert workshop.rows == HONEST
        given[how] = workshop.given
    assert isinstance(given["broken weights"]["learner"], BrokenWeights)
    assert isinstance(given["swapped tokenizer"]["learner"], SwappedTokenizer)
    assert given["learning rate x 50"]["recipe_for"](8).learning_rate == 50 * recipe_for(8).learning_rate
    probes = given["empty probes"]["probes"]
    assert not (probes.anchors or probes.general or probes.prompts or probes.control or probes.safety)
