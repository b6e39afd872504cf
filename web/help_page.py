"""The help page: one screen in plain words."""

from __future__ import annotations

import gradio as gr

from web import attached_texts, texts
from web.markup import escape
from web.parts import heading


def build_help_page() -> None:
    parts = texts.HELP_PARTS | attached_texts.HELP
    with gr.Column(elem_classes="page-column"):
        heading(texts.HELP, texts.HELP_INTRO)
        gr.Markdown(
            "".join(f"<h2>{escape(title)}</h2><p>{escape(words)}</p>" for title, words in parts.items()),
            latex_delimiters=[],
            elem_id="help",
        )
