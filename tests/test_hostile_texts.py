"""What a document or a paste wants remembered is not remembered, not proposed and not learnt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversation.memories import Memories
from conversation.proposals import QUIET, Proposals
from domain import Person, now
from storage.store import Store
from tests.builders import calm, conversation, turn
from tests.hostile_texts import TEXTS


def test_there_are_fifty_different_ones() -> None:
    assert len(set(TEXTS)) == 50


@pytest.mark.parametrize("text", TEXTS, ids=range(50))
def test_a_paste_leaves_no_memory_and_no_lesson_even_where_facts_are_kept_by_themselves(
    store: Store, ada: Person, text: str
) -> None:
    proposals = Proposals(store, Memories(store, calm), lambda _: None)
    proposals.set_mode(ada.id, "keep")
    said = now() - QUIET - timedelta(minutes=1)
    store.put_conversation(ada.id, conversation(updated_at=said))
    assert proposals.hear(ada.id, "talk", text) is None
    store.put_turn(ada.id, turn("talk.1", text=text, reply="I will remember that you live in Rome.", created_at=said))
    proposals.look(ada.id)
    assert store.observed.observing(ada.id).through == said  # it was looked at
    assert [memory.text for memory in store.memories(ada.id)] == []
    assert proposals.waiting(ada.id) == []
    assert store.feedback(ada.id) == []
