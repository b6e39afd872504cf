"""What a question asks for is read from its wording, and a text that cannot answer it is told from one that can."""

from __future__ import annotations

import pytest

from personalization.asking import about_oneself, holds, sought
from personalization.words import words


@pytest.mark.parametrize(
    ("asked", "told", "held"),
    [
        ("When is my birthday?", "I was born on 3 May.", True),
        ("When's the recital?", "The recital is on Friday", True),
        ("On which day do we fly?", "We fly to Oslo in june", True),
        ("On what date did I get married?", "I am married to Kim.", False),
        ("Who is my sister?", "Marta is my sister.", True),
        ("What is my sister's name?", "My sister paints.", False),
        ("What's our cat called?", "Our cat is Misty.", True),
        ("Who did we marry for?", "We got married on 6 June, a Friday.", False),
        ("Where do I live?", "My flat is in Leeds.", True),
        ("Which company do I work for?", "I work as a carpenter.", False),
        ("How tall am I?", "I am 1.80 m.", True),
        ("How old is my son?", "My son plays chess.", False),
        ("When and where were we married?", "We were married in Ghent.", True),
        ("What do I like?", "I like tea.", None),
        ("What is my sister's name?", "my sister is marta", None),
        ("When is my birthday?", "my birthday is on 3 may", True),
    ],
)
def test_a_question_for_a_date_a_name_or_a_number_is_answered_by_a_text_that_holds_one(
    asked: str, told: str, held: bool | None
) -> None:
    assert holds(told, sought(asked)) is held


@pytest.mark.parametrize(
    "message",
    [
        "I love it when my sister visits.",
        "Tell the man who sold me the car that it broke.",
        "It rained where we were.",
        "How do I boil an egg?",
    ],
)
def test_words_of_questions_that_ask_nothing_are_not_taken_for_questions(message: str) -> None:
    assert sought(message) == []


def test_who_speaks_of_themselves_is_told_from_who_wants_something_done() -> None:
    assert about_oneself(words("Where do I live?")) and about_oneself(words("What's OUR plan?"))
    assert not about_oneself(words("Tell me a joke about cows."))
