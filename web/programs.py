"""The part of the machine page about other programs: everybody's own keys, made, shown once, and revoked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import gradio as gr

from domain import ApiKey
from errors import BadInput
from people import api_keys
from web import api_texts as words
from web import texts
from web.api import PREFIX
from web.api_answers import MODEL
from web.edge import Updates, at_the_edge, notice_html, person_of
from web.markup import escape, reply_html
from web.parts import LATEST, QUIET, Channel, read_wish
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown

CURL = """curl {address}/chat/completions \\
  -H "Authorization: Bearer $HOMEGROWN_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello"}}]}}'"""
PYTHON = """from openai import OpenAI

client = OpenAI(base_url="{address}", api_key="hg-...")
messages = [{{"role": "user", "content": "Hello"}}]
reply = client.chat.completions.create(model="{model}", messages=messages)
print(reply.choices[0].message.content)"""


def build_programs(pages: gr.Blocks, home: Homegrown, wire: Channel) -> None:
    gr.Markdown(f"<h2>{words.PROGRAMS}</h2><p>{escape(words.PROGRAMS_INTRO)}</p>", latex_delimiters=[])
    with gr.Row(elem_id="program-new"):
        name = gr.Textbox(label=words.KEY_NAME, placeholder=words.KEY_HINT, lines=1, max_lines=1)
        make = gr.Button(words.MAKE_KEY)
    memory = gr.Checkbox(label=words.KEY_MEMORY, info=words.KEY_MEMORY_WHAT, elem_id="program-memory")
    said = gr.Markdown(elem_id="programs-said", latex_delimiters=[])
    listed = gr.Markdown(elem_id="programs", latex_delimiters=[])
    how = gr.Markdown(elem_id="programs-how", latex_delimiters=[])

    def view(person: str) -> Updates:
        return {listed: keys_html(home.store.api_keys(person), date.today())}

    @at_the_edge(said)
    def load(request: gr.Request) -> Iterator[Updates]:
        yield view(person_of(request)) | {how: how_html(_address(request))}

    @at_the_edge(said)
    def give(wanted: str, may: bool, request: gr.Request) -> Iterator[Updates]:
        person = person_of(request)
        key, secret = api_keys.make(home.store, person, wanted, memory=bool(may))
        yield view(person) | {said: made_html(key, secret), name: "", memory: False}

    @at_the_edge(said)
    def act(wish: str, request: gr.Request) -> Iterator[Updates]:
        person, wanted = person_of(request), read_wish(wish)
        if wanted.do != "revoke":
            raise BadInput(texts.RELOAD)
        api_keys.revoke(home.store, person, wanted.on)
        yield view(person) | {said: notice_html(words.REVOKED_NOW), wire.fulfilled: str(wanted.number)}

    pages.load(load, None, [said, listed, how], **QUIET)
    wire.refresh.click(load, None, [said, listed, how], **LATEST)
    wire.go.click(act, [wire.wish], [said, listed, wire.fulfilled], trigger_mode="multiple", **QUIET)
    gr.on([name.submit, make.click], give, [name, memory], [said, listed, name, memory], **QUIET)


def made_html(key: ApiKey, secret: str) -> str:
    copy = f'<button type="button" class="act do-copy-code">{words.COPY_KEY}</button>'
    bar = f'<span class="code-bar">{escape(key.name)}{copy}</span>'
    return (
        f'<div class="notice">{escape(words.KEY_MADE.format(name=key.name))}'
        f'<pre class="code">{bar}<code>{escape(secret)}</code></pre></div>'
    )


def keys_html(keys: Sequence[ApiKey], today: date) -> str:
    """The newest on top."""
    if not keys:
        return f'<p class="quiet">{words.NO_KEYS}</p>'
    return f'<ul class="entries">{"".join(_row(key, today) for key in reversed(keys))}</ul>'


def how_html(address: str) -> str:
    """`address`: what programs call the base URL."""
    where = f"{escape(words.HOW_ADDRESS)}</p><p><code>{escape(address)}</code></p>"
    curl, python = (text.format(address=address, model=MODEL) for text in (CURL, PYTHON))
    examples = f"{words.HOW_CURL}\n```sh\n{curl}\n```\n{words.HOW_PYTHON}\n```python\n{python}\n```"
    return (
        f'<details class="model"><summary>{words.HOW}</summary><p>{where}'
        f"<p>{escape(words.HOW_MODEL.format(model=MODEL))}</p>{reply_html(examples)}</details>"
    )


def _row(key: ApiKey, today: date) -> str:
    used = words.KEY_USED.format(day=_day(key.used_on, today)) if key.used_on else words.KEY_UNUSED
    made = words.KEY_SINCE.format(day=_day(key.created_at.astimezone().date(), today))
    memory = words.KEY_WITH_MEMORY if key.memory else words.KEY_WITHOUT_MEMORY
    tools = button("revoke", words.REVOKE, ask=words.REVOKE_SURE)
    return (
        f'<li class="entry item" id="k-{escape(key.id)}"><p class="text">{escape(key.name)}</p>'
        f'<div class="tools"><span>{memory} · {made} · {used}</span>{tools}</div></li>'
    )


def _day(day: date, today: date) -> str:
    return words.TODAY if day == today else day.isoformat()


def _address(request: gr.Request) -> str:
    return f"{urlsplit(str(request.url)).scheme}://{request.headers['host']}{PREFIX}"
