"""Whether two facts say the same, and whether a later one takes an earlier one's place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from personalization.observing.vocabulary import CIRCLE, DEVICES, FAMILY, OCCUPATIONS, PETS

STOP = frozenset(
    re.findall(
        r"\w+",
        "a an the i we am are is was were be been have has had do does did my our me us of to in at on with and it "
        "as for by from just also now really very actually still currently recently always too so that this will "
        "got get getting going",
    )
)
# What there is one of at a time: (name of the place, pattern). The first that matches counts.
PLACES = [
    ("name", r"(?:my (?:\w+ )?name|call me|i am called)"),
    (
        "home",
        r"(?:i|we) (?!used)(?:\w+ ){0,3}?(?:live|living|based|moved|relocated|emigrated)\b"
        r"(?! (?:alone|with|together))"
        r"|(?:i|we) (?:am|are) (?:now |both |all |currently )?in (?-i:[A-Z])",
    ),
    ("diet", r"(?:i|we) (?:\w+ ){0,4}?(?:vegetarian|vegan|pescatarian|veggie|meat|flexitarian)\b"),
    ("age", r"i (?:am|turned|have turned) (?:\w+ )?(?:\d\d)\b"),
    (
        "relationship",
        r"(?:i|we) (?:\w+ ){0,3}?(?:married|single|divorced|engaged|widowed|broke up|split up|separated)\b",
    ),
    (
        "left work",
        r"i (?:\w+ )?(?:quit|left my|lost my|retired|am retired|am unemployed|got laid off|got fired|was"
        r" made redundant|changed jobs)\b",
    ),
    (
        "employer",
        r"(?:i|we) (?:\w+ ){0,2}?(?:work|working|joined) (?:\w+ ){0,3}?(?:at|for)\b"
        r"|(?:i|we) (?:\w+ ){0,2}?started (?:a new job|(?:\w+ ){0,3}?(?:at|as|for))\b",
    ),
    (
        "occupation",
        rf"i (?!used)(?:\w+ )?(?:work as|am|became) (?:now )?an? (?:\w+ ){{0,3}}?(?:{OCCUPATIONS})\b|i "
        rf"(?:\w+ )?work as\b",
    ),
    ("car", r"(?:i|we) (?:\w+ )?drive an?\b"),
]
PLACE_PATTERNS = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in PLACES]
MEANS = {
    "left work": ("left work", "employer", "occupation"),
    "employer": ("employer", "left work"),
    "occupation": ("occupation", "left work"),
}
RELATIVE = re.compile(
    rf"(?:my|our) (?:\w+ )?({FAMILY}|{PETS}|{CIRCLE})\b(?: [A-Z]\w+)?,? (?:\w+ )?(lives?|moved|works?"
    rf"|is an?|turned|is \d+|is called|'s name|name is)\b",
    re.IGNORECASE,
)
OF_RELATIVES = {"lives": "home", "live": "home", "moved": "home", "works": "work", "work": "work", "turned": "age"}
OWN = re.compile(
    rf"(?:my|our) (?:(?:new|old|main|work) )*({DEVICES}|browser|editor|os|\w+ language|favou?rite "
    rf"(?:\w+ )?\w+|birthday) (?:is|runs|was)\b",
    re.IGNORECASE,
)
FROM_TO = re.compile(
    r"\b(?:switched|moved|changed|upgraded|migrated|relocated|went) (?:over )?from (?:an? |the |my )?(.{2,40}?) to\b",
    re.IGNORECASE,
)
NEGATION = re.compile(
    r"\b(?:not|no longer|never|any ?more|stopped|quit|gave up|no|cannot stand|hate|dislike)\b", re.IGNORECASE
)
OPPOSITES = frozenset(
    re.findall(
        r"\w+",
        "not longer never no anymore any more stopped quit gave up cannot stand hate dislike like love enjoy eat "
        "eating drink drinking adore prefer",
    )
)


def words(text: str) -> frozenset[str]:
    """The words of a fact that tell it from others."""
    text = re.sub(r"\(\d{1,2} \w+ \d{4}\)\.?$", "", text)
    return frozenset(word for word in re.findall(r"[\w']+", text.lower()) if word not in STOP)


def place(text: str) -> str | None:
    """What the fact says one thing about, such as where the person lives; None if there may be many such facts."""
    if found := RELATIVE.match(text):
        return f"{found[1].lower()}: {_of_relative(found[2].lower())}"
    if found := OWN.match(text):
        return found[1].lower()
    return next((name for name, pattern in PLACE_PATTERNS if pattern.match(text)), None)


def _of_relative(verb: str) -> str:
    if verb[-1].isdigit():
        return "age"
    return "name" if "name" in verb or "called" in verb else OF_RELATIVES.get(verb, "work")


Relation = Literal["same", "replaces", "apart"]


def relation(new: str, old: str) -> Relation:
    """What a later fact is to an earlier one: nothing new, in its place (changed, or told with more), or another."""
    fresh, known = words(new), words(old)
    if _subject(new) == _subject(old) and fresh <= known:
        return "same"
    if _subject(new) == _subject(old) and known and known < fresh and len(known) > 0 and not _opposed(new, old):
        return "replaces"
    if _opposed(new, old) and _about(fresh) and _about(fresh) == _about(known):
        return "replaces"
    if (found := FROM_TO.search(new)) and _mentions(old, found[1]) and _subject(old) in (_subject(new), "i"):
        return "replaces"
    here, there = place(new), place(old)
    if here and there and (there == here or there in MEANS.get(here, ())):
        return "replaces"
    return "apart"


def _subject(text: str) -> str:
    first = re.findall(r"[\w'-]+", text.lower())[:2]
    return "i" if first and first[0] in ("i", "we") else " ".join(first)


def _opposed(new: str, old: str) -> bool:
    return bool(NEGATION.search(new)) != bool(NEGATION.search(old))


def _about(telling: Iterable[str]) -> frozenset[str]:
    return frozenset(telling) - OPPOSITES


def _mentions(text: str, what: str) -> bool:
    named = words(what) - {"team"}
    return bool(named) and named <= words(text)
