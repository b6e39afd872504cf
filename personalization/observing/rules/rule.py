"""One rule: how a statement begins that is a fact worth keeping."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain import MemoryKind


@dataclass(frozen=True, slots=True)
class Rule:
    """`sure` is how often such a statement is a fact worth keeping; `put` is what goes before it ("I am ")."""

    kind: MemoryKind
    sure: float
    pattern: re.Pattern[str]
    put: str = ""
    cased: bool = False  # the name must be written with a capital, unless after a greeting


def rules(kind: MemoryKind, *patterns: str, sure: float = 0.9, put: str = "", cased: bool = False) -> list[Rule]:
    return [Rule(kind, sure, re.compile(pattern, 0 if cased else re.IGNORECASE), put, cased) for pattern in patterns]
