"""Facts are in the person's hands; what is taken back is unsaid in every stored prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from conversation.memories import Memories
from domain import Person
from errors import BadInput, Gone
from personalization.memory import LONGEST, inserted_block
from storage.store import Store
from tests.builders import conversation, turn


@pytest.fixture
def memories(store: Store) -> Memories:
    return Memories(store, lambda _: None)


def test_a_fact_is_kept_on_one_line_and_can_be_edited_and_switched(home: Path, memories: Memories, ada: Person) -> None:
    fact = memories.add(ada.id, "  I am\n vegetarian 🥦. ")
    assert fact.text == "I am vegetarian 🥦."
    memories.edit(ada.id, fact.id, "I am vegan.")
    memories.switch(ada.id, fact.id, active=False)
    (kept,) = Memories(Store(home), lambda _: None).list(ada.id)
    assert (kept.id, kept.text, kept.active, kept.created_at) == (fact.id, "I am vegan.", False, fact.created_at)
    assert kept.updated_at > fact.updated_at
    memories.switch(ada.id, fact.id, active=True)
    assert memories.list(ada.id)[0].active


@pytest.mark.parametrize("text", ["", " \n\t", "x" * (LONGEST + 1), "half of a pair \ud83d"])
def test_what_cannot_be_remembered_is_refused(memories: Memories, ada: Person, text: str) -> None:
    fact = memories.add(ada.id, "x" * LONGEST)
    with pytest.raises(BadInput):
        memories.add(ada.id, text)
    with pytest.raises(BadInput):
        memories.edit(ada.id, fact.id, text)
    assert memories.list(ada.id) == [fact]


def test_a_fact_that_is_not_there_is_told(memories: Memories, store: Store, ada: Person) -> None:
    fact = memories.add(ada.id, "One.")
    bob = store.add_person("Bob")
    memories.forget(ada.id, fact.id)
    for person in (ada, bob):
        with pytest.raises(Gone):
            memories.forget(person.id, fact.id)
        with pytest.raises(Gone):
            memories.edit(person.id, fact.id, "Two.")
        with pytest.raises(Gone):
            memories.switch(person.id, fact.id, active=False)


@pytest.mark.parametrize("way", ["forget", "switch", "edit"])
def test_a_fact_taken_back_is_unsaid_in_stored_prompts_and_the_others_stay(
    home: Path, memories: Memories, store: Store, ada: Person, way: str
) -> None:
    gone, stays = memories.add(ada.id, "I live at Zebra Street."), memories.add(ada.id, "I am vegan.")
    block, ids = inserted_block([gone, stays])
    store.put_conversation(ada.id, conversation())
    store.put_turn(ada.id, turn("talk.1", inserted=block, memories=ids, prompt_hash="h1"))
    store.put_turn(ada.id, turn("talk.2", parent="talk.1", prompt_hash="h2"))
    store.put_conversation(ada.id, conversation("other"))
    store.put_turn(ada.id, turn("other.1", prompt_hash="h3"))
    match way:
        case "forget":
            memories.forget(ada.id, gone.id)
        case "switch":
            memories.switch(ada.id, gone.id, active=False)
        case "edit":
            memories.edit(ada.id, gone.id, "I live in Bonn.")
    fresh = Store(home)
    first, second = fresh.turns(ada.id, "talk").values()
    assert first.inserted == inserted_block([stays])[0]
    assert set(first.memories) == ({gone.id, stays.id} if way == "forget" else {stays.id})
    assert (first.prompt_hash, second.prompt_hash) == ("", "")  # these prompts are not what was sent any more
    assert fresh.turn(ada.id, "other.1").prompt_hash == "h3"
    said = [path for path in home.rglob("*") if path.is_file() and b"Zebra" in path.read_bytes()]
    assert bool(said) == (way == "switch")
