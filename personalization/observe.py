"""Proposes memories from what a person said of themselves: without a language model, so that the smallest will do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from personalization.observing.changes import relation
from personalization.observing.facts import Fact, facts_in
from personalization.observing.judge import Judge
from personalization.observing.judged import judged
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


def observed(
    spoken: Sequence[Spoken], known: Sequence[Known] = (), before: Sequence[str] = (), judge: Judge | None = None
) -> list[Observation]:
    """What is new in one conversation's turns, in their order; what `known` says already is left out.

    Without a judge the rules alone find it. Raises ModelUnusable if the judge cannot read.
    """
    meant = list(in_earnest(spoken, before))
    if judge:
        return new_among(judged([(one.turn, one.text, one.on) for one in meant], judge), known)
    return new_among(((one.turn, fact) for one in meant for fact in facts_in(one.text, one.on)), known)


def in_earnest(spoken: Sequence[Spoken], before: Sequence[str] = ()) -> Iterator[Spoken]:
    """Those turns of one conversation in which no role is being played.

    `before` are the texts that came earlier in the conversation and were looked at then: a role goes on from there.
    """
    fiction = 0
    for text in before:
        fiction = fiction_left(text, fiction)
    for said in spoken:
        fiction = fiction_left(said.text, fiction)
        if not fiction:
            yield said


def new_among(found: Iterable[tuple[str, Fact]], known: Sequence[Known]) -> list[Observation]:
    """Facts, each with the turn that says it, without those that `known` or an earlier one says already."""
    new: list[Observation] = []
    facts = list(known)
    for turn, fact in found:
        relations = [(relation(fact.text, old.text), old) for old in reversed(facts)]
        if any(how == "same" for how, _ in relations):
            continue
        replaced = next((old for how, old in relations if how == "replaces"), None)
        new.append(Observation(turn, fact, replaced))
        facts.append(Known("", fact.text))
    return new
