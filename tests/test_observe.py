"""Memories are proposed from what a person says of themselves, and from nothing else."""

from __future__ import annotations

import re
from datetime import date

import pytest

from personalization.observe import Known, Spoken, observed
from personalization.observing.facts import facts_in

DAY = date(2026, 3, 4)  # a Wednesday


def texts(message: str) -> list[str]:
    return [fact.text for fact in facts_in(message, DAY)]


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        ("Hi, I'm Priya. What is new?", "name", "I am Priya."),
        ("hey im jonas btw", "name", "I am jonas."),
        ("i live in leeds, any good cafes?", "place", "I live in leeds."),
        ("I work as a nurse at St. Mary's", "work", "I work as a nurse at St Mary's."),
        ("im allergic to nuts so no pesto please", "health", "I am allergic to nuts."),
        ("Since I'm colour blind, can you avoid red?", "health", "I am colour blind."),
        ("what can i cook, given that I'm coeliac?", "health", "I am coeliac."),
        ("my doctor told me I have high blood pressure", "health", "My doctor told me I have high blood pressure."),
        ("my sister Ana lives in Porto", "person", "My sister Ana lives in Porto."),
        ("we've got two kids, Tom and Lea", "person", "We have two kids, Tom and Lea."),
        ("I hate coriander with a passion", "like", "I hate coriander."),
        ("my favourite film is Paddington 2", "like", "My favourite film is Paddington 2."),
        ("I drive a 2012 Skoda Octavia. what oil?", "device", "I drive a 2012 Skoda Octavia."),
        ("I'm Norwegian", "other", "I am Norwegian."),
        ("please always answer in metric units", "other", "Please always answer in metric units."),
    ],
)
def test_what_a_friend_would_note_is_found_and_put_briefly(message: str, kind: str, text: str) -> None:
    assert [(fact.kind, fact.text) for fact in facts_in(message, DAY)] == [(kind, text)]


@pytest.mark.parametrize(
    "message",
    [
        "Do I live in Leeds?",
        "if I were a doctor I would live in Paris",
        "I might move to Oslo",
        "I am vegan or almost",
        "I wish I had a dog",
        "I'm so tired today",
        "I'd like a table with the prices",
        "I love it! more of that",
        "I like the third option best",
        "My neighbour is a bus driver.",
        "Elon Musk lives in Texas",
        "she said: I am ill and I live in Rome",
        'He wrote "I am vegan" on the wall',
        "translate to French: my name is Klaus and I have three cats",
        "I live in Rome. Translate that into German",
        "write a story about a girl who says my name is Luna",
        "write as if you were a lawyer: I am a judge in Leeds",
        "in my dream I was a nurse",
        "just kidding, I'm a pilot and I own three cats",
        "> I have moved to Canada",
        "```\nI am a teacher\n```",
        "- I am a teacher\n- I live in Leeds",
        "I don't know whether I'm allergic to nuts",
        "my password is hunter22 and my pin is 1234",
        "I have a question about the second step",
        "my brother is so annoying",
        "my son said he has a dog",
        "I'm at the station now",
        "how do I tell my boss that I am pregnant?",
    ],
)
def test_what_is_no_fact_about_the_person_is_left_alone(message: str) -> None:
    assert texts(message) == []


def test_a_pronoun_means_the_relative_named_before_it_in_the_sentence() -> None:
    assert texts("my mum lives in Cork, she has Parkinson's. She is nice") == [
        "My mum lives in Cork and she has Parkinson's."
    ]
    assert texts("my brother is so annoying, he lives in Bari") == ["My brother lives in Bari."]
    assert texts("Anna is nice, she lives in Bari") == []


def test_a_plan_names_its_day_and_ends_with_it() -> None:
    (fact,) = facts_in("I'm flying to Oslo next Friday", DAY)
    assert (fact.kind, fact.text) == ("plan", "I am flying to Oslo next Friday (13 March 2026).")
    assert fact.until == date(2026, 3, 13)


