"""Memories as HTML: each with its state, its buttons, and why it is believed. Values in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from conversation.memories import parts
from domain import Memory, Turn
from personalization.report import short
from web import memory_texts as words
from web import texts
from web.markup import escape
from web.thread import button

PAGE = 20  # memories shown at once


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list needs to know besides the memories in it: every memory, and the turns in which they were said, as far
    as they are still there; both by their ids."""

    every: Mapping[str, Memory]
    said: Mapping[str, Turn]
    today: date


def list_html(found: Sequence[Memory], most: int, listing: Listing) -> str:
    """The first ones of those found, with a button for more."""
    if not listing.every:
        return f'<p class="quiet">{words.NO_MEMORIES}</p>'
    if not found:
        return f'<p class="quiet">{words.NONE_FOUND}</p>'
    return _rows(found[:most], listing) + (button("more", words.MORE) if len(found) > most else "")


def like_html(like: Sequence[Memory], listing: Listing) -> str:
    """Further ones, that are only like what is looked for."""
    return f"<h2>{words.LIKE_IT}</h2>{_rows(like[:PAGE], listing)}" if like else ""


def count_html(found: int, total: int) -> str:
    if not total:
        return ""
    count = words.COUNT_ONE if total == 1 else words.COUNT.format(total=total)
    told = count if found == total else words.COUNT_FOUND.format(found=found, total=total)
    return f'<p class="small" role="status">{told}</p>'


def merging_html() -> str:
    """Shown by the page's script while a fact is chosen to merge another one with."""
    named = escape(words.MERGING).format(text='<span class="merging-text"></span>')
    return f'<p class="notice merging-note" role="status">{named} {button("merge-stop", words.MERGE_STOP)}</p>'


def _rows(memories: Sequence[Memory], listing: Listing) -> str:
    return f'<ul class="entries">{"".join(_row(memory, listing) for memory in memories)}</ul>'


def _row(memory: Memory, listing: Listing) -> str:
    tools = _tools(memory, listing)
    badges = f'<span class="badge">{words.PINNED}</span> ' if memory.pinned and memory.active else ""
    badges += "" if memory.active else f'<span class="badge bad">{texts.OFF}</span> '
    facts = " · ".join(escape(fact) for fact in _facts(memory, listing))
    return (
        f'<li class="entry item{"" if memory.active else " off"}" id="m-{escape(memory.id)}">'
        f'<p class="text">{escape(memory.text)}</p><p class="facts">{badges}{facts}</p>'
        f'<div class="tools">{tools}</div>{why_html(memory, listing)}</li>'
    )


def _tools(memory: Memory, listing: Listing) -> str:
    merged = parts(tuple(listing.every.values()), memory)
    template = words.DELETE_ASK_MERGED if merged else words.DELETE_ASK
    ask = template.format(text=short(memory.text, 80), count=len(merged))
    edit = button("edit", texts.EDIT)
    delete = button("delete", texts.DELETE, ask=ask)
    if not memory.active:
        return edit + button("on", texts.SWITCH_ON) + delete
    merge = button("merge", words.MERGE) + button("merge-with", words.MERGE_WITH)
    pin = button("unpin", words.UNPIN) if memory.pinned else button("pin", words.PIN)
    return edit + pin + button("off", texts.SWITCH_OFF) + merge + delete


def _facts(memory: Memory, listing: Listing) -> list[str]:
    """Its kind and how long it holds, in plain words."""
    found = [words.KINDS[memory.kind], words.SINCE.format(day=day_of(memory.created_at))]
    if memory.replaced_by:
        heir = listing.every.get(memory.replaced_by)
        template = words.MERGED_INTO if heir and heir.source == "merged" else words.REPLACED_BY
        found.append(template.format(text=short(heir.text, 160)) if heir else words.REPLACED_GONE)
    elif memory.until:
        over = memory.until < listing.today
        found.append((words.ENDED if over else words.UNTIL).format(day=day_of(memory.until)))
    return found


def why_html(memory: Memory, listing: Listing) -> str:
    """Where it comes from; folded up. The turn in which the person said it is one click away."""
    return f'<details class="why"><summary>{words.WHY}</summary>{_why(memory, listing)}</details>'


def _why(memory: Memory, listing: Listing) -> str:
    day = day_of(memory.created_at)
    if memory.source == "merged":
        made = parts(tuple(listing.every.values()), memory)
        rows = "".join(f"<li>{escape(part.text)} {_why(part, listing)}</li>" for part in made)
        told = escape((words.WHY_MERGED if made else words.WHY_MERGED_GONE).format(day=day))
        return f"<p>{told}</p>" + (f'<ul class="merged">{rows}</ul>' if made else "")
    if memory.brought:
        origin = words.ORIGINS.get(memory.brought.origin, memory.brought.origin)
        return f"<p>{escape(words.WHY_BROUGHT.format(origin=origin, day=day_of(memory.brought.at)))}</p>"
    if not memory.turn:
        return f"<p>{words.WHY_TYPED.format(day=day)}</p>"
    template = {"confirmed": words.WHY_CONFIRMED, "observed": words.WHY_OBSERVED}.get(memory.source, words.WHY_ASKED)
    turn = listing.said.get(memory.turn)
    told = template.format(day=day_of(turn.created_at) if turn else day)
    if turn is None:
        return f"<p>{told} {words.WHY_GONE}</p>"
    link = f"/?c={quote(turn.conversation)}&t={quote(turn.id)}"
    return f'<p>{told} <a href="{escape(link)}">{words.SHOW_WHERE}</a></p>'


def day_of(moment: date) -> str:
    """As people write it, for instance 3 March 2027; of a moment, where the machine stands."""
    day = moment.astimezone() if isinstance(moment, datetime) else moment
    return f"{day.day} {day:%B %Y}"
