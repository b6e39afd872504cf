"""Under a reply stand the memories it was written with, and each can be edited, muted or deleted there."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from conversation.memories import Memories
from domain import Person, Reminder
from errors import BadInput
from personalization.memory import inserted_block
from storage.store import Store
from tests.builders import calm, conversation, memory, turn
from web import memory_texts, texts
from web.parts import Wish
from web.used import act, used_html

HELD = {"m1": memory("m1", "I am <b>vegan</b>."), "m2": memory("m2", "I live in Bonn.")}


def test_a_reply_without_memories_shows_nothing() -> None:
    assert used_html(turn(), HELD) == ""


def test_each_memory_stands_there_with_its_buttons_and_its_own_id() -> None:
    made = used_html(turn("talk.1", memories=("m1", "m2")), HELD)
    assert "Shown to your model: 2 memories" in made
    assert "I am &lt;b&gt;vegan&lt;/b&gt;." in made and "<b>vegan" not in made
    assert 'id="u-talk.1.m1"' in made and 'id="u-talk.1.m2"' in made
    for wish in ("do-edit", "do-mute-fact", "do-delete-fact"):
        assert made.count(wish) == 2
    assert made.count(texts.DELETE_MEMORY) == 2, "deleting asks first"
    assert "Shown to your model: 1 memory<" in used_html(turn(memories=("m1",)), HELD)


def test_lessons_that_were_shown_stand_there_with_the_way_to_switch_them_off() -> None:
    reminder = Reminder("l1", "How do I poach <an> egg?", "Captain, in water.")
    made = used_html(turn(reminders=(reminder,), memories=("m1",)), HELD)
    assert "Shown to your model: 1 memory, 1 lesson<" in made
    assert "poach &lt;an&gt; egg" in made and "Captain, in water." in made and 'href="/learning"' in made
    assert "2 lessons" in used_html(turn(reminders=(reminder, reminder)), HELD)


def test_what_a_message_left_in_memory_stands_under_its_reply() -> None:
    kept = memory("m3", "I am allergic to nuts.", turn="talk.1")
    made = used_html(turn("talk.1"), {**HELD, "m3": kept})
    assert "1 fact remembered" in made and "allergic to nuts" in made and 'id="u-talk.1.m3"' in made
    assert "Shown to your model" not in made
    assert "1 memory · 2 facts" in used_html(
        turn("talk.1", memories=("m1",)), {**HELD, "m3": kept, "m4": memory("m4", "I live in Bonn.", turn="talk.1")}
    )
    assert used_html(turn("talk.2"), {"m3": kept}) == ""
    assert used_html(turn("talk.1"), {"m3": replace(kept, active=False)}) == ""


def test_what_was_deleted_since_is_told_without_a_word_of_it() -> None:
    made = used_html(turn(memories=("m1", "gone")), HELD)
    assert memory_texts.USED_GONE in made and "1 memory<" in made
    both = used_html(turn(memories=("gone", "too")), HELD)
    assert memory_texts.USED_GONE_MANY.format(count=2) in both


def test_the_text_in_brief_is_named_if_the_model_read_it() -> None:
    made = used_html(turn(about="[About me]"), HELD)
    assert memory_texts.USED_ABOUT in made and 'href="/memory"' in made


@pytest.mark.parametrize("do", ["edit", "mute-fact", "delete-fact"])
def test_a_click_changes_the_memory_and_takes_it_out_of_the_reply_s_prompt(store: Store, ada: Person, do: str) -> None:
    memories = Memories(store, calm)
    home: Any = SimpleNamespace(memories=memories)
    fact = memories.add(ada.id, "I live at Zebra Street.")
    block, ids = inserted_block([fact])
    store.put_conversation(ada.id, conversation())
    store.put_turn(ada.id, turn("talk.1", inserted=block, memories=ids))
    assert act(home, ada.id, Wish(do, f"talk.1.{fact.id}", "I live in Bonn.", 1)) is not None
    assert store.turn(ada.id, "talk.1").inserted == ""
    kept = memories.list(ada.id)
    if do == "delete-fact":
        assert kept == []
    else:
        assert (kept[0].text, kept[0].active) == (("I live in Bonn.", True) if do == "edit" else (fact.text, False))


def test_other_wishes_are_left_to_others(store: Store, ada: Person) -> None:
    home: Any = SimpleNamespace(memories=Memories(store, calm))
    assert act(home, ada.id, Wish("edit", "p1", "text", 1)) is None, "a proposal"
    assert act(home, ada.id, Wish("up", "talk.1", "", 1)) is None
    with pytest.raises(BadInput):
        act(home, ada.id, Wish("mute-fact", "talk.1.nothing", "", 1))
