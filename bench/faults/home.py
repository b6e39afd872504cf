"""The parts of the app that chat and learn, in a throw-away home: for those that are killed and for who looks after."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from backends import catalog
from backends.base import Sampling
from backends.engine import Engine, ServeOptions
from backends.gguf_header import read_header
from backends.hardware import inspect_machine, serve_options
from backends.learner import LearnerProcess
from bench import habits
from conversation.chat import Chat
from domain import Feedback, Person, Recipe
from learning.nights import Nights
from learning.probes import bundled_probes, bundled_suite, shipped_calibrations
from learning.unreported import adopt_reports
from people.household import Household
from personalization.feedback_file import read_feedback
from personalization.rate import LearningRate
from personalization.recipe import recipe_for
from storage.adapters import Adapters
from storage.keys import Keys
from storage.remembered import Remembered
from storage.store import Store
from storage.wrap import Cost

SCRIPTED, WEIGHTS = "scripted", "llama_cpp"
OWNER = "Ada"
PASSPHRASE = "correct horse battery"
CHEAP = Cost(memory=32, passes=1, lanes=1)  # of deriving a key: it is not what is tried here
HABIT = "address"
REPLY_TOKENS = 200
SHORT = {"epochs": 2, "batch_rows": 4}  # of the scripted learner, which learns from anything


@dataclass(frozen=True, slots=True)
class Home:
    """The engine is not started yet. `close` it."""

    folder: Path
    store: Store
    keys: Keys
    adapters: Adapters
    engine: Engine
    chat: Chat
    nights: Nights
    people: Household

    @property
    def owner(self) -> Person:
        return self.store.person(OWNER)

    def wake(self) -> None:
        """What each start of the app does, and what somebody with a passphrase then does."""
        self.people.sweep()
        self.adapters.sweep()
        adopt_reports(self.store, self.adapters)
        if self.people.is_locked(self.owner.id):
            self.people.unlock(self.owner.id, PASSPHRASE)

    def close(self) -> None:
        self.nights.close()
        self.engine.close()
        self.store.close()


def open_home(folder: Path, backend: str) -> Home:
    """As the app puts it together; `backend` is SCRIPTED or WEIGHTS (the bundled model)."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = Keys(folder, CHEAP)
    rate: LearningRate | None = None
    if backend == SCRIPTED:
        model, base = None, SCRIPTED
        options = ServeOptions(context=4096, threads=1, flash_attention=False, batch=512, kv_budget=0)
    else:
        model, _ = catalog.find(catalog.BUNDLED.name)
        header = read_header(model)
        base = catalog.digest(model, folder / "digests.json")
        options = replace(serve_options(inspect_machine(), header.context_length, header.bytes), model_hash=base)
        shelf = Remembered(folder / "cache" / "learning-rate")
        rate = LearningRate(base, header.parameters, options.threads, bundled_suite(), shelf, shipped_calibrations())
    store, adapters = Store(folder, keys.seal_of), Adapters(folder, base, keys.seal_of)
    engine = Engine(
        backend, model, options, folder / "engine.json", folder / "logs" / "engine.log", opened=adapters.opened
    )
    chat = Chat(engine, store, adapters, Sampling(max_tokens=REPLY_TOKENS))

    def start_learner() -> LearnerProcess:
        return LearnerProcess(backend, model, folder / "logs" / "learner.log")

    def recipe(lessons: int) -> Recipe:
        return rate.recipe(lessons) if rate else replace(recipe_for(0, lessons, 1), **SHORT)

    nights = Nights(store, adapters, chat, engine, start_learner, bundled_probes(), recipe, {}, rate)
    people = Household(store, keys, adapters, chat, nights.cancel, engine.forget)
    return Home(folder, store, keys, adapters, engine, chat, nights, people)


def lessons(count: int, skip: int = 0) -> list[Feedback]:
    """Ledger rows that teach one habit, which the scripted learner can learn, too."""
    rows = habits.corrections(HABIT, count, skip)
    return read_feedback("\n".join(map(json.dumps, rows)))[0]
