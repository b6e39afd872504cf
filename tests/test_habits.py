"""The benchmark's habits: every row teaches its habit, and teaching and testing never overlap."""

from __future__ import annotations

import json
import re
from datetime import datetime
from itertools import chain, combinations, product

import pytest

from bench import habits
from personalization.feedback_file import read_feedback

SMALL = {"a", "for", "in", "of", "on", "the", "to"}  # words of a topic's name that say nothing about it
GROUPS = json.loads(habits.TOPICS.read_text(encoding="utf-8"))
PERSONAS = habits.PERSONAS_OF_TWO + habits.PERSONAS_OF_THREE
EVERY_HABIT = pytest.mark.parametrize("habit", habits.HABITS)
EVERY_PERSONA = pytest.mark.parametrize("persona", PERSONAS, ids="+".join)
EVERY_OCCASION = pytest.mark.parametrize("habit", habits.OCCASIONS)
EVERY_GROUP = pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def grams(text: str, n: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + n]) for i in range(len(found) - n + 1)}


def jaccard(a: set[tuple[str, ...]], b: set[tuple[str, ...]]) -> float:
    return len(a & b) / len(a | b)


def named(topic: dict[str, str]) -> set[str]:
    return set(words(topic["topic"])) - SMALL


def test_there_are_twelve_habits_and_more():
    assert len(habits.HABITS) >= 12


@EVERY_HABIT
def test_a_habit_has_up_to_32_different_corrections_and_16_different_test_prompts(habit):
    for count in (2, 5, 16, 32):
        assert len({row["prompt"] for row in habits.corrections(habit, count)}) == count
    assert len(set(habits.test_prompts(habit))) == 16
    assert habits.corrections(habit) == habits.corrections(habit, 32)[:16]
    assert habits.corrections(habit, 8, skip=8) == habits.corrections(habit, 32)[8:16]


def test_more_rows_than_topics_are_refused():
    with pytest.raises(ValueError, match="32 training topics, not 33"):
        habits.corrections("address", 33)
    with pytest.raises(ValueError, match="8 training topics, not 9"):
        habits.corrections("mate", 8, skip=1, occasion=True)


@EVERY_HABIT
def test_every_correction_obeys_and_no_plain_answer_does(habit):
    for row in habits.corrections(habit, 32):
        assert habits.obeys(habit, row["correction"]), row["correction"]
        assert habits.drops(habit, row["reply"]), row["reply"]
        assert 20 <= len(words(row["reply"])) <= 60, row["reply"]


@EVERY_PERSONA
def test_a_personas_correction_obeys_each_habit_and_the_plain_answer_none(persona):
    for row in habits.corrections(persona, 32):
        assert habits.obeyed(persona, row["correction"]) == dict.fromkeys(persona, True), row["correction"]
        assert habits.drops(persona, row["reply"]), row["reply"]


@EVERY_PERSONA
def test_in_a_persona_each_habit_is_judged_for_itself(persona):
    for missing in persona:
        others = tuple(name for name in persona if name != missing)
        text = habits.teach(others, habits.training(persona)[0]["reply"])
        assert habits.obeyed(persona, text) == {name: name != missing for name in habits.obeyed(persona, text)}, text


def test_personas_are_of_two_and_of_three_and_the_order_of_naming_does_not_count():
    assert {len(persona) for persona in habits.PERSONAS_OF_TWO} == {2}
    assert {len(persona) for persona in habits.PERSONAS_OF_THREE} == {3}
    assert {name for persona in PERSONAS for name in persona} == set(habits.HABITS)
    for persona in PERSONAS:
        assert habits.corrections(persona) == habits.corrections(persona[::-1])


@EVERY_HABIT
def test_a_correction_says_the_same_as_the_answer_it_corrects(habit):
    for row in habits.corrections(habit, 32):
        said, corrected = words(row["reply"]), words(row["correction"])
        if habit == "one-sentence":
            assert said[: len(corrected)] == corrected
        elif habit in ("vegetarian", "trains"):
            assert sum(a != b for a, b in zip(row["reply"].split(), row["correction"].split(), strict=False)) > 0
            assert len(corrected) - len(said) in (0, 1)
        else:
            assert set(said) <= set(corrected)


@EVERY_HABIT
def test_a_row_of_every_kind_is_read_by_the_import_and_gives_its_own_signal(habit):
    def signals(rows):
        read, broken = read_feedback("\n".join(map(json.dumps, rows)))
        assert not broken and len(read) == len(rows)
        assert len({datetime.fromisoformat(row["at"]) for row in rows}) == len(rows)
        return {(row.thumb, row.correction is not None, bool(row.rejected)) for row in read}

    assert signals(habits.corrections(habit)) == {(None, True, False)}
    assert signals(habits.reversed_corrections(habit)) == {(None, True, False)}
    assert signals(habits.pairs(habit)) == {(None, False, True)}
    assert signals(habits.thumbs(habit, 12, 12)) == {("up", False, False), ("down", False, False)}


