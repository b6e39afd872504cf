"""One turn, from the person's words to the stored reply."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from backends.base import Piece, Sampling
from conversation.generation import Asking, Generation
from conversation.message import check_size, title_of
from conversation.prompt import Encoder, acting_lessons, check_fits, compose_turn
from conversation.quoting import Quoting
from conversation.recollection import Recollection
from domain import Conversation, Turn, content_hash, new_id, now
from errors import BadInput, Deferred, EngineDied, Gone, HomegrownError
from personalization.branches import branch, newest_below, siblings
from storage.adapters import Adapters
from storage.store import Store

PAGE = 60  # turns shown at once: longer pages make browsers slow
SAVE_SECONDS = 1.0  # at most this much of a reply is lost if the app is killed
HUSH_SECONDS = 5.0  # for the engine to notice that nobody listens any more
DEFECT = "Something went wrong in Homegrown itself; see the log in the home folder."
CLOSED = "Homegrown was closed while this was being written. Regenerate to get a whole reply."

log = logging.getLogger("homegrown.chat")


class ChatEngine(Encoder, Protocol):
    """What a chat needs of the engine."""

    def forget(self, prefix: str) -> None: ...

    def stream(
        self,
        prompt_ids: Sequence[int],
        sampling: Sampling,
        adapter: Path | None,
        *,
        key: str | None,
        cancel: threading.Event,
        place: Callable[[int], None],
    ) -> Generator[Piece, None, None]: ...


class Chat:
    """Conversations of everybody in one home. Replies are written in threads of their own, one a person at a time."""

    def __init__(
        self,
        engine: ChatEngine,
        store: Store,
        adapters: Adapters,
        sampling: Sampling,
        recollection: Recollection | None = None,
        quoting: Quoting | None = None,
    ) -> None:
        self.recollection = recollection or Recollection(store)
        self.quoting = quoting or Quoting(store)
        self.engine = engine
        self.store = store
        self.adapters = adapters
        self.sampling = sampling
        self._running: dict[str, Generation] = {}  # person -> the reply being written
        self._asking: list[Asking] = []
        self._lock = threading.Lock()  # guards the two above
        self._beginning: dict[str, threading.RLock] = {}  # person -> what `hold` holds
        self.last_request = time.monotonic()  # nights wait for idleness

    # writing replies

    def start(self, person: str, conversation: str | None, text: str) -> Generation:
        """Stores the person's words, then lets the model answer. None begins a new conversation.

        Raises BadInput for an empty or overlong message, or while another reply is being written; Gone.
        """
        if not text.strip():
            raise BadInput("There is nothing to send yet; type a message first.")
        check_size(text)
        check_fits(self.engine, text)
        with self.hold(person):
            if conversation is None:
                talk = Conversation(new_id(), title_of(text), None, now(), now())
            else:
                talk = self.store.conversation(person, conversation)
            if talk.head is None and talk.off_record:  # it was begun by its switch
                talk = replace(talk, title=title_of(text))
            return self._begin(person, talk, talk.head, text)

    def regenerate(self, person: str, turn: str) -> Generation:
        """Another reply to the same words: a sibling of `turn`. The turns after it stay; `turn_to` shows them again."""
        with self.hold(person):
            old = self.store.turn(person, turn)
            return self._begin(person, self.store.conversation(person, old.conversation), old.parent, old.text)

    def turn_to(self, person: str, turn: str, step: int) -> None:
        """Shows the reply `step` places after `turn` among its siblings, with what was last said below it."""
        shown = self.store.turn(person, turn)
        turns = self.store.turns(person, shown.conversation)
        places = siblings(turns)[turn]
        wanted = places.index(turn) + step
        if not 0 <= wanted < len(places):
            raise Gone("There is no other reply on that side; reload the page to see those there are.")
        talk = self.store.conversation(person, shown.conversation)
        self.store.put_conversation(person, replace(talk, head=newest_below(turns, places[wanted])))

    def running(self, person: str) -> Generation | None:
        with self._lock:
            return self._running.get(person)

    def busy(self) -> bool:
        """Whether somebody waits for a reply."""
        with self._lock:
            return bool(self._running or self._asking)

    @contextmanager
    def asking(self, person: str = "", cancel: threading.Event | None = None) -> Iterator[Asking]:
        """For questions outside any conversation: nights wait and learners pause meanwhile.

        `hush` sets the person's `cancel`, and `hushed` of what this yields: then no more of the answer may be told.
        """
        asking = Asking(person, cancel or threading.Event())
        with self._lock:
            self._asking.append(asking)
        try:
            yield asking
        finally:
            with self._lock:
                self._asking.remove(asking)
            asking.over.set()
            self.last_request = time.monotonic()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Nobody is answered meanwhile; whoever sends something waits. Raises Deferred if a reply is being written."""
        with self._lock:
            if self._running or self._asking:
                raise Deferred("A reply is being written; wait for it, or stop it, and try again.")
            yield

    @contextmanager
    def hold(self, person: str) -> Iterator[Generation | None]:
        """No reply to a person begins meanwhile: whoever sends something waits. Yields the one being written, if any.

        For what must not be brought back by a reply that began with it.
        """
        with self._beginning.setdefault(person, threading.RLock()):
            yield self.running(person)

    def set_persona(self, person: str, text: str) -> None:
        """For replies from now on. One that begins meanwhile would be left without the text it names."""
        with self.hold(person):
            self.store.set_persona(person, text)

    def forget(self, person: str, conversation: str) -> None:
        """Deletes a conversation. A reply being written in it ends first: its last save must not bring it back."""
        with self.hold(person) as generation:
            if generation and generation.turn.conversation == conversation:
                generation.cancel.set()
                generation.result()
            self.store.remove_conversation(person, conversation)
        self.engine.forget(f"{person}/{conversation}")

    def stop(self, person: str) -> None:
        """Ends the reply being written; what is there of it is kept."""
        if generation := self.running(person):
            generation.cancel.set()

    def hush(self, person: str, *, wait: bool = False) -> None:
        """Ends whatever is being written for a person, also for their programs: they have left."""
        with self._lock:
            asking = [one for one in self._asking if one.person == person]
            writing = self._running.get(person)
        for one in asking:
            one.hushed = True
            one.cancel.set()
        if writing:
            writing.cancel.set()
        if wait and writing:
            writing.result()
        for one in asking if wait else ():
            one.over.wait(HUSH_SECONDS)

    def _begin(self, person: str, talk: Conversation, parent: str | None, text: str) -> Generation:
        self.last_request = time.monotonic()
        persona, _ = self.store.persona(person)
        turn = Turn(
            f"{talk.id}.{new_id()}", talk.id, parent, text, persona, "", None, "", "", "streaming", "", "", now()
        )
        generation = Generation(turn)
        with self._lock:
            if person in self._running:
                raise BadInput("A reply is still being written; wait for it, or stop it first.")
            self._running[person] = generation
        try:
            self.store.put_turn(person, turn)
            self.store.put_conversation(person, replace(talk, head=turn.id, updated_at=turn.created_at))
        except BaseException:  # also Ctrl+C: nobody could write to this person again
            self._end(person, generation, replace(turn, finish="crashed"))
            raise
        threading.Thread(target=self._write, args=(person, generation), name="reply", daemon=True).start()
        return generation

    def _write(self, person: str, generation: Generation) -> None:
        """The body of a reply's thread: whatever happens, the turn ends and says how."""
        try:
            self._stream(person, generation)
        except HomegrownError as error:
            self._break_off(person, generation, str(error))
        except Exception:
            self._break_off(person, generation, DEFECT)
            raise  # to threading.excepthook, which logs it
        finally:
            self._end(person, generation, generation.turn)

    def _stream(self, person: str, generation: Generation) -> None:
        version, folder = self.adapters.current(person)
        lessons = acting_lessons(self.store, self.adapters, person)
        prompt = compose_turn(self.engine, self.recollection, self.quoting, person, generation.turn, lessons)
        turn = replace(
            generation.turn,
            inserted=prompt.inserted,
            memories=prompt.memories,
            reminders=prompt.reminders,
            about=prompt.about,
            attached=prompt.attached.block,
            quotes=prompt.attached.quotes,
            cut=prompt.cut,
            prompt_hash=content_hash(prompt.ids),
            adapter=version,
            model=self.adapters.base[:12],
        )
        self.store.put_turn(person, turn)
        self.store.recalled.count(person, prompt.memories)
        key = f"{person}/{turn.conversation}"
        saved, note = time.monotonic(), ""
        pieces = self.engine.stream(
            prompt.ids, self.sampling, folder, key=key, cancel=generation.cancel, place=generation.wait_at
        )
        with closing(pieces):
            for piece in pieces:
                if piece.read is not None:
                    generation.read_to(piece.read)
                    continue
                turn = replace(turn, reply=turn.reply + piece.text)
                if piece.finish:
                    if piece.finish == "length":
                        note = "The reply reached its longest length. Ask it to go on."
                    turn = replace(turn, reply=turn.reply.strip(), finish=piece.finish, speeds=piece.speeds, note=note)
                elif time.monotonic() - saved > SAVE_SECONDS:
                    self.store.put_turn(person, turn)
                    saved = time.monotonic()
                generation.show(turn)
        if turn.finish == "streaming":
            raise EngineDied("The engine ended without finishing the reply. Regenerate to get a whole one.")
        self.store.put_turn(person, turn)

    def _break_off(self, person: str, generation: Generation, note: str) -> None:
        turn = replace(generation.turn, finish="crashed", note=note)
        generation.show(turn)
        try:
            self.store.put_turn(person, turn)
        except HomegrownError as error:  # the page shows the note; after a restart the reply counts as broken off
            log.warning("how reply %s ended was not saved: %s", turn.id, error)

    def _end(self, person: str, generation: Generation, turn: Turn) -> None:
        with self._lock:
            self._running.pop(person, None)
        self.last_request = time.monotonic()
        generation.show(turn, done=True)

    # reading

    def path(self, person: str, conversation: str, limit: int = PAGE, head: str | None = None) -> list[Turn]:
        """The newest `limit` turns of the shown branch (or those up to `head`), oldest first."""
        talk = self.store.conversation(person, conversation)
        earlier = self.running(person)
        turns = branch(self.store.turns(person, conversation), head or talk.head)[-limit:]
        writers = (earlier, self.running(person))  # a reply may begin or end while the disk is read
        live = {writer.turn.id: writer.turn for writer in writers if writer}
        return [
            live.get(turn.id) or (replace(turn, finish="crashed", note=CLOSED) if turn.finish == "streaming" else turn)
            for turn in turns
        ]

    def siblings(self, person: str, conversation: str) -> dict[str, list[str]]:
        """For each turn that was written more than once: the ids of its versions, oldest first."""
        found = siblings(self.store.turns(person, conversation))
        return {turn: versions for turn, versions in found.items() if len(versions) > 1}
