"""Which words of a correction are the lesson: those that the person edited."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

COMPARED = 1_536  # tokens of the reply that was corrected: twice what is learnt of a text, as it may have been halved


def edited(before: Sequence[int], after: Sequence[int]) -> tuple[bool, ...]:
    """For each token of a correction whether the edit brought it in.

    The first token that is left after an edit counts, too: it says that something was cut there, or ends. Where the
    edit ends the text, so does the first of the reply: else a line to end with comes at once, and nothing else.
    """
    marks = [True] * len(after)
    for block in difflib.SequenceMatcher(None, before[:COMPARED], after, autojunk=False).get_matching_blocks():
        start = block.b + (block.a > 0 or block.b > 0)
        marks[start : block.b + block.size] = [False] * (block.b + block.size - start)
    ends_the_text = marks[-2:-1] == [True]  # the last token is the end mark
    return (marks[0] or ends_the_text, *marks[1:])
