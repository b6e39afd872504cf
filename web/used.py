"""Under a reply: the memories the model was shown for it, each with a click to edit, mute or delete it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from conversation.message import check_size
from domain import Memory, Turn
from web import memory_texts, texts
from web.markup import escape
from web.parts import Wish
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown

EDIT, MUTE, DELETE = "edit", "mute-fact", "delete-fact"  # wishes on a memory under a reply


def used_html(turn: Turn, memories: Mapping[str, Memory]) -> str:
    """Folded up; "" if nothing was shown. `memories` are all that are there, by id: one that is gone is told of."""
    shown = [memories[key] for key in turn.memories if key in memories]
    gone = len(turn.memories) - len(shown)
    if not shown and not gone and not turn.about:
        return ""
    rows = [_row(turn, memory) for memory in reversed(shown)]
    if turn.about:
        rows.append(f'<li class="small">{memory_texts.USED_ABOUT} <a href="/memory">{memory_texts.ABOUT}</a></li>')
    if gone:
        told = memory_texts.USED_GONE if gone == 1 else memory_texts.USED_GONE_MANY.format(count=gone)
        rows.append(f'<li class="small">{told}</li>')
    count = len(shown)
    title = (
        memory_texts.USED_NONE
        if not count
        else memory_texts.USED_ONE
        if count == 1
        else memory_texts.USED.format(count=count)
    )
    return f'<details class="used"><summary>{title}</summary><ul class="entries">{"".join(rows)}</ul></details>'


def act(home: Homegrown, person: str, wanted: Wish) -> str | None:
    """Fulfils a wish on a memory under a reply; a sentence for the person, None if it is none of these."""
    turn, dot, memory = wanted.on.rpartition(".")
    if not (turn and dot) or wanted.do not in (EDIT, MUTE, DELETE):
        return None
    if wanted.do == EDIT:
        check_size(wanted.text)
        home.memories.edit(person, memory, wanted.text)
        return memory_texts.USED_CHANGED
    if wanted.do == MUTE:
        home.memories.switch(person, memory, active=False)
        return memory_texts.USED_MUTED
    return home.memories.forget(person, memory)


def _row(turn: Turn, memory: Memory) -> str:
    tools = (
        button(EDIT, texts.EDIT)
        + button(MUTE, memory_texts.MUTE)
        + button(DELETE, texts.DELETE, ask=texts.DELETE_MEMORY)
    )
    return (
        f'<li class="entry item" id="u-{escape(turn.id)}.{escape(memory.id)}">'
        f'<p class="text">{escape(memory.text)}</p><div class="tools">{tools}</div></li>'
    )
