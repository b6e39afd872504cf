"""The examiner asks the serving engine for the right things and combines its figures rightly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from domain import Message
from personalization.exam import Answer
from personalization.measure import SAMPLES, Examiner, Probes
from tests.builders import lesson

A, B = Path("a"), Path("b")


class Ruler:
    """An engine whose log-probability of a token is its code, negative and in hundredths, plus the adapter's gift."""

    def __init__(self, gifts: dict[Path | None, float]) -> None:
        self.gifts = gifts
        self.asked: list[tuple[str, str, Path | None]] = []

    def encode(self, messages: Sequence[Message]) -> list[int]:
        return [ord(letter) for letter in messages[-1].content]

    def encode_reply(self, messages: Sequence[Message], reply: str) -> list[int]:
        return [ord(letter) for letter in reply]

    def encode_text(self, text: str) -> list[int]:
        return [0, *(ord(letter) for letter in text)]

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> list[list[float]]:
        for completion in completions:
            self.asked.append(("".join(map(chr, prompt_ids)), "".join(map(chr, completion)), adapter))
        return [[-token / 100 + self.gifts.get(adapter, 0.0) for token in completion] for completion in completions]

    def answer(self, prompt_ids: Sequence[int], adapter: Path | None) -> Answer:
        return Answer(f"{''.join(map(chr, prompt_ids))} by {adapter}", endless=False)


PROBES = Probes(("anchor",), ("one", "two", "three"), tuple(f"p{number}" for number in range(SAMPLES + 3)))


def test_a_margin_is_the_mean_of_the_wanted_minus_that_of_the_likeliest_rejected() -> None:
    engine = Ruler({})
    margin = Examiner(engine, PROBES).margin(lesson(chosen="dd", rejected=("h", "ffff")), A)
    assert margin == pytest.approx((ord("f") - ord("d")) / 100)
    assert engine.asked == [("Question 0", "dd", A), ("Question 0", "h", A), ("Question 0", "ffff", A)]


def test_several_candidates_share_texts_and_prompts_and_one_takes_them_all() -> None:
    engine = Ruler({B: -1.0})
    examiner = Examiner(engine, PROBES)
    base, shared = examiner.figures([None]), examiner.figures([A, B])
    assert base.nll[0] == pytest.approx(sum(map(ord, "one")) / 100)
    assert [late - early for late, early in zip(shared.nll, base.nll, strict=True)] == pytest.approx([0.0, 3.0, 0.0])
    assert [answer.text.split()[-1] for answer in shared.answers] == ["a", "b"] * (SAMPLES // 2)
    assert len(base.answers) == SAMPLES


def test_sample_answers_come_from_the_adapter_that_is_asked_for() -> None:
    assert Examiner(Ruler({}), PROBES).answers(A, 2) == ["p0 by a", "p1 by a"]


@pytest.mark.parametrize(
    ("gifts", "effect"),
    [
        ({A: 0.5, B: -0.25}, 0.25),
        ({A: 0.5}, 0.0),
        ({A: 0.5, B: math.nan}, math.nan),
        ({A: math.nan, B: 0.5}, math.nan),
        ({A: 0.5, B: math.inf}, math.inf),
    ],
)
def test_the_least_effective_candidate_counts_and_a_broken_one_most(
    gifts: dict[Path | None, float], effect: float
) -> None:
    found = Examiner(Ruler(gifts), PROBES).effect([A, B])
    assert found == pytest.approx(effect, nan_ok=True)
