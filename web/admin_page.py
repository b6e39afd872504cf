"""The machine page, for the owner: what runs, how fast, how much it holds, and what the nights do. Never any text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import gradio as gr

from domain import BASE, Person
from errors import BadInput
from network.offline import outbound
from storage.store import Store
from upkeep.status import status
from web import machine_texts as words
from web import texts
from web.connections import connections_html
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.lessons import badge
from web.markup import escape
from web.models_list import link_html
from web.parts import LATEST, QUIET, channel, heading, heading_html
from web.plot import plot
from web.programs import build_programs
from web.resting import build_resting

if TYPE_CHECKING:
    from homegrown import Homegrown


def build_admin_page(pages: gr.Blocks, home: Homegrown) -> None:
    with gr.Column(elem_classes="page-column", elem_id="machine"):
        top = heading(texts.MACHINE, words.MACHINE_INTRO)
        # Numbers and our own words only, escaped: the sanitiser would strip the plots' descriptions.
        cards = gr.Markdown(elem_id="cards", latex_delimiters=[], sanitize_html=False)
        with gr.Row(elem_classes="tools-row", visible=False) as tools:  # until it is known that the owner asks
            learn = gr.Button(texts.LEARN_NOW)
            back = gr.Button(words.BACK_ONE)
            restart = gr.Button(words.RESTART_ENGINE)
        notice = gr.Markdown(elem_id="notice", latex_delimiters=[])
        build_resting(pages, home)
        elsewhere = gr.Markdown(elem_id="connections", latex_delimiters=[])
        gr.Markdown(export_html(), elem_id="export", latex_delimiters=[], sanitize_html=False)  # it opens links in tabs
        wire = channel()
        build_programs(pages, home, wire)

    @at_the_edge(notice)
    def load(request: gr.Request) -> Iterator[Updates]:
        person = home.store.person(person_of(request))
        if person.owner:
            told = {cards: machine_html(status(home, person)) + link_html(), elsewhere: connections_html(outbound())}
            yield {**told, tools: gr.update(visible=True)}
        else:
            yield {top: heading_html(texts.MACHINE, words.MACHINE_MEMBER)}

    @at_the_edge(notice)
    def begin(request: gr.Request) -> Iterator[Updates]:
        home.nights.start(owner_of(home.store, request).id)
        yield {notice: notice_html(texts.LEARN_STARTED)}

    @at_the_edge(notice)
    def roll_back(request: gr.Request) -> Iterator[Updates]:
        person = owner_of(home.store, request).id
        version = home.versions.before(person)
        home.versions.roll_back(person, version)
        name = texts.BASE_MODEL if version == BASE else version
        yield {notice: notice_html(texts.ROLLED_BACK.format(version=name))}

    @at_the_edge(notice)
    def start_again(request: gr.Request) -> Iterator[Updates]:
        owner_of(home.store, request)
        home.engine.restart()
        yield {notice: notice_html(words.RESTARTING)}

    shown = [top, tools, cards, notice, elsewhere]
    pages.load(load, None, shown, **QUIET)
    wire.refresh.click(load, None, shown, **LATEST)
    learn.click(begin, None, [notice], **QUIET)
    back.click(roll_back, None, [notice], **QUIET)
    restart.click(start_again, None, [notice], **QUIET)


def export_html() -> str:
    """For everybody, not the owner alone: it leads to a page about oneself."""
    said = f'<p>{escape(words.EXPORT_WHAT)}</p><p class="quiet">{escape(words.EXPORT_OTHERS)}</p>'
    return f'<h2>{words.EXPORT}</h2>{said}<p><a href="/export">{words.EXPORT}</a></p>'


def owner_of(store: Store, request: gr.Request) -> Person:
    """The person asking, if they own this home: every handler of this page begins here. Raises BadInput."""
    person = store.person(person_of(request))
    if not person.owner:
        raise BadInput(words.OWNER_ONLY)
    return person


def machine_html(now: dict[str, Any]) -> str:
    """The value of status.status() as cards."""
    return f'<div class="cards">{"".join([*_running(now), *_speed(now), *_room(now), *_learning(now)])}</div>'


def _running(now: dict[str, Any]) -> Iterator[str]:
    engine, model = now["engine"], now["model"]
    yield _card("Backend", now["backend"]["name"], now["backend"]["reason"])
    mode = "safe mode, " if engine["safe_mode"] else ""
    waiting = f", {engine['waiting']} waiting" if engine["waiting"] else ""
    state = f"{mode}{engine['restarts']} restarts{waiting}"
    if engine["state"] == "resting":
        state = f"{words.RESTING} ({state})"
    yield _card("Engine", engine["state"], f"{state}. {engine['reason']}" if engine["reason"] else state)
    if model:
        yield _card("Model", model["model"], f"{model['quantisation']}, file {model['model_hash'][:12]}")
        attention = "flash attention" if model["flash_attention"] else "plain attention"
        yield _card("Context", f"{model['context']:,} tokens", f"threads: {model['threads']}, {attention}")


def _speed(now: dict[str, Any]) -> Iterator[str]:
    last, median, recent = (now["speeds"][name] for name in ("last", "median", "recent"))
    if not last or not median:
        yield _card("Speed", "–", words.NO_SPEEDS)
        return
    drawn = recent[-40:]
    writing, first = [s["tokens_per_s"] for s in drawn], [s["ttft_s"] for s in drawn]
    label = words.SPEED_PLOT.format(count=len(drawn))
    yield _card(
        "Writing",
        f"{last['tokens_per_s']:.1f} tokens/s",
        f"median {median['tokens_per_s']:.1f}",
        plot(writing, label, "tokens/s"),
    )
    label = words.FIRST_PLOT.format(count=len(drawn))
    yield _card(
        "To the first token", f"{last['ttft_s']:.2f} s", f"median {median['ttft_s']:.2f} s", plot(first, label, "s")
    )


def _room(now: dict[str, Any]) -> Iterator[str]:
    memory, disk = now["memory"], now["disk"]
    parts = [f"{name} {_bytes(memory[f'{name}_bytes'])}" for name in ("app", "engine", "learner")]
    yield _card("Memory", _bytes(sum(memory.values())), ", ".join(parts))
    if graphics := now["graphics"]:
        yield _card("Graphics memory", _bytes(graphics["used_bytes"]), f"of {_bytes(graphics['total_bytes'])}, in use")
    yield _card("Energy", *_energy(now["energy"]))
    yield _card("Disk", _bytes(disk["home_bytes"]), f"{_bytes(disk['free_bytes'])} free")


def _energy(energy: dict[str, Any]) -> tuple[str, str]:
    """Of 1,000 tokens, and what was measured, or why nothing was."""
    joules = energy["joules_per_1000_tokens"]
    if joules is None:
        return "–" if energy["measured"] else words.NOT_MEASURED, energy["source"]
    return words.PER_TOKENS.format(joules=joules), energy["source"]


def _learning(now: dict[str, Any]) -> Iterator[str]:
    serving, night = now["serving"], now["last_night"]
    name = texts.BASE_MODEL if serving["version"] == BASE else serving["version"]
    yield _card("Serving", name, _exam(serving))
    if night:
        took = night["energy"] and night["energy"]["joules"]
        told = words.NIGHT_ENERGY.format(hours=took / 3600) if took else ""
        yield _card("Last night", "", f"{night['reason']} {told}".strip(), badge(night["verdict"]))
    if rate := now["learning_rate"]:
        yield _card("Learning rate", f"{rate['rate']:g}", words.LEARNING_RATES[rate["source"]].format(**rate))
    waiting = "1 lesson waits" if now["waiting"] == 1 else f"{now['waiting']} lessons wait"
    yield _card("Next night", waiting, now["next_night"])


def _exam(serving: dict[str, Any]) -> str:
    if not serving["created_at"]:
        return "nothing learnt yet"
    hours = (datetime.now(UTC) - datetime.fromisoformat(serving["created_at"])).total_seconds() / 3600
    age = (
        f"{hours / 24:.0f} days old"
        if hours >= 48
        else f"{hours:.0f} hours old"
        if hours >= 1
        else "less than an hour old"
    )
    checks = serving["checks"] or ()
    judged = [check for check in checks if check["passed"] is not None]
    return f"{age}; exam: {sum(bool(check['passed']) for check in judged)} of {len(judged)} checks passed"


def _card(title: str, value: str, detail: str, drawing: str = "") -> str:
    strong = f"<strong>{escape(value)}</strong>" if value else ""
    return f"<div><b>{escape(title)}</b>{strong}{drawing}<small>{escape(detail)}</small></div>"


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
