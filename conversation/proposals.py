"""Memories proposed from what a person said: looked for while they are away, kept, edited or refused by them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Literal

from conversation.memories import Memories, checked
from domain import Conversation, Memory, Proposal, Turn, new_id, now
from errors import BadInput, Gone, HomegrownError, Locked, ModelUnusable
from personalization.observe import Known, Observation, Spoken, observed
from personalization.observing.changes import relation
from personalization.observing.facts import fact_of
from personalization.observing.judge import Judge
from personalization.observing.wishes import meant, wish_in
from storage.observed import MODES, Mode, digest
from storage.store import Store

QUIET = timedelta(minutes=10)  # a person who has said nothing for so long has finished their conversations
CLEAR = 0.9  # as sure is what may be kept without asking
MOST_WAITING = 40  # proposals; of more, the least sure ones go
Source = Literal["typed", "confirmed", "observed"]
Save = Callable[[Sequence[Proposal], Sequence[str]], None]  # new proposals, and the ids of those that go
SPOKEN_OFF = "This conversation is off the record, so it was not remembered."

log = logging.getLogger("homegrown.proposals")


@dataclass(frozen=True, slots=True)
class Heard:
    """What "remember that ..." or "forget that ..." has done, as a sentence; `kept` is the memory it made."""

    sentence: str
    kept: str | None = None


class Proposals:
    """`running` tells whether a reply is being written for a person: nothing is looked for meanwhile.

    Without a judge, or if it cannot read, the rules alone look.
    """

    def __init__(
        self, store: Store, memories: Memories, running: Callable[[str], object], judge: Judge | None = None
    ) -> None:
        self.store, self.memories, self._running, self._judge = store, memories, running, judge

    # what waits

    def waiting(self, person: str) -> list[Proposal]:
        """The surest first."""
        return sorted(self.store.observed.proposals(person), key=lambda found: -found.sure)

    def keep(self, person: str, proposal: str, text: str | None = None) -> Memory:
        """Makes a memory of it, with the person's own `text` if they changed it. What it replaces is switched off."""
        found = self._find(person, proposal)
        memory = self._remember(person, found, checked(found.text if text is None else text), "confirmed")
        self.store.observed.remove(person, proposal)
        return memory

    def refuse(self, person: str, proposal: str) -> None:
        """It goes from the disk, and the same words are not proposed again."""
        self.store.observed.refuse(person, self._find(person, proposal).text)
        self.store.observed.remove(person, proposal)

    def mode(self, person: str) -> Mode:
        return self.store.observed.observing(person).mode

    def set_mode(self, person: str, mode: str) -> None:
        """ "ask", "keep" (also what waits, if it is clear) or "off"; nothing said while it is off is looked at."""
        known = next((one for one in MODES if one == mode), None)
        if known is None:
            raise BadInput("Choose one of: ask, keep, off.")
        if self.mode(person) == "off":
            self.store.observed.skip(person, now())
        self.store.observed.set_mode(person, known)
        if known == "keep":
            for proposal in filter(self._clear, self.waiting(person)):
                self.keep(person, proposal.id)

    def _clear(self, proposal: Proposal) -> bool:
        """Whether it may be kept without asking."""
        return proposal.sure >= CLEAR

    # looking

    def look(self, person: str) -> None:
        """Looks through what was said if the person is away. One person's trouble must not stop the others' looks."""
        try:
            self._expire(person, date.today())
            self._look(person, now())
        except Locked:  # it waits until they sign in
            return
        except HomegrownError as error:
            log.warning("nothing is proposed to %s: %s", person, error)

    def _look(self, person: str, at: datetime) -> None:
        observing, talks = self.store.observed.observing(person), self.store.conversations(person)
        newest = max((talk.updated_at for talk in talks), default=None)
        watched = observing.mode != "off" and self.store.recalled.on(person)
        if not watched or newest is None or self._running(person) or at - newest < QUIET:
            return
        if observing.through and newest <= observing.through:
            return
        found: list[Proposal] = []
        for talk in sorted(talks, key=lambda talk: talk.updated_at):
            if talk.off_record or (observing.through and talk.updated_at <= observing.through):
                continue
            found += self._seen_in(person, talk, observing.through, found)
        offered = self.offer(person, found, partial(self.store.observed.look, person, newest))
        if observing.mode == "keep":
            for proposal in filter(self._clear, offered):
                self._remember(person, proposal, proposal.text, "observed")
                self.store.observed.remove(person, proposal.id)

    def offer(self, person: str, found: Sequence[Proposal], save: Save) -> list[Proposal]:
        """Lets new proposals wait, in place of those that they outdate, unless they were refused before."""
        refused = set(self.store.observed.observing(person).refused)
        found = [proposal for proposal in found if digest(proposal.text) not in refused]
        waiting = self.store.observed.proposals(person)
        there_first = {one.id: one.replaces for one in (*waiting, *found)}
        outdated = {one.replaces for one in found}
        found = [replace(one, replaces=_memory_behind(one.replaces, there_first)) for one in found]
        kept = sorted((p for p in [*waiting, *found] if p.id not in outdated), key=lambda p: -p.sure)[:MOST_WAITING]
        there = {proposal.id for proposal in kept}
        offered = [proposal for proposal in found if proposal.id in there]
        save(offered, [proposal.id for proposal in waiting if proposal.id not in there])
        return offered

    def known(self, person: str, found: Sequence[Proposal] = ()) -> list[Known]:
        """What is remembered, and what waits."""
        memories = [Known(memory.id, memory.text) for memory in self.store.memories(person) if not memory.replaced_by]
        waiting = [Known(one.id, one.text) for one in (*self.store.observed.proposals(person), *found)]
        return [*memories, *waiting]

    def _seen_in(
        self, person: str, talk: Conversation, through: datetime | None, found: Sequence[Proposal]
    ) -> list[Proposal]:
        earlier, spoken = said_after(through, self.store.turns(person, talk.id).values())
        known = self.known(person, found)
        try:
            return proposals_of(observed(spoken, known, earlier, self._judge))
        except ModelUnusable as error:
            self._judge = None
            log.warning("until the next start the rules alone look for what to remember: %s", error)
            return proposals_of(observed(spoken, known, earlier))

    def _expire(self, person: str, today: date) -> None:
        """Plans whose day has passed are switched off, and not proposed any more."""
        for memory in self.store.memories(person):
            if memory.active and memory.until and memory.until < today and not self._running(person):
                self.memories.switch(person, memory.id, active=False)
        for proposal in self.store.observed.proposals(person):
            if proposal.until and proposal.until < today:
                self.store.observed.remove(person, proposal.id)

    # in so many words

    def hear(self, person: str, conversation: str | None, text: str) -> Heard | None:
        """Does at once what "remember that I ..." or "forget that I ..." asks for; None if the text does not."""
        wish = wish_in(text)
        if wish is None or self._running(person):
            return None
        if wish.do == "forget":
            return self._forget(person, wish.what)
        if conversation and self.store.conversation(person, conversation).off_record:
            return Heard(SPOKEN_OFF)
        fact = fact_of(wish.what, date.today())
        said = fact.text if fact else f"{wish.what[0].upper()}{wish.what[1:]}."
        memories = self.store.memories(person)
        relations = [(relation(said, memory.text), memory) for memory in memories if memory.active]
        if same := next((memory for how, memory in relations if how == "same"), None):
            return Heard(f"That is remembered already: {same.text}")
        replaces = next((memory.id for how, memory in relations if how == "replaces"), None)
        kind, until = (fact.kind, fact.until) if fact else ("other", None)
        proposal = Proposal(new_id(), checked(said), kind, 1.0, "", until, replaces, now())
        if not wish.own:
            self.store.observed.put(person, proposal)
            return Heard(f"Shall this be remembered? It waits for your word: {proposal.text}")
        memory = self._remember(person, proposal, proposal.text, "typed")
        return Heard(f"Remembered: {memory.text}", memory.id)

    def heard_in(self, person: str, memory: str, turn: str) -> None:
        """Notes where the person said it."""
        for found in self.store.memories(person):
            if found.id == memory:
                self.store.put_memory(person, replace(found, turn=turn))

    def _forget(self, person: str, what: str) -> Heard:
        memories, waiting = self.store.memories(person), self.waiting(person)
        fits = [memories[number] for number in meant(what, [memory.text for memory in memories])]
        proposed = [waiting[number] for number in meant(what, [one.text for one in waiting])]
        if len(fits) > 1:
            return Heard(f"{len(fits)} memories fit that; delete the right one on the Memory page.")
        fact = fact_of(what, date.today())
        for text in {proposal.text for proposal in proposed} | ({fact.text} if fact else set()):
            self.store.observed.refuse(person, text)
        for proposal in proposed:
            self.store.observed.remove(person, proposal.id)
        if fits:
            left = self.memories.forget(person, fits[0].id)
            return Heard(f"Forgotten: {fits[0].text} {left}".strip())
        return Heard("It is not proposed any more." if proposed else "Nothing like that is remembered.")

    def _remember(self, person: str, found: Proposal, text: str, source: Source) -> Memory:
        """Under the proposal's id, so that doing it twice is doing it once."""
        if self._running(person):
            raise BadInput("A reply is being written; wait for it, or stop it first.")
        at = now()
        made = Memory(found.id, text, True, source, at, at)
        memory = replace(made, kind=found.kind, turn=found.turn or None, until=found.until)
        self.store.put_memory(person, memory)
        for old in self.store.memories(person):
            if old.id == found.replaces and old.id != memory.id:
                if old.active:
                    self.memories.switch(person, old.id, active=False)
                self.store.put_memory(person, replace(old, active=False, replaced_by=memory.id, updated_at=at))
        return memory

    def _find(self, person: str, proposal: str) -> Proposal:
        for found in self.store.observed.proposals(person):
            if found.id == proposal:
                return found
        raise Gone("That proposal is not there any more; reload the page to see those there are.")


