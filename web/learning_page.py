"""The learning page: the morning report, lessons that wait, "Learn now", a blind vote, nights and versions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import gradio as gr

from domain import BASE, Feedback, Night
from errors import BadInput, Gone, HomegrownError
from personalization.ledger import read_lessons
from personalization.night import NightProgress
from storage.adapters import Version
from web import acting, texts
from web.by_page import ByPage
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.lessons import kept_html, progress_html, waiting_html
from web.markup import escape
from web.morning import Undo, night_html, parked_by, standing_html, versions_html
from web.nights_plot import nights_html
from web.parts import LATEST, QUIET, Wish, channel, heading, mark, mark_html, read_wish
from web.pulse import night_stamp
from web.vote import Ballot, answers, ballot_html, cast, revealed_html, rivals, tally, tally_sentence

if TYPE_CHECKING:
    from homegrown import Homegrown


def build_learning_page(pages: gr.Blocks, home: Homegrown) -> None:
    nights, store, adapters, exam = home.nights, home.store, home.adapters, home.standing
    with gr.Column(elem_classes="page-column"):
        heading(texts.LEARNING, texts.LEARNING_INTRO)
        plan = gr.Markdown(elem_id="plan", latex_delimiters=[])
        progress = gr.Markdown(elem_id="progress", latex_delimiters=[])
        with gr.Row(elem_classes="tools-row"):
            learn = gr.Button(texts.LEARN_NOW, variant="primary", elem_id="learn", elem_classes="unless-busy")
            cancel = gr.Button(texts.CANCEL, elem_id="cancel", elem_classes="if-busy")
            examine = gr.Button(texts.EXAMINE, elem_id="examine", elem_classes="unless-busy")
        notice = gr.Markdown(elem_id="notice", latex_delimiters=[])
        standing = gr.Markdown(elem_id="standing", latex_delimiters=[])
        gr.Markdown(f"<h2>{texts.LAST_NIGHT}</h2>")
        report = gr.Markdown(elem_id="report", latex_delimiters=[])
        gr.Markdown(f"<h2>{texts.WAITING_TITLE}</h2>")
        at_once = gr.Markdown(elem_id="at-once", latex_delimiters=[])
        waiting = gr.Markdown(elem_id="waiting", latex_delimiters=[])
        kept = gr.Markdown(elem_id="kept", latex_delimiters=[])
        gr.Markdown(f'<h2>{texts.VOTE_TITLE}</h2><p class="quiet">{texts.VOTE_INTRO}</p>')
        gr.Markdown(f'<p class="quiet">{texts.VOTE_ALONE}</p>', elem_classes="unless-pair")
        with gr.Column(elem_classes="if-pair"):
            question = gr.Textbox(
                label=texts.VOTE_QUESTION, placeholder=texts.VOTE_HINT, lines=1, max_lines=4, elem_id="vote-question"
            )
            with gr.Row(elem_classes="tools-row"):
                ask = gr.Button(texts.ASK_BOTH, elem_id="vote-ask")
                suggest = gr.Button(texts.SUGGEST, elem_id="vote-suggest")
            ballot = gr.Markdown(elem_id="ballot", latex_delimiters=[])
            count = gr.Markdown(elem_id="tally", latex_delimiters=[])
        gr.Markdown(f"<h2>{texts.OVER_NIGHTS}</h2>")
        # Numbers and our own words only; sanitising would take the labels that tell them to those who do not see.
        plots = gr.Markdown(elem_id="plots", latex_delimiters=[], sanitize_html=False)
        gr.Markdown(f"<h2>{texts.VERSIONS}</h2>")
        versions = gr.Markdown(elem_id="versions", latex_delimiters=[])
    ballots: ByPage[Ballot] = ByPage()  # being voted on: on this side of the wire, so that the page cannot tell
    wire, busy, pair = channel(), mark("busy"), mark("pair")
    seen = [plan, progress, busy, notice, waiting, kept, report, versions, pair, count, plots]
    seen += [at_once, standing, wire.stamp]
    voting = [question, ballot, notice]

    def view(person: str) -> Updates:
        stamp = night_stamp(home, person)
        now, manifest, ledger = nights.progress(person), adapters.manifest(person), store.feedback(person)
        learnt, lessons = manifest["lessons"] if manifest else (), read_lessons(ledger)
        said = "" if now else escape(nights.said(person))  # why the last attempt left no report
        stood, broken = exam.verdict(person), "" if now else notice_html(exam.said(person))
        past, made = store.nights(person), adapters.versions(person)
        last = past[-1] if past else None
        return {
            plan: f'<p class="quiet">{escape(nights.plan(person))}</p>'
            + (f'<p class="note">{said}</p>' if said else ""),
            progress: night_progress(now) if now else "",
            busy: mark_html(now is not None),
            standing: standing_html(stood) if stood else broken,
            at_once: acting.line(home, person, always=True),
            waiting: waiting_html(ledger, lessons, learnt),
            kept: kept_html(ledger, lessons, learnt),
            report: night_html(last, ledger, undo_of(home, person, last, made, ledger)),
            versions: versions_html(made, ledger),
            pair: mark_html(rivals(home, person) is not None),
            count: f'<p class="quiet">{tally_sentence(tally(ledger))}</p>',
            plots: nights_html(past) or f'<p class="quiet">{texts.PLOT_NOTHING}</p>',
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
        person = person_of(request)
        said = texts.EXAM_CANCELLED if exam.sitting(person) else texts.LEARN_CANCELLED
        nights.cancel(person)
        yield {notice: notice_html(said)}

    @at_the_edge(notice)
    def sit_exam(request: gr.Request) -> Iterator[Updates]:
        """ "How am I doing?": begins the exam of the version that serves. Nothing of it is stored."""
        person = person_of(request)
        exam.start(person)
        yield view(person) | {notice: notice_html(texts.EXAM_STARTED)}

    @at_the_edge(notice)
    def ask_both(text: str, request: gr.Request) -> Iterator[Updates]:
        person = person_of(request)
        ballots.drop(request)
        yield {notice: ""}
        try:
            for written in answers(home, person, text, random.Random()):
                if written.whole:
                    ballots.put(request, written)
                yield {ballot: ballot_html(written)}
        except HomegrownError:
            yield {ballot: ""}
            raise

    @at_the_edge(notice)
    def suggest_one(text: str, request: gr.Request) -> Iterator[Updates]:
        yield {question: suggestion(home, person_of(request), text)}

    @at_the_edge(notice)
    def act(wish: str, request: gr.Request) -> Iterator[Updates]:
        person, wanted = person_of(request), read_wish(wish)
        if wanted.do not in ("prefer", "neither"):
            said = decide(home, person, wanted)
            yield view(person) | {notice: notice_html(said)}
            return
        voted = ballots.get(request, None)
        if voted is None:
            raise BadInput(texts.RELOAD)
        shown = ""
        if wanted.do == "prefer":
            place = int(wanted.on == "1")
            cast(home, person, voted, place)
            shown = revealed_html(voted, place, tally(store.feedback(person)))
        ballots.drop(request)
        yield view(person) | {ballot: shown, question: "", notice: ""}

    pages.load(load, None, seen, **QUIET)
    wire.refresh.click(load, None, seen, **LATEST)
    wire.go.click(act, [wire.wish], [*seen, question, ballot], trigger_mode="multiple", **QUIET)
    learn.click(begin, None, seen, **QUIET)
    cancel.click(stop, None, seen, **QUIET)
    examine.click(sit_exam, None, seen, **QUIET)
    gr.on([ask.click, question.submit], ask_both, [question], voting, **QUIET)
    suggest.click(suggest_one, [question], voting, **QUIET)


def night_progress(now: NightProgress) -> str:
    return progress_html(now.phase, now.share, now.seconds_left, now.loss)


def decide(home: Homegrown, person: str, wanted: Wish) -> str:
    """Does what a button asks for, to a lesson, a night or a version; returns what to say about it."""
    match wanted.do:
        case "forget":
            return home.versions.forget(person, wanted.on).sentence
        case acting.ON | acting.OFF:
            home.store.set_at_once(person, wanted.do == acting.ON)
        case "release":
            home.versions.release(person, wanted.on)
        case "keep":
            night = next((night for night in home.store.nights(person) if night.id == wanted.on), None)
            if night is None:
                raise Gone(texts.RELOAD)
            home.store.put_night(person, replace(night, seen=True))
        case "back":
            parked = sum(row.parked for row in home.store.feedback(person))
            home.versions.roll_back(person, wanted.on)
            more = sum(row.parked for row in home.store.feedback(person)) - parked
            name = texts.BASE_MODEL.capitalize() if wanted.on == BASE else wanted.on
            template = texts.WENT_BACK_PARKED if more > 0 else texts.WENT_BACK
            return template.format(version=name, count=more)
        case _:
            raise BadInput(texts.RELOAD)
    return ""


def undo_of(
    home: Homegrown, person: str, night: Night | None, made: Sequence[Version], ledger: Sequence[Feedback]
) -> Undo | None:
    """What taking the last night back would do, if its version serves."""
    own = [version for version in made if not version.foreign]
    if night is None or not any(version.serving and version.name == night.version for version in own):
        return None
    before = home.versions.before(person)
    return Undo(before, parked_by(next((v for v in own if v.name == before), None), own, ledger))


def suggestion(home: Homegrown, person: str, shown: str) -> str:
    """A bundled question that the person has taught nothing about, another one than is shown."""
    taught = {message.content for row in home.store.feedback(person) for message in row.prompt}
    unseen = [prompt for prompt in home.nights.probes.prompts if prompt not in taught and prompt != shown]
    return random.choice(unseen) if unseen else shown
