"""The pages say how many lessons act until they are learnt, and hold the switch."""

from __future__ import annotations

import pytest

from web import texts
from web.acting import acting_html


@pytest.mark.parametrize(
    ("on", "count", "always", "sentence", "wish"),
    [
        (True, 1, False, "1 lesson is shown to your model until it is learnt.", "do-at-once-off"),
        (True, 3, True, "3 lessons are shown to your model until they are learnt", "do-at-once-off"),
        (True, 0, True, texts.ACTING_NONE, "do-at-once-off"),
        (False, 3, False, texts.ACTING_OFF, "do-at-once-on"),
    ],
)
def test_the_line_says_what_acts_and_offers_the_other_way(
    on: bool, count: int, always: bool, sentence: str, wish: str
) -> None:
    found = acting_html(on, count, always=always)
    assert sentence in found and wish in found and found.count("do-at-once") == 1


def test_the_chat_page_is_silent_while_there_is_nothing_to_say() -> None:
    assert acting_html(True, 0, always=False) == ""
