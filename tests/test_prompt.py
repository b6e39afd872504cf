"""Lessons ride along with a message until they are learnt: once in a conversation, and never at its cost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tinydb.operations import delete

from backends.base import Sampling
from conversation.chat import Chat
from conversation.memories import Memories
from conversation.prompt import acting_lessons, compose_turn, sent_messages
from conversation.quoting import Quoting
from conversation.ratings import Ratings
from conversation.recollection import Recollection
from domain import Message, Person, Reminder, Turn, content_hash
from personalization.about import rough_tokens
from personalization.ledger import read_lessons
from personalization.memory import BUDGET as MEMORY_BUDGET
from storage.adapters import Adapters
from storage.journal import JournalDB
from storage.store import Store
from tests.builders import at, calm, conversation, corrections, feedback, turn
from tests.test_chat import Script
from tests.word_vectors import WordVectors

FRESH = turn("talk.9", text="And bread?")


@pytest.fixture
def engine() -> Script:
    return Script(16_000)


@pytest.fixture
def chat(engine: Script, store: Store, adapters: Adapters) -> Chat:
    return Chat(engine, store, adapters, Sampling())


def say(chat: Chat, person: Person, text: str, after: Turn | None = None) -> Turn:
    return chat.start(person.id, after.conversation if after else None, text).result()


def sent(engine: Script, number: int = -1) -> str:
    return "".join(map(chr, engine.prompts[number]))


def publish(adapters: Adapters, person: Person, lessons: list[str]) -> str:
    staged = adapters.stage(person.id)
    (staged / "adapter.gguf").touch()
    manifest = {"created_at": "2026-03-01T03:00:00+00:00", "lessons": lessons, "rows": []}
    return adapters.publish(person.id, staged, manifest).name


def test_a_correction_acts_in_the_next_reply_and_the_prompt_can_be_rebuilt(
    chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    first = say(chat, ada, "How do I poach an egg?")
    Ratings(chat).correct(ada.id, first.id, "Captain, in water.")
    second = say(chat, ada, "And bread?", first)
    assert [(one.asked, one.wanted) for one in second.reminders] == [("How do I poach an egg?", "Captain, in water.")]
    assert sent(engine) == (
        "user:How do I poach an egg?\nassistant:Fine.\n"
        "user:How do I poach an egg?\nassistant:Captain, in water.\nuser:And bread?\n"
    )
    third = say(chat, ada, "And salt?", second)
    for said, prompt in zip((first, second, third), engine.prompts, strict=True):
        rebuilt = engine.encode(sent_messages(Store(store.home), ada.id, said))
        assert said.prompt_hash == content_hash(prompt) == content_hash(rebuilt)


def test_what_stands_in_the_context_is_not_repeated_and_the_prefix_stays(
    chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(8))
    first = say(chat, ada, "One")
    second = say(chat, ada, "Two", first)
    assert 0 < len(first.reminders) < 8, "as many as the budget has room for"
    assert second.reminders == (), "the others do not come between two messages"
    assert sent(engine).startswith(sent(engine, 0))
    Ratings(chat).correct(ada.id, second.id, "Captain, two.")
    third = say(chat, ada, "Three", second)
    assert [one.wanted for one in third.reminders] == ["Captain, two."], "but what is given meanwhile acts at once"
    assert say(chat, ada, "Elsewhere").reminders != ()


def test_training_prompts_hold_none_of_it(chat: Chat, store: Store, ada: Person) -> None:
    store.put_feedback(ada.id, *corrections(3))
    Memories(store, calm).add(ada.id, "I live in Bonn.")
    first = say(chat, ada, "One")
    second = say(chat, ada, "Two", first)
    assert first.reminders and first.inserted
    Ratings(chat).correct(ada.id, second.id, "Captain, two.")
    row = next(row for row in store.feedback(ada.id) if row.turn == second.id)
    assert row.prompt == (Message("user", "One"), Message("assistant", "Fine."), Message("user", "Two"))


def test_only_what_waits_acts_and_only_while_it_is_switched_on(store: Store, adapters: Adapters, ada: Person) -> None:
    learnt, parked, waiting = corrections(3)
    down = feedback("down", "Why moss?", thumb="down")
    store.put_feedback(ada.id, learnt, replace(parked, parked=True), waiting, down)
    publish(adapters, ada, [x.id for x in read_lessons([learnt]).lessons])
    assert [x.rows for x in acting_lessons(store, adapters, ada.id)] == [(waiting.id,)]
    adapters.point(ada.id, "base")
    assert {x.rows for x in acting_lessons(store, adapters, ada.id)} == {(learnt.id,), (waiting.id,)}
    bob = store.add_person("Bob")
    store.set_at_once(ada.id, False)
    again = Store(store.home)
    assert (again.at_once(ada.id), again.at_once(bob.id)) == (False, True)
    assert acting_lessons(again, adapters, ada.id) == []
    store.set_at_once(ada.id, True)
    assert len(acting_lessons(store, adapters, ada.id)) == 2


def test_switched_off_nothing_rides_along(chat: Chat, engine: Script, store: Store, ada: Person) -> None:
    store.put_feedback(ada.id, *corrections(3))
    store.set_at_once(ada.id, False)
    assert say(chat, ada, "One").reminders == ()
    assert sent(engine) == "user:One\n"


def test_a_lesson_gives_way_to_a_message_that_fills_the_window(
    chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, *corrections(3))
    engine.context = 1000
    big = say(chat, ada, "x" * 740)
    assert (big.finish, big.reminders) == ("stop", ())


def test_when_the_window_drops_the_lessons_they_are_shown_again(engine: Script, store: Store, ada: Person) -> None:
    lessons = read_lessons(corrections(2)).lessons
    carrier = turn("talk.1", reminders=(Reminder(lessons[0].id, "q", "a"),), reply="r" * 400, created_at=at(99))
    later = turn("talk.2", parent="talk.1", reply="r" * 300, created_at=at(100))
    store.put_conversation(ada.id, conversation())
    for known in (carrier, later):
        store.put_turn(ada.id, known)
    fresh = replace(FRESH, parent="talk.2")
    assert compose_turn(engine, Recollection(store), Quoting(store), ada.id, fresh, lessons).reminders == ()
    engine.context = 1000
    found = compose_turn(engine, Recollection(store), Quoting(store), ada.id, fresh, lessons)
    assert found.cut == "talk.2" and {one.lesson for one in found.reminders} == {x.id for x in lessons}


def test_turns_of_older_homes_have_no_reminders(store: Store, ada: Person) -> None:
    store.put_turn(ada.id, turn("talk.1"))
    store.close()
    turns = JournalDB(store.home / "people" / ada.id, ada.id).table("turns/talk")
    turns.update(delete("reminders"))
    assert "reminders" not in turns.all()[0]
    assert Store(store.home).turn(ada.id, "talk.1").reminders == ()


# what is known about a person


def test_memories_about_a_message_stand_beside_it_once_and_the_prompt_can_be_rebuilt(
    engine: Script, store: Store, adapters: Adapters, ada: Person
) -> None:
    chat = Chat(engine, store, adapters, Sampling(), Recollection(store, WordVectors()))
    memories = Memories(store, calm)
    sister, bicycle = memories.add(ada.id, "My sister lives in Porto."), memories.add(ada.id, "The bicycle is red.")
    first = say(chat, ada, "Where does my sister live, in Porto?")
    second = say(chat, ada, "Is the bicycle red? And my sister in Porto?", first)
    third = say(chat, ada, "Thanks!", second)
    assert (first.memories, second.memories, third.memories) == ((sister.id,), (bicycle.id,), ())
    assert sent(engine).count("My sister lives in Porto.") == 1
    for place, said in enumerate((first, second, third)):
        assert sent(engine, place).startswith(sent(engine, place - 1)) or place == 0, "the KV cache can be gone on from"
        assert said.prompt_hash == content_hash(engine.encode(sent_messages(Store(store.home), ada.id, said)))
    assert store.recalled.uses(ada.id) == {sister.id: 1, bicycle.id: 1}


def test_the_text_in_brief_stands_after_the_persona_and_is_not_said_again_beside_a_message(
    chat: Chat, engine: Script, store: Store, ada: Person
) -> None:
    memories = Memories(store, calm)
    store.set_persona(ada.id, "Be brief.")
    for text in ("I am vegan.", "I live in Bonn."):
        memories.pin(ada.id, memories.add(ada.id, text).id, True)
    first = say(chat, ada, "Hello")
    assert sent(engine).startswith("system:Be brief.\n\n[About me")
    assert sent(engine).count("I am vegan.") == sent(engine).count("I live in Bonn.") == 1
    assert first.memories == ()
    memories.pin(ada.id, memories.add(ada.id, "I have a dog.").id, True)
    second = say(chat, ada, "And now?", first)
    assert second.about == first.about and len(second.memories) == 1, "pinned today: beside the message, until tomorrow"
    assert second.prompt_hash == content_hash(engine.encode(sent_messages(Store(store.home), ada.id, second)))
    Ratings(chat).correct(ada.id, second.id, "Captain, now.")
    (row,) = store.feedback(ada.id)
    assert not any("vegan" in message.content or "dog" in message.content for message in row.prompt)


def test_a_first_prompt_grows_by_no_more_than_the_budget(engine: Script, store: Store, ada: Person) -> None:
    memories = Memories(store, calm)
    for number in range(30):
        memories.pin(ada.id, memories.add(ada.id, f"Fact {number:02}").id, number < 3)
    found = Recollection(store)
    plain = len(engine.encode([Message("user", FRESH.text)]))
    store.put_turn(ada.id, FRESH)
    store.put_conversation(ada.id, conversation())

    def by_words(text: str) -> list[int]:
        return [0] * rough_tokens(text)

    engine.encode_text = by_words  # type: ignore[method-assign]
    prompt = compose_turn(engine, found, Quoting(store), ada.id, FRESH, [])
    assert prompt.about and prompt.inserted
    grown = rough_tokens(prompt.about) + rough_tokens(prompt.inserted)
    assert grown <= MEMORY_BUDGET and len(prompt.ids) > plain
