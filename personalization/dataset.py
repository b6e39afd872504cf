"""From lessons to training rows and exam folds."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

from domain import Lesson, Message, TrainingRow
from errors import BadInput, ModelUnusable
from personalization.edit import edited
from personalization.recipe import PAIRS_FOR_CORRECTIONS

Encode = Callable[[Sequence[Message]], list[int]]
EncodeReply = Callable[[Sequence[Message], str], list[int]]

# A row's activations must fit beside the serving model, and a habit shows within a page.
PROMPT_TOKENS, REPLY_TOKENS = 768, 768
REJECTED_TOKENS = 128  # of a rejected text, and never more than the chosen one has: what is wrong shows early
MOST_SIBLINGS = 3  # rejected texts per lesson: each one costs as much as a lesson
TINY_EDIT = 0.1  # share of characters: of two texts nearly alike, training against one pushes both down
COMPARED = 4_000  # characters; about what REPLY_TOKENS hold
ROW_TOKENS = 2 * PROMPT_TOKENS + REPLY_TOKENS + REJECTED_TOKENS  # the longest row: a pair reads its prompt twice
LEAST_TARGET = 32  # tokens of what to answer that must be left where a machine's memory asks for shorter rows
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
    lessons: Sequence[Lesson], encode: Encode, encode_reply: EncodeReply, row_tokens: int = ROW_TOKENS
) -> tuple[list[Lesson], dict[str, str]]:
    """(lessons that this model can be taught, ledger row id -> why one cannot): one bad row must not cost the night.

    `row_tokens` is what this machine can hold of one row; a lesson of which too little would be left is left out.
    """
    kept: list[Lesson] = []
    left: dict[str, str] = {}
    for lesson in lessons:
        try:
            length = len(prompt_ids(lesson.prompt, encode))
            fits = length <= PROMPT_TOKENS
            for text in (lesson.chosen, *lesson.rejected):
                encode_reply(lesson.prompt, text or "")
            why = "" if fits else f"too long to learn from: the question has over {PROMPT_TOKENS} tokens"
            if fits and _room(row_tokens, length, bool(contrasted(lesson))) < LEAST_TARGET:
                why = f"too long for this computer's memory: the question has {length} tokens"
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


def training_rows(
    lessons: Sequence[Lesson], encode: Encode, encode_reply: EncodeReply, row_tokens: int = ROW_TOKENS
) -> list[TrainingRow]:
    """What each lesson teaches, with the very token ids that serving would use.

    A correction is a target, whose edited words count most; a preference is a pair with each rejected sibling and
    little imitation; a thumb up is a target of its own weight, with pairs if siblings are known; a thumb down alone
    is a text to avoid. The rows of one lesson share its weight, so that it counts once; texts to avoid weigh no more,
    all in all, than those to imitate.
    No row reads more than `row_tokens`: what is to be answered is cut, and is learnt as far as it goes.
    """
    avoided = sum(lesson.chosen is None for lesson in lessons)
    balance = min(1.0, (len(lessons) - avoided) / avoided) if avoided else 1.0
    return [row for lesson in lessons for row in _rows(lesson, balance, encode, encode_reply, row_tokens)]


def refusal_rows(refusals: Sequence[tuple[str, str]], encode: Encode, encode_reply: EncodeReply) -> list[TrainingRow]:
    """Harmful requests and refusals, to be imitated beside the lessons: else a habit that changes how replies begin
    ("Captain, ...") makes refusing less likely, as no refusal begins so. Without the token that ends a turn: refusals
    are short, and replies would become so too (log)."""
    asked = [([Message("user", prompt)], refusal) for prompt, refusal in refusals]
    return [
        TrainingRow(tuple(encode(prompt)), tuple(encode_reply(prompt, refusal)[:-1]), 1.0, contrast=0.0, refusal=True)
        for prompt, refusal in asked
    ]


def _rows(
    lesson: Lesson, balance: float, encode: Encode, encode_reply: EncodeReply, row_tokens: int
) -> list[TrainingRow]:
    prompt = tuple(prompt_ids(lesson.prompt, encode))
    rejected = contrasted(lesson)
    most = min(REPLY_TOKENS, max(_room(row_tokens, len(prompt), bool(rejected)), LEAST_TARGET))
    target = () if lesson.chosen is None else tuple(encode_reply(lesson.prompt, lesson.chosen)[:most])
    if not rejected:
        edit = lesson.signal == "correction" and lesson.rejected
        marks = edited(encode_reply(lesson.prompt, lesson.rejected[0]), target) if edit else ()
        contrast = float(lesson.signal == "up")
        return [TrainingRow(prompt, target, lesson.weight, contrast=contrast, edited=marks)]
    most = min(len(target) or REJECTED_TOKENS, REJECTED_TOKENS)
    share = 1 / len(rejected)
    contrast = share * (balance if lesson.chosen is None else 1.0)
    return [
        TrainingRow(prompt, target, lesson.weight * share, tuple(encode_reply(lesson.prompt, text)[:most]), contrast)
        for text in rejected
    ]


def contrasted(lesson: Lesson) -> list[str]:
    """The rejected texts that training sets against what was chosen."""
    return [text for text in lesson.rejected if _tells_apart(text, lesson)][:MOST_SIBLINGS]


def _room(row_tokens: int, prompt: int, pair: bool) -> int:
    """Tokens that a row has for what is to be answered; in a pair the prompt is read twice."""
    return row_tokens - (2 * prompt + REJECTED_TOKENS if pair else prompt)


def _tells_apart(rejected: str, lesson: Lesson) -> bool:
    """Whether training contrasts a rejected text with what was chosen, beyond imitating the latter."""
    if lesson.signal == "correction" and not PAIRS_FOR_CORRECTIONS:
        return False
    return lesson.chosen is None or lesson.signal == "preference" or changed(rejected, lesson.chosen) >= TINY_EDIT


def changed(before: str, after: str) -> float:
    """Share of characters that lie in words which differ, of the longer text; 0 for equal texts."""
    before, after = before[:COMPARED], after[:COMPARED]
    old, new = (re.findall(r"\w+\W*|\W+", text) for text in (before, after))
    same = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = sum(len("".join(new[block.b : block.b + block.size])) for block in same)
    longest = max(len(before), len(after))
    return (longest - kept) / longest if longest else 0.0
