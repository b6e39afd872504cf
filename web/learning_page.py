"""The learning page: lessons that wait, "Learn now", the last night in plain words, versions to go back to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from errors import BadInput
from web import texts
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.lessons import kept_html, night_html, progress_html, versions_html, waiting_html
from web.markup import escape
from web.parts import LATEST, QUIET, channel, heading, read_wish
from web.pulse import night_stamp

if TYPE_CHECKING:
    from homegrown import Homegrown


def build_learning_page(pages: gr.Blocks, home: Homegrown) -> None:
    nights, store, adapters = home.nights, home.store, home.adapters
    with gr.Column(elem_classes="page-column"):
        heading(texts.LEARNING, texts.LEARNING_INTRO)
        plan = gr.Markdown(elem_id="plan", latex_delimiters=[])
        progress = gr.Markdown(elem_id="progress", latex_delimiters=[])
        with gr.Row(elem_classes="tools-row"):
            learn = gr.Button(texts.LEARN_NOW, variant="primary", elem_id="learn")
            cancel = gr.Button(texts.CANCEL, visible=False, elem_id="cancel")
        notice = gr.Markdown(elem_id="notice", latex_delimiters=[])
        gr.Markdown(f"<h2>{texts.WAITING_TITLE}</h2>")
        waiting = gr.Markdown(elem_id="waiting", latex_delimiters=[])
        kept = gr.Markdown(elem_id="kept", latex_delimiters=[])
        gr.Markdown(f"<h2>{texts.LAST_NIGHT}</h2>")
        report = gr.Markdown(elem_id="report", latex_delimiters=[])
        gr.Markdown(f"<h2>{texts.VERSIONS}</h2>")
        versions = gr.Markdown(elem_id="versions", latex_delimiters=[])
    wire = channel()
    shown = [plan, progress, learn, cancel, notice, waiting, kept, report, versions, wire.stamp]

    def view(person: str) -> Updates:
        stamp = night_stamp(home, person)
        now, manifest, ledger = nights.progress(person), adapters.manifest(person), store.feedback(person)
        learnt = manifest["lessons"] if manifest else ()
        said = "" if now else escape(nights.said(person))  # why the last attempt left no report
        return {
            plan: f'<p class="quiet">{escape(nights.plan(person))}</p>'
            + (f'<p class="note">{said}</p>' if said else ""),
            progress: progress_html(now.phase, now.share, now.seconds_left, now.loss) if now else "",
            learn: gr.update(visible=now is None),
            cancel: gr.update(visible=now is not None),
            waiting: waiting_html(ledger, learnt),
            kept: kept_html(ledger, learnt),
            report: night_html(nights.last(person)),
            versions: versions_html(adapters.versions(person)),
            wire.stamp: stamp,
        }

    @at_the_edge(notice)
    def load(request: gr.Request) -> Iterator[Updates]:
        yield view(person_of(request))

    @at_the_edge(notice)
    def begin(request: gr.Request) -> Iterator[Updates]:
        person = person_of(request)
        nights.start(person)
        yield view(person) | {notice: notice_html(texts.LEARN_STARTED)}

    @at_the_edge(notice)
    def stop(request: gr.Request) -> Iterator[Updates]:
        nights.cancel(person_of(request))
        yield {notice: notice_html(texts.LEARN_CANCELLED)}

    @at_the_edge(notice)
    def act(wish: str, request: gr.Request) -> Iterator[Updates]:
        person, wanted = person_of(request), read_wish(wish)
        match wanted.do:
            case "forget":
                store.remove_feedback(person, wanted.on)
            case "release":
                nights.release(person, wanted.on)
            case "back":
                nights.roll_back(person, wanted.on)
            case _:
                raise BadInput(texts.RELOAD)
        yield view(person) | {notice: ""}

    pages.load(load, None, shown, **QUIET)
    wire.refresh.click(load, None, shown, **LATEST)
    wire.go.click(act, [wire.wish], shown, trigger_mode="multiple", **QUIET)
    learn.click(begin, None, shown, **QUIET)
    cancel.click(stop, None, shown, **QUIET)
