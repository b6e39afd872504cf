"""What the model sees for one turn: composed when it is asked, rebuilt when it is checked."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from backends.base import BackendInfo
from conversation.quoting import Beside, Quoting
from conversation.recollection import Recollection
from domain import Lesson, Message, Reminder, Turn
from errors import BadInput
from personalization.about import rough_tokens
from personalization.at_once import BUDGET, reminders
from personalization.branches import branch
from personalization.ledger import waiting_lessons
from personalization.memory import beside, budget_for, compose, inserted_block, quotes, sent_history, within
from storage.adapters import Adapters
from storage.store import Store

SURE_TO_FIT = 2_000  # characters: for these nobody waits for an engine that is still starting


class Encoder(Protocol):
    def info(self) -> BackendInfo: ...

    def encode(self, messages: Sequence[Message]) -> list[int]: ...

    def encode_text(self, text: str) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent for one turn: ids, and how they came to be (see Turn)."""

    ids: list[int]
    inserted: str
    memories: tuple[str, ...]
    cut: str | None
    reminders: tuple[Reminder, ...]
    about: str
    attached: Beside


def acting_lessons(store: Store, adapters: Adapters, person: str) -> list[Lesson]:
    """The lessons that act through the prompt because the serving version has not learnt them; [] if switched off."""
    if not store.at_once(person):
        return []
    manifest = adapters.manifest(person)
    waiting = waiting_lessons(store.feedback(person), manifest["lessons"] if manifest else ())
    return [lesson for lesson in waiting if lesson.chosen is not None]


def compose_turn(
    engine: Encoder, recollection: Recollection, quoting: Quoting, person: str, turn: Turn, lessons: Sequence[Lesson]
) -> Prompt:
    """The prompt of a new turn; when the window overflows, the oldest half of the history is dropped at once.

    Of the `lessons` that act at once, and of documents, those are left out that would not fit. Raises BadInput if the
    newest message alone does not fit. Off the record nothing that is known rides along, lessons included.
    """
    store = recollection.store
    before = branch(store.turns(person, turn.conversation), turn.parent)
    cut = before[-1].cut if before else None
    unknown = store.conversation(person, turn.conversation).off_record
    about = "" if unknown else recollection.block(person)
    lessons = () if unknown else lessons
    context = engine.info().context
    room = context - reserve(context)
    persona = store.persona(person, turn.persona)[1]
    crowded = False
    while True:
        history = sent_history(before, cut)
        said = {memory for earlier in history for memory in earlier.memories}
        found = recalled(engine, recollection, person, turn.text, history, about, said)
        inserted, memories = ("", ()) if unknown else found
        shown = remind(engine, unsaid(lessons, history), turn.text)
        attached = Beside() if crowded else quoting.beside(engine, person, turn, history)
        asked = beside(inserted, turn.text)
        ids = engine.encode(compose(persona, history, attached.block, asked, shown, about))
        if len(ids) <= room:
            return Prompt(ids, inserted, memories, cut, shown, about, attached)
        if history:
            later = history[(len(history) + 1) // 2 :]
            cut = later[0].id if later else turn.id
        elif shown:
            lessons = ()
        elif attached.block:
            crowded = True
        else:
            raise _too_long(len(ids), room)


def check_fits(engine: Encoder, text: str) -> None:
    """Refuses what the model could not read even alone, before it is stored; a usual message is not counted."""
    if len(text) <= SURE_TO_FIT:
        return
    context = engine.info().context
    room = context - reserve(context)
    if (count := len(engine.encode([Message("user", text)]))) > room:
        raise _too_long(count, room)


def _too_long(tokens: int, room: int) -> BadInput:
    return BadInput(f"That message has {tokens:,} tokens and this model reads {room:,}; send a shorter one.")


def recalled(
    engine: Encoder,
    recollection: Recollection,
    person: str,
    text: str,
    history: Sequence[Turn] = (),
    about: str = "",
    said: Set[str] = frozenset(),
) -> tuple[str, tuple[str, ...]]:
    """(block, ids of its memories) to put beside a message. What was `said` in the context, or stands in the block
    `about` the person, is not repeated; what that block costs counts in the first prompt it stands in."""
    budget = budget_for(history) - (rough_tokens(about) if about and not history else 0)
    ranked = (memory for memory in recollection.ranked(person, text, said) if not quotes(about, memory))
    return inserted_block(within(ranked, budget, lambda line: len(engine.encode_text(line))))


def unsaid(lessons: Sequence[Lesson], history: Sequence[Turn]) -> list[Lesson]:
    """The lessons to choose from: all, or where some stand in the context already, those given since then.

    So a conversation opens with them, and they do not come between two messages of it later on.
    """
    carriers = [turn for turn in history if turn.reminders]
    known = {shown.lesson for turn in carriers for shown in turn.reminders}
    return [x for x in lessons if x.id not in known and (not carriers or x.at > carriers[-1].created_at)]


def remind(engine: Encoder, lessons: Sequence[Lesson], text: str) -> tuple[Reminder, ...]:
    """What rides along with a message, within a quarter of the window."""
    budget = min(BUDGET, engine.info().context // 4)
    return reminders(lessons, budget, lambda said: len(engine.encode_text(said)), text)


def sent_messages(store: Store, person: str, turn: Turn) -> list[Message]:
    """What the model saw for a turn, rebuilt; its token ids hash to `turn.prompt_hash`."""
    before = branch(store.turns(person, turn.conversation), turn.parent)
    persona = store.persona(person, turn.persona)[1]
    asked = beside(turn.inserted, turn.text)
    return compose(persona, sent_history(before, turn.cut), turn.attached, asked, turn.reminders, turn.about)


def reserve(context: int) -> int:
    """Tokens of the window kept free for the reply."""
    return min(1024, context // 4)
