"""A conversation is a tree: one branch is shown, and no reply is lost by writing another."""

from __future__ import annotations

from domain import Turn
from personalization.branches import branch, newest_below, siblings
from tests.builders import at, turn


def test_a_branch_runs_from_the_first_turn_to_its_head() -> None:
    turns = {
        found.id: found
        for found in [
            turn("t.1"),
            turn("t.2", parent="t.1"),
            turn("t.3", parent="t.1"),
            turn("t.4", parent="t.3"),
        ]
    }
    assert [found.id for found in branch(turns, "t.4")] == ["t.1", "t.3", "t.4"]
    assert [found.id for found in branch(turns, "t.2")] == ["t.1", "t.2"]
    assert branch(turns, None) == branch(turns, "gone") == []


def grown() -> dict[str, Turn]:
    """One question asked twice; the first reply was talked about further, then the second."""
    made = [
        turn("t.1", text="One", created_at=at(1)),
        turn("t.2", text="Two", parent="t.1", created_at=at(2)),
        turn("t.3", text="One", created_at=at(3)),
        turn("t.4", text="Three", parent="t.3", created_at=at(4)),
        turn("t.5", text="Four", parent="t.2", created_at=at(5)),
    ]
    return {found.id: found for found in reversed(made)}


def test_replies_to_the_same_words_at_the_same_place_are_siblings() -> None:
    found = siblings(grown())
    assert found["t.1"] == found["t.3"] == ["t.1", "t.3"]
    assert found["t.2"] == ["t.2"]


def test_a_sibling_is_shown_with_what_was_last_said_below_it() -> None:
    turns = grown()
    assert (newest_below(turns, "t.1"), newest_below(turns, "t.3")) == ("t.5", "t.4")
    assert newest_below(turns, "t.4") == "t.4"
