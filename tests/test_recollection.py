"""Vectors are kept beside memories and go with them; without an embedder the newest memories are sent."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from conversation import recollection as module
from conversation.memories import Memories
from conversation.recollection import Recollection, embedded
from domain import Person
from errors import BadInput
from personalization.about import LONGEST, OFTEN, TOKENS, about_block, in_brief
from personalization.embed import packed
from personalization.memory import inserted_block
from storage.recalled import VECTORS
from storage.seal import AesGcm
from storage.store import Store
from tests.builders import at, calm, conversation, memory, turn
from tests.word_vectors import WordVectors

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def embedder() -> WordVectors:
    return WordVectors()


@pytest.fixture
def found(store: Store, embedder: WordVectors) -> Recollection:
    return Recollection(store, embedder)


@pytest.fixture
def memories(store: Store) -> Memories:
    return Memories(store, calm)


def put(store: Store, person: Person, *texts: str) -> None:
    for place, text in enumerate(texts):
        store.put_memory(person.id, memory(text, text, created_at=at(place), updated_at=at(place)))


def ids(found: Recollection, person: Person, text: str, **more: object) -> list[str]:
    return [known.id for known in found.ranked(person.id, text, **more)]  # type: ignore[arg-type]


# choosing


def test_only_memories_about_the_message_are_chosen(found: Recollection, store: Store, ada: Person) -> None:
    put(store, ada, "my sister lives in porto", "the bicycle is red")
    assert ids(found, ada, "where in porto lives my sister") == ["my sister lives in porto"]
    assert ids(found, ada, "quantum chromodynamics") == []
    assert ids(found, ada, "my sister lives in porto", left_out={"my sister lives in porto"}) == []


def test_pinned_ones_come_first_whatever_is_asked_and_muted_ones_never(
    found: Recollection, memories: Memories, store: Store, ada: Person
) -> None:
    put(store, ada, "my sister lives in porto", "the bicycle is red")
    memories.pin(ada.id, "the bicycle is red", True)
    assert ids(found, ada, "my sister lives in porto") == ["the bicycle is red", "my sister lives in porto"]
    memories.switch(ada.id, "my sister lives in porto", active=False)
    assert ids(found, ada, "my sister lives in porto") == ["the bicycle is red"]
    memories.pin(ada.id, "the bicycle is red", False)
    assert ids(found, ada, "my sister lives in porto") == []


def test_what_is_not_there_cannot_be_recalled_for_somebody_else(found: Recollection, store: Store, ada: Person) -> None:
    bob = store.add_person("Bob")
    put(store, ada, "my sister lives in porto")
    assert ids(found, bob, "my sister lives in porto") == []


@pytest.mark.parametrize("embedder", [None, WordVectors(broken=True)])
def test_without_vectors_pinned_and_newest_ones_are_sent_and_it_is_said_why(
    store: Store, ada: Person, embedder: WordVectors | None
) -> None:
    put(store, ada, "a", "b", "c")
    store.put_memory(ada.id, memory("a", "a", updated_at=at(0), pinned=True))
    blind = Recollection(store, embedder)
    for _ in range(2):
        assert ids(blind, ada, "whatever", left_out={"b"}) == ["a", "c"]
    assert ids(blind, ada, "whatever") == ["a", "c", "b"]
    assert bool(blind.trouble) == (embedder is not None)
    if blind.trouble:
        assert "by their age" in blind.trouble and "run: make" in blind.trouble


# keeping vectors


def test_a_memory_is_embedded_once_also_after_a_restart(
    found: Recollection, embedder: WordVectors, store: Store, ada: Person
) -> None:
    put(store, ada, "a red bicycle", "my sister lives in porto")
    ids(found, ada, "q1")
    ids(found, ada, "q2")
    assert sorted(embedder.embedded) == ["a red bicycle", "my sister lives in porto", "q1", "q2"]
    again = WordVectors()
    assert ids(Recollection(Store(store.home), again), ada, "a red bicycle") == ["a red bicycle"]
    assert again.embedded == ["a red bicycle"]


def test_a_vector_of_another_model_or_text_is_not_used(
    found: Recollection, embedder: WordVectors, store: Store, ada: Person
) -> None:
    put(store, ada, "one fact")
    foreign = packed(embedder.embed(["something else"])[0])
    store.recalled.keep_vectors(ada.id, {"one fact": ("another model", foreign)}, lambda text: "another model")
    assert ids(found, ada, "one fact") == ["one fact"]
    assert store.recalled.vectors(ada.id)["one fact"][0] == embedded("one fact")


def test_an_edited_memory_is_embedded_anew_and_its_old_vector_is_gone(
    found: Recollection, memories: Memories, embedder: WordVectors, store: Store, ada: Person
) -> None:
    put(store, ada, "old text")
    ids(found, ada, "q")
    before = store.recalled.vectors(ada.id)["old text"]
    memories.edit(ada.id, "old text", "entirely new words")
    assert store.recalled.vectors(ada.id) == {}
    assert ids(found, ada, "entirely new words") == ["old text"]
    assert store.recalled.vectors(ada.id)["old text"] != before


def test_a_vector_that_comes_late_is_not_kept_for_a_memory_that_has_changed_or_gone(store: Store, ada: Person) -> None:
    put(store, ada, "changed", "gone", "there")
    late = {text: (embedded(text), "v") for text in ("changed", "gone", "there")}
    store.put_memory(ada.id, memory("changed", "other words"))
    store.remove_memory(ada.id, "gone")
    store.recalled.keep_vectors(ada.id, late, embedded)
    assert store.recalled.vectors(ada.id) == {"there": late["there"]}


def test_what_was_computed_from_older_memories_is_not_kept(store: Store, ada: Person) -> None:
    stamp = store.recalled.stamp(ada.id)
    put(store, ada, "new")
    store.recalled.keep(ada.id, stamp, "of before")
    assert store.recalled.made(ada.id) is None
    store.recalled.keep(ada.id, store.recalled.stamp(ada.id), "of now")
    assert store.recalled.made(ada.id) == "of now"
    store.drop(ada.id)
    assert store.recalled.made(ada.id) is None, "when a person locks, nothing of theirs stays in memory"


def test_many_new_memories_do_not_hold_up_a_message(
    found: Recollection, embedder: WordVectors, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    put(store, ada, "alpha", "beta", "gamma", "delta", "epsilon")
    assert ids(found, ada, "epsilon") == ["epsilon"], "the newest ones are there at once"
    for thread in threading.enumerate():
        if thread.name == "memories":
            thread.join(20)
    assert len(store.recalled.vectors(ada.id)) == 5
    assert ids(found, ada, "alpha") == ["alpha"]


def test_a_memory_that_is_forgotten_leaves_nothing_in_the_home(
    home: Path, found: Recollection, memories: Memories, store: Store, ada: Person
) -> None:
    gone, stays = memories.add(ada.id, "I live at Zebra Street."), memories.add(ada.id, "I am vegan.")
    memories.pin(ada.id, gone.id, True)
    ids(found, ada, "where do i live")
    brief = found.block(ada.id)
    assert "Zebra" in brief
    block, sent = inserted_block([stays, gone])
    store.put_conversation(ada.id, conversation())
    store.put_turn(ada.id, turn("talk.1", inserted=block, about=brief, memories=sent, prompt_hash="h1"))
    store.recalled.count(ada.id, sent)
    vector = store.recalled.vectors(ada.id)[gone.id][1].encode()
    everything = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert any(b"Zebra" in data for data in everything) and any(vector in data for data in everything)
    memories.forget(ada.id, gone.id)
    everything = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert not any(b"Zebra" in data or vector in data for data in everything)
    assert set(store.recalled.vectors(ada.id)) == set(store.recalled.uses(ada.id)) == {stays.id}
    left = Store(home).turn(ada.id, "talk.1")
    assert (left.inserted, left.about, left.prompt_hash) == (inserted_block([stays])[0], "", "")
    assert gone.id in left.memories, "a tombstone: the page tells that something stood there"


def test_vectors_are_sealed_as_the_memories_are(home: Path, ada: Person, store: Store) -> None:
    seal = AesGcm(b"a key of thirty-two bytes, yes!!")
    store.reseal(ada.id, None, seal)
    store.close()
    sealed = Store(home, lambda person: seal)
    put(sealed, ada, "my sister lives in porto")
    assert ids(Recollection(sealed, WordVectors()), ada, "my sister lives in porto") != []
    vector = sealed.recalled.vectors(ada.id)["my sister lives in porto"][1].encode()
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert not any(vector in data or VECTORS.encode() in data for data in files)


# use


def test_use_is_counted_for_memories_that_are_there(store: Store, ada: Person) -> None:
    put(store, ada, "a", "b")
    store.recalled.count(ada.id, ["a", "gone"])
    store.recalled.count(ada.id, ["a", "b"])
    store.recalled.count(ada.id, [])
    assert store.recalled.uses(ada.id) == {"a": 2, "b": 1}
    assert Store(store.home).recalled.uses(ada.id, ["a", "gone"]) == {"a": 2}


# in brief


def test_pinned_memories_stand_in_brief_then_those_used_often_as_far_as_there_is_room() -> None:
    pins = [memory("p2", "Second pin.", pinned=True, created_at=at(2)), memory("p1", "First pin.", pinned=True)]
    others = [
        memory("often", "Often used."),
        memory("seldom", "Seldom."),
        memory("off", "Off.", active=False, pinned=True),
    ]
    uses = {"often": OFTEN, "seldom": OFTEN - 1}
    assert in_brief([*others, *pins], uses) == "First pin.\nSecond pin.\nOften used."
    many = [memory(str(place), "x" * 40, pinned=True) for place in range(50)]
    assert len(in_brief(many, {}).split("\n")) == TOKENS // 14
    assert in_brief([], {}) == about_block("") == ""


def test_the_text_in_brief_changes_at_most_once_a_day(
    found: Recollection, memories: Memories, store: Store, ada: Person
) -> None:
    one = memories.add(ada.id, "I am vegan.")
    memories.pin(ada.id, one.id, True)
    assert found.about(ada.id, MONDAY) == "I am vegan."
    two = memories.add(ada.id, "I live in Bonn.")
    memories.pin(ada.id, two.id, True)
    assert found.about(ada.id, MONDAY) == "I am vegan."
    assert found.about(ada.id, TUESDAY) == "I am vegan.\nI live in Bonn."
    assert Recollection(Store(store.home)).about(ada.id, TUESDAY) == "I am vegan.\nI live in Bonn."
    memories.switch(ada.id, one.id, active=False)
    assert found.about(ada.id, TUESDAY) == "I live in Bonn.", "what is taken back goes at once"


def test_a_text_in_own_words_stays_until_it_is_given_back(found: Recollection, memories: Memories, ada: Person) -> None:
    fact = memories.add(ada.id, "I am vegan.")
    memories.pin(ada.id, fact.id, True)
    memories.write_about(ada.id, ' I say  "servus".\n\nI am vegan. ')
    assert found.about(ada.id, TUESDAY) == 'I say "servus".\nI am vegan.'
    assert "- \"I say 'servus'.\"" in found.block(ada.id)
    memories.forget(ada.id, fact.id)
    assert found.about(ada.id, TUESDAY) == 'I say "servus".'
    memories.write_about(ada.id, "")
    assert found.block(ada.id) == "", "emptied, nothing stands there"
    memories.pin(ada.id, memories.add(ada.id, "I live in Bonn.").id, True)
    memories.renew_about(ada.id)
    assert found.about(ada.id) == "I live in Bonn."
    with pytest.raises(BadInput, match="too long"):
        memories.write_about(ada.id, "x" * (LONGEST + 1))
