"""What must go besides a forgotten ledger row: the places where a stored text quotes it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from domain import Check, Export, Feedback, Night

RUN = 3  # words in a row that make a quotation
NAMED = re.compile(r"“([^”]+)”")  # how the exam's sentences name a topic


def quotes(text: str, row: Feedback) -> bool:
    """Whether a text holds three words in a row of what was asked, answered or said in `row`, or all of a short one."""
    there = _runs(_words(text))
    return any(run in there for said in _said(row) for run in _runs(_words(said)))


def named(exports: Iterable[Export]) -> str:
    """A sentence that names the copies which forgetting cannot reach; "" if there are none."""
    listed = ", ".join(f"{one.path} ({one.at.astimezone():%Y-%m-%d})" for one in exports)
    return f"What you exported may still hold it: {listed}." if listed else ""


def cleansed(night: Night, row: Feedback, rest: Iterable[Feedback]) -> Night:
    """The night's record without the row's words; `rest` is the ledger without it.

    Before/after answers go altogether if the night learnt the row: the model that wrote them knew it.
    """
    own = set(_words(" ".join(_said(row)))) - {word for other in rest for said in _said(other) for word in _words(said)}

    def plain(sentence: str) -> str:
        return NAMED.sub(lambda found: "“…”" if own & set(_words(found[1])) else found[0], sentence)

    def plain_check(check: Check) -> Check:
        return replace(check, sentence=plain(check.sentence))

    kept = () if row.id in night.used else night.examples
    kept = tuple(e for e in kept if not any(quotes(text, row) for text in (e.prompt, e.before, e.after)))
    checks = tuple(plain_check(check) for check in night.verdict.checks)
    return replace(
        night, examples=kept, verdict=replace(night.verdict, reason=plain(night.verdict.reason), checks=checks)
    )


def _said(row: Feedback) -> list[str]:
    return [*(m.content for m in row.prompt), row.reply, row.correction or "", *row.rejected, row.comment]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    """All runs of three words, and the text as a whole if it has fewer."""
    if not words:
        return set()
    return {tuple(words[start : start + RUN]) for start in range(max(1, len(words) - RUN + 1))}
