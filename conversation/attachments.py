"""Documents in a person's hands: attach to a conversation, remove. What is removed is gone from past prompts, too."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace

from conversation.chat import Chat
from documents.reading import plain_name, read
from domain import Attachment, Conversation, Turn, new_id, now
from errors import BadInput, HomegrownError
from personalization.forgetting import named

MOST = 10  # documents of one conversation
FULL = f"This conversation has {MOST} documents already; remove one, or begin a new conversation."
WRITING = "A reply is being written with this document; wait for it, or stop it first."

log = logging.getLogger("homegrown.attachments")


@dataclass(frozen=True, slots=True)
class Attaching:
    """What came of attaching a document. `note` tells what of it was not read, or ""."""

    conversation: str
    name: str
    note: str


class Attachments:
    """One document is read at a time, in a process of its own."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.store, self.quoting = chat, chat.store, chat.quoting
        self._reading = threading.Lock()

    def list(self, person: str, conversation: str) -> list[Attachment]:
        """Oldest first."""
        return self.store.attached.of(person, conversation)

    def add(self, person: str, conversation: str, name: str, data: bytes) -> Attaching:
        """Reads a file and keeps its text; "" begins a conversation. Raises BadInput or Gone, with nothing stored."""
        name = plain_name(name)
        with self._reading:
            new = None if conversation else Conversation(new_id(), name, None, now(), now())
            talk = new or self.store.conversation(person, conversation)
            if len(self.list(person, talk.id)) >= MOST:
                raise BadInput(FULL)
            found = read(name, data)
            attachment = Attachment(new_id(), talk.id, name, len(data), found.passages, now())
            self.store.attached.put(person, attachment, new)
        threading.Thread(target=self._embed, args=(person, attachment), name="documents", daemon=True).start()
        return Attaching(talk.id, name, found.note)

    def remove(self, person: str, attachment: str) -> str:
        """Removes it, also from the prompts that held it. Returns where it may still be, or "".

        Those prompts are then no longer what was sent, and cannot be checked again. A mark stays where it was shown.
        """
        gone = self.store.attached.get(person, attachment)
        with self.chat.hold(person) as writing:
            if writing and writing.turn.conversation == gone.conversation:
                raise BadInput(WRITING)
            turns = self.store.turns(person, gone.conversation).values()
            if any(_shows(turn, attachment) for turn in turns):
                unsaid = [_without(turn, attachment) for turn in turns]
                self.store.attached.remove(person, attachment, unsaid)
                self.chat.engine.forget(f"{person}/{gone.conversation}")
            else:
                self.store.attached.remove(person, attachment, [])
        return named(self.store.exports(person))

    def _embed(self, person: str, attachment: Attachment) -> None:
        """So that messages need not wait for it, or not for long."""
        try:
            self.quoting.vectors(person, attachment)
        except HomegrownError as error:  # the person has left, or the disk is full: the first message tries again
            log.warning("a document could not be embedded: %s", error)


def _shows(turn: Turn, attachment: str) -> bool:
    return any(quote.attachment == attachment for quote in turn.quotes)


def _without(turn: Turn, attachment: str) -> Turn:
    """A turn that did not show it only loses the hash of a prompt that cannot be rebuilt any more."""
    if not _shows(turn, attachment):
        return replace(turn, prompt_hash="")
    marks = tuple(replace(quote, place="") for quote in turn.quotes if quote.attachment == attachment)[:1]
    return replace(turn, prompt_hash="", attached="", quotes=marks)
