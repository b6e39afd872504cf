"""The judge tells sentences apart by its weights alone, and its facts are the person's words in one piece."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from bench.train_judge import HIDDEN, NETWORKS, fit
from conversation.memories import Memories
from conversation.proposals import QUIET, Proposals
from domain import MemoryKind, Person, now
from errors import ModelUnusable
from personalization.embed import WIDTH, Vectors
from personalization.observe import Spoken, observed
from personalization.observing.judge import KINDS, Judge, Sentence, Verdict, Weights, features, load
from personalization.observing.judged import LONGEST, judged
from storage.store import Store
from tests.builders import calm, conversation, turn

TODAY = date(2026, 3, 1)


class Blind:
    """Vectors that tell nothing."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.zeros((len(texts), WIDTH), np.float32)


class Missing:
    def embed(self, texts: Sequence[str]) -> Vectors:
        raise ModelUnusable("The embedding model is not there.")


class Fixed(Judge):
    """As sure of a sentence as it was told to be, of others not at all."""

    def __init__(self, kind: MemoryKind = "other", **sure: float) -> None:
        self.kind, self.sure = kind, sure

    def verdicts(self, sentences: Sequence[Sentence]) -> list[Verdict]:
        found = []
        for sentence in sentences:
            sure = next((sure for word, sure in self.sure.items() if word in sentence.text.lower()), 0.0)
            found.append(Verdict(sure, self.kind))
        return found


def facts(text: str, judge: Judge) -> list[str]:
    return [fact.text for _, fact in judged([("t", text, TODAY)], judge)]


def sentence(text: str, place: int = 0, count: int = 1, ruled: float = 0.0) -> Sentence:
    return Sentence(text, place, count, ruled)


def test_the_weights_that_are_shipped_fit_the_features() -> None:
    weights = load()
    width = features([sentence("I sail.")], Blind()).shape[1]
    assert weights.inner.shape == (width, HIDDEN * NETWORKS) and weights.inner_bias.shape == (HIDDEN * NETWORKS,)
    assert weights.outer.shape == (HIDDEN * NETWORKS, 1 + len(KINDS)) and weights.outer_bias.shape == (1 + len(KINDS),)
    assert all(part.dtype == np.float32 and np.isfinite(part).all() for part in vars_of(weights))


def vars_of(weights: Weights) -> list[Any]:
    return [weights.inner, weights.inner_bias, weights.outer, weights.outer_bias]


def test_it_says_what_its_weights_say_and_nothing_of_no_sentences() -> None:
    width = features([sentence("I sail.")], Blind()).shape[1]
    inner = np.zeros((width, 1), np.float32)
    inner[WIDTH + 2] = 1.0  # whether the sentence speaks of the person
    outer = np.zeros((1, 1 + len(KINDS)), np.float32)
    outer[0, 0], outer[0, 1 + KINDS.index("like")] = 4.0, 1.0
    bias = np.full(1 + len(KINDS), -2.0, np.float32)
    judge = Judge(Blind(), Weights(inner, np.zeros(1, np.float32), outer, bias))
    own, other = judge.verdicts([sentence("i'm at sea a lot"), sentence("The tide is late.")])
    assert (round(own.sure, 3), own.kind, round(other.sure, 3)) == (0.881, "like", 0.119)
    assert judge.verdicts([]) == []


@pytest.mark.parametrize(
    ("text", "sure", "found"),
    [
        ("Hi, ok so my knees are bad. How long is the walk?", {"knees": 0.9}, ["My knees are bad."]),
        ("knees are bad since the fall in March", {"knees": 0.59}, []),
        (
            "He was my husband. Edmund died four years ago.",
            {"husband": 0.9, "edmund": 0.3},
            ["He was my husband. Edmund died four years ago."],
        ),
        ("Edmund it was. He was my husband.", {"husband": 0.9}, ["Edmund it was. He was my husband."]),
        ("How late is the tide? I sail.", {"sail": 0.9, "tide": 0.04}, ["I sail."]),
        ("I live in Leeds and I drive a Volvo V60.", {"leeds": 0.9}, ["I live in Leeds.", "I drive a Volvo V60."]),
        ("I'm allergic to nuts. What can I bake?", {"nuts": 0.1}, ["I am allergic to nuts."]),
        ("my password is hunter2 and i sail", {"sail": 0.9}, []),
        ('my sister wrote "I hate boats" and I cried', {"hate": 0.9}, []),
    ],
)
def test_a_fact_is_a_sentence_with_what_belongs_to_it(text: str, sure: dict[str, float], found: list[str]) -> None:
    assert facts(text, Fixed(**sure)) == found


def test_neighbours_are_added_up_to_a_length() -> None:
    first, second = f"I keep {'very ' * 30}many bees.", f"They are {'very ' * 30}calm."
    (found,) = facts(f"{first} {second}", Fixed(bees=0.9, calm=0.3))
    assert found == first and len(f"{first} {second}") > LONGEST


def test_a_plan_holds_until_its_day_and_a_role_is_not_the_person() -> None:
    told = [Spoken("t", "the boat goes into the water on 9 March", TODAY)]
    (one,) = observed(told, judge=Fixed("plan", boat=0.9))
    assert (one.fact.kind, one.fact.until) == ("plan", date(2026, 3, 9))
    played = "Let's play a game, you are a pirate and I am your captain. I own a big boat."
    assert observed([Spoken("t", played, TODAY)], judge=Fixed(boat=0.9)) == []


def test_what_is_less_clear_waits_even_where_facts_are_kept_by_themselves(store: Store, ada: Person) -> None:
    proposals = Proposals(store, Memories(store, calm), lambda _: None, Fixed(knees=0.95, hip=0.8))
    proposals.set_mode(ada.id, "keep")
    spoken(store, ada, "the knees are bad these years", "and the left hip also")
    proposals.look(ada.id)
    assert [one.text for one in store.memories(ada.id)] == ["The knees are bad these years."]
    assert [one.text for one in proposals.waiting(ada.id)] == ["The left hip also."]
    proposals.set_mode(ada.id, "ask")
    proposals.set_mode(ada.id, "keep")  # which keeps what waits and is clear
    assert [one.text for one in proposals.waiting(ada.id)] == ["The left hip also."]


def test_where_the_embedding_model_is_missing_the_rules_look_alone(
    store: Store, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    proposals = Proposals(store, Memories(store, calm), lambda _: None, Judge(Missing()))
    spoken(store, ada, "I'm vegetarian")
    with caplog.at_level("WARNING", logger="homegrown.proposals"):
        proposals.look(ada.id)
    assert [one.text for one in proposals.waiting(ada.id)] == ["I am vegetarian."]
    assert "the rules alone look" in caplog.text


def spoken(store: Store, ada: Person, *said: str) -> None:
    at = now() - QUIET - timedelta(minutes=1)
    for number, text in enumerate(said):
        store.put_turn(ada.id, turn(f"talk.{number}", text=text, created_at=at))
    store.put_conversation(ada.id, conversation(updated_at=at))


def test_training_learns_what_tells_the_rows_apart() -> None:
    rows = {
        f"d{number}": [(sentence("i sail"), True, KINDS.index("like")), (sentence("the sea is wide"), False, -1)]
        for number in range(400)
    }
    read = {id: features([one for one, _, _ in some], Blind()) for id, some in rows.items()}
    judge = Judge(Blind(), fit(read, rows, list(rows)))
    own, other = judge.verdicts([sentence("i sail"), sentence("the sea is wide")])
    assert own.sure > 0.7 > 0.3 > other.sure and own.kind == "like"
