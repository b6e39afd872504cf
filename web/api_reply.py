"""The pieces of a reply as a program gets them: text up to a stop, then how it ended."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import closing

from backends.base import Piece
from web.api_answers import Ended
from web.until import Until


def reply(
    pieces: Generator[Piece, None, None], stops: Sequence[str], cancel: threading.Event
) -> Generator[str | Ended, None, None]:
    """Texts, none of them empty, and last an Ended. Sets `cancel` when a stop text has come."""
    until = Until(stops)
    with closing(pieces):
        for piece in pieces:
            if text := until.add(piece.text):
                yield text
            if until.met:
                cancel.set()
            if piece.finish:
                if rest := until.rest():
                    yield rest
                cut = piece.finish == "length" and not until.met
                read, written = (piece.speeds.prompt_tokens, piece.speeds.tokens) if piece.speeds else (0, 0)
                yield Ended("length" if cut else "stop", read, written)
