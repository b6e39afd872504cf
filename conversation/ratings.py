"""What a person says of replies: thumbs, corrections and preferences become rows of the ledger."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from conversation.chat import Chat
from conversation.message import check_size
from domain import Feedback, Lesson, Thumb, now
from errors import BadInput
from personalization.branches import branch, siblings
from personalization.ledger import holds_secret, waiting_lessons
from personalization.memory import compose, sent_history


class Ratings:
    """One reply has one row, the latest verdict on it; its id is the turn's."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.store, self.adapters = chat, chat.store, chat.adapters

    def rate(self, person: str, turn: str, thumb: Thumb, reasons: Sequence[str] = (), comment: str = "") -> int:
        """Records a thumb; returns how many lessons wait for the night. The latest verdict on a reply counts."""
        row = self._row(person, turn)
        down = thumb == "down"
        correction = row.correction if down else None  # a thumb up takes a correction back
        rejected = () if down else row.rejected  # a thumb down takes back that it is better than the others
        new = replace(row, thumb=thumb, correction=correction, rejected=rejected)
        return self._record(person, replace(new, reasons=tuple(reasons), comment=comment))

    def correct(self, person: str, turn: str, text: str) -> int:
        """Records what the reply should have been; returns how many lessons wait."""
        row = self._row(person, turn)
        if not text.strip():
            raise BadInput("The better reply is empty; write what the model should have said.")
        check_size(text)
        if text.strip() == row.reply.strip():
            raise BadInput("That is the reply as it was; change it, or give it a thumb up.")
        return self._record(person, replace(row, correction=text.strip()))

    def prefer(self, person: str, turn: str) -> int:
        """Records that this reply is better than the others to the same words; returns how many lessons wait."""
        row, said = self._row(person, turn), self.store.turn(person, turn)
        turns = self.store.turns(person, said.conversation)
        others = [turns[other].reply for other in siblings(turns)[turn] if turns[other].finish != "streaming"]
        rejected = tuple(text for text in dict.fromkeys(others) if text and text != row.reply)
        if not rejected:
            raise BadInput("There is no other reply to compare this one with; regenerate it first.")
        thumb = None if row.thumb == "down" else row.thumb
        return self._record(person, replace(row, thumb=thumb, rejected=rejected))

    def allow(self, person: str, turn: str) -> int:
        """Lets a row be learnt although it looks as if it held a secret; returns how many lessons wait."""
        return self._record(person, self._row(person, turn), allowed=True)

    def waiting_lessons(self, person: str) -> list[Lesson]:
        """The lessons that the serving adapter has not learnt yet."""
        manifest = self.adapters.manifest(person)
        return waiting_lessons(self.store.feedback(person), manifest["lessons"] if manifest else ())

    def waiting(self, person: str) -> int:
        return len(self.waiting_lessons(person))

    def _record(self, person: str, row: Feedback, allowed: bool = False) -> int:
        self.chat.last_request = time.monotonic()
        self.store.put_feedback(person, replace(row, at=now(), parked=holds_secret(row) and not allowed))
        return self.waiting(person)

    def _row(self, person: str, turn_id: str) -> Feedback:
        """The ledger row of a turn, or a fresh one."""
        turn = self.store.turn(person, turn_id)
        if self.store.conversation(person, turn.conversation).off_record:
            raise BadInput("This conversation is off the record: nothing in it is learnt. Ask again in a new one.")
        if turn.finish == "streaming":
            raise BadInput("The reply is still being written; rate it when it is whole.")
        if not turn.reply:
            raise BadInput("There is no reply to rate here; regenerate it first.")
        for row in self.store.feedback(person):
            if row.id == turn_id:
                return row
        persona = self.store.persona(person, turn.persona)[1]
        before = sent_history(branch(self.store.turns(person, turn.conversation), turn.parent), turn.cut)
        bare = [replace(earlier, attached="", inserted="", reminders=()) for earlier in before]
        prompt = tuple(compose(persona, bare, "", turn.text))
        return Feedback(turn_id, turn_id, prompt, turn.reply, None, None, (), (), "", "chat", now())
