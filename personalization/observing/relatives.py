"""Whom "she" and "Theo" stand for, once "my daughter" and "my son Theo" were named: in this message, by the person."""

from __future__ import annotations

import re
from collections.abc import Sequence

from personalization.observing.vocabulary import FAMILY, PETS

RELATIVE = (
    rf"(?:my|our) ((?:(?:older|younger|late|eldest|youngest|big|little|best|twin) )*(?:{FAMILY}|{PETS})"
    rf"(?:,? (?!(?:Is|Was|Has)\b)(?-i:[A-Z])[\w-]+)?)\b"
)
INTRODUCED = (  # "my son's away" is about him, "I met my son's teacher" is not
    re.compile(RELATIVE, re.IGNORECASE),
    re.compile(rf".*\b{RELATIVE}(?!')", re.IGNORECASE),
    re.compile(
        rf"(?:I|we) (?:do |also |just )*(?:have|adopted|got) (?:an?|one) (?:\w+ )?({FAMILY}|{PETS})\b", re.IGNORECASE
    ),
)
NAMED_SO = re.compile(r"(?:his|her|its|their) (?:first )?name(?: is|'s) (\w+)", re.IGNORECASE)
PRONOUN = re.compile(r"(?:he|she|they|it(?= is (?:called|\d)| has a)) (?=[a-z])", re.IGNORECASE)
ANOTHER = re.compile(
    r"(?:the|an?|this|that|some(?:one|body)|my|our|his|her|their)\b|(?-i:[A-Z])[a-z]+ (?:is|was|has)\b", re.IGNORECASE
)


def introduced(statement: str) -> str | None:
    """The relative or the animal that the statement names: "my son Theo"."""
    told = next((found for pattern in INTRODUCED if (found := pattern.match(statement))), None)
    return f"my {told[1].replace(',', '')}" if told else None


def somebody_else(statement: str) -> bool:
    """Whether it begins with somebody, or something, of whom nothing is known; "she" then may be meant for them."""
    return bool(ANOTHER.match(statement))


def spelled_out(statement: str, people: Sequence[str]) -> str | None:
    """The statement with the relative for the pronoun or the first name it begins with; None: it has neither."""
    if people and (pronoun := PRONOUN.match(statement)):
        return f"{people[-1]} {statement[pronoun.end() :]}"
    if people and (named := NAMED_SO.match(statement)):
        return f"{people[-1]}'s name is {named[1]}"
    for person in people:
        name = person.split()[-1]
        if name[0].isupper() and statement.startswith(f"{name} "):
            return f"{person} {statement[len(name) + 1 :]}"
    return None
