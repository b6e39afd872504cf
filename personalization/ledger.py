"""From ledger rows to lessons: what each verdict teaches, what it replaces, and what teaches nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from domain import Feedback, Lesson, Signal, content_hash
from personalization.opposition import changes_of_mind
from personalization.recipe import CHOSEN_WEIGHT
from personalization.secret import looks_secret
from personalization.words import Index, Words, alike, words

ALIKE = 0.8  # share of common words above which two prompts are the same one, and two texts the same lesson
UP_WEIGHT = 0.5  # a thumb up says less than a correction: the person did not write the text themselves
MOST_ALIKE = 10  # rows of one lesson: many rows on one text make every answer that text
LEARNT_CHARACTERS = 3_000  # about as much of a text as training reads (dataset.REPLY_TOKENS)

PARKED = "parked when its adapter was rolled back: release it to learn it again"
SECRET = "looks as if it held a password, a key or a card number: release it if it may be learnt"
EMPTY = "there is no text to learn from"
UNCHANGED = "the correction is the reply as it was"
NOTHING_SAID = "no thumb, no correction and nothing rejected"
DOWN_ALONE = "a thumb down says what to avoid, not what would be better: learnt once there are good replies too"
DOWNS_FULL = "newer thumbs down are learnt first: never more of them than good replies"
REPEATED = f"the newest {MOST_ALIKE} rows teach the same text already"


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a ledger teaches tonight: lessons by content hash; rows left out, and rows replaced by later ones."""

    lessons: tuple[Lesson, ...]
    skipped: dict[str, str]  # row id -> why
    superseded: dict[str, str]  # row id -> id of the later row that replaced it


def read_lessons(rows: Iterable[Feedback]) -> Lessons:
    """The latest word wins, on a prompt and on a habit. Lessons come sorted by hash: arrival teaches nothing."""
    skipped: dict[str, str] = {}
    live: list[Feedback] = []
    for row in sorted(rows, key=lambda r: (r.at, r.id), reverse=True):
        if why := _useless(row):
            skipped[row.id] = why
        else:
            live.append(row)
    newest_first, superseded = _one_a_prompt(live)
    changed = changes_of_mind(newest_first)
    superseded |= changed
    newest_first = [lesson for lesson in newest_first if lesson.rows[0] not in changed]
    for limit in (_few_alike, _few_downs):
        newest_first, left = limit(newest_first)
        skipped |= left
    lessons = {lesson.id: lesson for lesson in newest_first}
    return Lessons(tuple(lessons[key] for key in sorted(lessons)), skipped, superseded)


def waiting_lessons(rows: Iterable[Feedback], learnt: Sequence[str]) -> list[Lesson]:
    """The lessons that the serving adapter (which has `learnt` these content hashes) does not hold."""
    return [lesson for lesson in read_lessons(rows).lessons if lesson.id not in learnt]


def in_part(lesson: Lesson) -> bool:
    """Whether the text is longer than training reads; what comes after the first page is then not learnt."""
    return len(lesson.chosen or "") > LEARNT_CHARACTERS


def signal(row: Feedback) -> Signal | None:
    """What the person gave; None: nothing that teaches."""
    if row.correction is not None:
        return "correction"
    return row.thumb or ("preference" if any(text.strip() for text in row.rejected) else None)


def holds_secret(row: Feedback) -> bool:
    """Whether it would teach what looks like a secret. Such rows are kept parked until the person releases them."""
    return signal(row) not in (None, "down") and looks_secret(_wanted(row))


def _useless(row: Feedback) -> str:
    """Why a row teaches nothing whatever else there is; "" if it may."""
    given = signal(row)
    if row.parked:
        return SECRET if holds_secret(row) else PARKED
    if given is None:
        return NOTHING_SAID
    if not _wanted(row):
        return EMPTY
    return UNCHANGED if given == "correction" and _wanted(row) == row.reply.strip() else ""


def _wanted(row: Feedback) -> str:
    """The text it would teach, or teach to avoid."""
    return (row.correction if row.correction is not None else row.reply).strip()


# one lesson a prompt


