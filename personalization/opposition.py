"""Changing one's mind about a habit: the newest lessons prevail over older ones that taught the opposite.

No two prompts need be alike. Each lesson is an edit, from what was rejected to what is wanted, and an edit brings
marks of form and wording in or takes them out. A mark that the older lessons brought in and the newer ones take out
(or the other way round), with a clean break in time, is a habit the person has turned against. Verdicts that go back
and forth are no change of mind: they contradict each other, and the exam has to deal with them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, pairwise

from domain import Lesson
from personalization.words import in_order, words

FEWEST = 3  # lessons in a row that say the same: one or two are a mood
SMALL = 6  # words that come or go in an edit
MUCH = 0.7  # of the words: an edit that leaves fewer makes shorter

Mark = tuple[str, ...]
Edit = dict[Mark, int]  # 1: brought in, -1: taken out

# Words that come and go in any edit and say nothing about a habit, unless a text begins or ends with them.
COMMON = words(
    "a about after all also an and any are as at be been but by can could did do does for from get had has have he her "
    "him his how i if in into is it its just like made make may me more most my no not of on one only or other our out "
    "over said she so some such than that the their them then there these they this to too up upon us use very was we "
    "well were what when which while who will with would you your"
)


def changes_of_mind(lessons: Sequence[Lesson]) -> dict[str, str]:
    """Ledger row id -> id of the newest row that teaches the opposite."""
    oldest_first = sorted(lessons, key=lambda lesson: (lesson.at, lesson.id))
    edits = [_edit(lesson) for lesson in oldest_first]
    for place, side in _sides(edits).items():
        edits[place]["wording",] = side
    telling = [0, *accumulate(bool(edit) for edit in edits)]  # how many of the first edits say anything
    replaced: dict[int, int] = {}  # place of a lesson -> place of the newest one against it
    for mark, rows in _rows(edits, 2 * FEWEST):
        if len(rows) < 2 or not all(_is_habit(row, telling) for row in rows):
            continue
        newest, now = rows[-1][-1], edits[rows[-1][-1]][mark]
        for place, lesson in enumerate(oldest_first[: rows[-1][0]]):
            opposite = edits[place].get(mark) == -now
            praised = now < 0 and not lesson.rejected and mark in _marks(lesson.chosen or "")
            if opposite or praised:
                replaced[place] = max(newest, replaced.get(place, newest))
    return {row: oldest_first[by].rows[0] for place, by in replaced.items() for row in oldest_first[place].rows}


def _rows(edits: Sequence[Edit], fewest: int) -> Iterator[tuple[Mark, list[list[int]]]]:
    """For each mark the places where it comes or goes, in order of time; a new row wherever it turns round.

    Marks with fewer than so many places are left out.
    """
    places: defaultdict[Mark, list[int]] = defaultdict(list)
    for place, edit in enumerate(edits):
        for mark in edit:
            places[mark].append(place)
    for mark, found in places.items():
        if len(found) >= fewest:
            yield mark, [list(row) for _, row in groupby(found, key=lambda place: edits[place][mark])]


def _sides(edits: Sequence[Edit]) -> dict[int, int]:
    """Place -> 1 or -1: before or after words were turned against. For what many words teach together, each seldom.

    No meat may be tofu in one lesson and beans in another. Only small edits are asked: when much is rewritten, words
    come and go by chance.
    """
    words_of: list[Edit] = [{m: sign for m, sign in edit.items() if m[0] == "says" and len(m) == 2} for edit in edits]
    small = [edit if len(edit) <= SMALL else {} for edit in words_of]
    votes: defaultdict[int, set[int]] = defaultdict(set)
    for _, rows in _rows(small, 2):
        if len(rows) == 2:
            for side, row in zip((1, -1), rows, strict=True):
                for place in row:
                    votes[place].add(side)
    return {place: sides.pop() for place, sides in votes.items() if len(sides) == 1}


def _is_habit(row: Sequence[int], telling: Sequence[int]) -> bool:
    """Whether these lessons, all for or all against a mark, are more than chance: few others lie between them."""
    others = telling[row[-1] + 1] - telling[row[0]] - len(row)
    return len(row) >= FEWEST and others <= len(row) - 2


def _edit(lesson: Lesson) -> Edit:
    """Marks that a lesson brings in (1) or takes out (-1); none without something wanted and something rejected."""
    if lesson.chosen is None or not lesson.rejected:
        return {}
    wanted, rejected = _marks(lesson.chosen), _marks(lesson.rejected[0])
    edit = dict.fromkeys(wanted - rejected, 1) | dict.fromkeys(rejected - wanted, -1)
    before, after = (len(in_order(text)) for text in (lesson.rejected[0], lesson.chosen))
    if after < MUCH * before:
        edit["short",] = 1
    elif before < MUCH * after:
        edit["short",] = -1
    return edit


def _marks(text: str) -> frozenset[Mark]:
    """What can be seen of a text's form and wording."""
    text, said = text.strip(), in_order(text)
    signs = re.findall(r"[^\w\s.,;:'\"()?!-]+|[:;]-?[()DP]", text)
    marks: set[Mark] = {("says", word) for word in said if word not in COMMON}
    marks |= {("says", *couple) for couple in pairwise(said) if not COMMON.issuperset(couple)}
    marks |= {("shows", sign) for sign in signs}
    marks |= {("begins", *said[:count]) for count in (1, 2)} | {("ends", *said[-count:]) for count in (1, 2)}
    forms = {
        "bullets": re.search(r"^\s*[-*•]\s+\S", text, re.MULTILINE),
        "numbers": re.search(r"^\s*\d+[.)]\s+\S", text, re.MULTILINE),
        "lines": "\n" in text,
        "paragraphs": "\n\n" in text,
        "lower case": text == text.lower(),
        "question": text.endswith("?"),
        "exclamation": text.endswith("!"),
        "one sentence": len(re.findall(r"[.?!](?:\s|$)", text)) == 1,
    }
    return frozenset(marks | {("form", name) for name, has in forms.items() if has})
