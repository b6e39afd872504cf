"""Of which kind a fact is whose rule has open slots: by the words it is told with."""

from __future__ import annotations

import re

from domain import MemoryKind
from personalization.observing.vocabulary import (
    BRANDS,
    CONDITIONS,
    DEVICES,
    DIETS,
    FAMILY,
    HOLDINGS,
    OCCUPATIONS,
    PETS,
    SYSTEMS,
)

KINDS: tuple[tuple[MemoryKind, str], ...] = (
    ("other", rf"(?:my|our) (?:\w+ )?(?:{PETS})\b|.*\b(?:have|adopted|got) (?:\w+ ){{1,3}}?(?:{PETS})\b"),
    ("person", rf"(?:my|our) (?:\w+ ){{0,2}}?(?:{FAMILY})\b|.* with my (?:{FAMILY}|buddy|friends?)\b"),
    (
        "health",
        rf".*\b(?:{CONDITIONS}|{DIETS}|allergic|medication|doctor|sleep|skin|hair|teeth|sense of"
        r"|my \w+ (?:out|removed|replaced))\b",
    ),
    (
        "device",
        rf".*\b(?:use|on my|on an?|with an?|run|runs|type on) (?:\w+ ){{0,3}}?(?:{DEVICES}|{SYSTEMS}|{BRANDS})\b",
    ),
    ("work", rf".*\b(?:{OCCUPATIONS}|for a living|work|job|ward|clients?|company|firm|staff|shifts?|studio|office)\b"),
    ("other", rf".*\b(?:never|{HOLDINGS}|speak|\d\d|learn best)\b"),
)
PATTERNS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in KINDS]


def kind_of(text: str, otherwise: MemoryKind) -> MemoryKind:
    """The kind that the words tell; `otherwise` if they tell none."""
    return next((kind for kind, pattern in PATTERNS if pattern.match(text)), otherwise)
