"""Facts in a message: which of its statements are worth keeping, how they read later, and how long they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from domain import MemoryKind
from personalization.observing.days import Day, named_day
from personalization.observing.manner import manner_in
from personalization.observing.own_words import Clause, own_clauses, own_sentences
from personalization.observing.rules import RULES
from personalization.observing.rules.plans import DATED_SCRAPS, PLANS, UNDATED_PLANS
from personalization.observing.rules.rule import Rule
from personalization.observing.vocabulary import DEVICES, FAMILY, PETS
from personalization.secret import looks_secret

LIGHT = 0.1  # so much less sure of what was said laughing
LEAST = 0.7  # what is less sure is not proposed
# What holds for the moment only, unless it is news of the kind that stays.
FLEETING = re.compile(
    r"\b(?:today|tonight|right now|at the moment|for now|this (?:morning|afternoon|evening|minute"
    r"|second)|just now|atm|rn|earlier|a (?:minute|second|moment|while|bit) ago|all (?:day|night"
    r"|morning)|this time|one sec|so far)\b",
    re.IGNORECASE,
)
NEWS = re.compile(
    r"\b(?:diagnosed|bought|moved|married|engaged|born|started|quit|retired|passed away|died|adopted"
    r"|got (?:a|an|the|my)|birthday|turned?|broke|promoted|ordered|upgraded|switched|signed|booked"
    r"|prescribed|i am \d+|notice|resigned|pregnant|lost|passed|failed|got in|graduated|arrived)\b",
    re.IGNORECASE,
)
UNTOLD = re.compile(
    r"\b(?:said|says|told me|tells me|thinks|claims|(?<!been )(?<!was )asked|asks|wrote|writes|texted"
    r"|reckons|insists|keeps saying|according to|swears|mentioned)\b",
    re.IGNORECASE,
)
DIAGNOSED = re.compile(
    r"^(?:my|our) (?:doctor|gp|cardiologist|dermatologist|neurologist|consultant|psychiatrist|dentist"
    r"|optician|therapist)\b",
    re.IGNORECASE,
)
# "My mum lives with us, she has Parkinson's": who "she" is.
RELATIVE = re.compile(
    rf"(?:my|our) ((?:(?:older|younger|late|eldest|youngest|big|little|best|twin) )*(?:{FAMILY}|{PETS})"
    rf"(?: (?-i:[A-Z])[\w-]+)?)\b|(?:I|we) (?:do |also |just )*(?:have|adopted|got) (?:an?|one) (?:\w+"
    rf" )?({FAMILY}|{PETS})\b",
    re.IGNORECASE,
)
NAMED_SO = re.compile(r"(?:his|her|its|their) (?:first )?name(?: is|'s) (\w+)", re.IGNORECASE)
PRONOUN = re.compile(
    r"(?:he|she|they) (?=wants|is|are|has|have|lives?|works?|was|loves?|hates?|cannot|does not|plays?"
    r"|likes?|speaks?|stud|teach|turn|got|died|passed|just turned|also|eats)",
    re.IGNORECASE,
)
# "My son Theo is in trouble": the trouble may pass, the name stays.
CALLED = re.compile(
    rf"((?i:my) (?:[\w-]+ ){{0,3}}?(?:{FAMILY}|{PETS})),? ((?!Is\b|Has\b|I\b)[A-Z][a-zé-ÿ-]+)( in"
    rf" [A-Z]\w+(?: [A-Z]\w+)*)?(?:,|$| [a-z&])"
)
# "How do I mute my Sony WH-1000?": what the person owns, even in a question.
OWNED = re.compile(
    rf"\b(?i:my|our) (?:(?:new|old|own|ancient|trusty) )?(?!"
    rf"(?i:{FAMILY})\b)((?=[^.,?!]*\d|[^.,?!]*\b(?i:{DEVICES})\b)[A-Z][\w-]+(?: [A-Z0-9][\w.-]*){{1,4}}"
    rf"(?: (?i:{DEVICES})\b| chainsaw| mower| drill)?)"
)
NAMED_ALONG, OWNED_ALONG, WISHED = 0.78, 0.78, 0.85
LOST_ENDS = re.compile(
    r",? (?:and (?:needs?|wants?|keeps?|is|was|he|she|it|they) .*|with a passion|always (?:have|will"
    r"|did)(?: been)?|sorry|one sec|good night|do not judge.*|do not ask.*|everyone does|what about"
    r" you|how about you|as well, .*|believe it or not|to be fair|for the record|as you know|right\?)$",
    re.IGNORECASE,
)
TRIVIAL = re.compile(  # plans that nobody needs to be reminded of
    r"\b(?:going to (?:bed|sleep|the (?:shop|store|loo|toilet|kitchen)|eat|try|ask|use|need|do|have to"
    r"|make|write|say|start with|go with|be (?:late|honest|busy|there|fine|ok|back))|thinking|go now"
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
    for sentence in own_sentences(message):
        wish = manner_in(sentence)
        if wish:
            found.append(Fact("other", wish, WISHED))
        for fact in _stated(sentence, today):
            if fact.sure >= LEAST and not (wish and wish.startswith(fact.text[:-1])):
                found.append(fact)
        for owned in OWNED.finditer(sentence):
            if not any(owned[1].lower() in fact.text.lower() for fact in found):
                found.append(Fact("device", f"I have a {owned[1]}.", OWNED_ALONG))
    return list({fact.text: fact for fact in found}.values())


def _stated(sentence: str, today: date) -> list[Fact]:
    """The facts of one sentence. What is said on of a relative (", and she is 81") goes with what was said first."""
    found: list[Fact] = []
    relative, first = "", False  # who is spoken of; whether something was found about them
    for clause in own_clauses(sentence):
        said, more = clause, False
        if told := RELATIVE.match(clause.text):
            relative, first = f"my {told[1] or told[2]}", False
        elif relative and (pronoun := PRONOUN.match(clause.text)):
            said, more = replace(clause, text=f"{relative} {clause.text[pronoun.end() :]}"), True
        elif relative and (named := NAMED_SO.match(clause.text)):
            said, more = replace(clause, text=f"{relative}'s name is {named[1]}"), True
        else:
            relative = ""
        fact = _fact(said, today)
        if fact and more and first:
            found[-1] = replace(found[-1], text=f"{found[-1].text[:-1]} and {clause.text}.")
        elif fact:
            found.append(fact)
        first = bool(relative) and (first or fact is not None)
    return found


def fact_of(statement: str, today: date) -> Fact | None:
    """The same for one statement that the person wants kept: the rules only tell its kind, and until when it holds."""
    return _fact(Clause(statement, greeting=False, hedged=False, light=False), today)


def _fact(clause: Clause, today: date) -> Fact | None:
    text = LOST_ENDS.sub("", clause.text)
    if looks_secret(text) or re.search(r"\bpass(?:word|phrase|code)\b|\bpin\b.*\d", text, re.IGNORECASE):
        return None
    called = CALLED.search(text)
    named = (
        Fact(
            "person",
            f"{called[1][0].upper()}{called[1][1:]} is called"
            f" {called[2]}{(called[3] and f', {called[3].strip()}') or ''}.",
            NAMED_ALONG,
        )
        if called
        else None
    )
    if clause.hedged or (UNTOLD.search(text) and not DIAGNOSED.match(text)):
        return named
    day = named_day(text, today)
    if day and not TRIVIAL.search(text) and not FLEETING.search(text):
        for rule in (*PLANS, *DATED_SCRAPS):
            if rule.pattern.match(text):
                return _put(rule, text, clause, day)
    if FLEETING.search(text) and not NEWS.search(text):
        return named
    for rule in RULES:
        if _fits(rule, clause, text):
            return _put(rule, text, clause, None)
    if named:
        return named
    for rule in UNDATED_PLANS:
        if rule.pattern.match(text) and not TRIVIAL.search(text):
            return _put(rule, text, clause, None)
    return None


def _fits(rule: Rule, clause: Clause, text: str) -> bool:
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
    return Fact(rule.kind, text + ".", round(sure, 2), day.last if day else None)
