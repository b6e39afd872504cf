"""The memory page: facts about the person, to add, edit in place, switch off and delete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import gradio as gr

from chat import check_size
from domain import Memory
from errors import BadInput
from web import pulse, texts
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.markup import escape
from web.parts import LATEST, QUIET, channel, heading, read_wish
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown


def build_memory_page(pages: gr.Blocks, home: Homegrown) -> None:
    memories = home.memories
    with gr.Column(elem_classes="page-column"):
        heading(texts.MEMORY, texts.MEMORY_INTRO)
        with gr.Row(elem_id="memory-new"):
            fact = gr.Textbox(label=texts.MEMORY_NEW, placeholder=texts.MEMORY_HINT, lines=1, max_lines=4)
            add = gr.Button(texts.ADD, variant="primary")
        notice = gr.Markdown(elem_id="notice", latex_delimiters=[])
        listed = gr.Markdown(elem_id="memories", latex_delimiters=[])
    wire = channel()
    shown = [notice, listed, fact, wire.fulfilled, wire.stamp]

    def view(person: str) -> Updates:
        stamp = pulse.stamp(home, person)
        return {notice: "", listed: memories_html(memories.list(person)), wire.stamp: stamp}

    @at_the_edge(notice)
    def load(request: gr.Request) -> Iterator[Updates]:
        yield view(person_of(request))

    @at_the_edge(notice)
    def keep(text: str, request: gr.Request) -> Iterator[Updates]:
        check_size(text)
        memories.add(person_of(request), text)
        yield view(person_of(request)) | {fact: ""}

    @at_the_edge(notice)
    def act(wish: str, request: gr.Request) -> Iterator[Updates]:
        person, wanted, left = person_of(request), read_wish(wish), ""
        match wanted.do:
            case "edit":
                check_size(wanted.text)
                memories.edit(person, wanted.on, wanted.text)
            case "on" | "off":
                memories.switch(person, wanted.on, wanted.do == "on")
            case "delete":
                left = memories.forget(person, wanted.on)
            case _:
                raise BadInput(texts.RELOAD)
        yield view(person) | {wire.fulfilled: str(wanted.number), notice: notice_html(left)}

    pages.load(load, None, shown, **QUIET)
    wire.refresh.click(load, None, shown, **LATEST)
    wire.go.click(act, [wire.wish], shown, trigger_mode="multiple", **QUIET)
    gr.on([fact.submit, add.click], keep, [fact], shown, **QUIET)


def memories_html(memories: Sequence[Memory]) -> str:
    """The newest on top."""
    if not memories:
        return f'<p class="quiet">{texts.NO_MEMORIES}</p>'
    return f'<ul class="entries">{"".join(_row(memory) for memory in reversed(memories))}</ul>'


def _row(memory: Memory) -> str:
    switch = button("off", texts.SWITCH_OFF) if memory.active else button("on", texts.SWITCH_ON)
    tools = button("edit", texts.EDIT) + switch + button("delete", texts.DELETE, ask=texts.DELETE_MEMORY)
    state = "" if memory.active else f'<span class="badge bad">{texts.OFF}</span> '
    return (
        f'<li class="entry item{"" if memory.active else " off"}" id="m-{escape(memory.id)}">'
        f'<p class="text">{escape(memory.text)}</p><div class="tools">{state}{tools}</div></li>'
    )
