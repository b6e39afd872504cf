"""The edge of the pages: who asks, and how an error reaches the person as one sentence."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from errors import BadInput, HomegrownError
from web import texts
from web.markup import escape

Updates = dict[Any, Any]  # component -> its new value
logger = logging.getLogger(__name__)


def person_of(request: gr.Request) -> str:
    """The id of the person whose session this is, as the guard found it; never from the page's own values."""
    if not request.username:
        raise BadInput(texts.NOT_SIGNED_IN)
    return str(request.username)


def at_the_edge(notice: gr.Markdown) -> Callable[[Callable[..., Iterator[Updates]]], Callable[..., Iterator[Updates]]]:
    """Wraps a handler that yields updates: an error becomes a sentence in `notice`, and nothing else changes."""

    def wrap(handler: Callable[..., Iterator[Updates]]) -> Callable[..., Iterator[Updates]]:
        @functools.wraps(handler)
        def guarded(*values: Any) -> Iterator[Updates]:
            try:
                yield from handler(*values)
                yield {notice: gr.skip()}  # Gradio sends the last update of a generator twice: let that be nothing
            except HomegrownError as error:
                yield {notice: trouble_html(str(error))}
            except Exception:
                logger.exception("A page's handler failed")
                yield {notice: trouble_html(texts.DEFECT)}

        return guarded

    return wrap


def notice_html(sentence: str) -> str:
    """What has been done."""
    return f'<p class="notice">{escape(sentence)}</p>' if sentence else ""


def trouble_html(sentence: str) -> str:
    """What went wrong, or was refused."""
    return f'<p class="notice trouble">{escape(sentence)}</p>' if sentence else ""
