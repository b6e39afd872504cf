"""Documents on the chat page: attaching them, those of a conversation, and under a reply what it was shown of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from domain import Attachment, Turn
from errors import HomegrownError
from web import attached_texts as texts
from web.guard import PERSON
from web.markup import escape
from web.parts import Wish
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown

DETACH = "detach"  # the wish of a document's button


def attach_routes(home: Homegrown) -> APIRouter:
    router = APIRouter()

    @router.post("/attach")
    async def attach(request: Request) -> Response:
        """Takes a file as it is, its `name` and `c`, the conversation or "". {"conversation", "said"} or {"error"}."""
        person, asked, data = request.scope[PERSON], request.query_params, await request.body()
        given = (person, asked.get("c", ""), asked.get("name", ""), data)
        try:
            made = await run_in_threadpool(home.attachments.add, *given)
        except HomegrownError as error:
            return JSONResponse({"error": str(error)})  # told on the page; a status would count as a fault of the page
        said = f"{texts.READ_WELL.format(name=made.name)} {made.note}".strip()
        return JSONResponse({"conversation": made.conversation, "said": said})

    return router


def attach_html() -> str:
    return button("attach", texts.ATTACH, icon=True)


def files_html(attachments: Sequence[Attachment]) -> str:
    """Those of a conversation, each with a button that removes it; "" if there are none."""
    rows = "".join(map(_row, attachments))
    return f'<ul class="files" title="{texts.ATTACHED}">{rows}</ul>' if rows else ""


def sources_html(turn: Turn, attachments: Mapping[str, Attachment]) -> str:
    """Which passages of which documents the model was shown for a reply, and their text, folded up."""
    places: dict[str, dict[str, None]] = {}  # by document, without repetition and in order
    for quote in turn.quotes:
        places.setdefault(quote.attachment, {}).setdefault(quote.place)
    if not places:
        return ""
    named = [_source(attachments.get(attachment), list(there)) for attachment, there in places.items()]
    title = escape(texts.FROM.format(sources="; ".join(named)))
    if not turn.attached:  # what was shown is removed
        return f'<p class="small sources">{title}</p>'
    shown = "".join(f"<p>{escape(line)}</p>" for line in turn.attached.split("\n")[1:-1])
    return (
        f'<details class="used sources"><summary>{title}</summary>'
        f'<div class="quoted" title="{texts.SHOWN_TITLE}">{shown}</div></details>'
    )


def act(home: Homegrown, person: str, wanted: Wish) -> str | None:
    """Fulfils a wish on a document; a sentence for the person, None if it is none of these."""
    if wanted.do != DETACH:
        return None
    return home.attachments.remove(person, wanted.on)


def _row(attachment: Attachment) -> str:
    pages = max((passage.page for passage in attachment.passages), default=0)
    about = [size(attachment.size)]
    if pages:
        about.append(texts.PAGE_COUNT.get(pages, texts.PAGE_COUNT_MANY.format(count=pages)))
    remove = button(DETACH, texts.REMOVE.format(name=attachment.name), ask=texts.REMOVE_SURE, icon=True)
    return (
        f'<li class="item" id="a-{escape(attachment.id)}"><span class="name">{escape(attachment.name)}</span>'
        f'<span class="quiet">{", ".join(about)}</span>{remove}</li>'
    )


def _source(attachment: Attachment | None, places: Sequence[str]) -> str:
    """As in: report.pdf, page 3, page 7. The whole of a document has no place."""
    if attachment is None:
        return texts.GONE
    return ", ".join([attachment.name, *(place for place in places if place)])


def size(count: int) -> str:
    if count < 1024:
        return f"{count} bytes"
    return f"{count / 1024:.0f} KB" if count < 1024**2 else f"{count / 1024**2:.1f} MB"
