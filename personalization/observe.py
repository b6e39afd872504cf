"""Proposes memories from what a person said of themselves: rules only, so that the smallest model will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from personalization.observing.changes import relation
from personalization.observing.facts import Fact, facts_in
from personalization.observing.own_words import fiction_left


@dataclass(frozen=True, slots=True)
class Spoken:
    """The person's words in one turn, and the day they were said."""

    turn: str
    text: str
    on: date


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that is kept already, or waits to be."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact, the turn that says it, and the known fact or earlier turn's text (as `text`) whose place it takes."""

    turn: str
    fact: Fact
    replaces: Known | None


def observed(spoken: Sequence[Spoken], known: Sequence[Known] = (), before: Sequence[str] = ()) -> list[Observation]:
    """What is new in one conversation's turns, in their order; what `known` says already is left out.

    `before` are the texts that came earlier in the conversation and were looked at then. A role that is being played
    goes on from there.
    """
    found: list[Observation] = []
    facts = list(known)
    fiction = 0
    for text in before:
        fiction = fiction_left(text, fiction)
    for said in spoken:
        fiction = fiction_left(said.text, fiction)
        for fact in [] if fiction else facts_in(said.text, said.on):
            relations = [(relation(fact.text, old.text), old) for old in reversed(facts)]
            if any(how == "same" for how, _ in relations):
                continue
            replaced = next((old for how, old in relations if how == "replaces"), None)
            found.append(Observation(said.turn, fact, replaced))
            facts.append(Known("", fact.text))
    return found
