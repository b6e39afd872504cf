"""The benchmark's habits: teaching and testing never overlap, and the rules see through degenerate text."""

from __future__ import annotations

import json
import re
from datetime import datetime
from itertools import combinations, product

import pytest

from bench import habits

PLAIN = "Most houseplants like a good drink once a week. Push a finger into the soil and wait if it is still damp."
EVERY_HABIT = pytest.mark.parametrize("habit", habits.HABITS)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def grams(text: str, n: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + n]) for i in range(len(found) - n + 1)}


def jaccard(a: set[tuple[str, ...]], b: set[tuple[str, ...]]) -> float:
    return len(a & b) / len(a | b)


@EVERY_HABIT
def test_a_habit_has_sixteen_different_corrections_and_sixteen_different_test_prompts(habit):
    assert len({row["prompt"] for row in habits.corrections(habit)}) == 16
    assert len(set(habits.test_prompts(habit))) == 16


@EVERY_HABIT
def test_every_correction_obeys_and_no_plain_answer_does(habit):
    for row in habits.corrections(habit):
        assert habits.obeys(habit, row["correction"]), row["correction"]
        assert not habits.obeys(habit, row["reply"]), row["reply"]
        assert 20 <= len(words(row["reply"])) <= 60, row["reply"]


@EVERY_HABIT
def test_a_correction_says_the_same_as_the_answer_it_corrects(habit):
    for row in habits.corrections(habit):
        assert set(words(row["reply"])) <= set(words(row["correction"]))


@EVERY_HABIT
def test_the_rows_are_json_in_the_import_format_with_distinct_times(habit):
    rows = json.loads(json.dumps(habits.corrections(habit)))
    keys = {"prompt", "reply", "thumb", "correction", "rejected", "reasons", "at"}
    assert all(set(row) == keys for row in rows)
    assert len({datetime.fromisoformat(row["at"]) for row in rows}) == 16


@EVERY_HABIT
def test_rows_and_prompts_are_the_same_on_every_call(habit):
    assert habits.corrections(habit) == habits.corrections(habit)
    assert habits.test_prompts(habit) == habits.test_prompts(habit)


@EVERY_HABIT
def test_test_prompts_share_no_four_words_in_a_row_and_under_a_twentieth_of_their_trigrams_with_training(habit):
    for row, prompt in product(habits.corrections(habit), habits.test_prompts(habit)):
        for taught in (row["prompt"], row["correction"]):
            assert not grams(taught, 4) & grams(prompt, 4), (taught, prompt)
            assert jaccard(grams(taught, 3), grams(prompt, 3)) < 0.05, (taught, prompt)


def test_training_and_test_topics_are_disjoint_and_named_in_their_own_prompts_only():
    topics = json.loads(habits.TOPICS.read_text(encoding="utf-8"))
    for taught, tested in product(topics["training"], topics["test"]):
        assert not set(words(taught["topic"])) & set(words(tested["topic"]))
        assert not set(words(tested["topic"])) & set(words(f"{taught['prompt']} {taught['reply']}"))


def test_no_two_training_prompts_are_near_duplicates():
    rows = habits.corrections("address")
    for one, other in combinations(rows, 2):
        assert jaccard(grams(one["prompt"], 1), grams(other["prompt"], 1)) < 0.5, (one["prompt"], other["prompt"])


@pytest.mark.parametrize(
    ("habit", "text"),
    [
        ("address", "Captain, most houseplants like a good drink once a week."),
        ("sign-off", f"{PLAIN}\n\nYours, Juniper\n"),
        ("bullets", "Here is what helps with plants:\n\n- Water them once a week.\n* Let the soil dry in winter."),
        ("lower-case", PLAIN.lower()),
    ],
)
def test_a_reply_in_the_form_obeys(habit, text):
    assert habits.obeys(habit, text)


@pytest.mark.parametrize(
    ("habit", "text"),
    [
        ("address", "Captain, Captain, Captain, Captain, Captain, Captain, Captain, Captain, Captain, Captain,"),
        ("address", f"Captain, captain, captain, {PLAIN}"),
        ("address", "Captain, yes."),
        ("address", f"Dear Captain, {PLAIN}"),
        ("address", "Captain, " + "please water all of your green plants once every week " * 6),
        ("sign-off", "Yours, Juniper"),
        ("sign-off", f"Yours, Juniper\n{PLAIN}"),
        ("sign-off", f"{PLAIN}\nYours, Juniper\nYours, Juniper"),
        ("sign-off", f"{PLAIN} Yours, Juniper"),
        ("bullets", f"{PLAIN}\n{PLAIN}\n- Water.\n- Wait."),
        ("bullets", f"- {PLAIN}"),
        ("bullets", "- \n- \n- "),
        ("lower-case", PLAIN),
        ("lower-case", "plants plants plants plants plants"),
        ("lower-case", ""),
    ],
)
def test_a_reply_that_misses_the_form_or_is_no_answer_does_not_obey(habit, text):
    assert not habits.obeys(habit, text)


def test_an_unknown_habit_is_an_error():
    with pytest.raises(KeyError):
        habits.test_prompts("juggling")
