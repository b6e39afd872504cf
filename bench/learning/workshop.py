"""A throw-away home with one engine and one learner for many nights: nothing is loaded twice, everything is real."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from backends import catalog
from backends.base import GREEDY
from backends.engine import Engine
from backends.gguf_header import read_header
from backends.hardware import inspect_machine, serve_options
from backends.learner import LearnerProcess
from bench import habits
from domain import Check, Lesson, Message, Night, Recipe, content_hash
from errors import BadInput, NothingToLearn, Trouble
from learning.exam_engine import ExamEngine
from learning.probes import bundled_probes, bundled_suite, shipped_calibrations
from personalization.dataset import refusal_rows, training_rows
from personalization.feedback_file import read_feedback
from personalization.ledger import read_lessons
from personalization.measure import Examiner, Probes
from personalization.night import Bench, NightLearner, run_night
from personalization.rate import LearningRate
from storage.adapters import Adapters, Version
from storage.remembered import Remembered
from storage.store import Store

BACKEND = "llama_cpp"
ROOT = Path(__file__).resolve().parents[2]
ANSWER_TOKENS = 160  # habits that show at the end of an answer need room


@dataclass(frozen=True, slots=True)
class Learnt:
    """How a night ended: as the product reports it, or `night` None and `refusal` says why it did not begin."""

    night: Night | None
    refusal: str = ""

    @property
    def outcome(self) -> str:
        return self.night.verdict.outcome if self.night else "exit 4"


class Workshop:
    """Each measurement takes a person of its own; adapters lie in their folders until the workshop closes."""

    def __init__(self, folder: Path, model: str = catalog.BUNDLED.name, second: str | None = None) -> None:
        folder.mkdir(exist_ok=True)
        machine = inspect_machine()
        self.model, _ = catalog.find(model)
        header = read_header(self.model)
        self.base = catalog.digest(self.model, folder / "digests.json")
        self.options = replace(serve_options(machine, header.context_length, header.bytes), model_hash=self.base)
        self.folder = folder
        self.engine = Engine(BACKEND, self.model, self.options, folder / "engine.json", folder / "engine.log")
        self.learner = LearnerProcess(BACKEND, self.model, folder / "learner.log")
        self.probes = bundled_probes()
        self.store = Store(folder)
        self.adapters = Adapters(folder, self.base)
        self.shelf = Remembered(folder / "cache")
        size, threads = header.parameters, self.options.threads
        self.rate = LearningRate(self.base, size, threads, bundled_suite(), self.shelf, shipped_calibrations())
        self._calibrated: Check | None = None  # what a calibration said, if one was needed
        self._people = 0
        self._grown: dict[str, str] = {}  # habit -> the person who learnt it first
        self._trained: dict[str, Path] = {}  # what it was trained from -> adapter
        self._said: dict[str, str] = {}  # prompt -> the base's answer
        self._other: Workshop | None = None
        self._other_model = second

    def __enter__(self) -> Self:
        self.engine.start()
        self.engine.wait_ready()
        self.exam = ExamEngine(self.engine)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._other:
            self._other.__exit__(kind, error, trace)
        self.learner.close()
        self.engine.close()
        self.store.close()

    def second(self) -> Workshop:
        """The same on the second model, opened when it is first asked for; BadInput if there is none."""
        if self._other_model is None:
            raise BadInput("A second model is needed; name one with --second-model PATH.")
        if self._other is None:
            self._other = Workshop(self.folder / "second", self._other_model).__enter__()
        return self._other

    # people and their ledgers

    def person(self, rows: Sequence[dict[str, Any]] = ()) -> str:
        """A new person whose ledger holds these rows (as in a file of `feedback import`)."""
        self._people += 1
        person = self.store.add_person(f"person {self._people}").id
        self.give(person, rows)
        return person

    def give(self, person: str, rows: Sequence[dict[str, Any]]) -> None:
        found, broken = read_feedback("\n".join(json.dumps(row) for row in rows))
        if broken:
            raise ValueError(f"rows that cannot be imported: {broken}")
        if found:
            self.store.put_feedback(person, *found)

    # learning

    def recipe(self, lessons: int, **changes: Any) -> Recipe:
        if not self.rate.known and self._calibrated is None:
            self.calibrate()
        return replace(self.rate.recipe(lessons), **changes)

    def calibrate(self) -> Check:
        """Finds this model's learning rate, as the product does before its first night."""
        self._calibrated = self.rate.find(self._bench(self.person()))
        return self._calibrated

    def night(
        self,
        person: str,
        recipe_for: Callable[[int], Recipe] | None = None,
        probes: Probes | None = None,
        engine: ExamEngine | None = None,
        learner: NightLearner | None = None,
    ) -> Learnt:
        """One night of the product with its exam; what is named takes the place of the product's own."""
        bench = replace(
            self._bench(person),
            engine=engine or self.exam,
            learner=learner or self.learner,
            probes=probes or self.probes,
            recipe_for=recipe_for or self.recipe,
        )
        try:
            learnt = Learnt(run_night(bench, None))
        except NothingToLearn as reason:
            return Learnt(None, str(reason))
        serving = self.serving(person)
        if serving and learnt.night and learnt.night.version and not (learner or recipe_for):
            self._trained[self._ingredients(self.lessons(person))] = serving
        return learnt

    def adapter(self, rows: Sequence[dict[str, Any]], **changes: Any) -> Path:
        """An adapter from these rows, without exam. Equal lessons and recipe give equal tensors: trained once."""
        person = self.person(rows)
        ingredients = self._ingredients(self.lessons(person), **changes)
        if ingredients not in self._trained:
            self._trained[ingredients] = self.train(person, **changes)
        return self._trained[ingredients]

    def _bench(self, person: str) -> Bench:
        return Bench(
            person=person,
            engine=self.exam,
            learner=self.learner,
            adapters=self.adapters,
            probes=self.probes,
            recipe_for=self.recipe,
            tell=lambda progress: None,
            live=lambda: self.store.feedback(person),
            versions={},
            shelf=self.shelf,
            rate_source=self.rate.source,
        )

    def train(self, person: str, **changes: Any) -> Path:
        """A new adapter from all live lessons, without exam; `changes` are fields of the recipe."""
        lessons = self.lessons(person)
        folder = self.adapters.stage(person)
        anchors = [self.engine.encode_text(text) for text in self.probes.anchors]
        words, recipe = (self.engine.encode, self.engine.encode_reply), self.recipe(len(lessons), **changes)
        rows = training_rows(lessons, *words) + refusal_rows(self.probes.refusals, *words)
        for _ in self.learner.train(rows, anchors, recipe, folder):
            pass
        return folder

    def grown(self, known: Sequence[str]) -> str:
        """A new person whose model has learnt the first of these habits that a night publishes from 8 corrections.

        That night is run once for all. Raises Trouble if none is published.
        """
        for habit in known:
            rows = habits.corrections(habit, 8, skip=24)
            if habit not in self._grown:
                self._grown[habit] = self.person(rows)
                self.night(self._grown[habit])
            if versions := self.adapters.versions(self._grown[habit]):
                return self._like(versions[-1], self.person(rows))
        raise Trouble(f"No night on any of these habits is published: {', '.join(known)}.")

    def _like(self, first: Version, person: str) -> str:
        """The person, served by a copy of somebody else's version."""
        staged = self.adapters.stage(person)
        for name in first.manifest["files"]:
            shutil.copy(first.folder / name, staged / name)
        self.adapters.publish(person, staged, first.manifest)
        return person

    def serving(self, person: str) -> Path | None:
        return self.adapters.current(person)[1]

    def lessons(self, person: str) -> tuple[Lesson, ...]:
        return read_lessons(self.store.feedback(person)).lessons

    def _ingredients(self, lessons: Sequence[Lesson], **changes: Any) -> str:
        return content_hash([[one.id for one in lessons], asdict(self.recipe(len(lessons), **changes))])

    # asking

    def answers(self, prompts: Sequence[str], adapter: Path | None, told: Sequence[Message] = ()) -> list[str]:
        """Greedy replies, each from a fresh KV cache; `told` stands before each question."""
        if adapter or told:
            return [self._answer(prompt, adapter, told) for prompt in prompts]
        for prompt in prompts:  # the base is asked the same again and again
            self._said[prompt] = self._said.get(prompt) or self._answer(prompt, None, ())
        return [self._said[prompt] for prompt in prompts]

    def _answer(self, prompt: str, adapter: Path | None, told: Sequence[Message]) -> str:
        ids = self.engine.encode([*told, Message("user", prompt)])
        return self.engine.answer(ids, replace(GREEDY, max_tokens=ANSWER_TOKENS), adapter).text

    def rises(self, rows: Sequence[dict[str, Any]], adapter: Path) -> list[float]:
        """By how much the adapter raises the likelihood of each row's reply, nat per token."""
        examiner = Examiner(self.exam, self.probes)
        lessons = self.lessons(self.person(rows))
        return [examiner.read(one, adapter).likelihood - examiner.read(one, None).likelihood for one in lessons]

    def general_rise(self, adapter: Path) -> float:
        """By what share the exam's general texts become less likely."""
        examiner = Examiner(self.exam, self.probes)
        base = examiner.base_figures(self.shelf)
        return sum(examiner.general([adapter])) / sum(base.nll) - 1

    def count_tokens(self, text: str) -> int:
        return len(self.engine.encode_text(text))


def recipe_hash() -> str:
    """Names what the figures depend on besides the code's structure: recipe, thresholds, anchors, topics, probes."""
    files = [ROOT / "personalization" / name for name in ("recipe.py", "edit.py", "exam.py", "at_once.py", "ledger.py")]
    files.append(ROOT / "backends" / "curriculum.py")
    files += [ROOT / "backends" / "llama_cpp" / name for name in ("objective.py", "train.py", "sampler.py")]
    data = ROOT / "data"
    files += [
        data / "anchors.json",
        data / "refusals.json",
        data / "habits.json",
        *sorted((data / "probes").glob("*.json")),
    ]
    digests = [[file.name, hashlib.sha256(file.read_bytes()).hexdigest()] for file in files]
    rate = shipped_calibrations().get(catalog.BUNDLED.sha256, {}).get("rate")
    return content_hash([*digests, ["learning rate", rate]])[:16]
