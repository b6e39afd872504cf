"""Facts are found by the shape of a statement, whatever words fill it, and what merely has that shape is left alone."""

from __future__ import annotations

from datetime import date

import pytest

from personalization.observing.facts import facts_in
from personalization.observing.fragments import FRAGMENTS, written_out
from personalization.observing.mentions import MENTIONS, mentions_in
from personalization.observing.relatives import introduced, somebody_else, spelled_out

DAY = date(2026, 3, 4)  # a Wednesday


def texts(message: str) -> list[str]:
    return [fact.text for fact in facts_in(message, DAY)]


@pytest.mark.parametrize(("pattern", "fragment", "whole"), [(row[0], row[2], row[3]) for row in FRAGMENTS])
def test_every_kind_of_fragment_is_written_out_as_its_example_says(pattern: str, fragment: str, whole: str) -> None:
    assert written_out(fragment) == whole, pattern


@pytest.mark.parametrize(("pattern", "sentence", "fact"), [(row[1], row[3], row[4]) for row in MENTIONS])
def test_every_kind_of_mention_is_put_as_its_example_says(pattern: str, sentence: str, fact: str) -> None:
    assert fact in [mention.text for mention in mentions_in(sentence)], pattern


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        ("I paint miniatures", "like", "I paint miniatures."),
        ("we foster greyhounds, any food tips?", "like", "We foster greyhounds."),
        ("I shoot on film", "like", "I shoot on film."),
        ("I never eat breakfast", "other", "I never eat breakfast."),
        ("I do jiu jitsu", "like", "I do jiu jitsu."),
        ("I translate legal texts for a living", "work", "I translate legal texts for a living."),
        ("I've been at the same firm for 18 years", "work", "I have been at the same firm for 18 years."),
        ("I sold my business last year", "like", "I sold my business last year."),
        ("I once swam the Channel", "like", "I once swam the Channel."),
        ("I find maths hard", "like", "I find maths hard."),
        ("I'm a postie", "work", "I am a postie."),
        ("I sleep badly", "health", "I sleep badly."),
        ("my husband snores", "person", "My husband snores."),
        ("mum can't have gluten", "person", "My mum cannot have gluten."),
        ("we don't have a dishwasher", "other", "We do not have a dishwasher."),
        ("cats make my eyes itch", "health", "Cats make my eyes itch."),
        ("I had my gallbladder out in 2020", "health", "I had my gallbladder out in 2020."),
        ("my mate Gaz runs a pub in Whitby", "person", "My mate Gaz runs a pub in Whitby."),
        ("I'm Canadian", "other", "I am Canadian."),
        ("Talk to me like a friend", "other", "Talk to me like a friend."),
    ],
)
def test_open_shapes_take_words_that_no_list_holds(message: str, kind: str, text: str) -> None:
    assert text in texts(message)
    assert kind in [fact.kind for fact in facts_in(message, DAY)]


@pytest.mark.parametrize(
    "message",
    [
        "I click the button and nothing happens",
        "I chop onions and fry them",
        "I use it twice",
        "I make mistakes sometimes",
        "I keep losing",
        "I follow the steps but get lost",
        "I lose my keys every week",
        "I run into this error every day",
        "I don't have the answer",
        "I don't have time",
        "I've tried three times",
        "I've been reading your recipe",
        "I watched that film last year",
        "I'm a total idiot, it was unplugged",
        "I'm a huge fan of your answers",
        "I'm an hour late",
        "I'm on the phone",
        "I have a chicken in the oven",
        "my son wants pancakes",
        "my dad jokes are bad",
        "my sister is in the shower",
        "my wife agrees with you",
        "the cat is on the table",
        "the match is on Saturday",
        "the shop opens on Monday",
        "have a nice day",
        "working as expected now",
        "teach me chess",
        "someone I know works as a nurse",
        "she is vegan, allergic to nuts too",
        "my neighbour's a character. used to be a pilot",
        "as a historian, what would you say?",
        "what would a vegan eat?",
        "I wish I lived in Rome and I had a dog",
        "I enjoy talking to you",
    ],
)
def test_what_only_has_the_shape_of_a_fact_is_left_alone(message: str) -> None:
    assert texts(message) == []


def test_a_request_about_wording_does_not_hide_what_is_said_after_it() -> None:
    assert texts("How do you spell rhythm? I play the drums") == ["I play the drums."]
    assert texts("How do I say I have three cats in German?") == []


def test_a_pronoun_or_a_name_means_the_relative_named_in_an_earlier_sentence() -> None:
    assert texts("my mum is 81. She lives in York.") == ["My mum is 81.", "My mum lives in York."]
    assert texts("my son Theo starts school soon. Theo is allergic to nuts") == [
        "My son Theo starts school soon.",
        "My son Theo is allergic to nuts.",
    ]
    assert texts("my mum is 81. The neighbour is odd. She lives in York.") == ["My mum is 81."]


def test_whose_relative_is_spoken_of() -> None:
    assert introduced("I met my son's teacher") is None
    assert introduced("it's for my dad") == "my dad"
    assert spelled_out("he is 70", ["my dad"]) == "my dad is 70"
    assert spelled_out("he is 70", []) is None
    assert somebody_else("the boss is odd") and not somebody_else("I am odd")


def test_what_others_think_of_it_is_cut_off() -> None:
    assert texts("I photograph graveyards, partner thinks it's morbid") == ["I photograph graveyards."]


def test_a_dated_event_in_a_question_is_a_plan() -> None:
    (fact,) = facts_in("What should I wear to an interview on 14 May?", DAY)
    assert (fact.kind, fact.text, fact.until) == ("plan", "My interview is on 14 May.", date(2026, 5, 14))
