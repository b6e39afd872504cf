"""From ledger rows to lessons: what each verdict teaches, what it replaces, and what teaches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain import Feedback, Lesson, Signal, content_hash

SAME_PROMPT = 0.8  # token Jaccard above which two prompts are the same one
UP_WEIGHT = 0.5  # a thumb up says less than a correction: the person did not write the text themselves

NO_TARGET = "a thumb down alone does not say what would be better: write it better to teach it"
PARKED = "parked when its adapter was rolled back: release it to learn it again"

Said = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a ledger teaches tonight: lessons by content hash; rows left out, and rows replaced by later ones."""

    lessons: tuple[Lesson, ...]
    skipped: dict[str, str]  # row id -> why
    superseded: dict[str, str]  # row id -> id of the row that replaced it


def read_lessons(rows: Iterable[Feedback]) -> Lessons:
    """The latest word on a prompt wins. Order of arrival does not matter otherwise: lessons come sorted by hash."""
    skipped: dict[str, str] = {}
    superseded: dict[str, str] = {}
    live: list[tuple[Feedback, Said]] = []
    for row in sorted(rows, key=lambda r: (r.at, r.id), reverse=True):
        said = _said(row)
        later = next((kept for kept, known in live if _likeness(said, known) > SAME_PROMPT), None)
        if row.parked:
            skipped[row.id] = PARKED
        elif later is not None:
            superseded[row.id] = later.id
        elif row.correction is None and row.thumb != "up":
            skipped[row.id] = NO_TARGET
        else:
            live.append((row, said))
    lessons = {lesson.id: lesson for lesson in (_lesson(row) for row, _ in live)}
    return Lessons(tuple(lessons[key] for key in sorted(lessons)), skipped, superseded)


def waiting_lessons(rows: Iterable[Feedback], learnt: Sequence[str]) -> list[Lesson]:
    """The lessons that the serving adapter (which has `learnt` these content hashes) does not hold."""
    return [lesson for lesson in read_lessons(rows).lessons if lesson.id not in learnt]


def _lesson(row: Feedback) -> Lesson:
    if row.correction is not None:
        chosen, rejected, weight = row.correction, (row.reply, *row.rejected), 1.0
    else:
        chosen, rejected, weight = row.reply, row.rejected, UP_WEIGHT
    signal: Signal = "correction" if row.correction is not None else "up"
    rejected = tuple(text for text in dict.fromkeys(rejected) if text.strip() and text != chosen)
    key = content_hash([[[m.role, m.content] for m in row.prompt], chosen, rejected, weight])
    return Lesson(key, row.prompt, chosen, rejected, weight, (row.id,), row.reasons, row.at, signal)


def _said(row: Feedback) -> Said:
    """What names a prompt: the words of the newest message, and of all that the person said up to it."""
    texts = [message.content for message in row.prompt if message.role == "user"]
    return _words(texts[-1]), _words(" ".join(texts))


def _words(text: str) -> frozenset[str]:
    """Words without case and punctuation; of a text that has none, its signs."""
    return frozenset(re.findall(r"\w+", text.casefold()) or text.split())


def _likeness(one: Said, other: Said) -> float:
    """Both the question and what led to it must be alike: in a long conversation the latter always is."""
    return min(_jaccard(*pair) for pair in zip(one, other, strict=True))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0
