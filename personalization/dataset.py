"""From lessons to training rows and exam folds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from domain import Lesson, Message, TrainingRow
from errors import BadInput, ModelUnusable

Encode = Callable[[Sequence[Message]], list[int]]
EncodeReply = Callable[[Sequence[Message], str], list[int]]

# A row's activations must fit beside the serving model, and a habit shows within a page.
PROMPT_TOKENS, REPLY_TOKENS = 768, 768
MOST_LESSONS = 500  # beyond this a rebuild from the base no longer fits a night on a small machine


def choose(lessons: Sequence[Lesson], most: int = MOST_LESSONS) -> tuple[list[Lesson], dict[str, str]]:
    """(lessons that fit, ledger row id -> why it was left out); the newest are kept. Order: by content hash."""
    newest = sorted(lessons, key=lambda lesson: (lesson.at, lesson.id), reverse=True)
    left = {row: "left out tonight: newer lessons filled the night" for lesson in newest[most:] for row in lesson.rows}
    return sorted(newest[:most], key=lambda lesson: lesson.id), left


def folds(lessons: Sequence[Lesson]) -> list[list[Lesson]]:
    """Disjoint parts for cross-fitting, by content hash and never by time: k = n up to 6, 4 up to 24, else 2."""
    count = len(lessons)
    k = count if count <= 6 else 4 if count <= 24 else 2
    ordered = sorted(lessons, key=lambda lesson: lesson.id)
    return [ordered[start::k] for start in range(k)]


def readable(
    lessons: Sequence[Lesson], encode: Encode, encode_reply: EncodeReply
) -> tuple[list[Lesson], dict[str, str]]:
    """(lessons that this model can be taught, ledger row id -> why one cannot): one bad row must not cost the night."""
    kept: list[Lesson] = []
    left: dict[str, str] = {}
    for lesson in lessons:
        try:
            fits = len(prompt_ids(lesson.prompt, encode)) <= PROMPT_TOKENS
            for text in (lesson.chosen, *lesson.rejected):
                encode_reply(lesson.prompt, text or "")
            why = "" if fits else f"too long to learn from: the question has over {PROMPT_TOKENS} tokens"
        except (BadInput, ModelUnusable) as error:
            why = f"this model cannot read it: {error}"
        if why:
            left |= dict.fromkeys(lesson.rows, why)
        else:
            kept.append(lesson)
    return kept, left


def prompt_ids(prompt: Sequence[Message], encode: Encode) -> list[int]:
    """A lesson's prompt as token ids; of a long conversation only as much as fits a training row, newest last."""
    persona, talk = [m for m in prompt if m.role == "system"], [m for m in prompt if m.role != "system"]
    while len(ids := encode([*persona, *talk])) > PROMPT_TOKENS and len(talk) > 2:
        talk = talk[2:]  # a question and its reply
    return ids


def training_rows(lessons: Sequence[Lesson], encode: Encode, encode_reply: EncodeReply) -> list[TrainingRow]:
    """One supervised row a lesson, with the very token ids that serving would use."""
    return [
        TrainingRow(
            tuple(prompt_ids(lesson.prompt, encode)),
            tuple(encode_reply(lesson.prompt, lesson.chosen)[:REPLY_TOKENS]),
            lesson.weight,
        )
        for lesson in lessons
        if lesson.chosen is not None
    ]
