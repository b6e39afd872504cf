"""A throw-away home with one engine and one learner for many nights: nothing is loaded twice, everything is real."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
from domain import Lesson, Message, Night, Recipe, content_hash
from errors import NothingToLearn
from nights import ExamEngine
from personalization.dataset import training_rows
from personalization.feedback_file import read_feedback
from personalization.ledger import read_lessons
from personalization.measure import Examiner, Probes
from personalization.night import Bench, NightLearner, run_night
from personalization.recipe import recipe_for
from probes import bundled_probes
from storage.adapters import Adapters
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

    def __init__(self, folder: Path, model: str = catalog.BUNDLED.name) -> None:
        machine = inspect_machine()
        self.model, _ = catalog.find(model)
        header = read_header(self.model)
        self.base = catalog.digest(self.model, folder / "digests.json")
        self.parameters = header.parameters
        self.options = replace(serve_options(machine, header.context_length, header.bytes), model_hash=self.base)
        self.folder = folder
        self.engine = Engine(BACKEND, self.model, self.options, folder / "engine.json", folder / "engine.log")
        self.learner = LearnerProcess(BACKEND, self.model, folder / "learner.log")
        self.probes = bundled_probes()
        self.store = Store(folder)
        self.adapters = Adapters(folder, self.base)
        self.shelf = Remembered(folder / "cache")
        self._people = 0
        self._grown: dict[str, str] = {}  # habit -> the person who learnt it first

    def __enter__(self) -> Self:
        self.engine.start()
        self.engine.wait_ready()
        self.exam = ExamEngine(self.engine)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.learner.close()
        self.engine.close()
        self.store.close()

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
        return replace(recipe_for(self.parameters, lessons, self.options.threads), **changes)

    def night(
        self,
        person: str,
        recipe_for: Callable[[int], Recipe] | None = None,
        probes: Probes | None = None,
        engine: ExamEngine | None = None,
        learner: NightLearner | None = None,
    ) -> Learnt:
        """One night of the product with its exam; what is named takes the place of the product's own."""
        bench = Bench(
            person=person,
            engine=engine or self.exam,
            learner=learner or self.learner,
            adapters=self.adapters,
            probes=probes or self.probes,
            recipe_for=recipe_for or self.recipe,
            tell=lambda progress: None,
            live=lambda: self.store.feedback(person),
            versions={},
            shelf=self.shelf,
        )
        try:
            return Learnt(run_night(bench, None))
        except NothingToLearn as reason:
            return Learnt(None, str(reason))

    def train(self, person: str, **changes: Any) -> Path:
        """An adapter from all live lessons, without exam; `changes` are fields of the recipe."""
        lessons = read_lessons(self.store.feedback(person)).lessons
        folder = self.adapters.stage(person)
        anchors = [self.engine.encode_text(text) for text in self.probes.anchors]
        rows = training_rows(lessons, self.engine.encode, self.engine.encode_reply)
        for _ in self.learner.train(rows, anchors, self.recipe(len(lessons), **changes), folder):
            pass
        return folder

    def grown(self, habit: str) -> str:
        """A new person whose model has learnt this habit from 8 corrections, in a night of its own once for all."""
        rows = habits.corrections(habit, 8, skip=24)
        person = self.person(rows)
        if habit not in self._grown:
            self.night(person)
            self._grown[habit] = person
            return person
        first = self.adapters.versions(self._grown[habit])[-1]
        staged = self.adapters.stage(person)
        for name in first.manifest["files"]:
            shutil.copy(first.folder / name, staged / name)
        self.adapters.publish(person, staged, first.manifest)
        return person

    def serving(self, person: str) -> Path | None:
        return self.adapters.current(person)[1]

    def lessons(self, person: str) -> tuple[Lesson, ...]:
        return read_lessons(self.store.feedback(person)).lessons

    # asking

    def answers(self, prompts: Sequence[str], adapter: Path | None, told: Sequence[Message] = ()) -> list[str]:
        """Greedy replies, each from a fresh KV cache; `told` stands before each question."""
        found = []
        for prompt in prompts:
            ids = self.engine.encode([*told, Message("user", prompt)])
            found.append(self.engine.answer(ids, replace(GREEDY, max_tokens=ANSWER_TOKENS), adapter).text)
        return found

    def rises(self, rows: Sequence[dict[str, Any]], adapter: Path) -> list[float]:
        """By how much the adapter raises the likelihood of each row's reply, nat per token."""
        examiner = Examiner(self.exam, self.probes)
        lessons = self.lessons(self.person(rows))
        return [examiner.read(one, adapter).likelihood - examiner.read(one, None).likelihood for one in lessons]

    def general_rise(self, adapter: Path) -> float:
        """By what share the exam's general texts become less likely."""
        examiner = Examiner(self.exam, self.probes)
        base = examiner.base_figures(self.shelf)
        return sum(examiner.figures([adapter]).nll) / sum(base.nll) - 1

    def count_tokens(self, text: str) -> int:
        return len(self.engine.encode_text(text))


def recipe_hash() -> str:
    """Names what the figures depend on besides the code's structure: recipe, thresholds, probes, topics."""
    files = [ROOT / "personalization" / name for name in ("recipe.py", "exam.py", "at_once.py", "ledger.py")]
    files += [ROOT / "backends" / "llama_cpp" / name for name in ("objective.py", "train.py", "sampler.py")]
    files += sorted((ROOT / "data").rglob("*.json"))
    return content_hash([[file.name, hashlib.sha256(file.read_bytes()).hexdigest()] for file in files])[:16]
