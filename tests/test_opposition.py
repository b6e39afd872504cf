"""A habit taught and then turned against is found; what goes back and forth, or goes together, is not."""

from __future__ import annotations

import random

import pytest

from bench import habits
from domain import Feedback
from personalization.ledger import read_lessons
from tests.builders import TOPICS, at, feedback

SCATTERED = {"vegetarian"}  # taught in many words, each of which comes seldom
HABITS = sorted(set(habits.HABITS) - SCATTERED)
COUNT = 8
VOCABULARY = [f"word{number}" for number in range(300)]


def taught(habit: str, count: int = COUNT, since: int = 0, reverse: bool = False) -> list[Feedback]:
    """Corrections of one habit, or back from it, on topics of their own."""
    rows = []
    for number, given in enumerate(habits.corrections(habit)[since : since + count], start=since):
        texts = (given["correction"], given["reply"]) if reverse else (given["reply"], given["correction"])
        row = feedback(f"row{number:02}", given["prompt"], reply=texts[0], correction=texts[1], at=at(number))
        rows.append(row)
    return rows


@pytest.mark.parametrize("habit", HABITS)
def test_the_newest_lessons_replace_the_older_ones_that_taught_the_opposite(habit: str) -> None:
    read = read_lessons(taught(habit) + taught(habit, since=COUNT, reverse=True))
    assert read.superseded == {f"row{number:02}": "row15" for number in range(COUNT)}
    assert len(read.lessons) == COUNT


@pytest.mark.parametrize("habit", sorted(SCATTERED))
def test_a_habit_that_is_taught_in_many_words_is_found_by_most_of_its_lessons(habit: str) -> None:
    read = read_lessons(taught(habit) + taught(habit, since=COUNT, reverse=True))
    assert set(read.superseded.values()) == {"row15"}
    assert len(read.superseded) >= COUNT - 1
    assert max(read.superseded) < f"row{COUNT:02}"


@pytest.mark.parametrize("habit", HABITS)
def test_three_lessons_are_enough_to_change_ones_mind_and_two_are_not(habit: str) -> None:
    assert len(read_lessons(taught(habit, 5) + taught(habit, 3, since=5, reverse=True)).superseded) == 5
    assert read_lessons(taught(habit, 5) + taught(habit, 2, since=5, reverse=True)).superseded == {}


@pytest.mark.parametrize("habit", sorted(habits.HABITS))
def test_a_habit_taught_twice_is_no_change_of_mind(habit: str) -> None:
    assert read_lessons(taught(habit) + taught(habit, since=COUNT)).superseded == {}


@pytest.mark.parametrize("habit", sorted(habits.HABITS))
def test_verdicts_that_go_back_and_forth_are_no_change_of_mind(habit: str) -> None:
    rows = [row for n in range(2 * COUNT) for row in taught(habit, 1, since=n, reverse=n % 2 == 0)]
    assert read_lessons(rows).superseded == {}


@pytest.mark.parametrize("first", sorted(habits.HABITS))
def test_two_habits_one_after_the_other_do_not_replace_each_other(first: str) -> None:
    for then in habits.HABITS:
        assert read_lessons(taught(first) + taught(then, since=COUNT)).superseded == {}, then


def test_somebody_who_changes_their_mind_twice_ends_where_they_are_now() -> None:
    rows = taught("address", 5) + taught("address", 5, since=5, reverse=True) + taught("address", 5, since=10)
    assert set(read_lessons(rows).superseded) == {f"row{number:02}" for number in range(5, 10)}


def test_praise_for_the_old_habit_is_replaced_too() -> None:
    praise = feedback("praise", "Something else?", reply=f"Captain, {TOPICS[0]} it is.", thumb="up", at=at(2.5))
    other = feedback("other", "And this?", reply="Just so, my friend.", thumb="up", at=at(2.6))
    read = read_lessons([*taught("address"), praise, other, *taught("address", since=COUNT, reverse=True)])
    assert read.superseded["praise"] == "row15"
    assert "other" not in read.superseded


def test_edits_without_any_habit_are_no_change_of_mind() -> None:
    """Words that come and go by chance, in short edits and in long ones."""
    chance = random.Random(0)
    for count, kept in [(8, 18), (16, 18), (32, 18), (8, 0), (16, 0), (32, 0)] * 5:
        rows = []
        for number in range(count):
            reply, other = (chance.choices(VOCABULARY, k=chance.randint(20, 28)) for _ in range(2))
            better = reply[:kept] + other[kept:] if kept else other
            row = feedback(
                f"r{number}", f"q{number}", reply=" ".join(reply), correction=" ".join(better), at=at(number)
            )
            rows.append(row)
        assert read_lessons(rows).superseded == {}


def test_shorter_replies_are_a_habit_whatever_their_words() -> None:
    def rewritten(number: int, before: int, after: int) -> Feedback:
        long, short = (" ".join(f"{word}{number}" for word in TOPICS[:count]) for count in (before, after))
        return feedback(
            f"row{number}", f"q{number} about {TOPICS[number]}", reply=long, correction=short, at=at(number)
        )

    shorter = [rewritten(number, 20, 5) for number in range(4)]
    longer = [rewritten(number, 5, 20) for number in range(4, 8)]
    assert set(read_lessons([*shorter, *longer]).superseded) == {"row0", "row1", "row2", "row3"}
