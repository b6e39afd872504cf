"""What a model answers about a person's sentences: a fact counts only if they said it, in these words."""

from __future__ import annotations

import json
from datetime import date

import pytest

from domain import MemoryKind
from personalization.observe import Spoken
from personalization.observing.by_model import (
    FEWEST_PARAMETERS,
    LONGEST,
    MOST_FACTS,
    MOST_STATEMENTS,
    SURE,
    Statement,
    ability,
    facts_from,
    fitting,
    question,
    statements,
)
from personalization.observing.facts import LEAST, Fact

SUNDAY = date(2026, 11, 22)


def read(*texts: str, before: tuple[str, ...] = ()) -> list[Statement]:
    spoken = [Spoken(f"talk.{number}", text, SUNDAY) for number, text in enumerate(texts)]
    return list(statements(spoken, before))


def answer(quote: str, text: str, kind: str = "other") -> dict[str, str]:
    return {"quote": quote, "kind": kind, "text": text}


def checked(said: str, quote: str, text: str, kind: str = "other") -> list[Fact]:
    return [fact for _, fact in facts_from(json.dumps([answer(quote, text, kind)]), read(said))]


@pytest.mark.parametrize(
    ("said", "quote", "text"),
    [
        (
            "I sing in the cathedral choir, by the way.",
            "I sing in the cathedral choir",
            "I sing in the cathedral choir",
        ),
        ("we moved and i'm on the pta now", "i'm on the pta now", "I am on the pta"),
        (
            "My sister Ana is visiting, she is a vet",
            "My sister Ana is visiting, she is a vet",
            "My sister Ana is a vet",
        ),
        ("I do not eat meat. What can I cook?", "I do not eat meat", "I do not eat meat"),
    ],
)
def test_a_fact_that_stands_in_the_quoted_words_counts(said: str, quote: str, text: str) -> None:
    (fact,) = checked(said, quote, text)
    assert fact.text == f"{text}." and fact.sure == SURE


@pytest.mark.parametrize(
    ("said", "quote", "text"),
    [
        ("I like tea.", "I live in Leeds", "I live in Leeds"),  # a quotation that stands nowhere
        ("I like tea.", "", "I like tea"),
        ("I like tea.", "   ", "I like tea"),
        ("I like tea.", "I like tea", "I like coffee"),  # another word
        ("I like tea.", "I like tea", "I like green tea"),
        ("My friend is a nurse.", "My friend is a nurse", "I am a nurse"),  # somebody else
        ("My boss hates me, I love Rome.", "My boss hates me, I love Rome", "I love my boss"),  # another order
        ("I do not eat meat.", "I do not eat meat", "I eat meat"),  # the contrary
        ("I work at home, no kids yet.", "I work at home, no kids yet", "I have kids"),
        ("I like tea.", "I like tea", "The person likes tea"),  # not as they would put it down
        ("I like tea.", "I like tea", "I am"),  # nothing
        ("Tea is what I like.", "Tea is what I like", "Tea is what I like"),
        ("I like tea and I sing in a choir.", "I like tea", "I sing in a choir"),  # said, but not quoted
        ("I feel a bit dizzy right now.", "I feel a bit dizzy right now", "I feel dizzy"),  # today only
        ("He said I am a good cook.", "He said I am a good cook", "I am a good cook"),
        ("If I lived in Rome, I would be happy.", "I lived in Rome", "I lived in Rome"),
        ("Do I need a visa for Peru?", "I need a visa for Peru", "I need a visa for Peru"),
    ],
)
def test_what_the_person_did_not_say_of_themselves_is_dropped(said: str, quote: str, text: str) -> None:
    assert checked(said, quote, text) == []


def test_the_kind_must_be_a_known_one_and_the_text_short() -> None:
    said = "I sing baritone in the choir."
    assert checked(said, said[:-1], said, kind="like") and not checked(said, said[:-1], said, kind="hobby")
    long = "I sing " + "very " * 34 + "loud"
    assert len(long) > LONGEST and not checked(f"{long}.", long, long)
    assert checked(f"{long}.", long, "I sing " + "very " * 29 + "loud")


