"""A reply to messages that come from elsewhere, outside any conversation: nothing of it is stored or learnt."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from backends.base import Piece, Sampling
from conversation.chat import Chat
from conversation.prompt import acting_lessons, recalled, remind, reserve
from domain import ApiKey, Lesson, Message
from errors import BadInput, EngineDied, Locked
from personalization.at_once import exchanges
from personalization.memory import beside

LEFT = "Whoever this model belongs to was locked, signed out or removed while it was being written; ask again later."


class HasLeft(Locked):
    """The person signed out, or was locked or removed, while a reply was being written for them."""


class DoesNotFit(BadInput):
    """More text than the model's window holds."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the engine is sent: token ids, and the person's version that answers (`folder` None: the base)."""

    ids: list[int]
    version: str
    folder: Path | None


def compose(chat: Chat, person: str, messages: Sequence[Message], *, memory: bool) -> Question:
    """The messages as the person's model reads them.

    Their persona stands before, unless the messages bring a system message. With `memory`, what is kept as text about
    the person is added where a conversation with these messages would have it: the text in brief after the persona,
    facts beside each question they are about, and before the first one the lessons that act until they are learnt. So
    the beginning stays the same from one request of a growing conversation to the next, and the engine need not read
    it again. Raises DoesNotFit or BadInput.
    """
    store, engine = chat.store, chat.engine
    version, folder = chat.adapters.current(person)
    if all(message.role != "system" for message in messages):
        persona, about = store.persona(person)[1], chat.recollection.block(person) if memory else ""
        opening = "\n\n".join(part for part in (persona, about) if part.strip())
        messages = [*([Message("system", opening)] if opening else []), *messages]
    else:
        about = ""
    first = next((place for place, message in enumerate(messages) if message.role == "user"), None)
    lessons: Sequence[Lesson] = ()
    notes: Mapping[int, str] = {}
    if memory and first is not None:
        notes = _notes(chat, person, messages, about)
        lessons = acting_lessons(store, chat.adapters, person)
    room = engine.info().context - reserve(engine.info().context)
    while True:
        ids = engine.encode(_with_notes(chat, messages, first, notes, lessons))
        if len(ids) <= room:
            return Question(ids, version, folder)
        if not lessons and not notes:
            raise DoesNotFit(
                f"The messages have {len(ids):,} tokens and this model reads {room:,}; leave out the oldest ones."
            )
        lessons, notes = (), {} if not lessons else notes


def _notes(chat: Chat, person: str, messages: Sequence[Message], about: str) -> dict[int, str]:
    """What stands beside each question of theirs, by its place; nothing is said twice."""
    notes, said = {}, set[str]()
    for place, message in enumerate(messages):
        if message.role == "user":
            text = message.content
            notes[place], ids = recalled(chat.engine, chat.recollection, person, text, about=about, said=said)
            said.update(ids)
    return {place: block for place, block in notes.items() if block}


def _with_notes(
    chat: Chat, messages: Sequence[Message], first: int | None, notes: Mapping[int, str], lessons: Sequence[Lesson]
) -> list[Message]:
    if first is None:
        return list(messages)
    shown = exchanges(remind(chat.engine, lessons, messages[first].content))
    noted = [
        replace(message, content=beside(notes.get(place, ""), message.content))
        for place, message in enumerate(messages)
    ]
    return [*noted[:first], *shown, *noted[first:]]


def pieces(
    chat: Chat, person: str, key: ApiKey, question: Question, sampling: Sampling, cancel: threading.Event
) -> Generator[Piece, None, None]:
    """The reply, piece by piece, in the same queue as everybody's chats; the last piece says how it ended.

    With a seed the reply is repeatable: it begins with an empty KV cache. Raises EngineDied if it breaks off, HasLeft.
    """
    cache = None if sampling.seed is not None else f"{person}/program {key.id}"
    stream = chat.engine.stream(
        question.ids, sampling, question.folder, key=cache, cancel=cancel, place=lambda place: None
    )
    finish = None
    with chat.asking(person, cancel) as asking, closing(stream):
        for piece in stream:
            if asking.hushed:
                break
            finish = piece.finish
            yield piece
    if asking.hushed and finish is None:
        raise HasLeft(LEFT)
    if finish is None:
        raise EngineDied("The engine ended without finishing the reply; ask again.")
