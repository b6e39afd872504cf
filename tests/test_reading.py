"""A capable model is asked while nobody is here; what it finds waits for a tap, and whoever comes goes first."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from backends.base import Sampling
from backends.engine import Answer
from conversation.memories import Memories
from conversation.proposals import QUIET, Proposals
from conversation.reading import MOST_BEHIND, Reading
from domain import Message, Person, now
from errors import EngineDied
from homegrown import Homegrown
from personalization.observing.by_model import FEWEST_PARAMETERS, GRAMMAR, MOST_STATEMENTS, SURE
from personalization.observing.facts import Fact, facts_in
from storage.observed import CHOICE
from storage.store import Store
from tests.builders import calm, conversation, memory, turn

AGO = QUIET + timedelta(minutes=1)
PATIENCE = 20.0
PHONE = "I collect old rotary phones"  # a statement that stands for those that no rule knows


class Asked:
    """An engine that finds what `finds` names, and keeps what it was asked."""

    def __init__(self) -> None:
        self.finds: list[str] = []
        self.questions: list[str] = []
        self.samplings: list[Sampling] = []
        self.adapters: list[Path | None] = []
        self.meanwhile: Callable[[threading.Event], None] = lambda cancel: None

    def encode(self, messages: Sequence[Message]) -> list[int]:
        return [ord(letter) for letter in messages[-1].content]

    def answer(
        self, prompt_ids: Sequence[int], sampling: Sampling, adapter: Path | None, cancel: threading.Event
    ) -> Answer:
        self.questions.append("".join(map(chr, prompt_ids)))
        self.samplings.append(sampling)
        self.adapters.append(adapter)
        self.meanwhile(cancel)
        facts = [{"quote": text, "kind": "like", "text": text} for text in self.finds if text in self.questions[-1]]
        return Answer(json.dumps(facts), "stopped" if cancel.is_set() else "stop", 9)


class Home:
    """One person's parts, and what the world around them does."""

    def __init__(self, store: Store, person: str) -> None:
        self.store, self.person, self.engine = store, person, Asked()
        self.busy, self.occupied, self.parameters = False, False, FEWEST_PARAMETERS
        self.chat = SimpleNamespace(last_request=float("-inf"), busy=lambda: self.busy)
        self.memories = Memories(store, calm)
        self.proposals = Proposals(store, self.memories, lambda person: None)
        self.reading = Reading(
            self.proposals, cast(Any, self.chat), self.engine, lambda: self.parameters, lambda: self.occupied
        )

    def say(self, *said: str, talk: str = "talk", at: datetime | None = None, **fields: object) -> None:
        at = at or now() - AGO
        there = len(self.store.turns(self.person, talk))
        for number, text in enumerate(said):
            moment = at + timedelta(milliseconds=number)
            self.store.put_turn(self.person, turn(f"{talk}.{there + number}", text=text, created_at=moment))
        end = at + timedelta(milliseconds=len(said))
        self.store.put_conversation(self.person, conversation(talk, updated_at=end, **fields))

    def look(self) -> list[str]:
        self.reading.look(self.person)
        return self.found()

    def found(self) -> list[str]:
        """What the model found."""
        return sorted(found.text for found in self.proposals.waiting(self.person) if found.sure == SURE)


