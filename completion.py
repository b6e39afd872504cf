"""A reply to messages that come from elsewhere, outside any conversation: nothing of it is stored or learnt."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from backends.base import Piece, Sampling
from chat import Chat
from domain import ApiKey, Lesson, Message
from errors import BadInput, EngineDied
from personalization.at_once import exchanges
from personalization.memory import beside, inserted_block
from prompt import acting_lessons, remind, reserve


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
    the person is added where a conversation that opened with these messages would have it: facts beside the first
    question, and before it the lessons that act until they are learnt. So the beginning stays the same from one
    request of a growing conversation to the next, and the engine need not read it again. Raises DoesNotFit or BadInput.
    """
    store, engine = chat.store, chat.engine
    version, folder = chat.adapters.current(person)
    if all(message.role != "system" for message in messages):
        persona = store.persona(person)[1]
        messages = [*([Message("system", persona)] if persona.strip() else []), *messages]
    first = next((place for place, message in enumerate(messages) if message.role == "user"), None)
    lessons: Sequence[Lesson] = ()
    if memory and first is not None:
        inserted, _ = inserted_block(store.memories(person))
        lessons = acting_lessons(store, chat.adapters, person)
    else:
        inserted = ""
    room = engine.info().context - reserve(engine.info().context)
    while True:
        ids = engine.encode(_with_notes(chat, messages, first, inserted, lessons))
        if len(ids) <= room:
            return Question(ids, version, folder)
        if not lessons:
            raise DoesNotFit(
                f"The messages have {len(ids):,} tokens and this model reads {room:,}; leave out the oldest ones."
            )
        lessons = ()


def _with_notes(
    chat: Chat, messages: Sequence[Message], first: int | None, inserted: str, lessons: Sequence[Lesson]
) -> list[Message]:
    if first is None:
        return list(messages)
    question = messages[first]
    shown = exchanges(remind(chat.engine, lessons, question.content))
    opened = Message("user", beside(inserted, question.content))
    return [*messages[:first], *shown, opened, *messages[first + 1 :]]


def pieces(
    chat: Chat, person: str, key: ApiKey, question: Question, sampling: Sampling, cancel: threading.Event
) -> Generator[Piece, None, None]:
    """The reply, piece by piece, in the same queue as everybody's chats; the last piece says how it ended.

    With a seed the reply is repeatable: it begins with an empty KV cache. Raises EngineDied if it breaks off.
    """
    cache = None if sampling.seed is not None else f"{person}/program {key.id}"
    stream = chat.engine.stream(
        question.ids, sampling, question.folder, key=cache, cancel=cancel, place=lambda place: None
    )
    finish = None
    with chat.asking(), closing(stream):
        for piece in stream:
            finish = piece.finish
            yield piece
    if finish is None:
        raise EngineDied("The engine ended without finishing the reply; ask again.")
