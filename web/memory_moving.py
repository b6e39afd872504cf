"""Bringing facts along from elsewhere, each one looked at before it is kept, and saving one's own as a file."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from conversation.memory_copy import as_json, as_text
from domain import now
from errors import BadInput, HomegrownError
from personalization.memory import LONGEST
from personalization.memory_file import CHATGPT, ORIGINS, Found, Item, read_memories
from personalization.report import short
from web import machine_texts, texts
from web import memory_texts as words
from web.by_page import ByPage
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.guard import PERSON
from web.markup import escape
from web.memory_list import day_of
from web.parts import QUIET, hidden
from web.routes import UPLOADS
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown

IMPORT = "/memory/import"
MOST = 1_000  # facts that are looked at together
MOST_BYTES = 400_000  # ... and of them: the page sends them back, through a door that takes a million
NAMED = 3  # facts that are named where others are counted


def build_moving(home: Homegrown) -> None:
    with gr.Accordion(words.BRING, open=False, elem_id="bring"):
        gr.Markdown(f'<p class="quiet">{words.BRING_INTRO}</p>', latex_delimiters=[])
        box = gr.Textbox(
            label=words.BRING_TEXT, placeholder=words.BRING_HINT, lines=3, max_lines=8, elem_id="bring-text"
        )
        with gr.Row(elem_classes="tools-row"):
            look = gr.Button(words.LOOK_AT, elem_id="bring-look")
        # Our own words only; sanitising would take the field for the file.
        gr.Markdown(_file_field(), latex_delimiters=[], sanitize_html=False)
        arrived, go = hidden("bring-file"), gr.Button("bring", elem_id="bring-file-go", visible="hidden")
        said = gr.Markdown(elem_id="bring-said", latex_delimiters=[])
        # Boxes of our own: Gradio's were seen to stay hidden and empty after their choices had been sent (Gradio 6.31).
        picks = gr.Markdown(elem_id="bring-picks", latex_delimiters=[], sanitize_html=False)
        picked, take = hidden("bring-picked"), gr.Button("keep", elem_id="bring-picked-go", visible="hidden")
        gr.Markdown(_save_links(), latex_delimiters=[])
    looked_at: ByPage[Found] = ByPage(most=100)  # whose facts are shown
    shown = [said, picks]

    def offer(request: gr.Request, found: Found, more: bool = False) -> Updates:
        new = home.memories.fresh(person_of(request), found.items)
        fresh = tuple(new[-MOST:])
        told = seen_html(found, new, more or len(new) > MOST)
        looked_at.put(request, Found(found.origin, fresh))
        return {said: told, picks: picks_html(fresh)}

    @at_the_edge(said)
    def look_at(text: str, request: gr.Request) -> Iterator[Updates]:
        yield offer(request, read_memories(io.BytesIO(text.encode("utf-8", "replace"))))

    @at_the_edge(said)
    def look_at_file(answer: str, request: gr.Request) -> Iterator[Updates]:
        """What the page's script was told about a file comes back here, for a look at it."""
        yield offer(request, *_returned(answer))

    @at_the_edge(said)
    def keep(ticked: str, request: gr.Request) -> Iterator[Updates]:
        found = looked_at.get(request, None)
        if found is None:
            raise BadInput(texts.RELOAD)
        wanted = set(ticked.split())
        chosen = [item for place, item in enumerate(found.items) if str(place) in wanted]
        count = len(home.memories.bring(person_of(request), chosen, found.origin))
        one_or_none = words.BROUGHT_ONE if count else words.BROUGHT_NONE
        told = words.BROUGHT_MANY.format(count=count) if count > 1 else one_or_none
        typed = {box: ""} if chosen else {}  # who keeps none of them may want to change the text
        looked_at.drop(request)
        yield {said: notice_html(told), picks: ""} | typed

    look.click(look_at, [box], shown, **QUIET)
    go.click(look_at_file, [arrived], shown, **QUIET)
    take.click(keep, [picked], [*shown, box], **QUIET)


