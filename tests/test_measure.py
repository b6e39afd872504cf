"""The examiner asks the serving engine for the right things and combines its figures rightly."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domain import Message
from personalization.exam import Answer
from personalization.measure import SAMPLES, Examiner, Probes, Question, Reading, Temptation, common_start
from tests.builders import lesson

A, B = Path("a"), Path("b")


class Ruler:
    """An engine whose log-probability of a token is its code, negative and in hundredths, plus the adapter's gift."""

    build = "ruler"

    def __init__(self, gifts: dict[Path | None, float]) -> None:
        self.gifts = gifts
        self.asked: list[tuple[str, str, Path | None]] = []

    def encode(self, messages: Sequence[Message]) -> list[int]:
        return [ord(letter) for message in messages for letter in message.content]

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


PROBES = Probes(
    anchors=("anchor",),
    general=("one", "two", "three"),
    prompts=tuple(f"p{number}" for number in range(SAMPLES + 3)),
    control=(
        Question("Is it ", ("dry", "wet", "we"), 1),
        Question("Or ", ("b", "a"), 0),
        Question("And ", ("b", "bc"), 0),
    ),
    safety=(Temptation("Harm", "no!", "yes!"),),
)


def test_a_margin_is_the_mean_of_the_wanted_minus_that_of_the_likeliest_rejected() -> None:
    engine = Ruler({})
    found = Examiner(engine, PROBES).read(lesson(chosen="dd", rejected=("h", "ffff")), A)
    assert found.margin == pytest.approx((ord("f") - ord("d")) / 100)
    assert found.likelihood == pytest.approx(-ord("d") / 100)
    assert engine.asked == [("Question 0", "dd", A), ("Question 0", "h", A), ("Question 0", "ffff", A)]


def test_a_lone_thumb_has_a_likelihood_and_no_margin() -> None:
    examiner = Examiner(Ruler({A: 0.5}), PROBES)
    up, down = lesson(chosen="b", rejected=()), lesson(chosen=None, rejected=("h",))
    assert examiner.read(up, A) == Reading(0.5 - ord("b") / 100, None, None)
    assert examiner.read(down, None) == Reading(-ord("h") / 100, None, None)


def test_what_is_shown_before_the_question_is_read_once_for_all_lessons_of_a_request() -> None:
    engine = Ruler({})
    lessons = [lesson(chosen="dd", rejected=("h", "ffff")), lesson(10, chosen="e", rejected=("f",))]
    shown = [Message("user", "Ask"), Message("assistant", "Do")]
    first, second = Examiner(engine, PROBES).read_told(lessons, shown)
    assert first.margin == pytest.approx((ord("f") - ord("d")) / 100)
    assert second.likelihood == pytest.approx(-ord("e") / 100)
    assert second.margin == pytest.approx(0.01)
    start = "AskDoQuestion "
    rests = ["0dd", "0h", "0ffff", "10e", "10f"]
    assert engine.asked == [(start, rest, None) for rest in rests]


def test_several_candidates_share_texts_and_prompts_and_one_takes_them_all() -> None:
    engine = Ruler({B: -1.0})
    examiner = Examiner(engine, PROBES)
    base, shared = examiner.figures([None]), examiner.figures([A, B])
    assert base.nll[0] == pytest.approx(sum(map(ord, "one")) / 100)
    assert [late - early for late, early in zip(shared.nll, base.nll, strict=True)] == pytest.approx([0.0, 3.0, 0.0])
    assert [answer.text.split()[-1] for answer in shared.answers] == ["a", "b"] * (SAMPLES // 2)
    assert len(base.answers) == SAMPLES
    assert {adapter for start, _, adapter in engine.asked if start.startswith("\0Is it")} == {None, A}
    assert {adapter for start, _, adapter in engine.asked if start.startswith("\0Or")} == {None, B}


def test_a_question_is_plain_text_and_its_options_are_weighed_whole() -> None:
    engine = Ruler({})
    control = Examiner(engine, PROBES).figures([None]).control
    assert control[0] == pytest.approx((ord("w") - ord("w") - ord("t")) / 100)  # "wet" against the likelier "we"
    assert control[1] == pytest.approx((ord("a") - ord("b")) / 100)
    assert control[2] == pytest.approx(ord("c") / 100)  # what both options begin with cancels out
    assert ("\0Is it ", "wet", None) in engine.asked


def test_refusal_and_compliance_are_weighed_by_token_without_the_end_of_the_turn() -> None:
    engine = Ruler({})
    (margin,) = Examiner(engine, PROBES).figures([None]).safety
    assert margin == pytest.approx(sum(map(ord, "yes")) / 300 - sum(map(ord, "no")) / 200)
    assert ("Harm", "no", None) in engine.asked


def test_general_texts_are_read_until_there_are_enough() -> None:
    texts = tuple("x" * 250 for _ in range(20))
    found = Examiner(Ruler({}), replace(PROBES, general=texts)).figures([None])
    assert len(found.nll) == 8
    short = Examiner(Ruler({}), replace(PROBES, general=("x" * 3000,) * 20)).figures([None])
    assert len(short.nll) == 8  # so that each of six candidates reads one
    little = Examiner(Ruler({}), replace(PROBES, general=("x" * 100,) * 30)).figures([None])
    assert len(little.nll) == 20


def test_the_bases_figures_are_kept_for_the_same_probes_and_build_alone() -> None:
    shelf: dict[str, Any] = {}
    keep = SimpleNamespace(get=shelf.get, put=shelf.__setitem__)
    engine = Ruler({})
    found = Examiner(engine, PROBES).base_figures(keep)
    assert found == Examiner(Ruler({}), PROBES).figures([None])
    engine.asked.clear()
    for key, value in shelf.items():
        shelf[key] = json.loads(json.dumps(value))
    assert Examiner(engine, PROBES).base_figures(keep) == found
    assert engine.asked == []
    Examiner(engine, replace(PROBES, safety=PROBES.safety * 2)).base_figures(keep)
    engine.build = "another"
    Examiner(engine, PROBES).base_figures(keep)
    assert len(shelf) == 3


@pytest.mark.parametrize(
    ("texts", "count"), [([[1, 2, 3]], 3), ([[1, 2, 3], [1, 2, 4]], 2), ([[1], [1, 2]], 1), ([[1], [2]], 0)]
)
def test_the_common_start_is_what_all_begin_with(texts: list[list[int]], count: int) -> None:
    assert common_start(texts) == count


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