@pytest.mark.parametrize(
    ("message", "wish"),
    [
        ("skip the small talk from now on, I'm always in a hurry", "Skip the small talk from now on."),
        ("could you always answer in metric units?", "Always answer in metric units."),
        ("British spelling only, please", "British spelling only."),
        ("don't just give me the answer, ever", "Do not just give me the answer, ever."),
    ],
)
def test_how_the_person_wants_to_be_answered_from_now_on_is_found(message: str, wish: str) -> None:
    assert wish in texts(message)


@pytest.mark.parametrize(
    "message",
    ["keep it short this time", "tell me why it never works", "make it the best story ever", "use metric here"],
)
def test_a_wish_for_this_once_is_not(message: str) -> None:
    assert texts(message) == []


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("how do I mute my Sony WH-1000XM4?", "I have a Sony WH-1000XM4."),
        ("my son Theo was grumpy today", "My son is called Theo."),
    ],
)
def test_what_is_said_in_passing_is_found(message: str, text: str) -> None:
    assert texts(message) == [text]


def test_what_is_said_laughing_is_less_sure() -> None:
    (earnest,), (light,) = facts_in("I am vegetarian", DAY), facts_in("I am vegetarian lol", DAY)
    assert light.sure < earnest.sure


def spoken(*said: str) -> list[Spoken]:
    return [Spoken(str(number), text, DAY) for number, text in enumerate(said)]


def test_in_a_game_nothing_is_found_until_it_is_over() -> None:
    game = spoken(
        "Let's play a role play, I'm a thief", "I live in the sewers", "my name is Shade", "game over. I live in Ghent"
    )
    assert [one.fact.text for one in observed(game)] == ["I live in Ghent."]
    assert observed(game[1:2], before=[game[0].text]) == []


def test_the_same_said_again_is_found_once_and_not_if_it_is_known() -> None:
    twice = spoken("I'm vegetarian", "i am a vegetarian, you know", "I love hiking")
    assert [one.fact.text for one in observed(twice)] == ["I am vegetarian.", "I love hiking."]
    known = [Known("m1", "I love hiking.")]
    assert [one.fact.text for one in observed(twice, known)] == ["I am vegetarian."]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("I live in Lisbon.", "we have moved from Lisbon to Porto"),
        ("I am vegetarian.", "I'm not vegetarian any more"),
        ("I work at a bank.", "I quit my job"),
        ("I have a sister.", "I have a sister called Ana"),
        ("I use Chrome.", "I switched from Chrome to Firefox"),
        ("I like tea.", "I don't like tea any more"),
        ("My sister lives in Rome.", "my sister lives in Bari now"),
        ("I drive a Fiat Panda.", "I drive a Skoda Octavia now"),
    ],
)
def test_a_change_takes_the_place_of_what_was_so(before: str, now: str) -> None:
    others = [Known("m0", "I play the cello."), Known("m2", "My brother lives in Rome.")]
    (one,) = observed(spoken(now), [*others, Known("m1", before)])
    assert one.replaces == Known("m1", before)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("I like tea.", "I like coffee"),
        ("I am a nurse.", "my sister is a nurse"),
        ("I grew up in Rome.", "I live in Oslo"),
        ("My sister lives in Rome.", "my brother lives in Bari"),
        ("I have a dog called Rex.", "I have a cat called Mo"),
        ("I work as a nurse.", "I work at St Mary's"),
    ],
)
def test_two_facts_can_stand_side_by_side(before: str, now: str) -> None:
    (one,) = observed(spoken(now), [Known("m1", before)])
    assert one.replaces is None


def test_a_very_long_message_is_taken_for_a_paste() -> None:
    assert texts("I live in Leeds. " + "The weather was fine. " * 60) == []
    assert not re.search("Leeds", str(texts("Hello there. " * 95 + "I live in Leeds")))