def moving_routes(home: Homegrown) -> APIRouter:
    router = APIRouter()

    @router.post(IMPORT)
    async def read(request: Request) -> Response:
        """{"origin", "lines", "left_out", "more"} of a file, or {"error"}. Nothing is kept."""
        person, file = request.scope[PERSON], io.BytesIO(await request.body())
        try:
            return JSONResponse(await asyncio.to_thread(_read, home, person, file))
        except HomegrownError as error:
            return JSONResponse({"error": str(error)})

    @router.get("/memory/export.txt")
    @router.get("/memory/export.json")
    def save(request: Request) -> Response:
        """The person's facts as a file. That they were saved is noted: forgetting cannot reach the copy."""
        person, form, at = request.scope[PERSON], request.url.path.rpartition(".")[2], now()
        listed = home.memories.list(person)
        name = words.FILE_NAME.format(day=at.astimezone().date(), form=form)
        home.store.put_export(person, machine_texts.EXPORT_DOWNLOADED.format(name=name), at)
        content, kind = (as_json(listed), "application/json") if form == "json" else (as_text(listed), "text/plain")
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)

    return router


def seen_html(found: Found, new: Sequence[Item], more: bool) -> str:
    """What is new in a file, and what is left out and why. `more`: there are others, older than those shown."""
    texts_of_new = {item.text for item in new}
    known = [item.text for item in found.items if item.text not in texts_of_new]
    told = [
        words.SEEN.format(count=min(len(new), MOST)) if len(new) > 1 else words.SEEN_ONE if new else words.SEEN_NOTHING
    ]
    if more:
        told.append(words.SEEN_MORE.format(count=min(len(new), MOST)))
    if new and found.origin == CHATGPT:
        told.append(words.SEEN_CHATGPT)
    if known:
        rest = f" {words.AND_MORE.format(count=len(known) - NAMED)}" if len(known) > NAMED else ""
        named = ", ".join(f"“{short(fact, 60)}”" for fact in known[:NAMED])
        told.append(words.SEEN_KNOWN.format(texts=f"{named}{rest}"))
    if found.left_out:
        told.append(words.SEEN_LONG.format(limit=LONGEST, count=found.left_out))
    return notice_html(" ".join(told))


def picks_html(items: Sequence[Item]) -> str:
    """A box to tick for each, and the buttons; their names are known to the page's script."""
    if not items:
        return ""
    rows = "".join(
        f'<label><input type="checkbox" value="{place}" checked><span>{escape(_label(item))}</span></label>'
        for place, item in enumerate(items)
    )
    buttons = button("bring-ticked", words.KEEP_CHOSEN) + button("bring-none", words.KEEP_NONE)
    legend = f"<legend>{words.CHOOSE}</legend>"
    return f'<fieldset class="picks">{legend}{rows}<div class="tools">{buttons}</div></fieldset>'


def _label(item: Item) -> str:
    return f"{item.text} ({day_of(item.at)})" if item.at else item.text


def _read(home: Homegrown, person: str, file: io.BytesIO) -> dict[str, Any]:
    """What a file holds, as much of it as can be looked at together: what is new first, and of that the newest."""
    found = read_memories(file)
    fresh = home.memories.fresh(person, found.items)
    new = {item.text for item in fresh}
    known = [item for item in found.items if item.text not in new]
    told: list[tuple[str, str | None]] = []
    room = MOST_BYTES
    for item in [*reversed(fresh), *known]:
        room -= len(item.text.encode()) + 40
        if room < 0 or len(told) == MOST:
            break
        told.append((item.text, item.at.isoformat() if item.at else None))
    return {"origin": found.origin, "items": told[::-1], "left_out": found.left_out, "more": len(told) < len(fresh)}


def _returned(answer: str) -> tuple[Found, bool]:
    """The answer to a file, as the page gives it back."""
    try:
        told = json.loads(answer)
        times = [(str(text), datetime.fromisoformat(at) if at else None) for text, at in told["items"]]
        items = tuple(Item(text, at) for text, at in times if at is None or at.tzinfo)
        origin = next(known for known in ORIGINS if known == told["origin"])
        return Found(origin, items, int(told["left_out"])), bool(told["more"])
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise BadInput(texts.RELOAD) from error


def _file_field() -> str:
    limits = f'data-most="{UPLOADS[IMPORT]}" data-too-large="{escape(words.TOO_LARGE)}"'
    limits += f' data-lost="{escape(words.NOT_TAKEN)}"'
    field = f'<input type="file" accept=".zip,.json,.txt,.md" data-post="{IMPORT}" data-into="bring-file" {limits}>'
    told = '<p class="told small" role="status"></p>'
    return f'<div><label class="file">{escape(words.BRING_FILE)} {field}</label>{told}</div>'


def _save_links() -> str:
    links = ((words.AS_TEXT, "txt"), (words.AS_JSON, "json"))
    named = ", ".join(f'<a href="/memory/export.{form}" download>{escape(label)}</a>' for label, form in links)
    return f'<p class="quiet">{escape(words.SAVE_AS)} {named}.</p>'