def _memory_behind(replaced: str | None, proposals: Mapping[str, str | None]) -> str | None:
    """The memory that is replaced by what replaces a proposal."""
    while replaced is not None and replaced in proposals:
        replaced = proposals[replaced]
    return replaced


def said_after(through: datetime | None, turns: Iterable[Turn]) -> tuple[list[str], list[Spoken]]:
    """A conversation's texts up to then, and what the person said since."""
    turns = list(turns)
    earlier = [turn.text for turn in turns if through and turn.created_at <= through]
    return earlier, [_spoken(turn) for turn in turns if not through or turn.created_at > through]


def _spoken(turn: Turn) -> Spoken:
    """A wish was fulfilled when it was said."""
    wish = wish_in(turn.text)
    return Spoken(turn.id, "" if wish else turn.text, turn.created_at.astimezone().date())


def proposals_of(observations: Iterable[Observation]) -> list[Proposal]:
    made: list[Proposal] = []
    for one in observations:
        replaces = one.replaces.id if one.replaces else None
        if one.replaces and not one.replaces.id:  # found a moment ago
            replaces = next((earlier.id for earlier in made if earlier.text == one.replaces.text), None)
        fact = one.fact
        made.append(Proposal(new_id(), fact.text, fact.kind, fact.sure, one.turn, fact.until, replaces, now()))
    return made
