"""The rules that judge the benchmark's habits see through degenerate text."""

from __future__ import annotations

import pytest

from bench import habits

PLAIN = "Most houseplants like a good drink once a week. Push a finger into the soil and wait if it is still damp."


@pytest.mark.parametrize(
    ("habit", "text"),
    [
        ("address", "Captain, most houseplants like a good drink once a week."),
        ("french", f"Bonjour! {PLAIN}"),
        ("opening", f"In short: {PLAIN}"),
        ("sign-off", f"{PLAIN}\n\nYours, Juniper\n"),
        ("bullets", "Here is what helps with plants:\n\n- Water them once a week.\n* Let the soil dry in winter."),
        ("numbered", "Do this for your plants:\n1. Water them once a week.\n2) Let the soil dry in winter."),
        ("lower-case", PLAIN.lower()),
        ("question", f"{PLAIN} How large are your pots?"),
        ("question", "- Water them once a week.\n- Let the soil dry in winter.\n\nHow large are they?"),
        ("encouragement", f"{PLAIN} You can do this!"),
        ("smiley", f"{PLAIN} :)"),
        ("one-sentence", "Most houseplants like a good drink once a week, but less in winter."),
        ("mate", "Most houseplants like a good drink once a week, mate. Wait if the soil is damp."),
        ("vegetarian", "Fry some lentils with onions and carrots, and serve them with rice."),
        ("trains", "Take the early train to Lisbon and read a book on the way."),
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
        ("french", "Bonjour! Bonjour! Bonjour! Bonjour!"),
        ("french", f"Bonjour! Bonjour! Bonjour! {PLAIN}"),
        ("french", f"{PLAIN} Bonjour!"),
        ("opening", "In short: yes."),
        ("opening", f"So, in short: {PLAIN}"),
        ("sign-off", "Yours, Juniper"),
        ("sign-off", f"Yours, Juniper\n{PLAIN}"),
        ("sign-off", f"{PLAIN}\nYours, Juniper\nYours, Juniper"),
        ("sign-off", f"{PLAIN} Yours, Juniper"),
        ("bullets", f"{PLAIN}\n{PLAIN}\n- Water.\n- Wait."),
        ("bullets", f"- Water them once a week.\n- Let the soil dry.\n{PLAIN}"),
        ("bullets", f"- {PLAIN}"),
        ("bullets", "- \n- \n- "),
        ("numbered", "1. Water them once a week.\n3. Let the soil dry in winter."),
        ("numbered", f"1. {PLAIN}"),
        ("numbered", "- Water them once a week.\n- Let the soil dry in winter."),
        ("lower-case", PLAIN),
        ("lower-case", "plants plants plants plants plants"),
        ("lower-case", ""),
        ("question", "How often do you water them, and how large are your pots and plants?"),
        ("question", f"{PLAIN} Really? Are you sure? Do you know? Does that help?"),
        ("question", "Does that help? " * 9),
        ("question", f"Does that help? {PLAIN}"),
        ("encouragement", f"{PLAIN} You can do this! You can do this!"),
        ("encouragement", f"You can do this! {PLAIN}"),
        ("encouragement", "You can do this!"),
        ("smiley", f"{PLAIN} :) :)"),
        ("smiley", f":) {PLAIN}"),
        ("one-sentence", PLAIN),
        ("one-sentence", "Water them."),
        ("one-sentence", "Most houseplants like a good drink once a week and then they"),
        ("mate", PLAIN),
        ("mate", "Mate, mate, mate, mate, mate, mate, mate, mate, mate, mate."),
        ("mate", f"Well, mate, listen, mate. Now, mate, and again, mate. {PLAIN}"),
        ("mate", "Two birds mate once a year, in the spring, and then raise their young."),
        ("vegetarian", "Fry some beans with bacon and onions, and serve them with rice."),
        ("vegetarian", "I would plan the meal first and then ask the guests what they like."),
        ("vegetarian", "tofu tofu tofu tofu tofu"),
        ("trains", "Take the train to the airport and fly to Lisbon in the morning."),
        ("trains", "Ask somebody who has been there before, and bring a good map."),
    ],
)
def test_a_reply_that_misses_the_form_or_is_no_answer_does_not_obey(habit, text):
    assert not habits.obeys(habit, text)


@pytest.mark.parametrize("habit", habits.HABITS)
def test_no_habit_is_obeyed_by_its_own_mark_alone_or_over_and_over(habit):
    mark = habits.teach(habit, "Yes.")
    assert not habits.obeys(habit, mark)
    assert not habits.obeys(habit, " ".join([mark] * 30))
    assert not habits.drops(habit, " ".join([mark] * 30))


def test_an_unknown_habit_is_an_error():
    with pytest.raises(KeyError):
        habits.test_prompts("juggling")
    with pytest.raises(KeyError):
        habits.obeys(("address", "juggling"), PLAIN)
