"""The models page, for the owner: which base models run here, fetching one, and letting it serve with one click."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from errors import BadInput
from web import models_texts as words
from web import pulse, texts
from web.admin_page import owner_of
from web.by_page import ByPage
from web.edge import Updates, at_the_edge, notice_html
from web.models_list import models_html
from web.parts import LATEST, QUIET, channel, heading, read_wish

if TYPE_CHECKING:
    from homegrown import Homegrown


def build_models_page(pages: gr.Blocks, home: Homegrown) -> None:
    models = home.models
    with gr.Column(elem_classes="page-column", elem_id="models-page"):
        heading(words.MODELS, words.INTRO)
        notice = gr.Markdown(elem_id="notice", latex_delimiters=[])
        # Our own words and escaped names only: the sanitiser would strip what the progress bar tells a screen reader.
        listed = gr.Markdown(elem_id="models", latex_delimiters=[], sanitize_html=False)
        gr.Markdown(f"<h2>{words.ADD_TITLE}</h2><p>{words.ADD_HINT}</p>", latex_delimiters=[])
        with gr.Row(elem_id="model-new"):
            path = gr.Textbox(label=words.ADD_LABEL.format(kinds=models.kinds), lines=1, max_lines=1)
            add = gr.Button(words.ADD)
        gr.Markdown(f'<p class="quiet">{words.NETWORK}</p>', latex_delimiters=[])
    wire = channel()
    shown = [notice, listed, path, wire.fulfilled, wire.stamp]
    told: ByPage[str] = ByPage()  # of `models.notice`: a page that only looks again keeps what a click has answered

    def view() -> Updates:
        stamp = pulse.models_stamp(home)
        return {listed: list_html(home), wire.stamp: stamp}

    @at_the_edge(notice)
    def load(request: gr.Request) -> Iterator[Updates]:
        owner_of(home.store, request)
        said = models.notice
        yield view() | ({notice: notice_html(said)} if told.renew(request, said, "") else {})

    @at_the_edge(notice)
    def keep(text: str, request: gr.Request) -> Iterator[Updates]:
        owner_of(home.store, request)
        models.add(text)
        yield view() | {path: "", notice: notice_html(words.ADDED)}

    @at_the_edge(notice)
    def act(wish: str, request: gr.Request) -> Iterator[Updates]:
        owner_of(home.store, request)
        wanted = read_wish(wish)
        match wanted.do:
            case "download":
                models.download(wanted.on)
            case "pause":
                models.downloads.pause()
            case "resume":
                models.downloads.resume()
            case "cancel":
                models.downloads.cancel()
            case "use":
                models.begin(wanted.on)
            case "now":
                models.begin(wanted.on, at_once=True)
            case "keep":
                models.keep()
            case "back":
                models.begin(models.before())
            case "remove":
                models.remove(wanted.on)
            case _:
                raise BadInput(texts.RELOAD)
        told.put(request, said := models.notice)
        yield view() | {notice: notice_html(said), wire.fulfilled: str(wanted.number)}

    pages.load(load, None, shown, **QUIET)
    wire.refresh.click(load, None, shown, **LATEST)
    wire.go.click(act, [wire.wish], shown, trigger_mode="multiple", **QUIET)
    gr.on([path.submit, add.click], keep, [path], shown, **QUIET)


def list_html(home: Homegrown) -> str:
    models = home.models
    known = frozenset({models.serving.name, *models.shelf.kept().served})
    return models_html(
        models.entries(),
        models.downloads.now(),
        changing=models.changing,
        before=models.before(),
        learnt=known,
        waits=models.succession.wanted(),
        cannot=models.succession.cannot,
    )
