"""Small routes for the page's script: whether anything has changed, that somebody types, the text of a reply."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from domain import content_hash
from errors import HomegrownError
from web.guard import PERSON

if TYPE_CHECKING:
    from homegrown import Homegrown


def routes(home: Homegrown) -> APIRouter:
    router = APIRouter()

    @router.get("/pulse")
    def pulse(request: Request) -> Response:
        """{"stamps"}: a page whose own stamp is none of these is out of date. Asked every few seconds, so cheap."""
        person = request.scope[PERSON]
        return JSONResponse({"stamps": [stamp(home, person), night_stamp(home, person), models_stamp(home)]})

    @router.post("/awake")
    def awake() -> Response:
        """Somebody types. Sent at most once a second; whose page it is does not matter: they share the machine."""
        home.nights.awake()
        home.engine.wake()
        return Response(status_code=204)

    @router.get("/reply/{turn}")
    def reply(turn: str, request: Request) -> Response:
        """{"text"}: the person's own version of a reply if there is one, else the model's, as it was written."""
        person = request.scope[PERSON]
        try:
            own = [row.correction for row in home.store.feedback(person) if row.id == turn and row.correction]
            return JSONResponse({"text": own[0] if own else home.store.turn(person, turn).reply})
        except HomegrownError as error:
            return JSONResponse({"error": str(error)}, status_code=404)

    return router


def stamp(home: Homegrown, person: str) -> str:
    """Changes whenever a page of this person would look different. Take it before reading what the page will show."""
    running, night = home.chat.running(person), home.nights.last(person)
    return content_hash(
        [
            [[c.id, c.head, c.updated_at.isoformat()] for c in home.store.conversations(person)],
            [[row.id, row.at.isoformat(), row.parked] for row in home.store.feedback(person)],
            [[memory.id, memory.updated_at.isoformat(), memory.pinned] for memory in home.store.memories(person)],
            [proposal.id for proposal in home.store.observed.proposals(person)],
            home.store.attached.ids(person),
            [home.proposals.mode(person), home.store.recalled.on(person)],
            [home.adapters.current(person)[0], home.adapters.base],
            home.store.at_once(person),
            running.turn.id if running else None,
            home.nights.progress(person) is not None,
            [night.id, night.seen] if night else None,
            home.nights.said(person),
        ]
    )[:16]


def models_stamp(home: Homegrown) -> str:
    """Changes with all that the models page shows."""
    models, transfer = home.models, home.models.downloads.now()
    told = [transfer.name, transfer.state, transfer.said, astuple(transfer.step)] if transfer else None
    kept = models.shelf.kept()
    names = [models.serving.name, models.changing, kept.before, kept.candidate]
    return content_hash([names, models.notice, sorted(kept.stored), kept.added, told])[:16]


def night_stamp(home: Homegrown, person: str) -> str:
    """Changes also with each step of a running night, which only the learning page shows."""
    progress = home.nights.progress(person)
    return content_hash([stamp(home, person), astuple(progress) if progress else None])[:16]
