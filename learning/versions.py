"""Which version of a model serves: going back, releasing what was parked, and forgetting a lesson everywhere."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from conversation.generation import Generation
from domain import BASE, Export, Feedback, Turn
from errors import BadInput, Gone
from personalization.evidence import Evidence
from personalization.forgetting import cleansed, named, quotes
from personalization.ledger import read_lessons
from personalization.rehearsal import unlearnt
from storage.adapters import Adapters, Version
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting a lesson came to: the versions that had learnt it and are gone, and what serves now.

    `unlearnt` is what that has not learnt of the lessons that are left; `exports` are copies out of reach.
    """

    row: str
    removed: tuple[str, ...]
    serving: str
    switched: bool  # another version serves than before
    unlearnt: Evidence
    exports: tuple[Export, ...] = ()

    @property
    def sentence(self) -> str:
        return f"{self._here} {named(self.exports)}".strip()

    @property
    def _here(self) -> str:
        serves = "the model as it came" if self.serving == BASE else f"version {self.serving}"
        if self.switched:
            return f"Forgotten. The version that had learnt it is gone; {serves} serves{self._until}"
        if self.removed:
            return f"Forgotten, together with older versions that had learnt it; {serves} goes on serving."
        return "Forgotten; no version had learnt it."

    @property
    def _until(self) -> str:
        """What becomes of the lessons that are left: they may be too few for a night."""
        if self.unlearnt.enough:
            return " until a night has learnt the other lessons again."
        if not (self.unlearnt.pairs or self.unlearnt.ups or self.unlearnt.downs):
            return ", and no lesson is left that it has not learnt."
        few = f"The lessons left are too few for a night: {self.unlearnt.missing()}"
        return f". {few}. Correct or rate a few more replies, and the next night learns them all."


class Versions:
    """`hold` keeps replies to a person from beginning (chat.Chat.hold); `call_off` ends a night of theirs."""

    def __init__(
        self,
        store: Store,
        adapters: Adapters,
        hold: Callable[[str], AbstractContextManager[Generation | None]],
        call_off: Callable[[str], None],
        drop_caches: Callable[[str], None],
    ) -> None:
        self.store, self.adapters = store, adapters
        self._hold, self._call_off, self._drop_caches = hold, call_off, drop_caches

    def before(self, person: str) -> str:
        """What "go back one" leads to: the serving version's parent, or the newest older one if that is gone."""
        serving = self._serving(person)
        if serving is None:
            raise Gone("The model as it came serves already; there is nothing to go back to.")
        older = [v.name for v in self._older(person, serving)]
        parent = str(serving.manifest["parent"])
        return parent if parent == BASE or parent in older else older[-1] if older else BASE

    def roll_back(self, person: str, version: str) -> None:
        """Lets another version, or the base, serve. What only the left versions had learnt is parked.

        Parked lessons teach nothing until they are released, otherwise the next night would learn them again.
        """
        own = [v for v in self.adapters.versions(person) if not v.foreign]
        target = next((v for v in own if v.name == version), None)
        self.adapters.point(person, version)
        kept = set(target.manifest["rows"]) if target else set()
        learnt = {row for v in own for row in v.manifest["rows"]}
        for row in self.store.feedback(person):
            parked = row.id in learnt and row.id not in kept
            if row.id in learnt and parked != row.parked:  # others may be parked for what they hold
                self.store.put_feedback(person, replace(row, parked=parked))

    def release(self, person: str, row: str) -> None:
        """Lets a parked lesson be learnt again."""
        self.store.put_feedback(person, replace(self._row(person, row), parked=False))

    def forget(self, person: str, row: str) -> Forgotten:
        """Deletes a lesson, every version that has learnt it, of whatever base, and every place that quotes it.

        The newest older version that never saw it serves at once, or the base. The row itself goes last: if this
        breaks off, it is still there to be forgotten again. Raises Gone; BadInput while a reply is written with it.
        """
        found = self._row(person, row)
        with self._hold(person) as writing:
            self._refuse_to_disturb(person, found, writing)
            self._call_off(person)  # it may be learning the row right now
            before = self.adapters.current(person)[0]
            removed = self._forget(person, found)
        self._drop_caches(f"{person}/")
        serving, rest = self.adapters.current(person)[0], self.store.feedback(person)
        left = unlearnt(read_lessons(rest).lessons, self.adapters.manifest(person))
        return Forgotten(row, removed, serving, serving != before, left, tuple(self.store.exports(person)))

    def _forget(self, person: str, found: Feedback) -> tuple[str, ...]:
        """The versions that went with it."""
        with self.adapters.changing:
            self.adapters.remove_unfinished(person)  # the night's thread may take a while to see that it is over
            removed = self._remove_tainted(person, found.id)
            self._unsay(person, found)
            rest = [other for other in self.store.feedback(person) if other.id != found.id]
            for night in self.store.nights(person):
                if (clean := cleansed(night, found, rest)) != night:
                    self.store.put_night(person, clean)
            self.store.remove_feedback(person, found.id)
        return removed

    def _remove_tainted(self, person: str, row: str) -> tuple[str, ...]:
        versions, serving = self.adapters.versions(person), self._serving(person)
        tainted = [v.name for v in versions if row in v.manifest["rows"]]
        if serving and serving.name in tainted:
            clean = [v.name for v in self._older(person, serving) if v.name not in tainted]
            self.adapters.point(person, clean[-1] if clean else BASE)
        doomed = [*tainted, *self.adapters.unreadable(person)]
        for name in doomed:
            self.adapters.remove(person, name)
        return tuple(doomed)

    def _unsay(self, person: str, row: Feedback) -> None:
        """Takes what quotes the row out of the histories that would be sent again; those cannot be re-checked then."""
        for conversation in self.store.conversations(person):
            turns = list(self.store.turns(person, conversation.id).values())
            clean = [_cleansed_turn(turn, row) for turn in turns]
            for turn in clean if clean != turns else ():
                self.store.put_turn(person, replace(turn, prompt_hash=""))

    def _refuse_to_disturb(self, person: str, row: Feedback, writing: Generation | None) -> None:
        """A reply that is being written with the row would bring it back when it is saved. Raises BadInput."""
        if writing:
            turns = [writing.turn, *self.store.turns(person, writing.turn.conversation).values()]
            if not writing.turn.prompt_hash or any(_cleansed_turn(turn, row) != turn for turn in turns):
                raise BadInput("A reply is being written that may rest on this lesson; wait for it, or stop it first.")

    def _row(self, person: str, row: str) -> Feedback:
        for found in self.store.feedback(person):
            if found.id == row:
                return found
        raise Gone(f"There is no lesson {row!r} any more; `feedback list`, or a reload of the page, shows those left.")

    def _serving(self, person: str) -> Version | None:
        return next((v for v in self.adapters.versions(person) if v.serving), None)

    def _older(self, person: str, than: Version) -> list[Version]:
        """Versions of this base made before another one, oldest first."""
        return [v for v in self.adapters.versions(person) if not v.foreign and v.created_at < than.created_at]


def _cleansed_turn(turn: Turn, row: Feedback) -> Turn:
    """A turn without the row's words in what was put beside the person's own."""
    shown = tuple(one for one in turn.reminders if not (quotes(one.asked, row) or quotes(one.wanted, row)))
    left = replace(turn, reminders=shown)
    return replace(left, inserted="", memories=()) if turn.inserted and quotes(turn.inserted, row) else left
