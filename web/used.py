"""Under a reply: what the model was shown for it, and what the person's words left in memory, each within reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from conversation.message import check_size
from domain import Memory, Reminder, Turn
from personalization.report import short
from web import memory_texts as words
from web import texts
from web.markup import escape
from web.parts import Wish
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown

EDIT, MUTE, DELETE = "edit", "mute-fact", "delete-fact"  # wishes on a memory under a reply


def used_html(turn: Turn, memories: Mapping[str, Memory]) -> str:
    """Folded up; "" if there is nothing. `memories` are all that are there, by id: one that is gone is told of."""
    shown = [memories[key] for key in turn.memories if key in memories]
    gone = len(turn.memories) - len(shown)
    said_here = (memory for memory in memories.values() if memory.turn == turn.id and memory.active)
    made = [memory for memory in said_here if memory.id not in turn.memories]
    if not (shown or gone or made or turn.about or turn.reminders):
        return ""
    rows = [_memory(turn, memory) for memory in reversed(shown)]
    rows += [_small(f'{words.USED_ABOUT} <a href="/memory">{words.ABOUT}</a>')] if turn.about else []
    if gone:
        rows.append(_small(words.USED_GONE if gone == 1 else words.USED_GONE_MANY.format(count=gone)))
    rows += [_lesson(reminder) for reminder in reversed(turn.reminders)]
    rows += [_small(f'{words.USED_LESSONS} <a href="/learning">{texts.LEARNING}</a>')] if turn.reminders else []
    rows += [_small(words.MADE_HERE)] * bool(made) + [_memory(turn, memory) for memory in made]
    title = _title(len(shown), len(turn.reminders), len(made))
    return f'<details class="used"><summary>{title}</summary><ul class="entries">{"".join(rows)}</ul></details>'


def act(home: Homegrown, person: str, wanted: Wish) -> str | None:
    """Fulfils a wish on a memory under a reply; a sentence for the person, None if it is none of these."""
    turn, dot, memory = wanted.on.rpartition(".")
    if not (turn and dot) or wanted.do not in (EDIT, MUTE, DELETE):
        return None
    if wanted.do == EDIT:
        check_size(wanted.text)
        home.memories.edit(person, memory, wanted.text)
        return words.USED_CHANGED
    if wanted.do == MUTE:
        home.memories.switch(person, memory, active=False)
        return words.USED_MUTED
    return home.memories.forget(person, memory)


def _title(memories: int, lessons: int, made: int) -> str:
    shown = [words.MEMORIES.get(memories, words.MEMORIES_MANY.format(count=memories))] if memories else []
    shown += [words.LESSONS.get(lessons, words.LESSONS_MANY.format(count=lessons))] if lessons else []
    told = [words.USED.format(what=", ".join(shown))] if shown else [words.USED_NONE] * (not made)
    kept = [words.MADE.get(made, words.MADE_MANY.format(count=made))] if made else []
    return " · ".join(told + kept)


def _memory(turn: Turn, memory: Memory) -> str:
    tools = button(EDIT, texts.EDIT) + button(MUTE, words.MUTE) + button(DELETE, texts.DELETE, ask=texts.DELETE_MEMORY)
    return (
        f'<li class="entry item" id="u-{escape(turn.id)}.{escape(memory.id)}">'
        f'<p class="text">{escape(memory.text)}</p><div class="tools">{tools}</div></li>'
    )


def _lesson(reminder: Reminder) -> str:
    asked, wanted = escape(short(reminder.asked, 160)), escape(short(reminder.wanted, 400))
    return f'<li class="entry"><b class="mark">{asked}</b><p class="text">{wanted}</p></li>'


def _small(inner: str) -> str:
    return f'<li class="small">{inner}</li>'
