"""The chat page: conversations, the reply as it is written, and what the person says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from conversation.chat import PAGE
from conversation.generation import Generation
from conversation.message import check_size
from domain import content_hash
from errors import BadInput, Gone
from personalization.forgetting import named
from web import acting, attached, proposed, pulse, texts, used, verdict
from web.by_page import ByPage
from web.edge import Updates, at_the_edge, notice_html, person_of, trouble_html
from web.models_list import better_html
from web.news import is_news, is_untold, news_html
from web.opening import damage, opening
from web.parts import LATEST, QUIET, channel, hidden, mark, mark_html, read_wish
from web.thread import live_html, talks_html, thread_html, verdicts, welcome_html

if TYPE_CHECKING:
    from homegrown import Homegrown

UNTOLD = "?"  # no version's name: the page has yet to tell of the one that serves
LONGEST_PERSONA = 4_000  # characters: it is sent with every message


def build_chat_page(pages: gr.Blocks, home: Homegrown) -> None:
    """Lays out the page. Histories are read from the store, never taken from the browser,
    and while a reply is written only that reply is sent: a turn costs the same in a long conversation."""
    chat, store, shown = home.chat, home.store, ByPage[str]()
    talk, limit, known = hidden("talk"), hidden("limit", str(PAGE)), hidden("known")
    drawn = hidden("drawn")  # names the history this page shows, so that it is sent again only when it has changed
    with gr.Column(elem_id="side"):
        new = gr.Button(texts.NEW_CONVERSATION, elem_id="new")
        talks = gr.Markdown(elem_id="talks", latex_delimiters=[])
        with gr.Accordion(texts.PERSONA, open=False, elem_id="persona"):
            persona = gr.Textbox(
                label=texts.PERSONA, placeholder=texts.PERSONA_HINT, lines=3, max_lines=8, show_label=False
            )
            save_persona = gr.Button(texts.SAVE, size="sm")
            persona_said = gr.Markdown(elem_id="persona-said", latex_delimiters=[])
    with gr.Column(elem_id="talk-column"):
        gr.Markdown(f'<button type="button" class="act do-drawer drawer-button">{texts.CONVERSATIONS}</button>')
        news = gr.Markdown(elem_id="news", latex_delimiters=[])
        history = gr.Markdown(elem_id="history", latex_delimiters=[])
        live = gr.Markdown(elem_id="live", latex_delimiters=[])
        proposals = gr.Markdown(elem_id="proposals", latex_delimiters=[])
        with gr.Column(elem_id="composer"):
            notice = gr.Markdown(elem_id="notice", latex_delimiters=[])
            files = gr.Markdown(elem_id="files", latex_delimiters=[])
            with gr.Row(elem_id="box-row"):
                gr.Markdown(attached.attach_html(), elem_id="attach")
                box = gr.Textbox(
                    label=texts.MESSAGE, placeholder=texts.ASK, show_label=False, lines=1, max_lines=8, elem_id="box"
                )
                send = gr.Button(texts.SEND, variant="primary", elem_id="send", elem_classes="unless-busy")
                stop = gr.Button(texts.STOP, elem_id="stop", elem_classes="if-busy")
            with gr.Row(elem_id="foot"):
                at_once = gr.Markdown(elem_id="at-once", latex_delimiters=[])
                record = gr.Markdown(elem_id="record", latex_delimiters=[])
            keys = f'<span class="keys">{texts.KEYS}</span>'
            gr.Markdown(f'<p class="small">{texts.SMALL_PRINT} {keys}</p>', latex_delimiters=[])
    wire, busy = channel(), mark("busy")
    drawable = [talk, limit, known, drawn, talks, news, history, live, notice, box, busy, persona]
    drawable += [files, proposals, at_once, record, wire.fulfilled, wire.stamp]

    def view(person: str, conversation: str, shown_turns: int, there: str = "") -> Updates:
        """Everything that is stored, as it is now: lists, the finished turns, and whether a reply is being written.

        `there` is the page's `drawn`: the history is left out if the page shows it already.
        """
        stamp, running = pulse.stamp(home, person), chat.running(person)
        listed, papers = store.conversations(person), home.attachments.list(person, conversation)
        if conversation:
            whole = [t for t in chat.path(person, conversation, shown_turns + 2) if t.finish != "streaming"]
            done = whole[-shown_turns:]
            manifest = home.adapters.manifest(person)
            said = verdicts(store.feedback(person), manifest["lessons"] if manifest else ())
            others = chat.siblings(person, conversation)
            held = {memory.id: memory for memory in home.memories.list(person)}
            names = {paper.id: paper for paper in papers}
            told = {turn.id: used.used_html(turn, held) + attached.sources_html(turn, names) for turn in done}
            rated = not store.conversation(person, conversation).off_record
            more = len(whole) > len(done)
            body = thread_html(done, said, others, told, conversation=conversation, more=more, rated=rated)
        else:
            body = welcome_html(better_html(home, person))
        name = content_hash(body)
        unchanged: Updates = {} if name == there else {history: body, drawn: name}
        return unchanged | {
            talk: conversation,
            limit: str(shown_turns),
            talks: talks_html(listed, conversation),
            live: _live(home, running) if running and running.turn.conversation == conversation else "",
            busy: mark_html(running is not None),
            files: attached.files_html(papers),
            proposals: proposed.waiting_html(home, person, proposed.IN_CHAT),
            at_once: acting.line(home, person),
            record: proposed.record_html(listed, conversation),
            wire.stamp: stamp,
        }

    def follow(
        person: str, generation: Generation, shown_turns: int, first: Updates, there: str = ""
    ) -> Iterator[Updates]:
        """Shows a reply as it grows. `first` goes out with the first update, for instance an emptied box."""
        conversation = generation.turn.conversation
        yield view(person, conversation, shown_turns, there) | first
        for _ in generation.watch():
            yield {live: _live(home, generation)}
        yield view(person, conversation, shown_turns)

    def show(person: str, conversation: str, shown_turns: int, there: str = "") -> Iterator[Updates]:
        """A conversation as it is; if a reply of it is being written, goes on showing that."""
        running = chat.running(person)
        if running and running.turn.conversation == conversation:
            yield from follow(person, running, shown_turns, {}, there)
        else:
            yield view(person, conversation, shown_turns, there)

    def here(request: gr.Request, conversation: str, updates: Iterator[Updates]) -> Iterator[Updates]:
        """Updates for as long as the page shows this conversation: whoever has left it is not called back."""
        for update in updates:
            if shown.get(request, conversation) != conversation:
                return
            yield update

    def turn_to(request: gr.Request, conversation: str, updates: Iterator[Updates]) -> Iterator[Updates]:
        """From now on the page shows this conversation."""
        shown.put(request, conversation)
        yield from here(request, conversation, updates)

    @at_the_edge(notice)
    def load(request: gr.Request) -> Iterator[Updates]:
        person = person_of(request)
        current, count = opening(home, person, request)
        version = home.adapters.current(person)[0]
        unread = news_html(home, person, version) if is_news(home, person, version, seen=False) else ""
        told = UNTOLD if is_untold(home, person, version) else version
        trouble = trouble_html(damage(home, person))  # nobody should have to write first
        yield {persona: store.persona(person)[1], known: told, news: unread, notice: trouble}
        yield from turn_to(request, current, show(person, current, count))

    @at_the_edge(notice)
    def say(text: str, conversation: str, there: str, request: gr.Request) -> Iterator[Updates]:
        person = person_of(request)
        current = shown.get(request, conversation) or None
        heard = home.proposals.hear(person, current, text)
        generation = chat.start(person, current, text)
        if heard and heard.kept:
            home.proposals.heard_in(person, heard.kept, generation.turn.id)
        seen = follow(person, generation, PAGE, {box: "", notice: notice_html(heard.sentence if heard else "")}, there)
        yield from turn_to(request, generation.turn.conversation, seen)

    @at_the_edge(notice)
    def look_again(
        conversation: str, shown_turns: str, version: str, there: str, request: gr.Request
    ) -> Iterator[Updates]:
        """Something has changed: in another tab, or by a night."""
        person = person_of(request)
        current = home.adapters.current(person)[0]
        if version and current != version and not is_untold(home, person, current):
            yield {known: current, news: news_html(home, person, current)}
        elif is_news(home, person, current, seen=True):
            yield {news: ""}  # its report was read meanwhile
        now = conversation if conversation in [entry.id for entry in store.conversations(person)] else ""
        if shown.get(request, conversation) == conversation:
            yield from turn_to(request, now, show(person, now, _number(shown_turns), there))

    @at_the_edge(notice)
    def act(wish: str, conversation: str, shown_turns: str, request: gr.Request) -> Iterator[Updates]:
        """What a button inside the conversation, or in the list, asks for."""
        person, wanted, count = person_of(request), read_wish(wish), _number(shown_turns)
        yield {notice: ""}
        match wanted.do:
            case "open":
                yield from turn_to(request, wanted.on, show(person, wanted.on, PAGE))
            case "delete":
                stay = sum(row.id.startswith(f"{wanted.on}.") for row in store.feedback(person))
                chat.forget(person, wanted.on)
                said = f"{texts.LESSONS_STAY.format(count=stay) if stay else ''} {named(store.exports(person))}".strip()
                yield {notice: notice_html(said)}
                if shown.get(request, conversation) == wanted.on:
                    shown.put(request, "")
                left = "" if wanted.on == conversation else conversation
                yield from here(request, left, iter([view(person, left, count)]))
            case "earlier":
                yield from here(request, conversation, show(person, conversation, count + PAGE))
            case "again":
                yield from here(request, conversation, follow(person, chat.regenerate(person, wanted.on), count, {}))
            case "previous" | "next":
                chat.turn_to(person, wanted.on, -1 if wanted.do == "previous" else 1)
                yield from here(request, conversation, show(person, conversation, count))
            case acting.ON | acting.OFF:
                store.set_at_once(person, wanted.do == acting.ON)
                yield from here(request, conversation, iter([view(person, conversation, count)]))
            case proposed.OFF_RECORD | proposed.ON_RECORD:
                now = proposed.set_record(home, person, conversation, off=wanted.do == proposed.OFF_RECORD)
                yield from turn_to(request, now, show(person, now, count))
            case _:
                tried = (done(home, person, wanted) for done in (used.act, proposed.act, attached.act, verdict.act))
                said = next(told for told in tried if told is not None)
                done = {notice: notice_html(said), wire.fulfilled: str(wanted.number)}
                there = shown.get(request, conversation) == conversation
                yield (view(person, conversation, count) if there else {}) | done

    @at_the_edge(notice)
    def begin(request: gr.Request) -> Iterator[Updates]:
        shown.put(request, "")
        yield view(person_of(request), "", PAGE) | {notice: ""}

    @at_the_edge(persona_said)
    def keep_persona(text: str, request: gr.Request) -> Iterator[Updates]:
        if len(text) > LONGEST_PERSONA:
            raise BadInput(texts.PERSONA_TOO_LONG.format(limit=LONGEST_PERSONA))
        check_size(text)
        chat.set_persona(person_of(request), text.strip())
        yield {persona_said: notice_html(texts.PERSONA_SAVED)}

    @at_the_edge(notice)
    def halt(request: gr.Request) -> Iterator[Updates]:
        chat.stop(person_of(request))
        yield {notice: ""}

    pages.load(load, None, drawable, **QUIET)
    gr.on([box.submit, send.click], say, [box, talk, drawn], drawable, trigger_mode="multiple", **QUIET)
    wire.go.click(act, [wire.wish, talk, limit], drawable, trigger_mode="multiple", **QUIET)
    wire.refresh.click(look_again, [talk, limit, known, drawn], drawable, **LATEST)
    new.click(begin, None, drawable, **QUIET)
    stop.click(halt, None, [notice], **QUIET)
    save_persona.click(keep_persona, [persona], [persona_said], **QUIET)


def _live(home: Homegrown, generation: Generation) -> str:
    return live_html(generation.turn, _status(home, generation)) if not generation.done else ""


def _status(home: Homegrown, generation: Generation) -> str:
    """Why there are no words yet."""
    engine = home.engine.status()
    if engine.state in ("starting", "resting"):
        return texts.ENGINE_STARTING
    if engine.state == "restarting":
        return texts.ENGINE_RESTARTING
    if generation.place:
        return texts.IN_QUEUE.get(generation.place, texts.IN_QUEUE_MANY.format(place=generation.place))
    return texts.READING.format(share=int(100 * generation.read)) if generation.read else texts.THINKING


def _number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000:
        raise Gone(texts.RELOAD)
    return int(text)