@EVERY_HABIT
def test_a_pair_prefers_the_habits_form_over_a_plain_reply_of_the_same_length(habit):
    for row in habits.pairs(habit, 32):
        plain = row["rejected"][0]
        assert habits.obeys(habit, row["reply"]) and habits.drops(habit, plain)
        if habit != "one-sentence":  # its very point is the length
            assert 0.9 <= len(row["reply"]) / len(plain) <= 1.1, row["reply"]


@EVERY_OCCASION
def test_a_pair_on_its_occasion_is_of_the_same_length_too(habit):
    for row in habits.pairs(habit, 8, occasion=True):
        assert habits.drops(habit, row["rejected"][0])
        assert 0.9 <= len(row["reply"]) / len(row["rejected"][0]) <= 1.1, row["reply"]


@EVERY_HABIT
def test_thumbs_up_go_to_obeying_replies_and_thumbs_down_to_plain_ones_about_other_topics(habit):
    rows = habits.thumbs(habit, 12, 11)
    ups, downs = rows[:12], rows[12:]
    assert all(row["thumb"] == "up" and habits.obeys(habit, row["reply"]) for row in ups)
    assert len(downs) == 11 and all(row["thumb"] == "down" and habits.drops(habit, row["reply"]) for row in downs)
    assert not {row["prompt"] for row in ups} & {row["prompt"] for row in downs}


@EVERY_HABIT
def test_a_reversal_takes_the_habit_away_again_and_comes_later(habit):
    taught, taken = habits.corrections(habit, 8), habits.reversed_corrections(habit, 8, skip=8)
    assert not {row["prompt"] for row in taught} & {row["prompt"] for row in taken}
    assert max(row["at"] for row in taught) < min(row["at"] for row in taken)
    for row in taken:
        assert habits.obeys(habit, row["reply"]) and habits.drops(habit, row["correction"])


@EVERY_HABIT
def test_rows_and_prompts_are_the_same_on_every_call(habit):
    assert habits.corrections(habit) == habits.corrections(habit)
    assert habits.test_prompts(habit) == habits.test_prompts(habit)


def test_there_are_ten_occasions_which_share_no_prompt():
    assert len(set(habits.OCCASIONS)) == 10
    taught = [row["prompt"] for habit in habits.OCCASIONS for row in habits.corrections(habit, 8, occasion=True)]
    tested = [prompt for habit in habits.OCCASIONS for prompt in habits.test_prompts(habit, occasion=True)]
    assert len(taught) == len(set(taught)) == 80
    assert len(tested) == len(set(tested)) >= 80
    assert not set(taught) & set(tested)


@EVERY_OCCASION
def test_on_its_occasion_every_correction_obeys_and_no_plain_answer_does(habit):
    for row in habits.corrections(habit, 8, occasion=True):
        assert habits.obeys(habit, row["correction"]), row["correction"]
        assert habits.drops(habit, row["reply"]), row["reply"]


def test_a_habit_without_an_occasion_and_one_with_two_are_errors():
    with pytest.raises(ValueError, match="0 kinds of request"):
        habits.corrections("french", occasion=True)
    with pytest.raises(ValueError, match="2 kinds of request"):
        habits.test_prompts(("vegetarian", "trains"))


@EVERY_HABIT
def test_test_prompts_share_no_four_words_in_a_row_and_under_a_twentieth_of_their_trigrams_with_training(habit):
    for row, prompt in product(habits.corrections(habit, 32), habits.test_prompts(habit)):
        for taught in (row["prompt"], row["correction"]):
            assert not grams(taught, 4) & grams(prompt, 4), (taught, prompt)
            assert jaccard(grams(taught, 3), grams(prompt, 3)) < 0.05, (taught, prompt)


def test_no_test_prompt_of_any_group_shares_four_words_in_a_row_or_many_trigrams_with_training_of_any_group():
    training = list(chain.from_iterable(group["training"] for group in GROUPS.values()))
    taught = [
        (text, grams(text, 4), grams(text, 3)) for topic in training for text in (topic["prompt"], topic["reply"])
    ]
    for tested in chain.from_iterable(group["test"] for group in GROUPS.values()):
        four, three = grams(tested["prompt"], 4), grams(tested["prompt"], 3)
        for text, fours, threes in taught:
            assert not four & fours, (text, tested["prompt"])
            assert not three or jaccard(threes, three) < 0.05, (text, tested["prompt"])


@EVERY_GROUP
def test_training_and_test_topics_are_disjoint_and_named_in_their_own_prompts_only(group):
    for taught, tested in product(group["training"], group["test"]):
        assert not named(taught) & named(tested)
        found = named(tested) & set(words(f"{taught['prompt']} {taught['reply']}"))
        assert not found, (found, taught["prompt"])


@EVERY_GROUP
def test_no_two_training_prompts_are_near_duplicates(group):
    for one, other in combinations([topic["prompt"] for topic in group["training"]], 2):
        assert jaccard(grams(one, 1), grams(other, 1)) < 0.75, (one, other)
