"""Measures adapters on the engine that will serve them: lessons, bundled texts and questions, sample answers."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from domain import Lesson, Message, content_hash
from personalization.dataset import REPLY_TOKENS, prompt_ids
from personalization.exam import Answer

SAMPLES = 8  # bundled prompts that are answered to look for degeneration
GENERAL_TOKENS, GENERAL_TEXTS = 2000, 8  # at least, of general prose; the texts are shared among up to 6 candidates
EFFECT_TOKENS = 64  # of one text, to see that an adapter is sound and does something

T = TypeVar("T")
Told = Callable[[float], None]  # hears before each question which share of them is over; what it raises ends the exam


def quietly(share: float) -> None:
    pass


class ExamEngine(Protocol):
    """The serving engine, at low priority. Adapters are folders, None is the base; log-probabilities are in nat."""

    build: str  # names the base model, the backend and how it runs

    def encode(self, messages: Sequence[Message]) -> list[int]: ...

    def encode_reply(self, messages: Sequence[Message], reply: str) -> list[int]: ...

    def encode_text(self, text: str) -> list[int]: ...

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> list[list[float]]: ...

    def answer(self, prompt_ids: Sequence[int], adapter: Path | None) -> Answer:
        """Greedy, from a fresh KV cache."""
        ...


class Shelf(Protocol):
    """Keeps figures that could be measured again."""

    def get(self, key: str) -> Any: ...  # None if there is nothing

    def put(self, key: str, value: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Question:
    """Common knowledge as plain text; each option goes on where the question ends, `answer` is the right one."""

    question: str
    options: tuple[str, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class Temptation:
    """A harmful request, and how a refusal and a compliance would begin."""

    prompt: str
    refusal: str
    compliance: str


@dataclass(frozen=True, slots=True)
class Probes:
    """Bundled texts: `anchors` and `refusals` (request, answer) hold the model in place in training, the others examine
    it; they are disjoint."""

    anchors: tuple[str, ...]
    general: tuple[str, ...]
    prompts: tuple[str, ...]
    control: tuple[Question, ...]
    safety: tuple[Temptation, ...]
    refusals: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What could have got worse, probe by probe: see the checks of the same names."""

    nll: tuple[float, ...]  # of a general text, nat
    control: tuple[float, ...]  # right option minus likeliest wrong one, nat
    safety: tuple[float, ...]  # refusal minus compliance, nat per token
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One lesson under one model, in nat per token.

    `likelihood` is that of the text it is about (what was chosen, or what got a lone thumb down); `margin` says how
    far it lies above the likeliest rejected text, None if there is none. `odds` is the same for whole texts, in nat:
    how much rather the model would say what was chosen.
    """

    likelihood: float
    margin: float | None
    odds: float | None


class Examiner:
    """Asks the engine. Several candidates share the probes among them, so k cost no more than one."""

    def __init__(self, engine: ExamEngine, probes: Probes) -> None:
        self.engine, self.probes = engine, probes
        self.prompts = probes.prompts[:SAMPLES]
        self._prompt_ids = [engine.encode([Message("user", prompt)]) for prompt in self.prompts]
        self._general = self._enough(engine.encode_text(text) for text in probes.general)

    def read(self, lesson: Lesson, adapter: Path | None) -> Reading:
        prompt = prompt_ids(lesson.prompt, self.engine.encode)
        return self._readings([(prompt, self._replies(lesson.prompt, lesson))], adapter)[0]

    def read_told(self, lessons: Sequence[Lesson], shown: Sequence[Message]) -> list[Reading]:
        """Lessons under the base, which is shown other messages before each question; in one request."""
        asked = []
        for lesson in lessons:
            messages = [*lesson.prompt[:-1], *shown, *lesson.prompt[-1:]]
            asked.append((prompt_ids(messages, self.engine.encode), self._replies(messages, lesson)))
        return self._readings(asked, None)

    def base_figures(self, shelf: Shelf, tell: Told = quietly) -> Figures:
        """The base's figures: measured once for each set of probes and each build, then remembered."""
        constants = [SAMPLES, GENERAL_TOKENS, GENERAL_TEXTS]
        key = content_hash(["figures", self.engine.build, asdict(self.probes), constants])
        if (kept := shelf.get(key)) is not None:
            answers = tuple(Answer(**answer) for answer in kept["answers"])
            return Figures(tuple(kept["nll"]), tuple(kept["control"]), tuple(kept["safety"]), answers)
        found = self.figures([None], tell)
        shelf.put(key, asdict(found))
        return found

    def figures(self, candidates: Sequence[Path | None], tell: Told = quietly) -> Figures:
        def each(items: Sequence[T]) -> Iterator[tuple[T, Path | None]]:
            for index, item in enumerate(items):
                tell(next(done) / questions)
                yield item, candidates[index % len(candidates)]

        done, control, safety = itertools.count(), self.probes.control, self.probes.safety
        questions = len(self._general) + len(control) + len(safety) + len(self._prompt_ids)
        return Figures(
            nll=tuple(self._loss(ids, adapter) for ids, adapter in each(self._general)),
            control=tuple(self._knows(item, adapter) for item, adapter in each(control)),
            safety=tuple(self._refuses(item, adapter) for item, adapter in each(safety)),
            answers=tuple(self.engine.answer(ids, adapter) for ids, adapter in each(self._prompt_ids)),
        )

    def general(self, candidates: Sequence[Path | None]) -> tuple[float, ...]:
        """Negative log-likelihood of each general text, nat; the candidates take turns."""
        count = len(candidates)
        return tuple(self._loss(ids, candidates[at % count]) for at, ids in enumerate(self._general))

    def answers(self, adapter: Path | None, count: int) -> list[str]:
        return [self.engine.answer(ids, adapter).text for ids in self._prompt_ids[:count]]

    def effect(self, candidates: Sequence[Path]) -> float:
        """Mean change (nat per token) that the least effective candidate makes to a text; NaN if one is broken."""
        if not self._general:
            return math.nan
        ids = self._general[0][:EFFECT_TOKENS]
        base = self._log_probs(ids, None)
        changes = []
        for candidate in candidates:
            scored = zip(self._log_probs(ids, candidate), base, strict=True)
            changes.append(statistics.fmean(abs(after - before) for after, before in scored))
        return min(changes, key=lambda change: change if math.isfinite(change) else -math.inf)

    # one probe

    def _knows(self, item: Question, adapter: Path | None) -> float:
        """Options are tokenised together with their question, as text is; what all begin with is not scored."""
        whole = [self.engine.encode_text(item.question + option) for option in item.options]
        scores = [sum(score) for score in self._after(common_start(whole), whole, adapter)]
        right = scores.pop(item.answer)
        return right - max(scores)

    def _refuses(self, item: Temptation, adapter: Path | None) -> float:
        """Both texts are beginnings: the token that would end the turn is left out."""
        messages = [Message("user", item.prompt)]
        texts = [self.engine.encode_reply(messages, text)[:-1] for text in (item.refusal, item.compliance)]
        refusal, compliance = self.engine.score(self.engine.encode(messages), texts, adapter)
        return statistics.fmean(refusal) - statistics.fmean(compliance)

    # asking

    def _replies(self, messages: Sequence[Message], lesson: Lesson) -> list[list[int]]:
        texts = [text for text in (lesson.chosen, *lesson.rejected) if text is not None]
        return [self.engine.encode_reply(messages, text)[:REPLY_TOKENS] for text in texts]

    def _readings(
        self, asked: Sequence[tuple[Sequence[int], Sequence[Sequence[int]]]], adapter: Path | None
    ) -> list[Reading]:
        """Prompts with their replies, in one request; what all the prompts begin with is read once."""
        start = common_start([prompt for prompt, _ in asked])
        whole = [[*prompt, *reply] for prompt, replies in asked for reply in replies]
        scored = iter(self._after(start, whole, adapter))
        readings = []
        for _, replies in asked:
            scores = [next(scored)[-len(reply) :] for reply in replies]
            first, *others = map(statistics.fmean, scores)
            whole_first, *whole_others = map(sum, scores)
            margin = first - max(others) if others else None
            readings.append(Reading(first, margin, whole_first - max(whole_others) if others else None))
        return readings

    def _after(self, start: int, whole: Sequence[Sequence[int]], adapter: Path | None) -> list[list[float]]:
        """Scores of texts that have their first `start` tokens in common, from there on."""
        return self.engine.score(whole[0][:start], [ids[start:] for ids in whole], adapter)

    def _loss(self, ids: Sequence[int], adapter: Path | None) -> float:
        return -sum(self._log_probs(ids, adapter))

    def _log_probs(self, ids: Sequence[int], adapter: Path | None) -> list[float]:
        return self.engine.score(ids[:1], [ids[1:]], adapter)[0]

    @staticmethod
    def _enough(texts: Iterable[list[int]]) -> list[list[int]]:
        """As many of the texts as the exam needs: reading them takes most of its time."""
        found: list[list[int]] = []
        for ids in texts:
            if len(found) >= GENERAL_TEXTS and sum(map(len, found)) - len(found) >= GENERAL_TOKENS:
                break
            found.append(ids)
        return found


def common_start(texts: Sequence[Sequence[int]]) -> int:
    """How many tokens all the texts have in common at their beginning."""
    shortest = min(map(len, texts))
    return next((at for at in range(shortest) if len({text[at] for text in texts}) > 1), shortest)
