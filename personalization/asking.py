"""What a message asks for: whether it is about the person, and a date, a name or a number as the answer. English.

Sentence vectors say what a text is about, not whether it answers: "When did I marry?" is near to "I am married to Kim".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from personalization.words import Words

ONESELF = frozenset(["i", "my", "mine", "myself", "we", "our", "ours", "us"])

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAYS = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_NO_NAMES = rf"(?!(?:I|{_MONTHS}|{_DAYS}s?)\b)"
_OPENERS = r"(?!(?:I|My|Our|We|The|It|This|At|On|In|For)\b)"

_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?|\d{{4}}|{_MONTHS}|{_DAYS}s?|today|tomorrow|tonight|next|morning|evening"
    r"|o'clock|week|month|year)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    rf"(?<=[^.!?]\s){_NO_NAMES}[^\W\d_]*[A-Z][\w'-]*"  # a capital within a sentence
    rf"|^{_OPENERS}[A-Z]\w+(?= (?:and|is|are|was|has|lives|works)\b)"
)
_NUMBER = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twice)\b", re.IGNORECASE)

_BE = r"(?:'s|(?: is| are| am| was| were| do| does| did| will| must| should| can| has| have)\b)"
_QUESTIONS = (  # a question, and what its answer holds
    (rf"\bwhen{_BE}|\b(?:until|by|since) when\b|\b(?:what|which) (?:dates?|days?|month|year|time)\b", _DATE),
    (rf"(?:^|[.,;:?!] )(?:to |with |for )?who(?:m|{_BE})|\bnames?\b|\bcalled\b|\bemployer\b", _NAME),
    (rf"\bwhere{_BE}|\b(?:what|which) (?:company|firm|town|city|country|village|school|bank)\b", _NAME),
    (r"\bhow (?:many|much|old|tall|long|big|heavy)\b|\b(?:what|which) (?:size|number)\b", _NUMBER),
)
_ASKED = tuple((re.compile(question, re.IGNORECASE), answer) for question, answer in _QUESTIONS)


def about_oneself(message: Words) -> bool:
    """Whether the person speaks of themselves: "my", "we"; not "tell me a joke"."""
    return bool(message & ONESELF)


def sought(message: str) -> list[re.Pattern[str]]:
    """What a text must hold to answer a message; [] if the message does not tell."""
    return [answer for question, answer in _ASKED if question.search(message)]


def holds(text: str, wanted: Sequence[re.Pattern[str]]) -> bool | None:
    """Whether a text holds anything of what is `sought`; None if nothing is, or names are and it is all in small."""
    if not wanted or (_NAME in wanted and text.islower()):
        return None
    return any(one.search(text) for one in wanted)