@pytest.fixture
def here(store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home in which no rule finds anything, unless it is about where somebody lives."""

    def few(text: str, on: date) -> list[Fact]:
        return [fact for fact in facts_in(text, on) if "live in" in fact.text]

    monkeypatch.setattr("personalization.observe.facts_in", few)
    return Home(store, ada.id)


def test_what_a_model_finds_in_the_persons_own_words_waits_for_a_tap(here: Home) -> None:
    here.say(f"{PHONE}, you know. Here is an e-mail: I hate cats.", "What can I cook?")
    here.engine.finds = [PHONE, "I hate cats"]
    assert here.look() == [f"{PHONE}."]
    (found,) = here.proposals.waiting(here.person)
    assert (found.turn, found.sure, here.store.memories(here.person)) == ("talk.0", SURE, [])
    (question,) = here.engine.questions
    assert PHONE in question and "cats" not in question and "cook" not in question and "water" not in question


def test_the_base_model_is_asked_greedily_and_held_to_the_grammar(here: Home) -> None:
    here.say(PHONE)
    here.look()
    (sampling,) = here.engine.samplings
    assert (sampling.temperature, sampling.repeat_penalty, sampling.grammar) == (0, 1, GRAMMAR)
    assert here.engine.adapters == [None]


def test_a_model_that_is_too_small_is_not_asked(here: Home) -> None:
    here.say(PHONE, "I live in Leeds")
    here.parameters = FEWEST_PARAMETERS - 1
    here.look()
    assert here.engine.questions == [] and not here.reading.ability().reads
    assert [found.text for found in here.proposals.waiting(here.person)] == ["I live in Leeds."]


def test_a_conversation_that_goes_on_is_not_read_yet(here: Home) -> None:
    here.say("I paint with oils", at=now() - 3 * AGO)
    here.look()
    here.say(PHONE, at=now())
    here.store.observed.read(here.person, now() - 4 * AGO, (), ())
    here.look()
    assert len(here.engine.questions) == 2 and PHONE not in here.engine.questions[1]


def test_nothing_is_asked_twice_and_what_is_said_later_is_asked(here: Home) -> None:
    here.say(PHONE, at=now() - 3 * AGO)
    here.look()
    here.look()
    assert len(here.engine.questions) == 1
    here.say("I paint with oils", at=now() - 2 * AGO)
    here.look()
    assert len(here.engine.questions) == 2 and PHONE not in here.engine.questions[1]


@pytest.mark.parametrize("who", ["somebody wrote lately", "somebody writes", "a night runs"])
def test_nothing_is_asked_while_somebody_is_here_or_a_night_runs(here: Home, who: str) -> None:
    here.say(PHONE)
    here.engine.finds = [PHONE]
    here.busy, here.occupied = who == "somebody writes", who == "a night runs"
    if who == "somebody wrote lately":
        here.chat.last_request = time.monotonic() - QUIET.total_seconds() + 60
    assert here.look() == [] and here.engine.questions == []
    here.busy, here.occupied, here.chat.last_request = False, False, float("-inf")
    assert here.look() == [f"{PHONE}."]


@pytest.mark.parametrize("who", ["a key is pressed", "somebody writes", "a night begins"])
def test_whoever_comes_breaks_a_question_off_and_it_is_asked_again_later(here: Home, who: str) -> None:
    def meanwhile(cancel: threading.Event) -> None:
        here.busy, here.occupied = who == "somebody writes", who == "a night begins"
        if who == "a key is pressed":
            here.chat.last_request = time.monotonic()
        assert cancel.wait(PATIENCE)

    here.say(PHONE)
    here.engine.finds, here.engine.meanwhile = [PHONE], meanwhile
    assert here.look() == []
    here.engine.meanwhile = lambda cancel: None
    here.busy, here.occupied, here.chat.last_request = False, False, float("-inf")
    assert here.look() == [f"{PHONE}."]


@pytest.mark.parametrize("choice", ["off the record", "off", "memory off"])
def test_what_was_not_to_be_noticed_is_not_shown_to_a_model_either(here: Home, choice: str) -> None:
    if choice == "off":
        here.proposals.set_mode(here.person, "off")
    if choice == "memory off":
        here.memories.use(here.person, False)
    here.say(PHONE, off_record=choice == "off the record")
    here.say("I live in Leeds", talk="other", at=now() - AGO)
    here.look()
    here.proposals.set_mode(here.person, "ask")
    here.memories.use(here.person, True)
    here.look()
    assert not any(PHONE in question for question in here.engine.questions)


@pytest.mark.parametrize("choice", ["off", "memory off"])
def test_what_rules_have_seen_is_not_shown_to_a_model_once_noticing_is_switched_off(here: Home, choice: str) -> None:
    here.say(PHONE)
    here.proposals.look(here.person)
    if choice == "off":
        here.proposals.set_mode(here.person, "off")
    else:
        here.memories.use(here.person, False)
    here.look()
    assert here.engine.questions == []


def test_conversations_are_read_in_the_order_in_which_things_were_said(here: Home) -> None:
    here.say("I paint with oils", talk="first", at=now() - 3 * AGO)
    here.say(PHONE, talk="second", at=now() - 2 * AGO)
    here.look()
    (question,) = here.engine.questions
    assert question.index("oils") < question.index(PHONE)


@pytest.mark.parametrize("deed", ["deletes", "goes off the record", "switches off", "refuses"])
def test_what_the_person_decides_while_a_model_reads_holds(here: Home, deed: str) -> None:
    def meanwhile(cancel: threading.Event) -> None:
        if deed == "deletes":
            here.store.remove_conversation(here.person, "talk")
        if deed == "goes off the record":
            talk = here.store.conversation(here.person, "talk")
            here.store.put_conversation(here.person, replace(talk, off_record=True))
        if deed == "switches off":
            here.proposals.set_mode(here.person, "off")
        if deed == "refuses":
            here.store.observed.refuse(here.person, f"{PHONE}.")

    here.say(PHONE)
    here.engine.finds, here.engine.meanwhile = [PHONE], meanwhile
    assert here.look() == []
    assert here.look() == []


def test_what_is_known_or_was_refused_is_not_proposed_again(here: Home) -> None:
    here.say(PHONE, "I paint with oils", "I bake rye bread")
    here.store.put_memory(here.person, memory(text=f"{PHONE}."))
    here.store.observed.refuse(here.person, "I paint with oils.")
    here.engine.finds = [PHONE, "I paint with oils", "I bake rye bread"]
    assert here.look() == ["I bake rye bread."]


def test_a_newer_fact_takes_the_place_of_an_older_one_and_never_the_other_way(here: Home) -> None:
    here.say("I drive a Kia to the sea", at=now() - 2 * AGO)
    old = now() - 4 * AGO
    here.store.put_memory(here.person, memory("older", "I drive a Volvo.", created_at=old, updated_at=old))
    here.engine.finds = ["I drive a Kia to the sea"]
    here.look()
    (found,) = here.proposals.waiting(here.person)
    assert found.replaces == "older"
    here.proposals.refuse(here.person, found.id)
    here.store.put_memory(here.person, memory("older", "I drive a Volvo.", created_at=old, updated_at=now()))
    here.say("I drive a Dacia to the sea", at=now() - AGO)
    here.engine.finds = ["I drive a Dacia to the sea"]
    assert here.look() == [] and len(here.engine.questions) == 2


def test_what_rules_keep_by_themselves_a_model_only_proposes(here: Home) -> None:
    here.proposals.set_mode(here.person, "keep")
    here.say(PHONE, "I live in Leeds")
    here.engine.finds = [PHONE]
    assert here.look() == [f"{PHONE}."]
    assert [kept.text for kept in here.store.memories(here.person)] == ["I live in Leeds."]


def test_a_long_time_is_read_in_several_looks_the_oldest_first(here: Home) -> None:
    here.say(*(f"I keep {number} bees in my garden" for number in range(10, 10 + MOST_STATEMENTS + 2)))
    here.look()
    assert len(here.engine.questions) == 1 and "I keep 10 bees" in here.engine.questions[0]
    here.look()
    here.look()
    assert len(here.engine.questions) == 2
    assert "I keep 10 bees" not in here.engine.questions[1] and "I keep 19 bees" in here.engine.questions[1]


def test_of_years_that_no_model_has_read_only_the_newest_turns_are(here: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversation.reading.MOST_BEHIND", 2)
    here.say(*(f"I keep {number} bees in my garden" for number in range(10, 15)))
    here.look()
    assert (
        MOST_BEHIND > 2 and "I keep 13 bees" in here.engine.questions[0] and "12 bees" not in here.engine.questions[0]
    )
    here.look()
    assert len(here.engine.questions) == 1


def test_a_home_from_before_is_not_read_from_its_beginning(here: Home) -> None:
    here.say(PHONE, at=now() - 3 * AGO)
    here.proposals.look(here.person)
    row = dict(here.store.observed._rows(here.person, "choices")[CHOICE])
    del row["read"]
    here.store.observed._commit(here.person, {"choices": {CHOICE: row}})
    here.say("I paint with oils", at=now() - 2 * AGO)
    here.look()
    (question,) = here.engine.questions
    assert "oils" in question and PHONE not in question


def test_an_engine_that_could_not_answer_is_not_asked_again_and_again(
    here: Home, caplog: pytest.LogCaptureFixture
) -> None:
    def meanwhile(cancel: threading.Event) -> None:
        raise EngineDied("The engine broke off.")

    here.say(PHONE)
    here.engine.meanwhile = meanwhile
    assert here.look() == [] and here.look() == []
    assert len(here.engine.questions) == 1 and "broke off" in caplog.text


def test_an_answer_that_is_no_json_is_dropped_and_not_asked_for_again(here: Home) -> None:
    here.say(PHONE)
    here.engine.answer = lambda *asked: Answer("Sure! You like phones.", "stop", 9)  # type: ignore[method-assign]
    assert here.look() == []
    here.engine.answer = None  # type: ignore[method-assign,assignment]
    assert here.look() == []


def test_the_scripted_backend_has_no_model_to_ask(parts: Homegrown) -> None:
    assert not parts.reading.ability().reads
