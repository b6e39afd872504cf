"""The rival is told the lessons of the other parts, never the one it is asked about, and never costs a night."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from domain import Lesson, Message
from errors import BadInput
from personalization.evidence import evidence
from personalization.measure import Examiner, Reading
from personalization.rehearsal import Standard, rival
from tests.builders import lesson
from tests.fake_model import PROBES, Model


@pytest.mark.parametrize(
    ("margin", "odds", "known"),
    [
        (0.2, 3.0, True),
        (0.2, -3.0, False),  # a list's marks are easy to predict, and make the whole text longer
        (-0.2, 3.0, False),  # a shorter text is likelier as a whole
    ],
)
def test_a_lesson_is_known_if_its_text_is_likelier_per_token_and_as_a_whole(
    margin: float, odds: float, known: bool
) -> None:
    new = evidence([pirate(number) for number in range(6)])
    before = {pair.id: Reading(-1.0, margin, odds) for pair in new.pairs}
    assert Standard(new, new.pairs, before, before, {}).known() is known


class Copycat(Model):
    """Finds a reply likely if its first word was heard before; remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def encode(self, messages: Sequence[Message]) -> list[int]:
        return [ord(letter) for message in messages for letter in f"<{message.content}>"]

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> list[list[float]]:
        assert adapter is None
        scores = []
        for completion in completions:
            before, _, reply = "".join(map(chr, [*prompt_ids, *completion])).rpartition(">")
            self.heard.append(f"{before}|{reply.removesuffix(chr(3))}")
            scores.append([-0.1 if reply.split()[0] in before else -1.0] * len(completion))
        return scores


def pirate(number: int, opening: str = "Arr") -> Lesson:
    return lesson(number, chosen=f"{opening} {number}", rejected=(f"Well {number}",))


def test_the_rival_is_shown_the_other_parts_lessons_and_not_its_own() -> None:
    model = Copycat()
    parts = [[pirate(0), pirate(1)], [pirate(2), pirate(3, "Ahoy")]]
    check = rival(Examiner(model, PROBES), parts)
    assert (check.name, check.passed, check.value) == ("rival", None, 0.75)  # nobody else says Ahoy
    first = next(heard for heard in model.heard if heard.endswith("|Arr 0"))
    assert "<Question 2><Arr 2>" in first and "<Question 3><Ahoy 3>" in first and "Arr 1" not in first
    assert len(model.heard) == 8


def test_thumbs_down_are_neither_shown_nor_asked_and_without_pairs_there_is_no_share() -> None:
    model = Copycat()
    down = [[lesson(n, chosen=None, signal="down")] for n in range(3)]
    assert rival(Examiner(model, PROBES), down).value is None
    assert rival(Examiner(model, PROBES), [[pirate(0)], *down]).value == 0.0
    assert "Bad" not in "".join(model.heard)


def test_a_rival_whose_prompt_does_not_fit_is_told_and_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(*_: object) -> None:
        raise BadInput("That is 5000 tokens of text.")

    model = Copycat()
    monkeypatch.setattr(model, "score", too_long)
    check = rival(Examiner(model, PROBES), [[pirate(0)], [pirate(1)]])
    assert (check.passed, check.value) == (None, None)
    assert "5000 tokens" in check.sentence
