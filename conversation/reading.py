"""While nobody is here, a capable base model is asked what the rules overlooked in a person's own words."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Protocol

from backends.base import GREEDY, Sampling
from backends.engine import Answer
from conversation.chat import Chat
from conversation.proposals import QUIET, Proposals, proposals_of, said_after
from domain import Message, Proposal
from errors import Gone, HomegrownError, Locked
from personalization.observe import Observation, new_among
from personalization.observing.by_model import (
    GRAMMAR,
    MOST_STATEMENTS,
    MOST_TOKENS,
    Ability,
    Statement,
    ability,
    facts_from,
    fitting,
    question,
    statements,
)
from storage.observed import Observing

WATCH_SECONDS = 0.1  # how soon a question is broken off when somebody comes
MOST_BEHIND = 200  # turns; of more that no model has read, only the newest are
ASKED = replace(GREEDY, repeat_penalty=1.0, max_tokens=MOST_TOKENS, grammar=GRAMMAR)

log = logging.getLogger("homegrown.reading")


class ReadingEngine(Protocol):
    def encode(self, messages: Sequence[Message]) -> list[int]: ...

    def answer(
        self, prompt_ids: Sequence[int], sampling: Sampling, adapter: Path | None, cancel: threading.Event
    ) -> Answer: ...


class Reading:
    """Asks one question a look, of the base model, in a KV cache of its own; whoever comes breaks it off.

    What it finds waits for the person's word, also where they have what the rules find kept by itself. `parameters`
    tells the size of the base model that serves, `occupied` whether a night or an exam runs.
    """

    def __init__(
        self,
        proposals: Proposals,
        chat: Chat,
        engine: ReadingEngine,
        parameters: Callable[[], int],
        occupied: Callable[[], bool],
    ) -> None:
        self._proposals, self._store, self._chat, self._engine = proposals, proposals.store, chat, engine
        self._parameters, self._occupied = parameters, occupied
        self._failed = False  # the engine could not do it: what failed once is not tried twice a minute

    def ability(self) -> Ability:
        """Whether the model that serves is asked, and why."""
        return ability(self._parameters())

    def look(self, person: str) -> None:
        """Lets the rules look, then the model. One person's trouble must not stop the others' looks."""
        self._proposals.look(person)
        try:
            if self.ability().reads and not self._failed and self._quiet():
                self._read(person)
        except Locked:  # it waits until they sign in
            return
        except HomegrownError as error:
            self._failed = True
            log.warning("the model is not asked for memories until the app starts again: %s", error)

    def _quiet(self) -> bool:
        """Whether nobody is here and no night runs."""
        away = time.monotonic() - self._chat.last_request >= QUIET.total_seconds()
        return away and not self._chat.busy() and not self._occupied()

    def _read(self, person: str) -> None:
        observing = self._store.observed.observing(person)
        if observing.mode == "off" or not observing.through or not self._store.recalled.on(person):
            return
        if observing.read and observing.read >= observing.through:
            return
        turns = self._unread(person, observing)
        count = fitting([said for _, said in turns])
        asked = [one for _, said in turns[:count] for one in said][:MOST_STATEMENTS]
        answer = self._ask(asked) if asked else ""
        if answer is None or self._store.observed.observing(person) != observing:
            return  # somebody came; or the person has chosen otherwise, or forgotten something, meanwhile
        until = observing.through if count == len(turns) else turns[count - 1][0]
        found = self._new(person, answer, asked)
        self._proposals.offer(person, found, partial(self._store.observed.read, person, until))

    def _unread(self, person: str, observing: Observing) -> list[tuple[datetime, list[Statement]]]:
        """What was said in the turns that the rules have looked at and no model has read, oldest first."""
        found: list[tuple[datetime, list[Statement]]] = []
        for talk in self._store.conversations(person):
            if talk.off_record or (observing.read and talk.updated_at <= observing.read):
                continue
            turns = self._store.turns(person, talk.id)
            earlier, spoken = said_after(observing.read, turns.values())
            for turn, said in groupby(statements(spoken, earlier), key=lambda one: one.turn):
                found.append((turns[turn].created_at, list(said)))
        looked_at = [one for one in found if observing.through and one[0] <= observing.through]
        return sorted(looked_at, key=lambda one: one[0])[-MOST_BEHIND:]

    def _ask(self, asked: Sequence[Statement]) -> str | None:
        """The model's answer; None if it was broken off."""
        ids = self._engine.encode([Message("user", question(asked))])
        with self._while_quiet() as disturbed:
            answer = self._engine.answer(ids, ASKED, None, disturbed)
        return None if disturbed.is_set() or answer.finish == "stopped" else answer.text

    @contextmanager
    def _while_quiet(self) -> Iterator[threading.Event]:
        """An event that is set as soon as somebody is here, or a night begins."""
        disturbed, over = threading.Event(), threading.Event()

        def watch() -> None:
            while not over.wait(WATCH_SECONDS):
                if not self._quiet():
                    disturbed.set()

        threading.Thread(target=watch, name="reading", daemon=True).start()
        try:
            yield disturbed
        finally:
            over.set()

    def _new(self, person: str, answer: str, asked: Sequence[Statement]) -> list[Proposal]:
        """What is not known yet. An older word does not take the place of a newer one."""
        said_at = {one.turn: at for one in asked if (at := self._said_at(person, one.turn))}
        known_at = {memory.id: memory.updated_at for memory in self._store.memories(person)}
        for waiting in self._proposals.waiting(person):
            known_at[waiting.id] = self._said_at(person, waiting.turn) or waiting.created_at

        def prevails(one: Observation) -> bool:
            older = one.replaces and known_at.get(one.replaces.id)
            return not older or older <= said_at[one.turn]

        told = [(said.turn, fact) for said, fact in facts_from(answer, asked) if said.turn in said_at]
        return proposals_of(filter(prevails, new_among(told, self._proposals.known(person))))

    def _said_at(self, person: str, turn: str) -> datetime | None:
        """When this was said; None if it is not there, or is off the record by now."""
        try:
            found = self._store.turn(person, turn)
            return None if self._store.conversation(person, found.conversation).off_record else found.created_at
        except Gone:
            return None
