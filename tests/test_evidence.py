"""What can be examined: pairs, or at least four thumbs up and four down."""

from __future__ import annotations

import pytest

from domain import Lesson
from personalization.evidence import evidence
from tests.builders import lesson


def given(pairs: int = 0, ups: int = 0, downs: int = 0) -> list[Lesson]:
    return [
        *(lesson(n) for n in range(pairs)),
        *(lesson(100 + n, signal="up", rejected=()) for n in range(ups)),
        *(lesson(200 + n, signal="down", chosen=None) for n in range(downs)),
    ]


def test_pairs_and_lone_thumbs_are_told_apart() -> None:
    preferred, untouched = lesson(1, signal="preference"), lesson(2, rejected=())
    up_with_siblings = lesson(3, signal="up")
    found = evidence([*given(1, 1, 1), preferred, untouched, up_with_siblings])
    assert [one.id for one in found.pairs] == [lesson(0).id, preferred.id, up_with_siblings.id]
    assert ([one.signal for one in found.ups], [one.signal for one in found.downs]) == (["up"], ["down"])


@pytest.mark.parametrize(
    ("pairs", "ups", "downs", "gain", "enough"),
    [
        (5, 0, 0, True, True),
        (4, 0, 0, False, False),
        (4, 4, 4, False, True),
        (0, 4, 4, False, True),
        (0, 9, 3, False, False),
        (0, 3, 9, False, False),
        (5, 4, 4, True, True),
    ],
)
def test_five_pairs_decide_by_their_gain_else_four_thumbs_of_each_kind_decide(
    pairs: int, ups: int, downs: int, gain: bool, enough: bool
) -> None:
    found = evidence(given(pairs, ups, downs))
    assert (found.gain_decides, found.enough) == (gain, enough)
    assert bool(found.thumbs) is (min(ups, downs) >= 4)


def test_what_is_missing_is_told_with_numbers() -> None:
    assert evidence(given(3)).missing() == "3 of 5 new corrections so far"
    assert evidence(given(1, 2, 3)).missing() == ("1 of 5 new corrections so far (or 2 of 4 thumbs up and 3 of 4 down)")
