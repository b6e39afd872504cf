"""The bundled texts: their shapes, their sizes, and that no set leaks into another."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench import habits

DATA = Path(__file__).resolve().parent.parent / "data"
GENERAL = json.loads((DATA / "probes" / "general.json").read_text(encoding="utf-8"))
ANCHORS = json.loads((DATA / "anchors.json").read_text(encoding="utf-8"))
PROMPTS = json.loads((DATA / "probes" / "prompts.json").read_text(encoding="utf-8"))
OWN = "written for Homegrown, Apache-2.0"


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def grams(text: str, n: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + n]) for i in range(len(found) - n + 1)}


def author(source: str) -> str:
    return source.split(",")[0]


@pytest.mark.parametrize("texts", [GENERAL, ANCHORS], ids=["general", "anchors"])
def test_every_text_names_its_source_and_is_one_paragraph(texts):
    for text in texts:
        assert set(text) == {"source", "text"}
        assert text["text"] == " ".join(text["text"].split())


@pytest.mark.parametrize("texts", [GENERAL, ANCHORS], ids=["general", "anchors"])
def test_every_quoted_work_was_published_before_1929(texts):
    for text in texts:
        years = [int(year) for year in re.findall(r"\b1\d{3}\b", text["source"])]
        assert text["source"] == OWN or (years and max(years) < 1929), text["source"]


def test_there_are_enough_general_texts_of_the_right_length():
    assert 20 <= len(GENERAL) <= 30
    assert all(80 <= len(text["text"].split()) <= 160 for text in GENERAL)
    # An English word is at least one token, so this many words are surely 2,000 tokens.
    assert sum(len(text["text"].split()) for text in GENERAL) >= 3000


def test_there_are_32_anchors_of_30_to_65_words():
    assert len(ANCHORS) == 32
    assert all(30 <= len(text["text"].split()) <= 65 for text in ANCHORS)


def test_anchors_and_general_texts_share_no_source_no_author_and_no_eight_words_in_a_row():
    assert not {text["source"] for text in GENERAL} & {text["source"] for text in ANCHORS}
    assert not {author(text["source"]) for text in GENERAL} & {author(text["source"]) for text in ANCHORS}
    probed = set().union(*(grams(text["text"], 8) for text in GENERAL))
    for anchor in ANCHORS:
        assert not probed & grams(anchor["text"], 8), anchor["source"]


@pytest.mark.parametrize("texts", [GENERAL, ANCHORS], ids=["general", "anchors"])
def test_no_text_stands_twice_in_one_file(texts):
    seen: set[tuple[str, ...]] = set()
    for text in texts:
        eight = grams(text["text"], 8)
        assert not seen & eight, text["source"]
        seen |= eight


def test_there_are_24_different_prompts():
    assert len(PROMPTS) == len(set(PROMPTS)) == 24
    assert all(prompt.strip() == prompt and prompt for prompt in PROMPTS)


def test_the_prompts_share_no_four_words_in_a_row_and_no_topic_with_the_habit_benchmark():
    topics = json.loads(habits.TOPICS.read_text(encoding="utf-8"))
    for topic in topics["training"] + topics["test"]:
        for prompt in PROMPTS:
            assert not grams(topic["prompt"], 4) & grams(prompt, 4), (topic["prompt"], prompt)
            assert not set(words(topic["topic"])) & set(words(prompt)), (topic["topic"], prompt)


def test_sources_describes_every_data_file():
    described = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    for path in DATA.rglob("*.json"):
        assert f"| `{path.relative_to(DATA).as_posix()}` |" in described, path.name
