"""Habits that a rule can check: what a person teaches with 16 corrections, and whether a reply then obeys.

The topics and their plain answers lie in data/habits.json; a habit is a transformation of the plain answer plus a
rule. Training and test prompts are about different things in different words, so that obeying is not remembering.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TOPICS = Path(__file__).resolve().parent.parent / "data" / "habits.json"
FIRST_CORRECTION = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

ADDRESS = "Captain,"
SIGN_OFF = "Yours, Juniper"
DISTINCT_WORDS = 8  # fewer is no answer, whatever its form
REPEATS = 4  # a run of four words that comes more often is a loop


@dataclass(frozen=True, slots=True)
class Habit:
    """`teach` puts a plain answer into the habit's form; `follows` says whether a non-degenerate text has it."""

    teach: Callable[[str], str]
    follows: Callable[[str], bool]


def corrections(habit: str) -> list[dict[str, Any]]:
    """16 rows in the format of `feedback import`: the plain answer as reply, the habit's form as correction."""
    teach = HABITS[habit].teach
    return [
        {
            "prompt": topic["prompt"],
            "reply": topic["reply"],
            "thumb": None,
            "correction": teach(topic["reply"]),
            "rejected": [],
            "reasons": [],
            "at": (FIRST_CORRECTION + timedelta(minutes=minute)).isoformat(),
        }
        for minute, topic in enumerate(_topics()["training"])
    ]


def test_prompts(habit: str) -> list[str]:
    """16 prompts about topics that `corrections(habit)` never mentions."""
    if habit not in HABITS:
        raise KeyError(habit)
    return [topic["prompt"] for topic in _topics()["test"]]


def obeys(habit: str, text: str) -> bool:
    """Whether `text` is a real answer in the habit's form; a marker repeated over and over is none."""
    return not degenerate(text) and HABITS[habit].follows(text.strip())


def degenerate(text: str) -> bool:
    """Fewer than 8 distinct words, or the same four words in a row more than four times."""
    words = re.findall(r"\w+", text.lower())
    runs = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    return len(set(words)) < DISTINCT_WORDS or max(runs.values(), default=0) > REPEATS


def _address(text: str) -> str:
    return f"{ADDRESS} {text[0].lower()}{text[1:]}"


def _is_addressed(text: str) -> bool:
    return text.startswith(ADDRESS) and len(re.findall(r"\bcaptain\b", text, re.IGNORECASE)) <= 2


def _sign(text: str) -> str:
    return f"{text}\n\n{SIGN_OFF}"


def _is_signed(text: str) -> bool:
    return text.splitlines()[-1].strip() == SIGN_OFF and text.count("Juniper") == 1


def _list(text: str) -> str:
    return "\n".join(f"- {sentence}" for sentence in re.split(r"(?<=[.?!])\s+", text))


def _is_list(text: str) -> bool:
    """At least two bullets, and no other line but one that leads to them."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    bullets = [line for line in lines if re.match(r"[-*•]\s+\S", line)]
    return len(bullets) >= 2 and len(lines) - len(bullets) <= 1


def _is_lower(text: str) -> bool:
    return text == text.lower()


HABITS = {
    "address": Habit(_address, _is_addressed),
    "sign-off": Habit(_sign, _is_signed),
    "bullets": Habit(_list, _is_list),
    "lower-case": Habit(str.lower, _is_lower),
}


def _topics() -> dict[str, list[dict[str, str]]]:
    topics: dict[str, list[dict[str, str]]] = json.loads(TOPICS.read_text(encoding="utf-8"))
    return topics
