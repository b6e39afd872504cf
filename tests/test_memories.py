"""Facts are in the person's hands; what is taken back is unsaid in every stored prompt."""

from __future__ import annotations

import io
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from conversation.memories import Memories, parts
from conversation.memory_copy import as_json, as_text
from conversation.recollection import Recollection
from domain import Person, now
from errors import BadInput, Gone
from personalization.memory import LONGEST, inserted_block
from personalization.memory_file import Item, read_memories
from storage.store import Store
from tests.builders import START, calm, conversation, turn


@pytest.fixture
def memories(store: Store) -> Memories:
    return Memories(store, calm)


def test_a_fact_is_kept_on_one_line_and_can_be_edited_and_switched(home: Path, memories: Memories, ada: Person) -> None:
    fact = memories.add(ada.id, "  I am\n vegetarian 🥦. ")
    assert fact.text == "I am vegetarian 🥦."
    memories.edit(ada.id, fact.id, "I am vegan.")
    memories.switch(ada.id, fact.id, active=False)
    (kept,) = Memories(Store(home), calm).list(ada.id)
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


def test_the_same_fact_is_not_kept_twice(memories: Memories, ada: Person) -> None:
    kept = memories.add(ada.id, "I am vegetarian")
    with pytest.raises(BadInput, match=r"remembered already: I am vegetarian$"):
        memories.add(ada.id, "i am vegetarian.")
    memories.switch(ada.id, kept.id, active=False)
    with pytest.raises(BadInput, match="switched off; switch it on again"):
        memories.add(ada.id, "I am vegetarian!")
    assert [memory.id for memory in memories.list(ada.id)] == [kept.id]


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


# merging


def test_two_facts_become_one_and_are_kept_as_what_it_was_made_of(home: Path, memories: Memories, ada: Person) -> None:
    first, second = memories.add(ada.id, "I am vegan."), memories.add(ada.id, "I am allergic to nuts.")
    memories.pin(ada.id, second.id, True)
    merged = memories.merge(ada.id, first.id, second.id, " I am vegan and\n allergic to nuts. ")
    assert (merged.text, merged.active, merged.pinned) == ("I am vegan and allergic to nuts.", True, True)
    assert (merged.source, merged.kind) == ("merged", "health")
    kept = {one.id: one for one in Memories(Store(home), calm).list(ada.id)}
    assert kept.keys() == {first.id, second.id, merged.id}
    for old in (first, second):
        assert (kept[old.id].text, kept[old.id].active, kept[old.id].replaced_by) == (old.text, False, merged.id)
    assert {one.id for one in parts(memories.list(ada.id), merged)} == {first.id, second.id}


def test_a_merged_fact_holds_as_long_as_the_longer_of_the_two(store: Store, memories: Memories, ada: Person) -> None:
    first, second, third = (memories.add(ada.id, f"I stay in Rome, room {n}.") for n in range(3))
    store.put_memory(ada.id, replace(first, until=date(2027, 3, 1)))
    store.put_memory(ada.id, replace(second, until=date(2027, 5, 1)))
    merged = memories.merge(ada.id, first.id, second.id, "I stay in Rome.")
    assert merged.until == date(2027, 5, 1)
    assert memories.merge(ada.id, merged.id, third.id, "I live in Rome.").until is None, "one of them has no end"


def test_merged_facts_are_unsaid_in_stored_prompts(memories: Memories, store: Store, ada: Person) -> None:
    first, second = memories.add(ada.id, "I am vegan."), memories.add(ada.id, "I live in Porto.")
    block, ids = inserted_block([first, second])
    store.put_conversation(ada.id, conversation())
    store.put_turn(ada.id, turn("talk.1", inserted=block, memories=ids, prompt_hash="h1"))
    memories.merge(ada.id, first.id, second.id, "I am a vegan in Porto.")
    assert store.turn(ada.id, "talk.1").inserted == ""


def test_forgetting_a_merged_fact_forgets_what_it_was_made_of_too(home: Path, memories: Memories, ada: Person) -> None:
    one, two, three = (memories.add(ada.id, f"Zebra {n} lives here.") for n in range(3))
    first = memories.merge(ada.id, one.id, two.id, "Zebra 0 and 1 live here.")
    last = memories.merge(ada.id, first.id, three.id, "All zebras live here.")
    stays = memories.add(ada.id, "I am vegan.")
    memories.forget(ada.id, last.id)
    assert memories.list(ada.id) == [stays]
    assert [path for path in home.rglob("*") if path.is_file() and b"ebra" in path.read_bytes()] == []


def test_what_only_replaced_another_leaves_that_when_it_is_forgotten(
    store: Store, memories: Memories, ada: Person
) -> None:
    old, new = memories.add(ada.id, "I live in Lisbon."), memories.add(ada.id, "I live in Porto.")
    store.put_memory(ada.id, replace(old, active=False, replaced_by=new.id))
    memories.forget(ada.id, new.id)
    assert [one.id for one in memories.list(ada.id)] == [old.id]


