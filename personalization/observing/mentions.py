"""What a sentence takes for granted about the person, even in a question: "a present for my son Theo (6)?"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain import MemoryKind
from personalization.observing.vocabulary import (
    BRANDS,
    CONDITIONS,
    DEVICES,
    DIETS,
    EVENTS,
    FAMILY,
    OCCUPATIONS,
    PETS,
    STATES,
)

MY = r"(?i:my|our)"
END = (
    r"(?=$|[,.?!;:)]| (?:is|are|was|has|keeps|so|and|but|because|cos|how|to|that|which|who"
    r"|what|can|when|if|since|or|for|I)\b)"
)
A_STATE = rf"(?:(?:[\w-]+ ){{0,2}}?(?:{OCCUPATIONS})|{STATES}|{DIETS})"

# (kind, what is looked for, how the fact reads, an example and what it tells). Names need their capital.
MENTIONS: tuple[tuple[MemoryKind, str, str, str, str], ...] = (
    (
        "person",
        rf"\b({MY} (?:[\w-]+ ){{0,3}}?(?i:{FAMILY}|{PETS})),? (?!Is\b|Has\b|I\b)(?P<name>[A-Z][a-zé-ÿ-]+)(?:"
        rf" (?P<where>in [A-Z]\w+(?: [A-Z]\w+)*))?(?=$|[,.?!]|'s\b| [a-z&(])",
        r"\1 is called \g<name>, \g<where>.",
        "what should I get my niece Isla for Christmas?",
        "My niece is called Isla.",
    ),
    (
        "person",
        rf"\b{MY} (\d{{1,2}})(?:[ -]?(year|yr|month|week|mo)s?)[ -]?(?:olds?|o)\b(?: (?i:({FAMILY}|{PETS})))?(?:"
        rf" (?P<name>[A-Z][a-z]+)\b)?",
        r"I have a \1 \2 old \3 \g<name>.",
        "what can I cook for my 6 year old daughter?",
        "I have a 6 year old daughter.",
    ),
    (
        "person",
        rf"\b({MY} (?:[\w-]+ ){{0,1}}?(?i:{FAMILY}|{PETS})(?: [A-Z][a-z]+)?) \((\d{{1,2}})\)",
        r"\1 is \2.",
        "ideas for my son (9)?",
        "My son is 9.",
    ),
    (
        "health",
        rf"\b{MY} (?!friend|mum|dad|wife|husband)((?:\w+ )?(?i:allerg(?:y|ies)|intolerance) to [\w-]+|(?:[a-z-]+"
        rf" )?(?i:{CONDITIONS}))\b(?<!\bms)(?<!\badd)(?! \d)",
        r"I have \1.",
        "what helps against my tinnitus?",
        "I have tinnitus.",
    ),
    (
        "work",
        rf"\b{MY} (?:(?:new|old|current|first|day) )?((?i:job|work|role|internship|apprenticeship|placement|phd"
        rf"|degree|masters|training) (?:as|at|in) (?:[\w'-]+ ){{0,5}}?[\w'-]+?){END}",
        r"I have a \1.",
        "how do I ask for a raise in my job at a bakery?",
        "I have a job at a bakery.",
    ),
    (
        "place",
        rf"\b{MY} ((?:[\w-]+ )?(?i:flat|house|apartment|studio|cottage|allotment|garden|home) (?:in|near) (?:the"
        rf" )?[A-Z][\w'-]+(?: [A-Z]\w+)*)",
        r"I have a \1.",
        "can I grow figs in my garden in York?",
        "I have a garden in York.",
    ),
    (
        "device",
        rf"\b{MY} (?:(?i:new|old|own|ancient|trusty|poor|work) )*(?!(?i:{FAMILY})\b)((?=[^.,?!]*\d"
        rf"|[^.,?!]*\b(?i:{DEVICES})\b)[A-Z][\w-]+(?: [A-Z0-9][\w.-]*){{1,4}}(?: (?i:{DEVICES})\b| chainsaw| mower|"
        rf" drill)?)",
        r"I have a \1.",
        "how do I mute my Sony WH-1000?",
        "I have a Sony WH-1000.",
    ),
    (
        "device",
        rf"\b{MY} (?:(?i:new|old|own|ancient|trusty|poor|work) )*(?=(?:\w+ ){{1,3}}?\w*\d|\w+ (?:pro|air|max|mini|se"
        rf"|go|plus|ultra)\b)((?i:{BRANDS})(?: (?:[a-z]{{0,8}}-?\d[\w.-]*|(?i:pro|air|max|mini|se|go|plus|ultra"
        rf"|galaxy|pixel|note|pavilion|xps|thinkpad|latitude|series|fold|book)))+)",
        r"I have a \1.",
        "my pixel 8 keeps crashing",
        "I have a pixel 8.",
    ),
    (
        "device",
        rf"^(?:the |this )?((?i:{BRANDS}) (?=[^,]*\d)(?:[\w.-]+ ){{0,3}}?[\w.-]+?(?:, [\w. ]+)?)(?: (?:keeps?|will"
        rf" not|does not|freezes|overheats)\b.*)?[.!?]?$",
        r"I have a \1.",
        "Dell XPS 13, Fedora 43",
        "I have a Dell XPS 13, Fedora 43.",
    ),
    (
        "plan",
        rf"\b(?i:to|for|before|after|until) (?:{MY}|an?) ((?:[\w-]+ ){{0,2}}?(?:{EVENTS})) ((?:(?:at|with|in) (?:the"
        rf" |my )?[\w-]+ ){{0,2}}(?:on|in|at|next|this|tomorrow)\b[^,.?!]*)",
        r"My \1 is \2.",
        "what should I wear to an interview on 14 May?",
        "My interview is on 14 May.",
    ),
    (
        "other",
        rf"(?<!work )(?<!works )(?<!worked )(?<!working )\b[Aa]s an? ({A_STATE})(?=,? (?:what|how|which|can|should"
        rf"|do|am|where|is)\b|\?)|\b(?:another|fellow|an?) ({A_STATE}) like (?:me|myself)\b",
        r"I am a \1\2.",
        "what can I order as a vegetarian?",
        "I am a vegetarian.",
    ),
)
PATTERNS = [(kind, re.compile(pattern), put) for kind, pattern, put, _, _ in MENTIONS]
ASKING = re.compile(r"(?!.*\byou\b).*\b(?:I|me|myself|we)\b")


@dataclass(frozen=True, slots=True)
class Mention:
    kind: MemoryKind
    text: str


def mentions_in(sentence: str) -> list[Mention]:
    """What the sentence takes for granted, put as statements."""
    found = []
    for kind, pattern, put in PATTERNS:
        for one in pattern.finditer(sentence):
            if kind == "other" and not ASKING.match(sentence):
                continue
            text = re.sub(r"[\s,]+(?=[\s.]*$)|\s+(?=\s)", "", one.expand(put))
            found.append(Mention(kind, text[0].upper() + text[1:]))
    return found
