"""What a capable model finds that the rules do not know: the question, its grammar, and the check of each answer.

The model sees the person's own sentences alone, and nothing of what it answers is believed: a fact counts only if all
its words stand in the sentence that it quotes, in the same order. So it can overlook and misjudge, but not invent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import get_args

from domain import MemoryKind
from personalization.observe import Spoken, in_earnest
from personalization.observing.changes import NEGATION, STOP
from personalization.observing.days import named_day
from personalization.observing.facts import FLEETING, UNTOLD, Fact, fact_of
from personalization.observing.own_words import own_clauses, own_sentences, plain
from personalization.secret import looks_secret

FEWEST_PARAMETERS = 3_000_000_000  # chosen, not measured: smaller models follow such a question badly
SURE = 0.75  # less than any rule: what rules found stands first
LONGEST = 160  # characters of a fact, and of a quotation
MOST_STATEMENTS, MOST_CHARACTERS = 8, 800  # of one question: little is lost when it is broken off
MOST_FACTS = 6
MOST_TOKENS = 600  # of an answer: as many facts as may be, of usual length
KINDS: tuple[MemoryKind, ...] = get_args(MemoryKind)
PERSONS = frozenset({"i", "we", "my", "our", "me", "us"})  # who is spoken of must not change either
GLUE = STOP - PERSONS

QUESTION = """These are sentences that one person wrote in a chat, one a line:

{sentences}

Which of them tell something lasting about this person that a friend would remember: their name, people, places, work, \
health, likes, plans or devices? Answer with a JSON list. Each entry has three parts:
"quote": the words of one line that tell it, copied exactly;
"kind": one of {kinds};
"text": a short sentence that begins with "I" or "My" and uses only words of the quote.
Leave out questions, wishes, opinions, what holds for today only and what is about others only. If there is nothing, \
answer []."""

# llama.cpp's GBNF: a JSON list of objects with these three strings in this order, without escapes but \" and \\.
GRAMMAR = rf"""
root ::= "[" (fact (", " fact){{0,{MOST_FACTS - 1}}})? "]"
fact ::= "{{\"quote\": " string ", \"kind\": \"" kind "\", \"text\": " string "}}"
kind ::= "{'" | "'.join(KINDS)}"
string ::= "\"" character{{1,{LONGEST}}} "\""
character ::= [^"\\\x00-\x1F\x7F] | "\\" ["\\]
"""


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a base model is asked, and a sentence that says why."""

    reads: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that is the person's own, the turn it stands in, and the day it was said."""

    turn: str
    text: str
    on: date


def ability(parameters: int) -> Ability:
    """Whether a base model with so many parameters is asked what a person said of themselves."""
    if parameters < FEWEST_PARAMETERS:
        least = f"from {FEWEST_PARAMETERS / 1e9:g} billion parameters on"
        return Ability(False, f"Your model is not asked; a larger one ({least}) would be.")
    return Ability(True, "While you are away your model is asked, too; what it finds always waits for you.")


def statements(spoken: Sequence[Spoken], before: Sequence[str] = ()) -> Iterator[Statement]:
    """What a model may read of one conversation's turns; `before` are the texts that came earlier in it."""
    for said in in_earnest(spoken, before):
        for sentence in own_sentences(said.text):
            if len(sentence) <= MOST_CHARACTERS and _told(sentence) and not looks_secret(sentence):
                yield Statement(said.turn, sentence, said.on)


def fitting(turns: Sequence[Sequence[Statement]]) -> int:
    """How many of these turns' statements go into one question; at least one turn's."""
    count = characters = 0
    for number, said in enumerate(turns):
        count, characters = count + len(said), characters + sum(len(one.text) for one in said)
        if number and (count > MOST_STATEMENTS or characters > MOST_CHARACTERS):
            return number
    return len(turns)


def question(asked: Sequence[Statement]) -> str:
    """The message that a model is sent about some statements."""
    return QUESTION.format(sentences="\n".join(said.text for said in asked), kinds=", ".join(KINDS))


def facts_from(reply: str, asked: Sequence[Statement]) -> list[tuple[Statement, Fact]]:
    """What of a model's answer stands the check, each with the statement that says it; nothing if it is no JSON."""
    try:
        answers = json.loads(reply)
    except (ValueError, RecursionError):  # the latter: thousands of brackets
        return []
    found = [_checked(answer, asked) for answer in answers[:MOST_FACTS]] if isinstance(answers, list) else []
    return list(dict.fromkeys(one for one in found if one is not None))  # small models say a thing again and again


def _checked(answer: object, asked: Sequence[Statement]) -> tuple[Statement, Fact] | None:
    match answer:
        case {"quote": str(quote), "kind": str(name), "text": str(text), **others} if not others:
            kind = next((one for one in KINDS if one == name), None)
            said = next((one for one in asked if quote in one.text), None)
            if kind and said and len(text) <= LONGEST and _says(said.text, quote, text):
                return said, _fact(kind, text, said)
    return None


def _says(sentence: str, quote: str, text: str) -> bool:
    """Whether the quoted part of a sentence says this of the person, for good, and in their own words."""
    text, quote = plain(text), plain(quote)
    if not re.match(r"(?:I|We|My|Our)\b", text) or looks_secret(text):
        return False
    if FLEETING.search(quote) or UNTOLD.search(quote) or bool(NEGATION.search(text)) != bool(NEGATION.search(quote)):
        return False
    told, named = iter(_sequence(_told(sentence))), [word for word in _sequence(text) if word not in PERSONS]
    in_order = all(word in told for word in _sequence(text))  # each search goes on where the last one ended
    return bool(named) and in_order and set(named) <= set(_sequence(quote))


def _told(sentence: str) -> str:
    """What of a sentence is told as certain; "" if it only asks, or supposes."""
    return ", ".join(clause.text for clause in own_clauses(sentence) if not clause.hedged)


def _sequence(text: str) -> list[str]:
    return [word for word in re.findall(r"[\w']+", text.lower()) if word not in GLUE]


def _fact(kind: MemoryKind, text: str, said: Statement) -> Fact:
    """As the rules put it, if they know the statement once it stands by itself. A plan ends with the day it names."""
    text = " ".join(text.split()).rstrip(" .!")
    known = fact_of(text, said.on) or Fact(kind, f"{text[0].upper()}{text[1:]}.", SURE)
    named = named_day(text, said.on)
    day = named or named_day(plain(said.text), said.on)
    if kind != "plan" or known.until or not day:
        return replace(known, sure=SURE)
    dated = f"{known.text[:-1]} ({_date(day.last)})." if day.exact and (day.relative or not named) else known.text
    return Fact("plan", dated, SURE, day.last)


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
