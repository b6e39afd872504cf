"""The part of the machine page about rest: after how long the unused model gives its memory back, and doing so now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from errors import BadInput
from web import machine_texts as words
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.parts import QUIET

if TYPE_CHECKING:
    from homegrown import Homegrown

CHOICES = (0, 5, 15, 30, 60, 240)  # minutes


def build_resting(pages: gr.Blocks, home: Homegrown) -> None:
    with gr.Column(elem_id="resting", visible=False) as part:  # until it is known that the owner asks
        after = gr.Dropdown(label=words.REST_AFTER, info=words.REST_WHAT, choices=choices(home.rest.minutes))
        with gr.Row(elem_classes="tools-row"):
            now = gr.Button(words.REST_NOW)
        said = gr.Markdown(elem_id="resting-said", latex_delimiters=[])

    def owner(request: gr.Request) -> None:
        """Every change begins here. Raises BadInput."""
        if not home.store.person(person_of(request)).owner:
            raise BadInput(words.OWNER_ONLY)

    @at_the_edge(said)
    def load(request: gr.Request) -> Iterator[Updates]:
        minutes = home.rest.minutes
        chosen = {part: gr.update(visible=True), after: gr.update(choices=choices(minutes), value=minutes)}
        yield chosen if home.store.person(person_of(request)).owner else {said: ""}

    @at_the_edge(said)
    def choose(minutes: int, request: gr.Request) -> Iterator[Updates]:
        owner(request)
        home.rest.choose(minutes)
        yield {said: notice_html(words.REST_CHOSEN)}

    @at_the_edge(said)
    def rest(request: gr.Request) -> Iterator[Updates]:
        owner(request)
        home.rest.now()
        yield {said: notice_html(words.REST_BEGUN)}

    pages.load(load, None, [part, after, said], **QUIET)
    after.input(choose, [after], [said], **QUIET)
    now.click(rest, None, [said], **QUIET)


def choices(minutes: int) -> list[tuple[str, int]]:
    """What can be chosen, with what is chosen now among it."""
    return [(_told(one), one) for one in sorted({*CHOICES, minutes})]


def _told(minutes: int) -> str:
    if not minutes:
        return words.REST_NEVER
    if minutes % 60 == 0:
        return words.REST_HOURS.format(count=minutes // 60) if minutes > 60 else words.REST_HOUR
    return words.REST_MINUTES.format(count=minutes)