def test_a_fact_is_merged_with_another_one_that_is_switched_on(memories: Memories, ada: Person) -> None:
    first, second = memories.add(ada.id, "I am vegan."), memories.add(ada.id, "I live in Porto.")
    with pytest.raises(BadInput, match="two different"):
        memories.merge(ada.id, first.id, first.id, "text")
    with pytest.raises(BadInput, match="empty"):
        memories.merge(ada.id, first.id, second.id, " ")
    with pytest.raises(Gone):
        memories.merge(ada.id, first.id, "nobody", "text")
    memories.switch(ada.id, second.id, active=False)
    with pytest.raises(BadInput, match="switched on"):
        memories.merge(ada.id, first.id, second.id, "text")
    assert [one.active for one in memories.list(ada.id)] == [True, False]


def test_nothing_is_merged_while_a_reply_is_written_with_it(store: Store, ada: Person) -> None:
    quiet = Memories(store, calm)
    first, second = quiet.add(ada.id, "I am vegan."), quiet.add(ada.id, "I live in Porto.")
    with pytest.raises(BadInput, match="reply is being written"):
        Memories(store, nullcontext).merge(ada.id, first.id, second.id, "text")
    assert quiet.list(ada.id) == [first, second]


# importing


def test_what_is_imported_names_its_origin_and_counts_since_when_it_was_kept(memories: Memories, ada: Person) -> None:
    items = [Item("I am vegan.", START), Item("I swim."), Item("I fly.", now() + timedelta(days=9))]
    memories.bring(ada.id, items, "ChatGPT")
    vegan, swim, fly = memories.list(ada.id)
    assert (vegan.created_at, vegan.updated_at, vegan.source, vegan.kind) == (START, START, "imported", "health")
    assert vegan.brought and vegan.brought.origin == "ChatGPT" and vegan.brought.at > START
    assert swim.brought and swim.created_at == swim.brought.at == fly.created_at, "the file's clock was wrong"


def test_what_is_remembered_already_is_not_imported_again(memories: Memories, ada: Person) -> None:
    memories.add(ada.id, "I am vegan.")
    items = [Item("i am VEGAN"), Item("I swim."), Item("I swim"), Item("I read.")]
    assert [item.text for item in memories.fresh(ada.id, items)] == ["I swim.", "I read."]
    assert len(memories.bring(ada.id, items, "text")) == 2
    assert memories.bring(ada.id, items, "text") == []
    assert [one.text for one in memories.list(ada.id)] == ["I am vegan.", "I swim.", "I read."]


def test_an_import_is_taken_whole_or_not_at_all(memories: Memories, ada: Person) -> None:
    with pytest.raises(BadInput):
        memories.bring(ada.id, [Item("I swim."), Item("x" * (LONGEST + 1))], "text")
    assert memories.list(ada.id) == []


def test_lists_are_saved_as_text_and_as_json_that_can_be_read_again(memories: Memories, ada: Person) -> None:
    memories.add(ada.id, "I am vegan 🥦.")
    off = memories.add(ada.id, "I smoke.")
    memories.switch(ada.id, off.id, active=False)
    assert as_text(memories.list(ada.id)) == "I am vegan 🥦.\n"
    found = read_memories(io.BytesIO(as_json(memories.list(ada.id)).encode()))
    assert [item.text for item in found.items] == ["I am vegan 🥦.", "I smoke."]
    assert [item.at for item in found.items] == [one.created_at for one in memories.list(ada.id)]


# altogether


def test_memory_that_is_switched_off_is_not_told_and_comes_back_as_it_was(
    home: Path, memories: Memories, store: Store, ada: Person
) -> None:
    fact = memories.add(ada.id, "I am vegan.")
    memories.pin(ada.id, fact.id, True)
    recollection = Recollection(store)
    told = recollection.block(ada.id)
    assert recollection.ranked(ada.id, "What can I cook?") and told
    memories.use(ada.id, False)
    assert recollection.ranked(ada.id, "What can I cook?") == [] and recollection.block(ada.id) == ""
    assert not Store(home).recalled.on(ada.id), "also after a restart"
    memories.use(ada.id, True)
    assert recollection.ranked(ada.id, "What can I cook?") and recollection.block(ada.id) == told


def test_what_is_said_while_memory_is_switched_off_is_never_looked_at(
    memories: Memories, store: Store, ada: Person
) -> None:
    memories.use(ada.id, False)
    store.put_conversation(ada.id, conversation(updated_at=START))
    memories.use(ada.id, True)
    through = store.observed.observing(ada.id).through
    assert through is not None and through > START
    memories.use(ada.id, True)
    assert store.observed.observing(ada.id).through == through, "it was on"
