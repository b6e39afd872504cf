"""The memory page: facts about the person, to find, add, edit in place, merge, switch off and delete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import gradio as gr

from conversation.memories import parts
from conversation.memory_search import Wanted, by_meaning, by_words, fitting
from conversation.message import check_size
from domain import Memory, Turn, now
from errors import BadInput, Gone
from web import memory_texts as words
from web import pulse, texts
from web.about_you import build_about_you
from web.by_page import ByPage
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.memory_list import PAGE, Listing, count_html, like_html, list_html, merging_html
from web.memory_moving import build_moving
from web.parts import LATEST, QUIET, Wish, channel, heading, hidden, read_wish
from web.proposed import act as proposed_act
from web.proposed import mode_html, waiting_html
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown

ANY = ""
MERGE = "merge-"  # and the id of the fact to merge with


def build_memory_page(pages: gr.Blocks, home: Homegrown) -> None:
    memories = home.memories
    limit = hidden("limit", str(PAGE))
    with gr.Column(elem_classes="page-column"):
        heading(texts.MEMORY, texts.MEMORY_INTRO)
        with gr.Row(elem_id="memory-new"):
            fact = gr.Textbox(label=words.NEW, placeholder=words.NEW_HINT, lines=1, max_lines=4)
            add = gr.Button(texts.ADD, variant="primary")
        notice = gr.Markdown(elem_id="notice", latex_delimiters=[])
        observing = gr.Markdown(elem_id="observing", latex_delimiters=[])
        waiting = gr.Markdown(elem_id="proposals", latex_delimiters=[])
        with gr.Row(elem_id="memory-search"):
            search = gr.Textbox(label=words.SEARCH, placeholder=words.SEARCH_HINT, lines=1, max_lines=1, scale=3)
            kind, age, state = (
                gr.Dropdown(_choices(label, names), value=ANY, label=title, filterable=False, scale=1, min_width=130)
                for title, label, names in (
                    (words.KIND, words.ANY_KIND, words.KINDS),
                    (words.AGE, words.ANY_AGE, words.AGES),
                    (words.STATE, words.ANY_STATE, words.STATES),
                )
            )
        count = gr.Markdown(elem_id="memory-count", latex_delimiters=[])
        gr.Markdown(merging_html(), latex_delimiters=[])
        listed = gr.Markdown(elem_id="memories", latex_delimiters=[])
        similar = gr.Markdown(elem_id="memories-like", latex_delimiters=[])
        build_about_you(pages, home)
        build_moving(home)
    wire = channel()
    sought = [search, kind, age, state, limit]
    found_again = [notice, count, listed, limit]
    shown = [*found_again, similar, observing, waiting, fact, wire.fulfilled, wire.stamp]
    told: ByPage[str] = ByPage()  # of what keeps facts from being found: looking again leaves what a click has answered
    newest: ByPage[Sequence[str]] = ByPage()  # what was looked for last: what takes longer may not show an older list

    def listing(person: str, asked: Sequence[str], every: Sequence[Memory]) -> Updates:
        """Those that fit, and hold every word that was typed."""
        wanted, most = Wanted(*asked[:4]), _number(asked[4])
        found = by_words(fitting(every, wanted, now()), wanted.text)
        return {
            count: count_html(len(found), len(every)),
            listed: list_html(found, most, around(person, found[:most], every)),
        }

    def likeness(person: str, asked: Sequence[str], every: Sequence[Memory]) -> Updates:
        """Those that only mean something like it. The first time, every fact has to be read for that."""
        wanted = Wanted(*asked[:4])
        fit = fitting(every, wanted, now())
        like = by_meaning(home.chat.recollection, person, fit, wanted.text)[:PAGE]
        return {similar: like_html(like, around(person, like, every))}

    def around(person: str, shown: Sequence[Memory], every: Sequence[Memory]) -> Listing:
        return Listing({memory.id: memory for memory in every}, said_in(home, person, shown, every), date.today())

    def view(request: gr.Request, asked: Sequence[str]) -> Updates:
        """Everything as it is now, of which the person sees what they look for."""
        person = person_of(request)
        stamp, every = pulse.stamp(home, person), memories.list(person)
        noticing = mode_html(home.proposals.mode(person), home.reading.ability().reason)
        ways = altogether_html(home.store.recalled.on(person), noticing)
        found = {observing: ways, waiting: waiting_html(home, person)}
        found |= likeness(person, newest.get(request, asked), every)  # before the list: it may take a while
        asked = [*newest.get(request, asked)[:4], asked[4]]
        found |= listing(person, asked, every)
        return found | {wire.stamp: stamp}

    @at_the_edge(notice)
    def load(request: gr.Request, *asked: str) -> Iterator[Updates]:
        found, trouble = view(request, asked), home.chat.recollection.trouble  # which the search above may have had
        yield found | ({notice: notice_html(trouble)} if told.renew(request, trouble, "") else {})

    @at_the_edge(notice)
    def find(request: gr.Request, *asked: str) -> Iterator[Updates]:
        person = person_of(request)
        newest.put(request, asked)
        yield listing(person, [*asked[:4], str(PAGE)], memories.list(person)) | {limit: str(PAGE)}

    @at_the_edge(notice)
    def find_like(request: gr.Request, *asked: str) -> Iterator[Updates]:
        person = person_of(request)
        yield likeness(person, asked, memories.list(person))

    @at_the_edge(notice)
    def keep(request: gr.Request, text: str, *asked: str) -> Iterator[Updates]:
        check_size(text)
        memories.add(person_of(request), text)
        yield view(request, asked) | {fact: "", notice: notice_html(home.chat.recollection.trouble)}

    @at_the_edge(notice)
    def act(request: gr.Request, wish: str, *asked: str) -> Iterator[Updates]:
        person, wanted = person_of(request), read_wish(wish)
        *looked_for, most = asked
        if wanted.do == "more":
            most = str(_number(most) + PAGE)
            yield listing(person, [*looked_for, most], memories.list(person)) | {limit: most}
            return
        told = change(home, person, wanted) or home.chat.recollection.trouble
        yield view(request, asked) | {wire.fulfilled: str(wanted.number), notice: notice_html(told)}

    pages.load(load, sought, shown, **QUIET)
    wire.refresh.click(load, sought, shown, **LATEST)
    wire.go.click(act, [wire.wish, *sought], shown, trigger_mode="multiple", **QUIET)
    gr.on([fact.submit, add.click], keep, [fact, *sought], shown, **QUIET)
    looked = gr.on([search.change, kind.input, age.input, state.input], find, sought, found_again, **LATEST)
    looked.then(find_like, sought, [notice, similar], **LATEST)


def change(home: Homegrown, person: str, wanted: Wish) -> str:
    """Does what a button asks for, to a fact, a proposal or memory altogether; returns what to say about it."""
    told = proposed_act(home, person, wanted)
    if told is not None:
        return told
    match wanted.do:
        case "edit":
            check_size(wanted.text)
            home.memories.edit(person, wanted.on, wanted.text)
        case "pin" | "unpin":
            home.memories.pin(person, wanted.on, wanted.do == "pin")
        case "on" | "off":
            home.memories.switch(person, wanted.on, wanted.do == "on")
        case "delete":
            return home.memories.forget(person, wanted.on)
        case other if other.startswith(MERGE):
            check_size(wanted.text)
            home.memories.merge(person, other.removeprefix(MERGE), wanted.on, wanted.text)
            return words.MERGED
        case "memory-on" | "memory-off":
            home.memories.use(person, wanted.do == "memory-on")
        case _:
            raise BadInput(texts.RELOAD)
    return ""


def altogether_html(on: bool, noticing: str) -> str:
    """Whether memory is used at all, with its switch; if so, how facts are noticed, and how to talk off the record."""
    if not on:
        return f'<p class="small acting">{words.MEMORY_OFF} {button("memory-on", words.TURN_ON)}</p>'
    chat = f'<a href="/?c=">{texts.CHAT}</a>'
    alone = words.ON_PAGE_OFF_RECORD.format(chat=chat, button=texts.GO_OFF_RECORD)
    return f'{noticing}<p class="small acting">{words.MEMORY_ON} {button("memory-off", words.TURN_OFF)} {alone}</p>'


def said_in(home: Homegrown, person: str, shown: Iterable[Memory], every: Sequence[Memory]) -> Mapping[str, Turn]:
    """The turns that are still there of those in which the shown memories were said, and what they were merged from."""
    found: dict[str, Turn] = {}
    for memory in shown:
        for one in (memory, *parts(every, memory)):
            if one.turn:
                with suppress(Gone):
                    found[one.turn] = home.store.turn(person, one.turn)
    return found


def _choices(all_of_them: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(all_of_them, ANY), *((label, name) for name, label in names.items())]


def _number(text: str) -> int:
    """How many are shown; a page that was changed by hand gets the usual number."""
    return int(text) if text.isdecimal() and len(text) < 6 else PAGE
