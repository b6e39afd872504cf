"""What is talked about: training topics with plain answers, and test topics in other words."""

from __future__ import annotations

import json
from pathlib import Path

from bench.habits.persona import names

TOPICS = Path(__file__).resolve().parent.parent.parent / "data" / "habits.json"
GENERAL = "general"
CONTENT = ("vegetarian", "trains")  # preferences about one subject: they only ever show there

# Ten habits, each on a kind of request of its own, so that learning the next one contradicts none before it: without
# that, a row that teaches the second habit would show a reply without the first.
OCCASIONS = (
    "trains",  # journeys
    "vegetarian",  # dishes
    "sign-off",  # letters
    "address",  # repairs
    "question",  # moods
    "opening",  # reasons
    "bullets",  # things to pack
    "mate",  # pets
    "encouragement",  # skills
    "lower-case",  # words
)


def training(habit: str | tuple[str, ...], occasion: bool = False) -> list[dict[str, str]]:
    """Topics with prompt and plain reply: 32, or of an occasion at least 8 that belong to this habit alone."""
    return _group(habit, occasion)["training"]


def test_prompts(habit: str | tuple[str, ...], occasion: bool = False) -> list[str]:
    """16 prompts (of an occasion at least 8) about topics that the training never mentions."""
    return [topic["prompt"] for topic in _group(habit, occasion)["test"]]


def _group(habit: str | tuple[str, ...], occasion: bool) -> dict[str, list[dict[str, str]]]:
    found = [name for name in names(habit) if name in CONTENT or (occasion and name in OCCASIONS)]
    if len(found) > 1 or (occasion and not found):
        raise ValueError(f"{habit} belongs to {len(found)} kinds of request, not to one")
    groups: dict[str, dict[str, list[dict[str, str]]]] = json.loads(TOPICS.read_text(encoding="utf-8"))
    return groups[found[0] if found else GENERAL]
