"""Lessons ride along with a message until they are learnt: once in a conversation, and never at its cost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tinydb.operations import delete

from backends.base import Sampling
from chat import Chat
from domain import Message, Person, Reminder, Turn, content_hash
from memories import Memories
from personalization.ledger import read_lessons
from prompt import acting_lessons, compose_turn, sent_messages
from ratings import Ratings
from storage.adapters import Adapters
from storage.journal import JournalDB
from storage.store import Store
from tests.builders import at, corrections, feedback, turn
from tests.test_chat import Script

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
    Memories(store, lambda _: None).add(ada.id, "I live in Bonn.")
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
    for known in (carrier, later):
        store.put_turn(ada.id, known)
    fresh = replace(FRESH, parent="talk.2")
    assert compose_turn(engine, store, ada.id, fresh, lessons).reminders == ()
    engine.context = 1000
    found = compose_turn(engine, store, ada.id, fresh, lessons)
    assert found.cut == "talk.2" and {one.lesson for one in found.reminders} == {x.id for x in lessons}


def test_turns_of_older_homes_have_no_reminders(store: Store, ada: Person) -> None:
    store.put_turn(ada.id, turn("talk.1"))
    store.close()
    turns = JournalDB(store.home / "people" / ada.id, ada.id).table("turns/talk")
    turns.update(delete("reminders"))
    assert "reminders" not in turns.all()[0]
    assert Store(store.home).turn(ada.id, "talk.1").reminders == ()
