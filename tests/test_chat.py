"""A turn: words are kept before the model answers, prompts can be rebuilt, and every ending is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from backends.base import BackendInfo, Piece, Sampling
from conversation.chat import CLOSED, Chat
from conversation.generation import UPDATES_PER_SECOND
from conversation.memories import Memories
from conversation.message import LONGEST, title_of
from conversation.prompt import reserve, sent_messages
from domain import Message, Person, Speeds, Turn, content_hash
from errors import BadInput, EngineDied, Gone, StorageTrouble
from storage.adapters import Adapters
from storage.store import Store
from tests.builders import calm, conversation, turn

PATIENCE = 20.0  # seconds; the machine may be busy
END = Piece("", "stop", Speeds(0.1, 10, 3, 30.0))


class Script:
    """An engine that says what a test tells it to. A token is a code point."""

    def __init__(self, context: int = 4096) -> None:
        self.context = context
        self.pieces: Callable[[threading.Event], Iterator[Piece]] = lambda cancel: iter(
            [Piece("Fine"), Piece("."), END]
        )
        self.prompts: list[list[int]] = []
        self.adapters: list[Path | None] = []
        self.keys: list[str | None] = []
        self.forgotten: list[str] = []

    def info(self) -> BackendInfo:
        return BackendInfo("script", "1", "script", "none", "none", "hash", self.context, 0, 1, False, False)

    def forget(self, prefix: str) -> None:
        self.forgotten.append(prefix)

    def encode(self, messages: Sequence[Message]) -> list[int]:
        return [ord(letter) for message in messages for letter in f"{message.role}:{message.content}\n"]

    def encode_text(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def stream(
        self,
        prompt_ids: Sequence[int],
        sampling: Sampling,
        adapter: Path | None,
        *,
        key: str | None,
        cancel: threading.Event,
        place: Callable[[int], None],
    ) -> Generator[Piece, None, None]:
        self.prompts.append(list(prompt_ids))
        self.adapters.append(adapter)
        self.keys.append(key)
        yield from self.pieces(cancel)


@pytest.fixture
def engine() -> Script:
    return Script()


@pytest.fixture
def chat(engine: Script, store: Store, home: Path) -> Chat:
    return Chat(engine, store, Adapters(home, "base hash"), Sampling())


def say(chat: Chat, person: Person, text: str, after: Turn | None = None) -> Turn:
    return chat.start(person.id, after.conversation if after else None, text).result()


def ids(engine: Script, chat: Chat, person: Person, said: Turn) -> str:
    return content_hash(engine.encode(sent_messages(chat.store, person.id, said)))


# writing


def test_the_words_are_on_the_disk_before_the_model_is_asked(
    home: Path, chat: Chat, engine: Script, ada: Person
) -> None:
    kept: list[Turn] = []

    def pieces(cancel: threading.Event) -> Iterator[Piece]:
        fresh = Store(home)
        (talk,) = fresh.conversations(ada.id)
        kept.append(fresh.turn(ada.id, str(talk.head)))
        yield END

    engine.pieces = pieces
    say(chat, ada, "My very own words 🦓")
    assert [(found.text, found.finish) for found in kept] == [("My very own words 🦓", "streaming")]


def test_a_whole_reply_is_stored_with_what_it_cost_and_who_wrote_it(home: Path, chat: Chat, ada: Person) -> None:
    said = say(chat, ada, "Hello there")
    assert (said.reply, said.finish, said.speeds) == ("Fine.", "stop", END.speeds)
    assert (said.adapter, said.model, said.note) == ("base", "base hash", "")
    fresh = Store(home)
    assert fresh.turn(ada.id, said.id) == said
    (talk,) = fresh.conversations(ada.id)
    assert (talk.title, talk.head) == ("Hello there", said.id)


def test_the_adapter_that_serves_writes_the_reply(home: Path, chat: Chat, engine: Script, ada: Person) -> None:
    staged = chat.adapters.stage(ada.id)
    (staged / "adapter.gguf").touch()
    manifest = {"created_at": "2026-03-01T03:00:00+00:00", "lessons": [], "rows": []}
    version = chat.adapters.publish(ada.id, staged, manifest)
    assert say(chat, ada, "Hello").adapter == version.name
    assert engine.adapters == [version.folder]


def test_a_prompt_can_be_rebuilt_from_what_is_stored(
    home: Path, chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    memories = Memories(store, calm)
    store.set_persona(ada.id, "Be brief.")
    first = say(chat, ada, "One 🥚")
    memories.add(ada.id, 'I say "servus".')
    second = say(chat, ada, "Two", first)
    memories.add(ada.id, "I live in Bonn.")
    store.set_persona(ada.id, "Be kind.")
    third = say(chat, ada, "Three", second)
    again = chat.regenerate(ada.id, second.id).result()
    fourth = say(chat, ada, "Four", again)
    reopened = Chat(engine, Store(home), Adapters(home, "base hash"), Sampling())
    for said, prompt in zip([first, second, third, again, fourth], engine.prompts, strict=True):
        assert said.prompt_hash == content_hash(prompt) == ids(engine, reopened, ada, said)
    assert (fourth.parent, again.parent) == (again.id, first.id)
    assert len({first.prompt_hash, second.prompt_hash, third.prompt_hash, again.prompt_hash}) == 4


def test_a_fact_rides_along_once_while_it_stands_in_the_context(
    chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    known = Memories(store, calm).add(ada.id, "I live in Bonn.")
    first = say(chat, ada, "One")
    second = say(chat, ada, "Two", first)
    assert (first.memories, second.memories, second.inserted) == ((known.id,), (), "")
    assert "".join(map(chr, engine.prompts[1])).count("Bonn") == 1
    new = say(chat, ada, "Elsewhere")
    assert new.memories == (known.id,)


def test_an_overflowing_window_drops_the_oldest_half_once_and_the_prefix_then_stays(
    home: Path, chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    engine.context = 1000
    engine.pieces = lambda cancel: iter([Piece("r" * 50), END])
    known = Memories(store, calm).add(ada.id, "I live in Bonn.")
    said, turns = None, []
    for number in range(14):
        said = say(chat, ada, f"{number:02} " + "q" * 50, said)
        turns.append(said)
    cuts = [found.cut for found in turns]
    changes = [place for place in range(1, len(cuts)) if cuts[place] != cuts[place - 1]]
    assert cuts[0] is None and len(changes) == 3
    for place in range(1, len(turns)):
        if place not in changes:  # the KV cache of the turn before can be gone on from
            before = engine.prompts[place - 1]
            assert engine.prompts[place][: len(before)] == before
    place = changes[0]
    dropped = [found.id for found in turns].index(str(cuts[place]))
    assert dropped == (place + 1) // 2
    assert turns[0].memories == turns[place].memories == (known.id,)  # it had fallen out of the context
    assert all(len(prompt) <= 1000 - reserve(1000) for prompt in engine.prompts)
    assert all(found.prompt_hash == ids(engine, chat, ada, found) for found in turns)


def test_a_message_that_fills_the_window_alone_is_sent_without_any_history(
    chat: Chat, engine: Script, ada: Person
) -> None:
    engine.context = 1000
    first = say(chat, ada, "One")
    big = say(chat, ada, "x" * 740, first)
    assert (big.finish, big.cut) == ("stop", big.id)
    assert big.prompt_hash == ids(engine, chat, ada, big)
    after = say(chat, ada, "And now?", big)
    assert (after.finish, after.prompt_hash) == ("stop", ids(engine, chat, ada, after))


def test_a_message_too_long_for_the_model_is_refused_before_it_is_stored(
    chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    engine.context = 4096
    first = say(chat, ada, "One")
    with pytest.raises(BadInput, match="5,006 tokens and this model reads 3,072; send a shorter one"):
        chat.start(ada.id, first.conversation, "x" * 5000)
    assert chat.running(ada.id) is None and list(store.turns(ada.id, first.conversation)) == [first.id]
    assert say(chat, ada, "x" * 3000, first).finish == "stop"


def test_a_message_too_long_beside_the_persona_is_kept_and_the_note_says_why(
    home: Path, chat: Chat, engine: Script, ada: Person
) -> None:
    engine.context = 1000
    first = say(chat, ada, "One")
    chat.set_persona(ada.id, "p" * 200)
    long = say(chat, ada, "x" * 700, first)
    assert (long.finish, long.reply) == ("crashed", "")
    assert "tokens" in long.note and "send a shorter one" in long.note
    assert Store(home).turn(ada.id, long.id).text == "x" * 700
    assert len(engine.prompts) == 1
    chat.set_persona(ada.id, "")
    after = say(chat, ada, "Shorter", long)
    assert after.finish == "stop"
    assert "One" in "".join(map(chr, engine.prompts[-1]))


@pytest.mark.parametrize("text", ["", "  \n\t", "x" * 100_000, "🦓" * (LONGEST // 4 + 1), "half of a pair \ud83d"])
def test_a_message_that_cannot_be_sent_is_refused_and_nothing_is_begun(
    chat: Chat, store: Store, ada: Person, text: str
) -> None:
    with pytest.raises(BadInput):
        chat.start(ada.id, None, text)
    assert store.conversations(ada.id) == []
    assert not chat.busy()


def test_the_longest_message_is_taken(chat: Chat, engine: Script, ada: Person) -> None:
    engine.context = 1 << 20
    assert say(chat, ada, "x" * LONGEST).finish == "stop"


def held(go_on: threading.Event) -> Callable[[threading.Event], Iterator[Piece]]:
    def pieces(cancel: threading.Event) -> Iterator[Piece]:
        yield Piece("Some words ")
        while not cancel.is_set() and not go_on.is_set():
            time.sleep(0.005)
        yield Piece("", "stopped") if cancel.is_set() else END

    return pieces


def shown(generation: object, text: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while text not in generation.turn.reply:  # type: ignore[attr-defined]
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_while_one_reply_is_written_another_is_refused_for_this_person_only(
    chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    bob, go_on = store.add_person("Bob"), threading.Event()
    engine.pieces = held(go_on)
    first = chat.start(ada.id, None, "One")
    with pytest.raises(BadInput, match="still being written"):
        chat.start(ada.id, None, "Two")
    other = chat.start(bob.id, None, "Mine")
    assert chat.busy()
    go_on.set()
    assert first.result().finish == other.result().finish == "stop"
    assert [talk.title for talk in store.conversations(ada.id)] == ["One"]
    assert not chat.busy()


def test_stopping_keeps_what_is_there(home: Path, chat: Chat, engine: Script, ada: Person) -> None:
    engine.pieces = held(threading.Event())
    generation = chat.start(ada.id, None, "One")
    shown(generation, "Some words")
    chat.stop(ada.id)
    said = generation.result()
    assert (said.reply, said.finish) == ("Some words", "stopped")
    assert Store(home).turn(ada.id, said.id) == said
    chat.stop(ada.id)  # nothing is written any more: nothing happens
    engine.pieces = lambda cancel: iter([END])
    assert say(chat, ada, "Two", said).finish == "stop"


def test_a_conversation_forgotten_while_its_reply_is_written_stays_forgotten(
    home: Path, chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    engine.pieces = held(threading.Event())
    generation = chat.start(ada.id, None, "A secret")
    shown(generation, "Some words")
    chat.forget(ada.id, generation.turn.conversation)
    assert store.conversations(ada.id) == []
    assert engine.forgotten == engine.keys, "nor may it stay in the KV cache"
    assert not any("A secret" in path.read_text("utf-8") for path in home.rglob("*.json"))


def test_a_fact_is_not_taken_back_while_a_reply_is_written_with_it(
    chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    memories = Memories(store, chat.hold)
    known = memories.add(ada.id, "I live in Bonn.")
    engine.pieces = held(threading.Event())
    generation = chat.start(ada.id, None, "Where do I live?")
    shown(generation, "Some words")
    with pytest.raises(BadInput, match="wait for it, or stop it"):
        memories.forget(ada.id, known.id)
    chat.stop(ada.id)
    generation.result()
    memories.forget(ada.id, known.id)
    assert "Bonn" not in store.turn(ada.id, generation.turn.id).inserted


def test_a_reply_that_is_asked_for_while_a_fact_is_taken_back_waits_and_goes_without_it(
    chat: Chat, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    memories = Memories(store, chat.hold)
    known, remove = memories.add(ada.id, "I live in Bonn."), store.remove_memory

    def remove_while_somebody_asks(person: str, memory: str) -> None:
        asking.start()
        asking.join(0.2)
        assert chat.running(person) is None, "it waits"
        remove(person, memory)

    asking = threading.Thread(target=lambda: said.append(say(chat, ada, "Where do I live?")))
    said: list[Turn] = []
    monkeypatch.setattr(store, "remove_memory", remove_while_somebody_asks)
    memories.forget(ada.id, known.id)
    asking.join()
    assert said[0].finish == "stop" and "Bonn" not in said[0].inserted


def test_a_message_sent_while_its_conversation_is_deleted_does_not_bring_it_back(
    chat: Chat, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk, remove, refused = say(chat, ada, "One").conversation, store.remove_conversation, list[Gone]()

    def send() -> None:
        try:
            chat.start(ada.id, talk, "Two").result()
        except Gone as error:
            refused.append(error)

    def remove_while_somebody_sends(person: str, conversation: str) -> None:
        sending.start()
        sending.join(0.2)
        remove(person, conversation)

    sending = threading.Thread(target=send)
    monkeypatch.setattr(store, "remove_conversation", remove_while_somebody_sends)
    chat.forget(ada.id, talk)
    sending.join()
    assert refused and store.conversations(ada.id) == []


def test_a_dying_engine_leaves_the_partial_reply_and_a_sentence(
    home: Path, chat: Chat, engine: Script, ada: Person
) -> None:
    def dying(cancel: threading.Event) -> Iterator[Piece]:
        yield Piece("Half a ")
        yield Piece("sent")
        raise EngineDied("The engine broke off; regenerate the reply.")

    engine.pieces = dying
    said = say(chat, ada, "One")
    assert (said.reply, said.finish) == ("Half a sent", "crashed")
    assert said.note == "The engine broke off; regenerate the reply."
    assert Store(home).turn(ada.id, said.id) == said
    assert not chat.busy()


def test_an_engine_that_ends_without_finishing_is_told_too(chat: Chat, engine: Script, ada: Person) -> None:
    engine.pieces = lambda cancel: iter([Piece("Half")])
    said = say(chat, ada, "One")
    assert (said.reply, said.finish) == ("Half", "crashed")
    assert "Regenerate" in said.note


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # it is raised on, to the log
def test_a_defect_ends_the_reply_with_a_sentence_and_is_raised_on_to_the_log(
    home: Path, chat: Chat, engine: Script, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_type))

    def broken(cancel: threading.Event) -> Iterator[Piece]:
        yield Piece("Half")
        raise ZeroDivisionError

    engine.pieces = broken
    said = say(chat, ada, "One")
    assert (said.reply, said.finish) == ("Half", "crashed")
    assert "Something went wrong" in said.note
    assert Store(home).turn(ada.id, said.id).note == said.note
    assert not chat.busy()
    deadline = time.monotonic() + PATIENCE
    while not seen and time.monotonic() < deadline:
        time.sleep(0.005)
    assert seen == [ZeroDivisionError]


def test_a_reply_at_its_longest_says_how_to_go_on(chat: Chat, engine: Script, ada: Person) -> None:
    engine.pieces = lambda cancel: iter([Piece("Long"), Piece("", "length")])
    said = say(chat, ada, "One")
    assert (said.finish, said.note) == ("length", "The reply reached its longest length. Ask it to go on.")


def test_words_that_cannot_be_saved_are_refused_and_the_next_message_goes_through(
    chat: Chat, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageTrouble("Nothing was saved: the disk is full; free some space and try again.")

    with monkeypatch.context() as broken:
        broken.setattr(store, "put_conversation", full)
        with pytest.raises(StorageTrouble, match="disk is full"):
            chat.start(ada.id, None, "One")
    assert not chat.busy()
    assert say(chat, ada, "Two").finish == "stop"


def test_a_disk_that_fills_while_a_reply_is_written_is_told_in_the_reply(
    chat: Chat, engine: Script, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageTrouble("Nothing was saved: the disk is full; free some space and try again.")

    def pieces(cancel: threading.Event) -> Iterator[Piece]:
        yield Piece("Some words")
        monkeypatch.setattr(store, "put_turn", full)
        yield END

    engine.pieces = pieces
    generation = chat.start(ada.id, None, "One")
    said = generation.result()
    assert (said.reply, said.finish) == ("Some words", "crashed")
    assert "disk is full" in said.note
    assert not chat.busy()


def test_an_unknown_conversation_or_turn_is_told(chat: Chat, ada: Person) -> None:
    for call in (
        lambda: chat.start(ada.id, "gone", "One"),
        lambda: chat.regenerate(ada.id, "gone.1"),
        lambda: chat.path(ada.id, "gone"),
    ):
        with pytest.raises(Gone):
            call()
    assert not chat.busy()


# watching


def test_a_watcher_sees_few_updates_and_always_the_last(chat: Chat, engine: Script, ada: Person) -> None:
    def many(cancel: threading.Event) -> Iterator[Piece]:
        for number in range(500):
            time.sleep(0.001)
            yield Piece(f"{number} ")
        yield END

    engine.pieces = many
    began = time.monotonic()
    seen = list(chat.start(ada.id, None, "Count").watch())
    took = time.monotonic() - began
    assert len(seen) <= took * UPDATES_PER_SECOND + 2
    assert len(seen) > 2
    assert (seen[-1].finish, seen[-1].reply.split()[-1]) == ("stop", "499")
    assert all(later.reply.startswith(earlier.reply.strip()) for earlier, later in pairwise(seen))


def test_a_second_watcher_and_a_late_one_see_the_end_too(chat: Chat, engine: Script, ada: Person) -> None:
    go_on = threading.Event()
    engine.pieces = held(go_on)
    generation = chat.start(ada.id, None, "One")
    watchers = [generation.watch(), generation.watch()]
    assert [next(watcher).finish for watcher in watchers] == ["streaming", "streaming"]
    go_on.set()
    for watcher in [*watchers, generation.watch()]:
        assert list(watcher)[-1] == generation.result()


def test_the_place_in_the_queue_is_shown(chat: Chat, ada: Person) -> None:
    generation = chat.start(ada.id, None, "One")
    generation.result()
    generation.wait_at(3)
    assert generation.place == 3


def test_how_far_the_prompt_is_read_is_shown_and_is_no_part_of_the_reply(
    chat: Chat, engine: Script, ada: Person
) -> None:
    go_on, read = threading.Event(), threading.Event()

    def pieces(cancel: threading.Event) -> Iterator[Piece]:
        yield Piece("", read=0.25)
        yield Piece("", read=0.5)
        read.set()
        go_on.wait(PATIENCE)
        yield Piece("Fine.")
        yield END

    engine.pieces = pieces
    generation = chat.start(ada.id, None, "One")
    assert read.wait(PATIENCE)
    assert generation.read == 0.5
    go_on.set()
    assert generation.result().reply == "Fine."


# reading


def test_regenerating_makes_a_sibling_and_shows_it(chat: Chat, engine: Script, store: Store, ada: Person) -> None:
    first = say(chat, ada, "One")
    engine.pieces = lambda cancel: iter([Piece("Otherwise."), END])
    again = chat.regenerate(ada.id, first.id).result()
    assert (again.parent, again.text, again.reply) == (first.parent, first.text, "Otherwise.")
    assert again.prompt_hash == first.prompt_hash
    assert set(store.turns(ada.id, first.conversation)) == {first.id, again.id}
    assert chat.path(ada.id, first.conversation) == [again]
    assert chat.path(ada.id, first.conversation, head=first.id) == [first]


def test_an_older_reply_can_be_written_again_and_what_followed_is_still_there(
    chat: Chat, store: Store, ada: Person
) -> None:
    first = say(chat, ada, "One")
    second = say(chat, ada, "Two", first)
    again = chat.regenerate(ada.id, first.id).result()
    talk = first.conversation
    assert [turn.id for turn in chat.path(ada.id, talk)] == [again.id]
    assert chat.siblings(ada.id, talk) == {key: [first.id, again.id] for key in (first.id, again.id)}
    chat.turn_to(ada.id, again.id, -1)
    assert [turn.id for turn in chat.path(ada.id, talk)] == [first.id, second.id]
    chat.turn_to(ada.id, first.id, 1)
    assert store.conversation(ada.id, talk).head == again.id
    for shown_turn, step in ((first.id, -1), (again.id, 1)):
        with pytest.raises(Gone, match="no other reply on that side"):
            chat.turn_to(ada.id, shown_turn, step)


def test_long_conversations_are_paged_newest_first_kept_in_order(chat: Chat, ada: Person) -> None:
    said = None
    turns = [said := say(chat, ada, str(number), said) for number in range(5)]
    talk = turns[0].conversation
    assert chat.path(ada.id, talk, limit=2) == turns[3:]
    assert chat.path(ada.id, talk, limit=2, head=turns[2].id) == turns[1:3]


def test_a_reply_that_a_dead_app_was_writing_is_shown_as_broken_off(chat: Chat, store: Store, ada: Person) -> None:
    store.put_conversation(ada.id, conversation(head="talk.1"))
    store.put_turn(ada.id, turn("talk.1", reply="Half a", finish="streaming"))
    (said,) = chat.path(ada.id, "talk")
    assert (said.reply, said.finish, said.note) == ("Half a", "crashed", CLOSED)
    after = say(chat, ada, "Go on", said)
    assert after.finish == "stop"


def test_a_reply_under_way_is_read_as_it_stands(chat: Chat, engine: Script, ada: Person) -> None:
    go_on = threading.Event()
    engine.pieces = held(go_on)
    generation = chat.start(ada.id, None, "One")
    shown(generation, "Some words")
    (said,) = chat.path(ada.id, generation.turn.conversation)
    assert (said.reply, said.finish) == ("Some words ", "streaming")
    go_on.set()
    generation.result()


def test_a_reply_that_ends_while_it_is_read_is_not_called_broken_off(
    chat: Chat, engine: Script, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    engine.pieces = held(go_on)
    generation = chat.start(ada.id, None, "One")
    shown(generation, "Some words")
    read = store.turns

    def slowly(person: str, talk: str) -> dict[str, Turn]:
        found = read(person, talk)
        go_on.set()
        generation.result()
        return found

    monkeypatch.setattr(store, "turns", slowly)
    (said,) = chat.path(ada.id, generation.turn.conversation)
    assert (said.finish, said.note) == ("stop", "")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        (" two\n lines ", "two lines"),
        ("w" * 60, "w" * 47 + "…"),
        ("one two three four five six seven eight nine ten eleven", "one two three four five six seven eight nine…"),
    ],
)
def test_a_title_is_the_first_words(text: str, title: str) -> None:
    assert title_of(text) == title
    assert len(title) <= 48
