"""Facts about a person, in their hands: add, edit, switch off, delete. What is taken back is unsaid everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from domain import Memory, Turn, new_id, now
from errors import BadInput, Gone
from personalization import about
from personalization.forgetting import named
from personalization.memory import LONGEST, without
from storage.recalled import About
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
        memory = Memory(new_id(), checked(text), active=True, source="typed", created_at=at, updated_at=at)
        self.store.put_memory(person, memory)
        return memory

    def edit(self, person: str, memory: str, text: str) -> None:
        old, new = self._find(person, memory), checked(text)
        self._unsay(person, old)
        self.store.put_memory(person, replace(old, text=new, updated_at=now()))

    def switch(self, person: str, memory: str, active: bool) -> None:
        old = self._find(person, memory)
        if not active:
            self._unsay(person, old)
        if active:  # the person knows better than the calendar
            old = replace(old, until=None, replaced_by=None)
        self.store.put_memory(person, replace(old, active=active, updated_at=now()))

    def pin(self, person: str, memory: str, pinned: bool) -> None:
        """A pinned memory is always sent, whatever a message is about."""
        self.store.put_memory(person, replace(self._find(person, memory), pinned=pinned))

    def forget(self, person: str, memory: str) -> str:
        """Deletes a memory, also from the stored prompts it was inserted into. Returns where it may still be, or "".

        Its id stays in the turns: they tell that a memory stood there which is gone.
        """
        old = self._find(person, memory)
        self._unsay(person, old, gone=True)
        self.store.remove_memory(person, memory)
        for proposal in self.store.observed.proposals(person):
            if proposal.text == old.text:
                self.store.observed.remove(person, proposal.id)
        self.store.observed.refuse(person, old.text)  # else words not looked through yet would propose it again
        return named(self.store.exports(person))

    def write_about(self, person: str, text: str) -> None:
        """The text in brief in the person's own words; an empty one keeps it out of prompts."""
        lines = (" ".join(line.split()) for line in text.splitlines())
        text = "\n".join(line for line in lines if line)
        if len(text) > about.LONGEST:
            raise BadInput(f"That is too long for a text in brief; keep it below {about.LONGEST} characters.")
        self.store.recalled.set_about(person, About(text, own=True))

    def renew_about(self, person: str) -> None:
        """The text in brief is made of memories again, before the next reply."""
        self.store.recalled.set_about(person, About())

    def _find(self, person: str, memory: str) -> Memory:
        for found in self.store.memories(person):
            if found.id == memory:
                return found
        raise Gone("That memory is not there any more; reload the page to see those there are.")

    def _unsay(self, person: str, memory: Memory, *, gone: bool = False) -> None:
        """Takes a memory out of the histories that would be sent again; their prompts can then not be re-checked."""
        if self._running(person):
            raise BadInput("A reply is being written with this memory; wait for it, or stop it first.")
        kept = self.store.recalled.about(person)
        if (left := about.leaves(kept.text, memory)) != kept.text:
            self.store.recalled.set_about(person, replace(kept, text=left))
        for conversation in self.store.conversations(person):
            touched = False
            for turn in self.store.turns(person, conversation.id).values():
                if (unsaid := _without(turn, memory, gone)) != turn:
                    self.store.put_turn(person, unsaid)
                    touched = True
            if touched:
                self._forget_hashes(person, conversation.id)

    def _forget_hashes(self, person: str, conversation: str) -> None:
        for turn in self.store.turns(person, conversation).values():
            self.store.put_turn(person, replace(turn, prompt_hash=""))


def _without(turn: Turn, memory: Memory, gone: bool) -> Turn:
    """The turn as if the memory had not been sent. The id of one that is `gone` stays, to tell so on the page; of one
    that is only changed or muted it goes, because that may be sent again."""
    sent = turn.memories if gone else tuple(key for key in turn.memories if key != memory.id)
    inserted, about_them = without(turn.inserted, memory), without(turn.about, memory)
    return replace(turn, memories=sent, inserted=inserted, about=about_them)


def checked(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise BadInput("The memory is empty; write one fact, for example: I am vegetarian.")
    if len(text) > LONGEST:
        raise BadInput(f"That is too long for one memory; keep it below {LONGEST} characters.")
    return text
