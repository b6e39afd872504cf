"""Only what a message is about is recalled, what is newer goes first, and the vectors survive being stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from domain import Memory
from personalization.contrast import excludes
from personalization.embed import WIDTH, packed, unpacked
from personalization.recall import ANSWERS, FACT, FOLLOWS, GENERAL, MISSES, OPENS, PART, Index, names, parts, recall
from personalization.words import words
from tests.builders import START, at, memory

QUERY = np.eye(1, WIDTH, dtype=np.float32)


def vector(cosine: float, own: int) -> np.ndarray:
    """A vector with this cosine to QUERY; two with other `own` axes share nothing else."""
    made = np.zeros(WIDTH, np.float32)
    made[0], made[own] = cosine, np.sqrt(1 - cosine**2)
    return made


def index(*known: tuple[str, float, datetime] | tuple[str, float, datetime, int]) -> Index:
    """Memories with the text, the cosine to QUERY, the time, and the axis that those about the same thing share."""
    memories = tuple(memory(text, text, updated_at=one[0]) for text, _, *one in known)
    rows = [vector(one[1], one[3] if len(one) > 3 else place + 1) for place, one in enumerate(known)]
    return Index(memories, np.array(rows))


def recalled(index: Index, message: str = "I?", **more: object) -> list[str]:
    return [found.text for found in recall(index, message, QUERY, **more)]  # type: ignore[arg-type]


def test_nothing_is_recalled_if_nothing_comes_near_enough() -> None:
    assert recalled(Index()) == []
    assert recalled(index(("tea", OPENS - 0.01, START), ("rain", 0.1, START))) == []


def test_the_nearest_comes_first_and_others_follow_only_if_they_are_near_too() -> None:
    known = index(("rain", FOLLOWS - 0.05, START), ("tea", 0.5, START), ("milk", 0.45, START), ("far", 0.31, START))
    assert recalled(known) == ["tea", "milk", "far"]
    assert recalled(index(("tea", 0.9, START), ("milk", 0.45, START))) == ["tea"], "far behind the nearest"
    assert recalled(known, left_out={"milk"}) == ["tea", "far"]


def test_what_is_asked_for_must_be_told_and_a_message_about_nobody_is_answered_only_from_very_near() -> None:
    dated, named = ("We wed on 6 June.", 0.45, START), ("I wed Kim.", 0.5, START)
    assert recalled(index(dated, named), "When did we marry?") == ["We wed on 6 June.", "I wed Kim."]
    assert recalled(index((named[0], OPENS - MISSES - 0.01, START)), "When did we marry?") == []
    assert recalled(index((dated[0], OPENS - ANSWERS + 0.01, START)), "When did we marry?") == [dated[0]]
    near = index(("tea", OPENS + GENERAL - 0.01, START))
    assert (recalled(near, "Do I drink tea?"), recalled(near, "A poem about tea")) == (["tea"], [])


def test_what_is_taken_for_a_fact_is_recalled_from_further_away() -> None:
    known = index(("tea", OPENS - FACT + 0.01, START))
    assert recalled(known) == []
    fact = replace(known.memories[0], kind="like")
    assert recalled(Index((fact,), known.vectors)) == ["tea"]


def test_use_and_age_decide_only_between_those_that_are_equally_near() -> None:
    known = index(("old", 0.600, at(1)), ("new", 0.601, at(2)), ("nearer", 0.7, at(0)))

    def often(ids: Sequence[str]) -> Mapping[str, int]:
        return {"old": 5}

    assert recalled(known) == ["nearer", "new", "old"]
    assert recalled(known, uses=often) == ["nearer", "old", "new"]


def test_what_replaced_a_fact_goes_before_it_even_if_the_message_is_further_from_it() -> None:
    moved = ("I moved from Lisbon to Porto.", 0.3, at(5), 7)
    known = index(("I live in Lisbon.", 0.6, at(1), 7), ("I like tea.", 0.55, at(2)), moved)
    assert recalled(known) == [moved[0], "I live in Lisbon.", "I like tea."]
    again = ("From Porto I moved to Ghent.", 0.2, at(9), 7)
    assert recalled(index(("I live in Lisbon.", 0.6, at(1), 7), moved, again))[0] == again[0]
    earlier = index(("I live in Lisbon.", 0.6, at(6), 7), moved)
    assert recalled(earlier)[0] == "I live in Lisbon.", "an older one does not replace a newer one"


def test_a_fact_that_shares_a_name_with_a_newer_one_brings_it_along_from_afar() -> None:
    known = index(("I work at Kestrel.", 0.6, at(1), 7), ("I left Kestrel for Halden.", 0.05, at(2), 7))
    assert recalled(known) == ["I left Kestrel for Halden.", "I work at Kestrel."]
    assert names("I left Kestrel for B12 & co.") == {"Kestrel", "B12"}


@pytest.mark.parametrize(
    ("asked", "told", "excluded"),
    [
        ("What is my sister's name?", "My brother is called Tom.", True),
        ("What is my sister's name?", "My sister is called Ann.", False),
        ("What is my dog called?", "My sister has a dog, Rex.", False),
        ("What is my dog called?", "Our cat is Misty.", True),
        ("Who are my siblings?", "My brother is called Tom.", False),
        ("When is my birthday?", "My driving test is on 2 May.", True),
        ("What do I eat?", "I am vegan.", False),
    ],
)
def test_words_that_exclude_each_other_keep_a_fact_about_somebody_else_out(
    asked: str, told: str, excluded: bool
) -> None:
    assert excludes(words(asked), words(told)) == excluded
    assert recalled(index((told, 0.6, START)), asked) == ([] if excluded else [told])


def test_of_a_long_message_its_beginning_and_its_end_are_read() -> None:
    assert parts(" Where do I live? ") == ["Where do I live?"]
    long = "Where do I live? " + "x" * 5_000 + " And my dog?"
    first, last = parts(long)
    assert (first.startswith("Where do I"), last.endswith("my dog?"), len(first), len(last)) == (True, True, PART, PART)
    known = index(("home", 0.6, START), ("dog", 0.1, START))
    second = np.stack([QUERY[0], vector(0.75, 2)])
    assert {found.text for found in recall(known, long, second)} == {"home", "dog"}


def test_a_vector_keeps_its_direction_when_it_is_stored() -> None:
    some = np.random.default_rng(1).normal(size=WIDTH).astype(np.float32)
    some /= np.linalg.norm(some)
    back = unpacked(packed(some))
    assert back is not None and float(back @ some) > 0.999 and abs(float(np.linalg.norm(back)) - 1) < 1e-5


@pytest.mark.parametrize("text", ["", "not base64!", "AAAA", packed(np.ones(5, np.float32)), "ü"])
def test_what_is_not_a_vector_is_not_taken_for_one(text: str) -> None:
    assert unpacked(text) is None


def test_ten_thousand_memories_are_searched_whole() -> None:
    rows = np.random.default_rng(2).normal(size=(10_000, WIDTH)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    known: tuple[Memory, ...] = tuple(memory(str(place), str(place)) for place in range(10_000))
    found = recall(Index(known, rows), "?", rows[9_876:9_877])
    assert [one.id for one in found] == ["9876"]
