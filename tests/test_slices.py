"""Lessons are grouped by what a person would recognise: their reasons, their topics, their language."""

from __future__ import annotations

import pytest

from domain import Lesson, Message
from personalization.slices import language, slices
from tests.builders import lesson


def about(number: int, question: str, **fields: object) -> Lesson:
    return lesson(number, prompt=(Message("user", question),), chosen="That is what you do with it.", **fields)


def test_a_content_word_that_three_questions_share_names_a_topic() -> None:
    lessons = [about(n, f"What is good {kind} bread?") for n, kind in enumerate(("rye", "wheat", "flat"))]
    found = slices([*lessons, about(3, "Is rye healthy?")])
    assert found["about “bread”"] == [one.id for one in lessons]
    assert not {"about “rye”", "about “good”", "about “what”"} & set(found)


def test_a_word_said_three_times_in_one_question_is_no_topic() -> None:
    assert "about “tea”" not in slices([about(0, "Tea, tea, tea?"), about(1, "Coffee?")])


def test_only_the_newest_question_names_the_topic() -> None:
    talk = (Message("user", "Of bread"), Message("assistant", "Bread!"), Message("user", "And now?"))
    assert "about “bread”" not in slices([lesson(n, prompt=talk) for n in range(3)])


def test_each_reason_makes_a_slice() -> None:
    one, two = about(0, "One?", reasons=("wrong", "too long")), about(1, "Two?", reasons=("too long",))
    found = slices([one, two])
    assert (found["marked “wrong”"], found["marked “too long”"]) == ([one.id], [one.id, two.id])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I poach an egg? Bring the water to a simmer and slide it in.", "English"),
        ("Wie koche ich ein Ei? Bring das Wasser zum Kochen und lass es hineingleiten.", "another language"),
        ("Comment faire cuire un oeuf ? Faites bouillir de l'eau.", "another language"),
        ("Как сварить яйцо?", "Cyrillic script"),
        ("卵をゆでるには?", "Hiragana script"),
        ("", "another language"),
        ("12 + 30?", "another language"),
    ],
)
def test_the_language_is_guessed_from_script_and_function_words(text: str, expected: str) -> None:
    assert language(text) == expected


def test_lessons_are_grouped_by_language() -> None:
    english, german = about(0, "How do I do it?"), lesson(1, chosen="Das geht ganz einfach.")
    assert slices([english, german])["in English"] == [english.id]
