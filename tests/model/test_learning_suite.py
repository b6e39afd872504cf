"""A small part of the learning suite: few corrections teach the bundled model, and a spoilt night never serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import habits
from bench.learning.measure import contents, judged
from bench.learning.sabotage import swapped_labels
from bench.learning.workshop import Workshop
from domain import now

pytestmark = pytest.mark.model

PERSONA = ("bullets", "question", "address")
TAUGHT = 8  # corrections


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with Workshop(tmp_path_factory.mktemp("workshop")) as opened:
        yield opened


def tensors(adapter: Path) -> dict[str, str]:
    return {name: digest for name, digest in contents(adapter).items() if name.startswith("adapter")}


@pytest.mark.parametrize("habit", PERSONA)
def test_a_few_corrections_teach_a_habit_that_shows_on_topics_never_taught(workshop: Workshop, habit: str) -> None:
    before = judged(workshop, (habit,), None)
    after = judged(workshop, (habit,), workshop.adapter(habits.corrections(habit, TAUGHT)))
    assert before["of"] == after["of"] == 16
    assert before["all"] <= 2, before
    assert after["all"] >= 12, after


def test_a_night_of_half_swapped_labels_publishes_nothing_and_leaves_what_serves_byte_for_byte(
    workshop: Workshop,
) -> None:
    rows = habits.corrections("address", TAUGHT)
    person = workshop.person(rows)
    trained = workshop.train(person)
    assert tensors(trained) == tensors(workshop.adapter(rows))  # trained anew it is the same, byte for byte
    learnt = [lesson.id for lesson in workshop.lessons(person)]
    manifest = {"created_at": now().isoformat(), "lessons": learnt, "rows": []}
    workshop.adapters.publish(person, trained, manifest)
    before = contents(workshop.serving(person))

    workshop.give(person, swapped_labels(habits.corrections("sign-off", TAUGHT, skip=TAUGHT)))
    found = workshop.night(person)
    assert found.outcome == "refused", found
    assert found.night and found.night.version is None
    assert contents(workshop.serving(person)) == before
    assert len(workshop.adapters.versions(person)) == 1
