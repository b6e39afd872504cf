"""A verdict on a reply, as the buttons under it ask for: recorded, changed, or withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversation.message import check_size
from domain import Feedback
from errors import BadInput
from personalization.forgetting import named
from web import texts
from web.parts import Wish

if TYPE_CHECKING:
    from homegrown import Homegrown


def act(home: Homegrown, person: str, wanted: Wish) -> str:
    """Records or withdraws a verdict on the reply that a wish names; a sentence if another version serves for it."""
    ratings, turn = home.ratings, wanted.on
    row = next((row for row in home.store.feedback(person) if row.id == turn), None)
    match wanted.do:
        case "up" | "down" if row and row.thumb == wanted.do and not row.correction:
            return _withdrawn(home, person, turn)
        case "up":
            ratings.rate(person, turn, "up")
        case "down":
            ratings.rate(person, turn, "down", row.reasons if row else (), row.comment if row else "")
        case "better":
            ratings.correct(person, turn, wanted.text)
        case "prefer" if row and row.rejected:
            return _withdrawn(home, person, turn)
        case "prefer":
            ratings.prefer(person, turn)
        case "allow":
            ratings.allow(person, turn)
        case "comment":
            check_size(wanted.text)
            ratings.rate(person, turn, "down", row.reasons if row else (), wanted.text.strip())
        case "undo":
            return _withdrawn(home, person, turn)
        case why if why.startswith("why-"):
            ratings.rate(person, turn, "down", _toggled(row, why), row.comment if row else "")
        case _:
            raise BadInput(texts.RELOAD)
    return ""


def _withdrawn(home: Homegrown, person: str, turn: str) -> str:
    """A verdict that was learnt cannot be taken out of weights: what learnt it goes, as with any forgotten row."""
    gone = home.versions.forget(person, turn)
    return gone.sentence if gone.removed else named(gone.exports)


def _toggled(row: Feedback | None, chip: str) -> tuple[str, ...]:
    reason = chip.removeprefix("why-").replace("-", " ")
    if reason not in texts.REASONS:
        raise BadInput(texts.RELOAD)
    given = row.reasons if row else ()
    return tuple(r for r in given if r != reason) if reason in given else (*given, reason)