def _one_a_prompt(newest_first: Sequence[Feedback]) -> tuple[list[Lesson], dict[str, str]]:
    """(lessons, row id -> the later row on the same prompt that replaced it).

    A thumb down beside a wanted reply to the same prompt is one more text that the wanted one is better than; only
    if it is about that very text does the later word replace the earlier one.
    """
    found: list[Lesson] = []
    said = [_said(row) for row in newest_first]
    questions, talks = Index(ALIKE, (question for question, _ in said)), list[Words]()
    superseded: dict[str, str] = {}
    for row, (question, talk) in zip(newest_first, said, strict=True):
        lesson = _lesson(row)
        place = next((n for n in questions.alike(question) if alike(talk, talks[n], ALIKE)), None)
        if place is None:
            found.append(lesson)
            questions.add(question)
            talks.append(talk)
        elif joined := _joined(found[place], lesson):
            found[place] = joined
        else:
            superseded[row.id] = found[place].rows[0]
    return found, superseded


def _joined(later: Lesson, earlier: Lesson) -> Lesson | None:
    """A wanted and an unwanted reply to the same prompt, as one lesson; None if they say the same or contradict."""
    wanted, unwanted = (later, earlier) if earlier.chosen is None else (earlier, later)
    if wanted.chosen is None or unwanted.chosen is not None:
        return None
    if alike(words(wanted.chosen), words(unwanted.rejected[0]), ALIKE):
        return None
    rejected = tuple(dict.fromkeys((*wanted.rejected, *unwanted.rejected)))
    reasons = tuple(dict.fromkeys((*later.reasons, *earlier.reasons)))
    rows = (*wanted.rows, *unwanted.rows)
    return _named(replace(wanted, rejected=rejected, rows=rows, reasons=reasons, at=later.at))


def _lesson(row: Feedback) -> Lesson:
    given = signal(row)
    assert given is not None  # _useless has seen to it
    chosen = None if given == "down" else row.reply if row.correction is None else row.correction
    rejected = {"correction": (row.reply, *row.rejected), "down": (row.reply,)}.get(given, row.rejected)
    weight = {"correction": 1.0, "up": UP_WEIGHT, "preference": CHOSEN_WEIGHT, "down": 0.0}[given]
    rejected = tuple(text for text in dict.fromkeys(rejected) if text.strip() and text != chosen)
    return _named(Lesson("", row.prompt, chosen, rejected, weight, (row.id,), row.reasons, row.at, given))


def _named(lesson: Lesson) -> Lesson:
    prompt = [[m.role, m.content] for m in lesson.prompt]
    return replace(lesson, id=content_hash([prompt, lesson.chosen, lesson.rejected, lesson.weight]))


def _said(row: Feedback) -> tuple[Words, Words]:
    """What names a prompt: the words of the newest message, and of all that the person said up to it.

    Both must be alike for two prompts to be the same one: in a long conversation the latter always are.
    """
    texts = [message.content for message in row.prompt if message.role == "user"]
    return words(texts[-1]), words(" ".join(texts))


# limits, newest first


def _few_alike(newest_first: Sequence[Lesson]) -> tuple[list[Lesson], dict[str, str]]:
    """At most MOST_ALIKE lessons that want the same text."""
    kept: list[Lesson] = []
    left: dict[str, str] = {}
    texts = {lesson.id: words(lesson.chosen) for lesson in newest_first if lesson.chosen is not None}
    wanted, counts = Index(ALIKE, texts.values()), list[int]()
    for lesson in newest_first:
        if lesson.chosen is not None:
            text = texts[lesson.id]
            place = next(wanted.alike(text), None)
            if place is None:
                place = len(counts)
                wanted.add(text)
                counts.append(0)
            counts[place] += 1
            if counts[place] > MOST_ALIKE:
                left |= dict.fromkeys(lesson.rows, REPEATED)
                continue
        kept.append(lesson)
    return kept, left


def _few_downs(newest_first: Sequence[Lesson]) -> tuple[list[Lesson], dict[str, str]]:
    """Lone thumbs down, never more than there are wanted replies: pushing away without a target ruins a model."""
    wanted = sum(lesson.chosen is not None for lesson in newest_first)
    downs = [lesson for lesson in newest_first if lesson.chosen is None]
    why = DOWNS_FULL if wanted else DOWN_ALONE
    left = {row: why for lesson in downs[wanted:] for row in lesson.rows}
    return [lesson for lesson in newest_first if lesson.rows[0] not in left], left
