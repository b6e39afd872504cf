"""Stop texts: whatever the pieces a reply comes in, what is passed on is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.until import Until


def passed_on(pieces: list[str], stops: list[str]) -> tuple[str, bool]:
    until = Until(stops)
    text = "".join(until.add(piece) for piece in pieces)
    return text + until.rest(), until.met


def cut(text: str, stops: list[str]) -> tuple[str, bool]:
    places = [text.index(stop) for stop in stops if stop in text]
    return text[: min(places, default=len(text))].strip(), bool(places)


@pytest.mark.parametrize(
    ("pieces", "stops", "expected"),
    [
        (["One", " two", " three"], [], ("One two three", False)),
        (["\n One", " two", " \n"], [], ("One two", False)),
        (["One t", "wo th", "ree"], ["two"], ("One", True)),
        (["One tw", "ist"], ["two"], ("One twist", False)),
        (["aab"], ["ab"], ("a", True)),
        (["a", "a", "a", "b"], ["aab"], ("a", True)),
        (["One", "\n", "\nTwo"], ["\n\n"], ("One", True)),
        (["One two"], ["two", "One"], ("", True)),
        (["\n", "One"], ["\n"], ("", True)),
        ([], ["x"], ("", False)),
    ],
)
def test_a_reply_ends_before_the_first_stop_text(
    pieces: list[str], stops: list[str], expected: tuple[str, bool]
) -> None:
    assert passed_on(pieces, stops) == expected


def test_what_is_sure_is_passed_on_at_once() -> None:
    until = Until(["stop"])
    assert [until.add(piece) for piece in ("One ", "two st", "one", " sto")] == ["One", " two", " stone", ""]
    assert until.rest() == " sto"


few = st.text(alphabet="ab \n", max_size=4)


@given(pieces=st.lists(few, max_size=12), stops=st.lists(few.filter(bool), max_size=3))
def test_the_pieces_make_no_difference(pieces: list[str], stops: list[str]) -> None:
    """Unless one stop text stands within another: then what is met first may be the shorter one, which ends later."""
    text, met = passed_on(pieces, stops)
    whole, there = cut("".join(pieces), stops)
    assert met == there
    assert text == whole or (met and text.startswith(whole))
