"""Which conversation the chat page opens with, and how much of it: its address may name one, and a turn of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from conversation.chat import PAGE

if TYPE_CHECKING:
    from homegrown import Homegrown


def opening(home: Homegrown, person: str, request: gr.Request) -> tuple[str, int]:
    """(conversation, how many of its turns to show): the one being answered, the one asked for, else the newest.

    "" is a new one. A turn that is asked for is among those shown, also if it lies on a branch that was not.
    """
    asked = dict(request.query_params)
    there, running = [entry.id for entry in home.store.conversations(person)], home.chat.running(person)
    newest = there[0] if there else ""
    current = running.turn.conversation if running else asked.get("c", newest)
    if current not in there:
        return "", PAGE
    return current, turns_to_show(home, person, current, asked.get("t", ""))


def turns_to_show(home: Homegrown, person: str, conversation: str, turn: str) -> int:
    turns = home.store.turns(person, conversation)
    if turn not in turns:
        return PAGE

    def shown() -> list[str]:
        return [found.id for found in home.chat.path(person, conversation, len(turns))]

    if turn not in shown():
        home.chat.turn_to(person, turn, 0)
    return max(PAGE, len(shown()) - shown().index(turn))


def damage(home: Homegrown, person: str) -> str:
    """What of this person's files is damaged, in sentences, or ""."""
    found = [*home.store.troubles(home.store.person(person)).values(), home.adapters.trouble(person)]
    return " ".join(found).strip()
