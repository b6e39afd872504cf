"""The text about the person in brief, on the memory page: theirs to write, or made of their memories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from conversation.message import check_size
from web import memory_texts as words
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.parts import QUIET

if TYPE_CHECKING:
    from homegrown import Homegrown


def build_about_you(pages: gr.Blocks, home: Homegrown) -> None:
    memories, recollection = home.memories, home.chat.recollection
    with gr.Accordion(words.ABOUT, open=False, elem_id="about"):
        brief = gr.Textbox(label=words.ABOUT, info=words.ABOUT_INTRO, lines=3, max_lines=10)
        with gr.Row():
            save = gr.Button(words.ABOUT_SAVE, size="sm", elem_id="about-save")
            renew = gr.Button(words.ABOUT_RENEW, size="sm", elem_id="about-renew")
        said = gr.Markdown(elem_id="about-said", latex_delimiters=[])

    def view(person: str, told: str = "") -> Updates:
        own = home.store.recalled.about(person).own
        told = told or (words.ABOUT_OWN if own else "")
        return {brief: recollection.about(person), said: notice_html(told)}

    @at_the_edge(said)
    def show(request: gr.Request) -> Iterator[Updates]:
        yield view(person_of(request))

    @at_the_edge(said)
    def keep(text: str, request: gr.Request) -> Iterator[Updates]:
        check_size(text)
        memories.write_about(person_of(request), text)
        yield view(person_of(request), words.ABOUT_SAVED)

    @at_the_edge(said)
    def make(request: gr.Request) -> Iterator[Updates]:
        memories.renew_about(person_of(request))
        yield view(person_of(request), words.ABOUT_RENEWED)

    pages.load(show, None, [brief, said], **QUIET)
    save.click(keep, [brief], [brief, said], **QUIET)
    renew.click(make, None, [brief, said], **QUIET)
