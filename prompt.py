"""What the model sees for one turn: composed when it is asked, rebuilt when it is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backends.base import BackendInfo
from domain import Message, Turn
from errors import BadInput
from personalization.branches import branch
from personalization.memory import compose, inserted_block, sent_history
from storage.store import Store


class Encoder(Protocol):
    def info(self) -> BackendInfo: ...

    def encode(self, messages: Sequence[Message]) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent for one turn: ids, and how they came to be (see Turn)."""

    ids: list[int]
    inserted: str
    memories: tuple[str, ...]
    cut: str | None


def compose_turn(engine: Encoder, store: Store, person: str, turn: Turn) -> Prompt:
    """The prompt of a new turn; when the window overflows, the oldest half of the history is dropped at once.

    Raises BadInput if the newest message alone does not fit.
    """
    before = branch(store.turns(person, turn.conversation), turn.parent)
    cut = before[-1].cut if before else None
    context = engine.info().context
    room = context - reserve(context)
    persona = store.persona(person, turn.persona)[1]
    while True:
        history = sent_history(before, cut)
        said = {memory for earlier in history for memory in earlier.memories}
        inserted, memories = inserted_block(store.memories(person), said)
        ids = engine.encode(compose(persona, history, inserted, turn.text))
        if len(ids) <= room:
            return Prompt(ids, inserted, memories, cut)
        if not history:
            raise BadInput(f"That message has {len(ids):,} tokens and this model reads {room:,}; send a shorter one.")
        later = history[(len(history) + 1) // 2 :]
        cut = later[0].id if later else turn.id


def sent_messages(store: Store, person: str, turn: Turn) -> list[Message]:
    """What the model saw for a turn, rebuilt; its token ids hash to `turn.prompt_hash`."""
    before = branch(store.turns(person, turn.conversation), turn.parent)
    persona = store.persona(person, turn.persona)[1]
    return compose(persona, sent_history(before, turn.cut), turn.inserted, turn.text)


def reserve(context: int) -> int:
    """Tokens of the window kept free for the reply."""
    return min(1024, context // 4)
