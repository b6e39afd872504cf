"""The owner's page about who lives here: who may come in, and who leaves for good. Never any text of theirs."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from domain import Person
from errors import BadInput, HomegrownError, Locked, StorageTrouble
from people.household import Resident
from storage.wrap import checked_passphrase
from web import door
from web import door_texts as words
from web.body import form_of
from web.door import Field, form, link, paragraph, section
from web.door_pages import code_section
from web.guard import PERSON
from web.headers import fields_of

if TYPE_CHECKING:
    from homegrown import Homegrown


def people_routes(home: Homegrown) -> APIRouter:
    router = APIRouter()

    def answer(request: Request, given: Mapping[str, str] | None) -> Response:
        asking = home.store.person(request.scope[PERSON])
        if not asking.owner:
            closed = door.page(words.CLOSED_DOOR, paragraph(words.OWNERS_PAGE), link("/", words.BACK_TO_CHAT))
            return HTMLResponse(closed, status_code=403)
        leaving = (given or request.query_params).get("remove", "")
        try:
            if given is not None:
                return HTMLResponse(_removed(home, asking, given) if leaving else _added(home, asking, given))
            return HTMLResponse(removal(home, _other(home, asking, leaving)) if leaving else page(home, asking))
        except HomegrownError as error:
            return HTMLResponse(page(home, asking, str(error), (given or {}).get("name", "")), status_code=400)

    @router.get("/people")
    async def show(request: Request) -> Response:
        return await asyncio.to_thread(answer, request, None)

    @router.post("/people")
    async def change(request: Request) -> Response:
        given = form_of(fields_of(request.scope), await request.body())
        return await asyncio.to_thread(answer, request, given)

    return router


def page(home: Homegrown, owner: Person, trouble: str = "", name: str = "", done: str = "") -> str:
    """Everybody who is here, and the form for the next one. `name` was typed before."""
    here = home.people.residents()
    listed = f'<ul class="people">{"".join(_row(one, owner) for one in here)}</ul>'
    parts = [link("/you", words.BACK_TO_YOU), paragraph(words.PEOPLE_WHAT), listed]
    if home.people.has_passphrase(owner.id):
        fields = [
            Field("name", words.NAME, value=name),
            Field("passphrase", words.THEIR_PASSPHRASE, "password", "new-password", hint=words.PASSPHRASE_HINT),
            Field("again", words.AGAIN, "password", "new-password"),
        ]
        parts.append(section(words.ADD_TITLE, words.ADD_WHAT, form("/people", words.ADD_PERSON, fields)))
    else:
        parts.append(section(words.ADD_TITLE, words.YOURS_FIRST, link("/you", words.CHOOSE_TITLE)))
    return door.page(words.PEOPLE, *parts, trouble=trouble, done=done)


def removal(home: Homegrown, leaving: Person, trouble: str = "") -> str:
    """What becomes of somebody's things, and the field in which the owner says that this is meant."""
    fields = [
        Field("remove", "", "hidden", value=leaving.id),
        Field("typed", words.TYPE_NAME.format(name=leaving.name), focus=True),
    ]
    parts = [
        paragraph(words.REMOVE_WHAT.format(name=leaving.name)),
        paragraph(_exports(home, leaving)),
        form("/people", words.REMOVE_FOR_GOOD, fields),
        link("/people", words.KEEP_PERSON),
    ]
    return door.page(words.REMOVE.format(name=leaving.name), *parts, trouble=trouble)


def _added(home: Homegrown, owner: Person, given: Mapping[str, str]) -> str:
    """The page with the newcomer's recovery code. Raises HomegrownError."""
    if not home.people.has_passphrase(owner.id):
        raise BadInput(words.YOURS_FIRST)
    passphrase = checked_passphrase(given.get("passphrase", ""))
    if checked_passphrase(given.get("again", "")) != passphrase:
        raise BadInput(words.NOT_ALIKE)
    person, code = home.people.add(given.get("name", ""), passphrase)
    home.people.lock(person.id)  # nobody has signed in yet
    shown = code_section(code, words.CODE_FOR.format(name=person.name))
    return door.page(words.ADDED.format(name=person.name), shown, link("/people", words.CODE_GIVEN))


def _removed(home: Homegrown, owner: Person, given: Mapping[str, str]) -> str:
    """The list without somebody whose name was typed, or the question again. Raises HomegrownError."""
    leaving = _other(home, owner, given["remove"])
    if given.get("typed", "").strip().casefold() != leaving.name.casefold():
        return removal(home, leaving, words.NOT_THE_NAME)
    home.people.remove(leaving.id)
    return page(home, owner, done=words.REMOVED.format(name=leaving.name))


def _other(home: Homegrown, owner: Person, wanted: str) -> Person:
    """Somebody else who lives here. Raises BadInput."""
    if wanted == owner.id:
        raise BadInput(words.REMOVE_YOURSELF)
    found = next((person for person in home.store.people() if person.id == wanted), None)
    if found is None:
        raise BadInput(words.NOBODY)
    return found


def _exports(home: Homegrown, leaving: Person) -> str:
    """How many files are known to be elsewhere; not where, for that is theirs."""
    with suppress(Locked, StorageTrouble):  # who cannot be read any more can still be removed
        if count := len(home.store.exports(leaving.id)):
            return f"{words.EXPORTS_KNOWN.format(count=count)} {words.EXPORTS_STAY}"
    return words.EXPORTS_STAY


def _row(resident: Resident, owner: Person) -> str:
    person, name = resident.person, html.escape(resident.person.name)
    state = words.LOCKED if resident.locked else words.UNLOCKED if resident.has_passphrase else words.OPEN
    size = f"{resident.bytes / 1e6:.1f} MB" if resident.bytes >= 1e6 else f"{resident.bytes // 1000} kB"
    told = [words.OWNER if person.owner else words.MEMBER, state, size]
    label = html.escape(words.REMOVE.format(name=person.name))
    leave = f'<a href="/people?remove={person.id}" aria-label="{label}">{words.REMOVE_LINK}</a>'
    leave = "" if person.id == owner.id else leave
    return f"<li><strong>{name}</strong><small>{html.escape(' · '.join(told))}</small>{leave}</li>"
