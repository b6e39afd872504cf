"""The help page: one screen in plain words."""

from __future__ import annotations

import gradio as gr

from web import texts
from web.markup import escape
from web.parts import heading


def build_help_page() -> None:
    with gr.Column(elem_classes="page-column"):
        heading(texts.HELP, texts.HELP_INTRO)
        gr.Markdown(
            "".join(f"<h2>{escape(title)}</h2><p>{escape(words)}</p>" for title, words in texts.HELP_PARTS.items()),
            latex_delimiters=[],
            elem_id="help",
        )
