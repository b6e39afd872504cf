"""Until a lesson is learnt it acts through the prompt: which ones, in what order, in how many tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain import Lesson, Message, Reminder
from personalization.at_once import ASKED, CUT, MARKS, WANTED, exchanges, reminders, shortened
from tests.builders import at, lesson, texts, unhurried


def asked(number: int, question: str, **fields: object) -> Lesson:
    return lesson(number, prompt=(Message("user", question),), **fields)


def shown(lessons: list[Lesson], budget: int = 1_000, text: str = "") -> list[str]:
    return [reminder.asked for reminder in reminders(lessons, budget, len, text)]


def test_a_lesson_is_shown_as_a_question_with_the_reply_it_should_have_had() -> None:
    earlier = (Message("system", "Be kind."), Message("user", "Hi"), Message("assistant", "Hello"))
    wanted = lesson(prompt=(*earlier, Message("user", "And eggs?")), chosen="- Boil them.\n- Eat them.")
    found = reminders([wanted], 1_000, len)
    assert found == (Reminder(wanted.id, "And eggs?", "- Boil them.\n- Eat them."),)
    assert exchanges(found) == [Message("user", "And eggs?"), Message("assistant", "- Boil them.\n- Eat them.")]


def test_what_is_about_the_same_things_stands_closest_then_what_was_written_then_the_newest() -> None:
    lessons = [
        asked(0, "How do I fry eggs?", at=at(0)),
        asked(1, "How do I bake bread?", at=at(1)),
        asked(2, "How do I tune a drum?", at=at(2)),
        asked(3, "How do I fold maps?", at=at(3), weight=0.5, signal="up"),
    ]
    nearest_last = ["How do I fold maps?", "How do I bake bread?", "How do I tune a drum?", "How do I fry eggs?"]
    assert shown(lessons, text="How do I store eggs?") == nearest_last
    assert shown(lessons[::-1], text="How do I store eggs?") == nearest_last
    assert shown(lessons, text="How do I?")[-1] == "How do I tune a drum?", "words that any question has say nothing"


def test_a_thumb_down_alone_does_not_act() -> None:
    assert reminders([lesson(chosen=None, signal="down", weight=0.0)], 1_000, len) == ()
    assert exchanges(()) == []


def test_what_does_not_fit_the_budget_gives_way_to_what_does() -> None:
    lessons = [
        asked(0, "old", chosen="x" * 20, at=at(0)),
        asked(1, "long", chosen="x" * 90, at=at(1)),
        asked(2, "new", chosen="x" * 20, at=at(2)),
    ]
    assert shown(lessons, budget=70) == ["old", "new"]
    assert shown(lessons, budget=40) == ["new"]
    assert shown(lessons, budget=20) == []


def test_a_long_reply_is_shown_with_its_beginning_and_its_end() -> None:
    (found,) = reminders([asked(0, "q" * 900, chosen="Captain, " + "x " * 900 + "Yours, Juniper")], 1_000, len)
    assert found.wanted.startswith("Captain, x") and found.wanted.endswith("x Yours, Juniper") and CUT in found.wanted
    assert len(found.asked) <= ASKED and len(found.wanted) <= WANTED


@unhurried
@given(st.lists(st.tuples(texts, texts, st.integers(0, 9)), max_size=12), st.integers(0, 150), texts)
def test_the_budget_is_never_overspent_and_nothing_is_shown_that_nobody_wrote(
    said: list[tuple[str, str, int]], budget: int, text: str
) -> None:
    lessons = [asked(n, ask, chosen=want, at=at(minute)) for n, (ask, want, minute) in enumerate(said)]
    found = reminders(lessons, budget, len, text)
    assert sum(len(one.asked) + len(one.wanted) + MARKS for one in found) <= budget
    known = {known.id: (known.prompt[0].content.strip(), (known.chosen or "").strip()) for known in lessons}
    assert all(known[one.lesson] == (one.asked, one.wanted) and one.asked and one.wanted for one in found)
    assert len({one.lesson for one in found}) == len(found)


@given(texts, st.integers(10, 80))
def test_a_shortened_text_is_short_enough(text: str, limit: int) -> None:
    assert len(shortened(text, limit)) <= limit
    assert shortened("x" * limit, limit) == "x" * limit
