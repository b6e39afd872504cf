"""Facts about a person, in their hands: add, edit, switch off, delete. What is taken back is unsaid everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from domain import Memory, new_id, now
from errors import BadInput, Gone
from personalization.forgetting import named
from personalization.memory import LONGEST, without
from storage.store import Store


class Memories:
    """`running` tells whether a reply is being written for a person: its next save would bring back what is unsaid."""

    def __init__(self, store: Store, running: Callable[[str], object]) -> None:
        self.store = store
        self._running = running

    def list(self, person: str) -> list[Memory]:
        return self.store.memories(person)

    def add(self, person: str, text: str) -> Memory:
        at = now()
        memory = Memory(new_id(), _checked(text), active=True, source="typed", created_at=at, updated_at=at)
        self.store.put_memory(person, memory)
        return memory

    def edit(self, person: str, memory: str, text: str) -> None:
        old, checked = self._find(person, memory), _checked(text)
        self._unsay(person, old)
        self.store.put_memory(person, replace(old, text=checked, updated_at=now()))

    def switch(self, person: str, memory: str, active: bool) -> None:
        old = self._find(person, memory)
        if not active:
            self._unsay(person, old)
        self.store.put_memory(person, replace(old, active=active, updated_at=now()))

    def forget(self, person: str, memory: str) -> str:
        """Deletes a memory, also from the stored prompts it was inserted into. Returns where it may still be, or ""."""
        self._unsay(person, self._find(person, memory))
        self.store.remove_memory(person, memory)
        return named(self.store.exports(person))

    def _find(self, person: str, memory: str) -> Memory:
        for found in self.store.memories(person):
            if found.id == memory:
                return found
        raise Gone("That memory is not there any more; reload the page to see those there are.")

    def _unsay(self, person: str, memory: Memory) -> None:
        """Takes a memory out of the histories that would be sent again; their prompts can then not be re-checked."""
        if self._running(person):
            raise BadInput("A reply is being written with this memory; wait for it, or stop it first.")
        for conversation in self.store.conversations(person):
            touched = False
            for turn in self.store.turns(person, conversation.id).values():
                if memory.id in turn.memories:
                    left = tuple(key for key in turn.memories if key != memory.id)
                    self.store.put_turn(person, replace(turn, inserted=without(turn.inserted, memory), memories=left))
                    touched = True
            if touched:
                self._forget_hashes(person, conversation.id)

    def _forget_hashes(self, person: str, conversation: str) -> None:
        for turn in self.store.turns(person, conversation).values():
            self.store.put_turn(person, replace(turn, prompt_hash=""))


def _checked(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise BadInput("The memory is empty; write one fact, for example: I am vegetarian.")
    if len(text) > LONGEST:
        raise BadInput(f"That is too long for one memory; keep it below {LONGEST} characters.")
    return text
