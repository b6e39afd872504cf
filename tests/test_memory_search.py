"""Memories are found again by their words, their meaning, their kind, age and state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from conversation.memory_search import Wanted, by_meaning, by_words, fitting, states
from conversation.recollection import Recollection
from domain import Person
from storage.store import Store
from tests.builders import START, memory
from tests.word_vectors import WordVectors

NOW = START + timedelta(days=400)
VEGAN = memory("vegan", "I am vegan.", kind="health", created_at=START)
PORTO = memory("porto", "I live in PORTO.", kind="place", created_at=NOW - timedelta(days=20), pinned=True)
LISBON = memory("lisbon", "I live in Lisbon.", active=False, replaced_by="porto", created_at=NOW - timedelta(days=100))
ROME = memory("rome", "I fly to Rome.", active=False, until=date(2027, 1, 1), created_at=NOW - timedelta(days=2))
ALL = [VEGAN, LISBON, PORTO, ROME]  # as the store gives them: the oldest first


def found(**wanted: str) -> list[str]:
    return [one.id for one in fitting(ALL, Wanted(**wanted), NOW)]


def test_the_newest_comes_first_and_all_come_if_nothing_is_wanted() -> None:
    assert found() == ["rome", "porto", "lisbon", "vegan"]


def test_words_are_found_in_any_case_and_order_and_as_parts() -> None:
    assert [one.id for one in by_words(ALL, "LIVE por")] == ["porto"]
    assert [one.id for one in by_words(ALL, "in live")] == ["lisbon", "porto"]
    assert by_words(ALL, "live rome") == []
    assert by_words(ALL, "  ") == ALL


def test_kind_age_and_state_narrow_what_is_found() -> None:
    assert found(kind="health") == ["vegan"]
    assert found(age="week") == ["rome"]
    assert found(age="month") == ["rome", "porto"]
    assert found(age="year") == ["rome", "porto", "lisbon"]
    assert found(age="older") == ["vegan"]
    assert found(kind="place", age="older") == []


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("sent", ["porto", "vegan"]),
        ("pinned", ["porto"]),
        ("off", ["rome", "lisbon"]),
        ("expired", ["rome"]),
        ("replaced", ["lisbon"]),
    ],
)
def test_each_state_has_its_memories(state: str, names: list[str]) -> None:
    assert found(state=state) == names


def test_what_is_switched_off_before_its_time_is_over_has_not_expired() -> None:
    assert states(ROME, date(2026, 12, 31)) == {"off"}
    assert states(replace(ROME, active=True), date(2026, 12, 31)) == {"sent"}


def test_what_means_the_same_follows_without_what_holds_the_words(store: Store, ada: Person) -> None:
    for one in ALL:
        store.put_memory(ada.id, one)
    recollection = Recollection(store, WordVectors())
    near = by_meaning(recollection, ada.id, store.memories(ada.id), "live porto where")
    assert [one.id for one in near] == ["porto"], "Lisbon is switched off, and Rome is not like it"
    assert by_meaning(recollection, ada.id, store.memories(ada.id), "live porto") == [], "it holds these words"
    assert by_meaning(recollection, ada.id, [VEGAN], "live porto where") == [], "it is not among those looked through"
    assert by_meaning(recollection, ada.id, ALL, "  ") == []
    assert by_meaning(Recollection(store), ada.id, ALL, "live porto where") == [], "without the model"
