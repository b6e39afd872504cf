"""The real embedding model: what it reads, what it refuses, and a small part of the memory benchmark."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest

from bench.memory import development, earlier, held_out
from bench.memory.personas import personas
from bench.memory.recalls import bm25, everything, figures, ours
from bench.memory.topic import Material
from bench.memory.written import FOLDER
from conversation.recollection import Recollection
from domain import Person
from errors import ModelUnusable
from personalization import embed
from personalization.embed import TOKENIZER, MiniLM
from personalization.words import in_order
from storage.store import Store
from tests.builders import memory

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM()


def test_sentences_that_mean_the_same_are_near_and_a_batch_is_as_good_as_one(minilm: MiniLM) -> None:
    texts = ["I am a vegetarian.", "I eat no meat.", "The train was late.", "", "word " * 3_000]
    found = minilm.embed(texts)
    assert found.shape == (5, embed.WIDTH) and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert found[0] @ found[1] > 0.5 > 0.2 > found[0] @ found[2]
    alone = np.stack([minilm.embed([text])[0] for text in texts])
    assert (alone * found).sum(axis=1).min() > 0.999
    assert minilm.embed([]).shape == (0, embed.WIDTH)


def test_a_file_that_is_missing_or_foreign_is_refused_with_a_remedy(
    tmp_path: Path, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = tmp_path / "model.onnx"
    foreign.write_bytes(b"not the model")
    for broken in (MiniLM(foreign), MiniLM(tmp_path / "nothing"), MiniLM(None, foreign)):
        with pytest.raises(ModelUnusable, match=r"requirements-model\.txt"):
            broken.embed(["Hello"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = Recollection(store, MiniLM(None, TOKENIZER))
    store.put_memory(ada.id, memory("m1"))
    assert [known.id for known in found.ranked(ada.id, "Anything")] == ["m1"]
    assert "not installed" in found.trouble


def test_a_part_of_the_benchmark_is_recalled_better_than_by_its_rivals(minilm: MiniLM) -> None:
    people = personas(development.MATERIAL, 12, 3)
    shares = {
        name: {kind: values["share"] for kind, values in figures(people, way).items()}
        for name, way in (("ours", ours(people, minilm)), ("bm25", bm25), ("everything", everything))
    }
    mine = shares["ours"]
    assert (mine["single"] >= 0.85, mine["time"] >= 0.95, mine["changed"] >= 0.75) == (True, True, True), mine
    assert mine["absent"] <= 0.10 and mine["absent general"] == 0, mine
    for rival in ("bm25", "everything"):
        assert shares[rival]["single"] < mine["single"] and shares[rival]["absent"] > mine["absent"]


def test_the_test_split_shares_no_four_words_in_a_row_and_no_value_with_what_recall_was_developed_on() -> None:
    def runs(material: Material) -> set[tuple[str, ...]]:
        told = [text for topic in material.topics for text in (*topic.says, *topic.asks, *topic.changes)]
        told += [*material.general, *material.fillers, *(text for text, _ in material.several)]
        pieces = [in_order(piece) for text in told for piece in re.split(r"\{\w+\}", text)]
        return {tuple(piece[start : start + 4]) for piece in pieces for start in range(len(piece) - 3)}

    def hand_written(split: str) -> list[list[str]]:
        people = json.loads((FOLDER / f"{split}.json").read_text(encoding="utf-8"))
        return [in_order(asked["text"]) for person in people for asked in person["messages"]]

    def values(material: Material) -> set[str]:
        return {value for topic in material.topics for value in topic.values} | set(sum(material.filled, ()))

    developed = (development.MATERIAL, earlier.MATERIAL)
    assert runs(held_out.MATERIAL) and not runs(held_out.MATERIAL) & (runs(developed[0]) | runs(developed[1]))
    trained, unseen = hand_written("development"), hand_written("held_out")
    pieces = {tuple(text[start : start + 4]) for text in trained for start in range(len(text) - 3)}
    assert unseen and not runs(held_out.MATERIAL) & pieces and not [text for text in trained if text in unseen]
    assert not values(held_out.MATERIAL) & (values(developed[0]) | values(developed[1]))


def test_personas_are_the_same_for_the_same_seed_and_ask_of_what_was_never_said() -> None:
    one, again = (personas(development.MATERIAL, 3, 5) for _ in range(2))
    assert one == again != personas(development.MATERIAL, 3, 6)
    for persona in one:
        there = {known.id for known in persona.memories}
        for question in persona.questions:
            assert set(question.answers) <= there
            assert bool(question.answers) != question.kind.startswith("absent")
