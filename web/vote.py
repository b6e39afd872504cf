"""“Old me or new me?”: two versions answer one question in random order; the vote is a row of the ledger."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from backends.base import GREEDY
from conversation.completion import LEFT
from conversation.message import check_size
from domain import BASE, Feedback, Message, new_id, now
from errors import BadInput, Locked
from personalization.memory import compose
from web import texts
from web.markup import escape, reply_html
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown

ANSWER_TOKENS = 256
UPDATE_SECONDS = 0.1
NEWER, OLDER = "newer preferred", "older preferred"  # how the comment of a vote's ledger row begins


@dataclass(frozen=True, slots=True)
class Rival:
    """A version that answers: its name, and its adapter's folder (None: the model as it came)."""

    name: str
    folder: Path | None
    newer: bool


@dataclass(frozen=True, slots=True)
class Ballot:
    """Two answers in the order they are shown. Who wrote which stays on this side until the vote is cast."""

    prompt: tuple[Message, ...]
    rivals: tuple[Rival, Rival]
    answers: tuple[str, str] = ("", "")
    whole: bool = False

    @property
    def alike(self) -> bool:
        return self.answers[0].strip() == self.answers[1].strip()


@dataclass(frozen=True, slots=True)
class Tally:
    """Votes for the newer and for the older version, over all pairs that were ever compared."""

    newer: int
    older: int


def rivals(home: Homegrown, person: str) -> tuple[Rival, Rival] | None:
    """(newer, older): what serves and its parent; while the model as it came serves, the newest version and that."""
    own = [version for version in home.adapters.versions(person) if not version.foreign]
    if not own:
        return None
    serving = next((version for version in own if version.serving), None)
    newer, before = serving or own[-1], home.versions.before(person) if serving else BASE
    older = next((version.folder for version in own if version.name == before), None)
    return Rival(newer.name, newer.folder, newer=True), Rival(before, older, newer=False)


def answers(home: Homegrown, person: str, text: str, shuffle: random.Random) -> Iterator[Ballot]:
    """A ballot as its answers are written, last when both are whole. Nothing is stored. Raises BadInput."""
    if not text.strip():
        raise BadInput(texts.VOTE_EMPTY)
    check_size(text)
    pair = rivals(home, person)
    if pair is None:
        raise BadInput(texts.VOTE_ALONE)
    first, second = shuffle.sample(pair, 2)
    # No facts about the person beside it: a vote teaches how to answer, and training prompts hold none either.
    prompt = tuple(compose(home.store.persona(person)[1], [], "", text.strip()))
    ids = home.engine.encode(prompt)
    sampling = replace(GREEDY, max_tokens=min(ANSWER_TOKENS, home.chat.sampling.max_tokens))
    ballot, shown = Ballot(prompt, (first, second)), time.monotonic()
    cancel = threading.Event()
    with home.chat.asking(person, cancel) as asking:
        for place, rival in enumerate(ballot.rivals):
            pieces = home.engine.stream(ids, sampling, rival.folder, key=None, cancel=cancel)
            with closing(pieces):
                for piece in pieces:
                    if asking.hushed:
                        raise Locked(LEFT)
                    written = [*ballot.answers]
                    written[place] += piece.text
                    ballot = replace(ballot, answers=(written[0], written[1]))
                    if time.monotonic() - shown > UPDATE_SECONDS:
                        yield ballot
                        shown = time.monotonic()
    yield replace(ballot, answers=(ballot.answers[0].strip(), ballot.answers[1].strip()), whole=True)


def cast(home: Homegrown, person: str, ballot: Ballot, place: int) -> Feedback:
    """Stores the vote for the answer at `place` (0 or 1): that answer is preferred to the other. Raises BadInput."""
    if place not in (0, 1) or not ballot.whole or ballot.alike or not ballot.answers[place]:
        raise BadInput(texts.RELOAD)
    other = ballot.answers[1 - place]
    row = Feedback(
        id=new_id(),
        turn=None,
        prompt=ballot.prompt,
        reply=ballot.answers[place],
        thumb=None,
        correction=None,
        rejected=(other,) if other else (),
        reasons=(),
        comment=_comment(ballot, place),
        source="vote",
        at=now(),
    )
    home.store.put_feedback(person, row)
    return row


def tally(ledger: Sequence[Feedback]) -> Tally:
    votes = [row.comment for row in ledger if row.source == "vote"]
    return Tally(*(sum(vote.startswith(opening) for vote in votes) for opening in (NEWER, OLDER)))


def ballot_html(ballot: Ballot) -> str:
    """The two answers side by side; once both are whole, with buttons to vote."""
    names = (texts.VOTE_ONE, texts.VOTE_TWO)
    columns = "".join(
        f'<div class="item" id="a-{place}"><b>{name}</b>'
        f"{reply_html(answer) if answer else _pending(ballot.whole)}"
        + (button("prefer", texts.PREFER) if ballot.whole and not ballot.alike and answer else "")
        + "</div>"
        for place, (name, answer) in enumerate(zip(names, ballot.answers, strict=True))
    )
    if not ballot.whole:
        state = f'<p class="status">{texts.VOTE_WRITING}<span class="dots"></span></p>'
    elif ballot.alike:
        state = f'<p class="quiet">{texts.VOTE_ALIKE}</p>'
    else:
        state = f'<div class="tools item" id="a-n">{button("neither", texts.NEITHER)}</div>'
    asked = escape(ballot.prompt[-1].content)
    return f'<div class="entry"><b class="mark">{asked}</b><div class="pair">{columns}</div>{state}</div>'


def revealed_html(ballot: Ballot, place: int, count: Tally) -> str:
    """Who wrote which, and how the votes stand."""
    columns = "".join(
        f'<div class="{"after" if index == place else ""}"><b>{escape(_title(rival))}'
        f"{' · ' + texts.PREFERRED if index == place else ''}</b>{reply_html(answer)}</div>"
        for index, (rival, answer) in enumerate(zip(ballot.rivals, ballot.answers, strict=True))
    )
    asked, sentence = escape(ballot.prompt[-1].content), texts.VOTE_KEPT + " " + tally_sentence(count)
    told = f'<p class="text">{escape(sentence)}</p>'
    return f'<div class="entry"><b class="mark">{asked}</b><div class="pair">{columns}</div>{told}</div>'


def tally_sentence(count: Tally) -> str:
    """ "" while there are no votes."""
    total = count.newer + count.older
    return texts.TALLY.format(newer=count.newer, total=total) if total else ""


def _comment(ballot: Ballot, place: int) -> str:
    """Which version won over which: the ledger says so in words."""
    winner, loser = ballot.rivals[place], ballot.rivals[1 - place]
    return f"{NEWER if winner.newer else OLDER}: {winner.name} over {loser.name}"


def _title(rival: Rival) -> str:
    name = texts.BASE_MODEL if rival.name == BASE else rival.name
    return texts.NEW_ME.format(version=name) if rival.newer else texts.OLD_ME.format(version=name)


def _pending(whole: bool) -> str:
    return f'<p class="quiet">{texts.NO_ANSWER if whole else "…"}</p>'
