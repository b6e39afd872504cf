"""Facts about a person, in their hands: add, edit, merge, mute, delete. What is taken back is unsaid everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date

from domain import Brought, Memory, MemoryKind, Turn, new_id, now
from errors import BadInput, Gone
from personalization import about
from personalization.forgetting import named
from personalization.memory import LONGEST, without
from personalization.memory_file import Item
from personalization.observing.facts import fact_of
from storage.observed import digest
from storage.recalled import About
from storage.store import Store


class Memories:
    """`hold` keeps replies to a person from beginning, and yields the one being written, if any (chat.Chat.hold)."""

    def __init__(self, store: Store, hold: Callable[[str], AbstractContextManager[object]]) -> None:
        self.store = store
        self._hold = hold

    def list(self, person: str) -> list[Memory]:
        return self.store.memories(person)

    def add(self, person: str, text: str) -> Memory:
        """A fact in the person's own words. Raises BadInput if it is there; case and punctuation make no difference."""
        at, text = now(), checked(text)
        if same := next((one for one in self.list(person) if digest(one.text) == digest(text)), None):
            off = "" if same.active else " It is switched off; switch it on again."
            raise BadInput(f"That is remembered already: {same.text}{off}")
        memory = Memory(new_id(), text, True, "typed", at, at, kind=kind_of(text))
        self.store.put_memory(person, memory)
        return memory

    def bring(self, person: str, items: Iterable[Item], origin: str) -> Sequence[Memory]:
        """Imports what is not remembered yet, all of it or nothing. It counts as known since when the file says."""
        at = now()
        made = [
            Memory(new_id(), text, True, "imported", since, since, kind=kind_of(text), brought=Brought(origin, at))
            for text, since in ((checked(item.text), min(item.at or at, at)) for item in self.fresh(person, items))
        ]
        self.store.put_all(person, made)
        return made

    def fresh(self, person: str, items: Iterable[Item]) -> Sequence[Item]:
        """Those that are not remembered, each once; case and punctuation make no difference."""
        known = {digest(memory.text) for memory in self.list(person)}
        first: dict[str, Item] = {}
        for item in items:
            first.setdefault(digest(item.text), item)
        return [item for name, item in first.items() if name not in known]

    def merge(self, person: str, first: str, second: str, text: str) -> Memory:
        """One memory instead of two. Those are kept, switched off, as what it was made of, and forgotten with it."""
        old, text, at = [self._find(person, key) for key in (first, second)], checked(text), now()
        if first == second or not all(memory.active for memory in old):
            raise BadInput("Choose two different facts that are switched on.")
        kinds, ends = {memory.kind for memory in old}, [memory.until for memory in old if memory.until]
        merged = Memory(
            new_id(),
            text,
            True,
            "merged",
            at,
            at,
            pinned=any(memory.pinned for memory in old),
            kind=kinds.pop() if len(kinds) == 1 else kind_of(text),
            until=max(ends) if len(ends) == len(old) else None,
        )
        gone = [replace(memory, active=False, replaced_by=merged.id, updated_at=at) for memory in old]
        with self._unsaying(person):
            for memory in old:
                self._unsay(person, memory)
            self.store.put_all(person, [merged, *gone])
        return merged

    def edit(self, person: str, memory: str, text: str) -> None:
        old, new = self._find(person, memory), checked(text)
        with self._unsaying(person):
            self._unsay(person, old)
            self.store.put_memory(person, replace(old, text=new, updated_at=now()))

    def switch(self, person: str, memory: str, active: bool) -> None:
        old = self._find(person, memory)
        if active:  # the person knows better than the calendar
            known = replace(old, active=True, until=None, replaced_by=None, updated_at=now())
            self.store.put_memory(person, known)
            return
        with self._unsaying(person):
            self._unsay(person, old)
            self.store.put_memory(person, replace(old, active=False, updated_at=now()))

    def pin(self, person: str, memory: str, pinned: bool) -> None:
        """A pinned memory is always sent, whatever a message is about."""
        self.store.put_memory(person, replace(self._find(person, memory), pinned=pinned))

    def forget(self, person: str, memory: str) -> str:
        """Deletes a memory and those it was merged from, also from the stored prompts they were inserted into.

        Their ids stay in the turns: they tell that a memory stood there which is gone. Returns where a copy may still
        be, or "".
        """
        old = self._find(person, memory)
        with self._unsaying(person):
            for part in parts(self.list(person), old):
                self.forget(person, part.id)
            self._unsay(person, old, gone=True)
            self.store.remove_memory(person, memory)
        for proposal in self.store.observed.proposals(person):
            if proposal.text == old.text:
                self.store.observed.remove(person, proposal.id)
        self.store.observed.refuse(person, old.text)  # else words not looked through yet would propose it again
        return named(self.store.exports(person))

    def use(self, person: str, on: bool) -> None:
        """Whether the model is told anything of what is remembered. While it is not, nothing is noticed either."""
        if on and not self.store.recalled.on(person):
            self.store.observed.skip(person, now())
        self.store.recalled.set_on(person, on)

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

    @contextmanager
    def _unsaying(self, person: str) -> Iterator[None]:
        """A reply that is being written, or begins meanwhile, would bring back what is unsaid when it is saved."""
        with self._hold(person) as writing:
            if writing:
                raise BadInput("A reply is being written with this memory; wait for it, or stop it first.")
            yield

    def _unsay(self, person: str, memory: Memory, *, gone: bool = False) -> None:
        """Takes a memory out of the histories that would be sent again; their prompts can then not be re-checked."""
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


def parts(memories: Sequence[Memory], memory: Memory) -> list[Memory]:
    """What a memory was merged from."""
    return [old for old in memories if old.replaced_by == memory.id] if memory.source == "merged" else []


def kind_of(text: str) -> MemoryKind:
    """What a fact is about, as far as the rules for conversations can tell."""
    fact = fact_of(text.rstrip(" ."), date.today())
    return fact.kind if fact else "other"


def checked(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise BadInput("The memory is empty; write one fact, for example: I am vegetarian.")
    if len(text) > LONGEST:
        raise BadInput(f"That is too long for one memory; keep it below {LONGEST} characters.")
    return text
