"""Facts in a message: which of its statements are worth keeping, how they read later, and how long they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain import MemoryKind
from personalization.observing.changes import words
from personalization.observing.days import Day, named_day
from personalization.observing.manner import manner_in
from personalization.observing.mentions import mentions_in
from personalization.observing.own_words import Clause, own_clauses, own_sentences, plain
from personalization.observing.relatives import introduced, somebody_else, spelled_out
from personalization.observing.rules import RULES
from personalization.observing.rules.kind import kind_of
from personalization.observing.rules.open import OPEN
from personalization.observing.rules.plans import DATED_SCRAPS, PLANS, UNDATED_PLANS
from personalization.observing.rules.rule import Rule
from personalization.secret import looks_secret

LIGHT = 0.1  # so much less sure of what was said laughing
LEAST = 0.7  # what is less sure is not proposed
# What holds for the moment only, unless it is news of the kind that stays.
FLEETING = re.compile(
    r"\b(?:today|tonight|right now|at the moment|for now|this (?:morning|afternoon|evening|minute"
    r"|second)|just now|atm|rn|earlier|a (?:minute|second|moment|while|bit) ago|all (?:day|night"
    r"|morning)|this time|one sec|so far|an? (?:bad |bit of a )?(?:cold|headache|fever|sore \w+|hangover|stomach"
    r" ?ache|tummy ?ache))\b",
    re.IGNORECASE,
)
NEWS = re.compile(
    r"\b(?:diagnosed|bought|moved|married|engaged|born|started|quit|retired|passed away|died|adopted"
    r"|got (?:a|an|the|my)|birthday|turned?|broke|promoted|ordered|upgraded|switched|signed|booked"
    r"|prescribed|i am \d+|notice|resigned|pregnant|lost|passed|failed|got in|graduated|arrived|liv(?:e|ing)"
    r"|work(?:ing)? (?:as|at|for|in)|study(?:ing)?|learning|training|based|unemployed|between jobs|recovering)\b",
    re.IGNORECASE,
)
UNTOLD = re.compile(
    r"\b(?:said|says|told me|tells me|thinks|claims|(?<!been )(?<!was )asked|asks|(?<!I )(?<!we )wrote|texted"
    r"|reckons|insists|keeps saying|according to|swears|mentioned)\b",
    re.IGNORECASE,
)
REPORTED_END = re.compile(rf", [^,]*{UNTOLD.pattern}.*$", re.IGNORECASE)  # "I photograph graves, he says it is morbid"
OWN_AFTER = re.compile(r"(?:I|we|my|our)\b|[\w' -]+ (?:makes?|gives?|brings?) me\b|[\w' -]+ is my\b")
DIAGNOSED = re.compile(
    r"^(?:my|our) (?:doctor|gp|cardiologist|dermatologist|neurologist|consultant|psychiatrist|dentist"
    r"|optician|therapist)\b",
    re.IGNORECASE,
)
SPOKEN_TO = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)  # "I enjoy talking to you": not of the person
MENTIONED, WISHED = 0.78, 0.85
LOST_ENDS = re.compile(
    r",? (?:(?:so |please |and )*(?:put|note|save|write|keep) (?:that|this|it) .*|and (?:needs?|wants?|keeps? \w+ing"
    r"|is|was|he|she|it|they) .*|with a passion|always (?:have|will"
    r"|did)(?: been)?|sorry|one sec|good night|do not judge.*|do not ask.*|everyone does|what about"
    r" you|how about you|as well, .*|believe it or not|to be fair|for the record|as you know|right\?)$",
    re.IGNORECASE,
)
TRIVIAL = re.compile(  # plans that nobody needs to be reminded of
    r"\b(?:going to (?:bed|sleep|the (?:shop|store|loo|toilet|kitchen)|eat|try|ask|use|need|do|have to"
    r"|make|write|say|start with|go with|be (?:late|back|honest|busy|there|fine|ok|back))|thinking|go now"
    r"|get back|leave it|take a (?:break|look|nap)|come back|let you know|try (?:it|that|this))\b",
    re.IGNORECASE,
)
MONTH_NAMES = re.compile(
    r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|april|june|july"
    r"|august|september|october|november|december)s?\b|(?<=in )march\b|(?<=in )may\b"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """`text` reads as the person would put it down; `until` is the last day on which it holds, None: no end known."""

    kind: MemoryKind
    text: str
    sure: float
    until: date | None = None


def facts_in(message: str, today: date) -> list[Fact]:
    """What a person says about themselves in one message, that a careful friend would note for later."""
    found: list[Fact] = []
    before, people = "", list[str]()
    for sentence in own_sentences(message):
        wish = manner_in(sentence)
        if wish:
            found.append(Fact("other", wish, WISHED))
        for fact in _stated(sentence, before, people, today):
            if fact.sure >= LEAST and not (wish and wish.startswith(fact.text[:-1])):
                found.append(fact)
        before = sentence
        found += [fact for fact in _mentioned(sentence, today) if not _told(fact, found)]
    return list({fact.text: fact for fact in found}.values())


def _mentioned(sentence: str, today: date) -> Iterator[Fact]:
    """What the sentence takes for granted; a plan only if it names its day."""
    for mention in mentions_in(plain(sentence)):
        day = named_day(mention.text, today) if mention.kind == "plan" else None
        if (day or mention.kind != "plan") and not looks_secret(mention.text):
            yield Fact(mention.kind, mention.text, MENTIONED, day.last if day else None)


def _told(fact: Fact, found: Sequence[Fact]) -> bool:
    return any(words(fact.text) - {"called", "job"} <= words(other.text) for other in found)


def _stated(sentence: str, before: str, people: list[str], today: date) -> list[Fact]:
    """The facts of one sentence. What is said on of a relative (", and she is 81") goes with what was said first.

    `people` are the relatives named so far; those of this sentence are added.
    """
    found: list[Fact] = []
    first = False  # whether something was found about the relative spoken of
    for clause in own_clauses(sentence, before):
        meant = spelled_out(clause.text, people)
        if relative := introduced(clause.text):
            people.append(relative)
        elif meant is None and somebody_else(clause.text):
            people.clear()
        fact = _fact(replace(clause, text=meant or clause.text), today)
        if fact and meant and first:
            found[-1] = replace(found[-1], text=f"{found[-1].text[:-1]} and {clause.text}.")
        elif fact:
            found.append(fact)
        first = bool(relative or meant) and (bool(meant and first) or fact is not None)
    return found


def fact_of(statement: str, today: date) -> Fact | None:
    """The same for one statement that the person wants kept: the rules only tell its kind, and until when it holds."""
    return _fact(Clause(statement, greeting=False, hedged=False, light=False), today)


def private(text: str) -> bool:
    """Passwords and the like are not noted."""
    return looks_secret(text) or bool(re.search(r"\bpass(?:word|phrase|code)\b|\bpin\b.*\d", text, re.IGNORECASE))


def _fact(clause: Clause, today: date) -> Fact | None:
    text = REPORTED_END.sub("", LOST_ENDS.sub("", clause.text))
    if private(text):
        return None
    if clause.hedged or (UNTOLD.search(text) and not DIAGNOSED.match(text)):
        return None
    day = named_day(text, today)
    if day and not TRIVIAL.search(text) and not FLEETING.search(text):
        for rule in (*PLANS, *DATED_SCRAPS):
            if rule.pattern.match(text):
                return _put(rule, text, clause, day)
    if FLEETING.search(text) and not NEWS.search(text):
        return None
    for rule in RULES:
        if _fits(rule, clause, text):
            return _put(rule, text, clause, None)
    for rule in UNDATED_PLANS:
        if rule.pattern.match(text) and not TRIVIAL.search(text):
            return _put(rule, text, clause, None)
    after = text.partition(", ")[2]
    return _fact(replace(clause, text=after), today) if OWN_AFTER.match(after) else None


def _fits(rule: Rule, clause: Clause, text: str) -> bool:
    if rule.kind not in ("other", "plan", "name") and SPOKEN_TO.search(text.split(", ")[0]):
        return False
    if rule.cased:
        return (bool(rule.pattern.match(text)) and not NOT_A_NAME.search(text)) or (
            clause.greeting
            and bool(re.match(r"I am (?!\w+(?:ing|ed|less|ful|y)\b)[a-z]{3,12}$", text))
            and not NOT_A_NAME.search(text)
        )
    return bool(rule.pattern.match(text))


NOT_A_NAME = re.compile(
    r"^I am (?:a|an|the|so|very|not|here|back|new|sorry|fine|good|great|well|ok|okay|sick|ill|sad|mad"
    r"|bad|done|late|lost|stuck|sure|glad|happy|hungry|tired|bored|curious|afraid|alone|home|off|on|in"
    r"|at|out|up|down|sleepy|vegan|vegetarian|pregnant|deaf|blind|single|married|retired|german|french"
    r"|british|english|american|old|young|poor|rich|cold|hot|free|busy|ready|right|wrong|broke|drunk"
    r"|sober|gay|keto|asking|just|also|your|my|god|batman|legend|human|muslim|christian|jewish"
    r"|catholic|\w+(?:ish|ese|ian|ean|can))\b",
    re.IGNORECASE,
)


def _put(rule: Rule, text: str, clause: Clause, day: Day | None) -> Fact:
    text = f"{rule.put}{text[0].lower() if rule.put else text[0].upper()}{text[1:]}"
    text = MONTH_NAMES.sub(lambda found: found[0].capitalize(), text)
    if day and day.relative and day.exact:
        text += f" ({day.last.day} {day.last:%B %Y})"
    sure = rule.sure - (LIGHT if clause.light else 0)
    kind = kind_of(text, rule.kind) if rule in OPEN else rule.kind
    return Fact(kind, text + ".", round(sure, 2), day.last if day else None)
