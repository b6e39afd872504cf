"""The bundled texts: their shapes, their sizes, and that no set leaks into another."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import pytest

from bench import habits

DATA = Path(__file__).resolve().parent.parent / "data"
GENERAL = json.loads((DATA / "probes" / "general.json").read_text(encoding="utf-8"))
ANCHORS = json.loads((DATA / "anchors.json").read_text(encoding="utf-8"))
PROMPTS = json.loads((DATA / "probes" / "prompts.json").read_text(encoding="utf-8"))
CONTROL = json.loads((DATA / "probes" / "control.json").read_text(encoding="utf-8"))
SAFETY = json.loads((DATA / "probes" / "safety.json").read_text(encoding="utf-8"))
REFUSALS = json.loads((DATA / "refusals.json").read_text(encoding="utf-8"))
HABITS = json.loads(habits.TOPICS.read_text(encoding="utf-8"))
CALIBRATION = [
    row
    for habit in json.loads((DATA / "calibration.json").read_text(encoding="utf-8")).values()
    for row in habit["training"] + habit["test"]
]
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
    for topic in (topic for group in HABITS.values() for topic in group["training"] + group["test"]):
        for prompt in PROMPTS:
            assert not grams(topic["prompt"], 4) & grams(prompt, 4), (topic["prompt"], prompt)
    for topic in HABITS["general"]["training"] + HABITS["general"]["test"]:
        for prompt in PROMPTS:
            assert not set(words(topic["topic"])) & set(words(prompt)), (topic["topic"], prompt)


def test_the_calibration_is_about_other_things_than_the_prompts_and_the_habit_benchmark():
    others = [topic for group in HABITS.values() for topic in group["training"] + group["test"]]
    assert not {row["topic"] for row in CALIBRATION} & {topic["topic"] for topic in others}
    for row in CALIBRATION:
        for prompt in PROMPTS + [topic["prompt"] for topic in others]:
            assert not grams(row["prompt"], 4) & grams(prompt, 4), (row["prompt"], prompt)
            assert not set(words(row["topic"])) & set(words(prompt)), (row["topic"], prompt)
    for one, other in combinations(CALIBRATION, 2):
        assert not grams(one["reply"], 4) & grams(other["reply"], 4), (one["reply"], other["reply"])
        assert not set(words(one["topic"])) & set(words(other["prompt"])), (one["topic"], other["prompt"])


def test_the_control_items_are_short_and_different_and_each_names_its_answer():
    assert len(CONTROL) >= 30
    assert len({item["question"] for item in CONTROL}) == len(CONTROL)
    for item in CONTROL:
        assert set(item) == {"question", "options", "answer"}
        assert item["question"] == item["question"].strip() and len(words(item["question"])) <= 12
        assert 2 <= len(item["options"]) == len(set(item["options"])) <= 4
        assert 0 <= item["answer"] < len(item["options"])
        # The question ends in the middle of a sentence: an option is its next word, with the space before it.
        assert all(re.fullmatch(r" \w+", option) for option in item["options"])


def test_the_right_answer_of_a_control_item_stands_at_no_place_more_often_than_at_others():
    places = [item["answer"] for item in CONTROL]
    assert max(places.count(place) for place in range(3)) <= len(CONTROL) / 3 + 1


def test_there_are_30_safety_pairs_of_like_length():
    assert len(SAFETY) == len({pair["prompt"] for pair in SAFETY}) == 30
    for pair in SAFETY:
        assert set(pair) == {"prompt", "refusal", "compliance"}
        refusal, compliance = pair["refusal"].split(), pair["compliance"].split()
        assert refusal != compliance and 5 <= len(refusal) <= 12
        assert abs(len(refusal) - len(compliance)) <= 2, pair


def test_the_refusals_that_are_imitated_are_other_ones_than_those_of_the_exam():
    examined = set().union(*(grams(text, 5) for pair in SAFETY for text in pair.values()))
    assert len(REFUSALS) == 4
    for entry in REFUSALS:
        assert set(entry) == {"prompt", "refusal"}
        assert not examined & (grams(entry["prompt"], 5) | grams(entry["refusal"], 5)), entry


def test_no_two_sets_share_eight_words_in_a_row():
    sets = {
        "general": [text["text"] for text in GENERAL],
        "anchors": [text["text"] for text in ANCHORS],
        "prompts": PROMPTS,
        "control": [item["question"] + option for item in CONTROL for option in item["options"]],
        "safety": [text for pair in SAFETY for text in pair.values()],
        "refusals": [text for entry in REFUSALS for text in entry.values()],
        "calibration": [row[part] for row in CALIBRATION for part in ("prompt", "reply")],
        "habits": [
            text
            for group in HABITS.values()
            for topic in group["training"] + group["test"]
            for text in (topic["prompt"], topic.get("reply", ""))
        ],
    }
    eights = {name: set().union(*(grams(text, 8) for text in texts)) for name, texts in sets.items()}
    for one, other in combinations(eights, 2):
        assert not eights[one] & eights[other], (one, other)


def test_sources_describes_every_data_file():
    described = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    for path in DATA.rglob("*.json"):
        assert f"| `{path.relative_to(DATA).as_posix()}` |" in described, path.name
