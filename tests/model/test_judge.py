"""The judge that is shipped, with the real embedding model: dialogues it has not seen, pastes that want to be heard."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bench.memory_extraction import FOLDER, measure
from personalization.embed import MiniLM
from personalization.observe import Spoken, observed
from personalization.observing.judge import Judge
from tests.hostile_texts import TEXTS

pytestmark = pytest.mark.model
TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(MiniLM())


@pytest.mark.parametrize(("name", "precision", "recall"), [("held_out", 0.9, 0.58), ("second_held_out", 0.93, 0.67)])
def test_of_dialogues_it_has_not_seen_most_is_found_and_little_is_wrong(
    judge: Judge, name: str, precision: float, recall: float
) -> None:
    dialogues = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    found, ruled = measure(dialogues, judge), measure(dialogues)
    assert found["precision"] > precision and found["recall"] > recall
    assert ruled["recall"] < recall / 1.8  # so it is the judge that finds them


def test_nothing_of_a_hostile_paste_is_proposed(judge: Judge) -> None:
    heard = {text: observed([Spoken("t", text, TODAY)], judge=judge) for text in TEXTS}
    assert {text: found for text, found in heard.items() if found} == {}


def test_what_is_said_in_other_words_than_the_rules_know_is_heard(judge: Judge) -> None:
    said = "Night shifts on the ward are wearing me out, I'm a nurse in Leeds. Can you plan a week of dinners?"
    found = observed([Spoken("t", said, TODAY)], judge=judge)
    assert any("Leeds" in one.fact.text for one in found)
    assert not any("dinners" in one.fact.text for one in found)
