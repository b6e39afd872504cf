"""What every page has: the hidden channel through which its script speaks, and the settings of a quiet event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from errors import BadInput
from web import texts
from web.markup import escape

# Events show no spinner, are not offered as an API, and do not wait for each other: one person's streaming reply
# must not hold up another's click.
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
# A refresh that is asked for while one is under way runs after it: else the last change would never be shown.
LATEST: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}


@dataclass(frozen=True)
class Channel:
    """`wish` holds JSON {"do", "on", "text", "number"} when `go` is clicked.

    The script drops what was typed only when its wish's number appears in `fulfilled`. It clicks `refresh` until
    `stamp` (see pulse.py) says that the page shows the present state.
    """

    wish: gr.Textbox
    go: gr.Button
    fulfilled: gr.Markdown
    stamp: gr.Markdown
    refresh: gr.Button


@dataclass(frozen=True, slots=True)
class Wish:
    """What a button in the page's own HTML asks for: `do` it, to the item `on`, with `text` a person typed.

    `number` counts the wishes of one page.
    """

    do: str
    on: str
    text: str
    number: int


def channel() -> Channel:
    return Channel(
        gr.Textbox(elem_id="wish", visible="hidden", show_label=False, label="wish"),
        gr.Button("wish", elem_id="wish-go", visible="hidden"),
        gr.Markdown(elem_id="fulfilled", visible="hidden"),
        gr.Markdown(elem_id="stamp", visible="hidden"),
        gr.Button("refresh", elem_id="refresh", visible="hidden"),
    )


def read_wish(text: str) -> Wish:
    try:
        fields = json.loads(text)
        return Wish(str(fields["do"]), str(fields["on"]), str(fields["text"]), int(fields["number"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(texts.RELOAD) from error


def hidden(name: str, value: str = "") -> gr.Textbox:
    """A value the page keeps for its handlers, also while the app is restarted. Never trusted for identity."""
    return gr.Textbox(value, elem_id=name, visible="hidden", show_label=False, label=name)


def mark(name: str) -> gr.Markdown:
    """Something that is so or not: by it page.css shows what has the class "if-<name>" or "unless-<name>".

    Not by `visible`: Gradio's script mounts and unmounts parts for that, and now and then loses such a change.
    """
    return gr.Markdown(elem_id=f"mark-{name}", visible="hidden", latex_delimiters=[])


def mark_html(so: bool) -> str:
    return f'<i class="{"so" if so else "not-so"}"></i>'


def heading(title: str, lead: str) -> gr.Markdown:
    """The first lines of a page."""
    return gr.Markdown(heading_html(title, lead), latex_delimiters=[])


def heading_html(title: str, lead: str) -> str:
    return f'<h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p>'
