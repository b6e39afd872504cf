"""The line about lessons that act through the prompt until they are learnt, and its switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversation.prompt import acting_lessons
from web import texts
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown

ON, OFF = "at-once-on", "at-once-off"  # the wishes of the switch


def line(home: Homegrown, person: str, *, always: bool = False) -> str:
    """The line as it stands for a person; without `always`, "" while there is nothing to say or to undo."""
    return acting_html(
        home.store.at_once(person), len(acting_lessons(home.store, home.adapters, person)), always=always
    )


def acting_html(on: bool, count: int, *, always: bool) -> str:
    """`count` lessons act if it is switched `on`."""
    if not on:
        return _line(texts.ACTING_OFF, button(ON, texts.SWITCH_ON))
    if count:
        return _line(texts.ACTING.get(count, texts.ACTING_MANY.format(count=count)), button(OFF, texts.SWITCH_OFF))
    return _line(texts.ACTING_NONE, button(OFF, texts.SWITCH_OFF)) if always else ""


def _line(sentence: str, switch: str) -> str:
    return f'<p class="small acting">{sentence} {switch}</p>'
