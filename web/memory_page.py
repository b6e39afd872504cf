"""The memory page: facts about the person, to add, edit in place, switch off and delete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import gradio as gr

from conversation.chat import check_size
from domain import Memory
from errors import BadInput
from web import memory_texts, pulse, texts
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.markup import escape
from web.parts import LATEST, QUIET, channel, heading, read_wish
from web.proposed import act as proposed_act
from web.proposed import mode_html, waiting_html
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
        observing = gr.Markdown(elem_id="observing", latex_delimiters=[])
        waiting = gr.Markdown(elem_id="proposals", latex_delimiters=[])
        listed = gr.Markdown(elem_id="memories", latex_delimiters=[])
        with gr.Accordion(memory_texts.ABOUT, open=False, elem_id="about"):
            brief = gr.Textbox(label=memory_texts.ABOUT, info=memory_texts.ABOUT_INTRO, lines=3, max_lines=10)
            with gr.Row():
                save_brief = gr.Button(memory_texts.ABOUT_SAVE, size="sm", elem_id="about-save")
                renew = gr.Button(memory_texts.ABOUT_RENEW, size="sm", elem_id="about-renew")
            brief_said = gr.Markdown(elem_id="about-said", latex_delimiters=[])
    wire = channel()
    shown = [notice, observing, waiting, listed, fact, wire.fulfilled, wire.stamp]

    def view(person: str) -> Updates:
        stamp = pulse.stamp(home, person)
        found = {observing: mode_html(home.proposals.mode(person)), waiting: waiting_html(home, person)}
        return found | {
            notice: notice_html(home.chat.recollection.trouble),
            listed: memories_html(memories.list(person)),
            wire.stamp: stamp,
        }

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
        told = proposed_act(home, person, wanted)
        match wanted.do if told is None else "":
            case "":
                left = told or ""
            case "edit":
                check_size(wanted.text)
                memories.edit(person, wanted.on, wanted.text)
            case "pin" | "unpin":
                memories.pin(person, wanted.on, wanted.do == "pin")
            case "on" | "off":
                memories.switch(person, wanted.on, wanted.do == "on")
            case "delete":
                left = memories.forget(person, wanted.on)
            case _:
                raise BadInput(texts.RELOAD)
        told = notice_html(left or home.chat.recollection.trouble)
        yield view(person) | {wire.fulfilled: str(wanted.number), notice: told}

    def in_brief(person: str, said: str = "") -> Updates:
        own = home.store.recalled.about(person).own
        told = said or (memory_texts.ABOUT_OWN if own else "")
        return {brief: home.chat.recollection.about(person), brief_said: notice_html(told)}

    @at_the_edge(brief_said)
    def show_brief(request: gr.Request) -> Iterator[Updates]:
        yield in_brief(person_of(request))

    @at_the_edge(brief_said)
    def keep_brief(text: str, request: gr.Request) -> Iterator[Updates]:
        check_size(text)
        memories.write_about(person_of(request), text)
        yield in_brief(person_of(request), memory_texts.ABOUT_SAVED)

    @at_the_edge(brief_said)
    def make_brief(request: gr.Request) -> Iterator[Updates]:
        memories.renew_about(person_of(request))
        yield in_brief(person_of(request), memory_texts.ABOUT_RENEWED)

    pages.load(load, None, shown, **QUIET)
    pages.load(show_brief, None, [brief, brief_said], **QUIET)
    save_brief.click(keep_brief, [brief], [brief, brief_said], **QUIET)
    renew.click(make_brief, None, [brief, brief_said], **QUIET)
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
    pin = button("unpin", memory_texts.UNPIN) if memory.pinned else button("pin", memory_texts.PIN)
    tools = button("edit", texts.EDIT) + pin + switch + button("delete", texts.DELETE, ask=texts.DELETE_MEMORY)
    state = "" if memory.active else f'<span class="badge bad">{texts.OFF}</span> '
    state += f'<span class="badge">{memory_texts.PINNED}</span> ' if memory.pinned else ""
    return (
        f'<li class="entry item{"" if memory.active else " off"}" id="m-{escape(memory.id)}">'
        f'<p class="text">{escape(memory.text)}</p><div class="tools">{state}{tools}</div></li>'
    )