def test_the_turn_is_the_one_in_which_the_quotation_stands() -> None:
    asked = read("I like tea.", "I like tea with milk.")
    found = facts_from(json.dumps([answer("I like tea with milk", "I like tea with milk")]), asked)
    assert [said.turn for said, _ in found] == ["talk.1"]


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "[",
        "[" * 5_000,
        "I like tea.",
        '```json\n[{"quote": "I like tea", "kind": "like", "text": "I like tea"}]\n```',
        '{"quote": "I like tea", "kind": "like", "text": "I like tea"}',
        "[1, null, [], {}]",
        '[{"quote": "I like tea", "kind": "like"}]',
        '[{"quote": "I like tea", "kind": "like", "text": 7}]',
        '[{"quote": "I like tea", "kind": "like", "text": "I like tea", "sure": 1}]',
    ],
)
def test_an_answer_of_another_shape_is_dropped(reply: str) -> None:
    assert facts_from(reply, read("I like tea.")) == []


def test_what_is_answered_twice_is_found_once() -> None:
    tea = answer("I like tea", "I like tea", "like")
    assert len(facts_from(json.dumps([tea, tea]), read("I like tea."))) == 1


def test_more_facts_than_asked_for_are_not_looked_at() -> None:
    tea = answer("I like tea", "I like tea", "like")
    wrong = [answer("nowhere", "I like tea")] * MOST_FACTS
    assert facts_from(json.dumps([*wrong, tea]), read("I like tea.")) == []
    assert facts_from(json.dumps([*wrong[1:], tea]), read("I like tea."))


def test_the_model_reads_the_persons_own_sentences_alone() -> None:
    asked = read(
        "I like tea. Could you translate this: I live in Rome and I hate cats.",
        "> I am a pilot\nI have two dogs.",
        "What is the capital of Peru?",
        "If I were rich, I would travel.",
        "Dear Sir, I am writing to you as a customer.\nKind regards",
        "Let's do a role play, I am the king and you are my cook.",
        "I rule with an iron hand.",
    )
    assert [one.text for one in asked] == ["I like tea.", "I have two dogs."]
    assert "\nI like tea.\nI have two dogs.\n" in question(asked) and "Rome" not in question(asked)


def test_a_role_that_was_being_played_before_goes_on() -> None:
    game = "Let's do a role play, I am the king and you are my cook."
    assert read("I rule with an iron hand.") and not read("I rule with an iron hand.", before=(game,))


def test_secrets_are_neither_shown_to_the_model_nor_proposed() -> None:
    assert read("My password is hunter22.") == []
    said = Statement("talk.0", "My pin is 123456", SUNDAY)  # as if it had got that far
    assert facts_from(json.dumps([answer("My pin is 123456", "My pin is 123456")]), [said]) == []


def test_a_plan_ends_with_the_day_that_the_sentence_names() -> None:
    said = "Tomorrow at noon I audition for the choir."
    (fact,) = checked(said, "I audition for the choir", "I audition for the choir", "plan")
    assert (fact.kind, fact.until) == ("plan", date(2026, 11, 23))
    assert fact.text == "I audition for the choir (23 November 2026)."
    (fact,) = checked("I fly to Rome tomorrow.", "I fly to Rome tomorrow", "I fly to Rome tomorrow", "plan")
    assert (fact.text, fact.until) == ("I fly to Rome tomorrow (23 November 2026).", date(2026, 11, 23))
    (fact,) = checked("I audition on 12 December.", "I audition on 12 December", "I audition on 12 December", "plan")
    assert (fact.text, fact.until) == ("I audition on 12 December.", date(2026, 12, 12))


@pytest.mark.parametrize(("text", "kind"), [("I am vegetarian", "health"), ("I live in Leeds", "place")])
def test_a_statement_that_the_rules_know_gets_the_kind_they_give_it(text: str, kind: MemoryKind) -> None:
    assert [fact.kind for fact in checked(f"{text}.", text, text, "other")] == [kind]


def test_what_a_model_finds_is_proposed_after_all_that_rules_find() -> None:
    assert LEAST <= SURE < 0.78


def test_a_question_holds_whole_turns_and_at_least_one() -> None:
    (one,) = read("I like tea.")
    assert fitting([[one]] * 3) == 3 and fitting([]) == 0
    assert fitting([[one] * MOST_STATEMENTS, [one]]) == 1
    assert fitting([[one] * 3 * MOST_STATEMENTS, [one]]) == 1
    long = Statement("talk.0", "I sing. " * 60, SUNDAY)
    assert fitting([[long], [long], [long]]) == 1


def test_only_a_large_base_model_is_asked_and_the_reason_is_a_sentence() -> None:
    small, large = ability(FEWEST_PARAMETERS - 1), ability(FEWEST_PARAMETERS)
    assert not small.reads and large.reads and not ability(0).reads
    assert "3 billion" in small.reason and small.reason != large.reason and large.reason.endswith(".")
