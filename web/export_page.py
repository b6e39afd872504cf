"""The page from which a person takes everything of theirs along, as one sealed file that the browser saves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from domain import now
from errors import HomegrownError
from storage.wrap import checked_passphrase
from upkeep import moving
from web import door, machine_texts
from web.body import form_of
from web.door import Field, form, link, paragraph
from web.door_texts import AGAIN, NOT_ALIKE, PASSPHRASE_HINT
from web.guard import PERSON
from web.headers import fields_of

if TYPE_CHECKING:
    from homegrown import Homegrown


def export_routes(home: Homegrown) -> APIRouter:
    router = APIRouter()

    @router.get("/export")
    def ask() -> Response:
        return HTMLResponse(page())

    @router.post("/export")
    async def export(request: Request) -> Response:
        given = form_of(fields_of(request.scope), await request.body())
        try:
            return _file(home, request.scope[PERSON], given)
        except HomegrownError as error:
            return HTMLResponse(page(str(error)), status_code=400)

    return router


def page(trouble: str = "") -> str:
    fields = [
        Field("passphrase", machine_texts.EXPORT_PASSPHRASE, "password", "new-password", hint=PASSPHRASE_HINT),
        Field("again", AGAIN, "password", "new-password"),
    ]
    parts = [paragraph(machine_texts.EXPORT_WHAT), form("/export", machine_texts.EXPORT_BUTTON, fields)]
    return door.page(machine_texts.EXPORT, *parts, link("/machine", machine_texts.EXPORT_BACK), trouble=trouble)


def _file(home: Homegrown, person: str, given: Mapping[str, str]) -> Response:
    """The bundle, made while it is sent. Raises BadInput, Locked."""
    passphrase = checked_passphrase(given.get("passphrase", ""))
    if given.get("again") != given.get("passphrase"):
        return HTMLResponse(page(NOT_ALIKE), status_code=400)
    who, at = home.store.person(person), now()
    words = re.sub(r"\W+", "-", who.name).strip("-") or "export"
    name = f"{words}-{at.astimezone():%Y-%m-%d}.homegrown"
    home.store.put_export(person, machine_texts.EXPORT_DOWNLOADED.format(name=name), at)
    pieces = moving.pieces_of(home, who, passphrase, adapters=False, share=lambda done: None)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return StreamingResponse(pieces, media_type="application/octet-stream", headers=headers)
