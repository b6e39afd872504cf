"""A conversation is a tree of turns: the branch that is shown, and the replies that stand beside each other."""

from __future__ import annotations

from collections.abc import Mapping

from domain import Turn


def branch(turns: Mapping[str, Turn], head: str | None) -> list[Turn]:
    """The turns from the first one to `head`."""
    found: list[Turn] = []
    while head is not None and head in turns:
        found.append(turns[head])
        head = turns[head].parent
    return found[::-1]


def siblings(turns: Mapping[str, Turn]) -> dict[str, list[str]]:
    """For each turn the ids of all replies to the same words at the same place, itself among them, oldest first."""
    places: dict[tuple[str | None, str], list[str]] = {}
    for turn in sorted(turns.values(), key=lambda turn: turn.created_at):
        places.setdefault((turn.parent, turn.text), []).append(turn.id)
    return {turn.id: places[turn.parent, turn.text] for turn in turns.values()}


def newest_below(turns: Mapping[str, Turn], turn: str) -> str:
    """The newest turn that came after a turn, itself if none did: where the talk was left when that was shown."""
    below = {turn}
    for later in sorted(turns.values(), key=lambda later: later.created_at):
        if later.parent in below:
            below.add(later.id)
            turn = later.id
    return turn
