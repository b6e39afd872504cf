"""Adapters are a cache of the ledger. Rebuilt without a forgotten row, one equals the twin's that never had it, byte
for byte; rebuilt on another model, it carries the lessons over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backends.llama_cpp.train import PeftLearner
from domain import Feedback, Recipe
from learning.versions import Versions
from personalization.dataset import choose, training_rows
from personalization.ledger import read_lessons
from storage.adapters import Adapters
from storage.store import Store
from tests.builders import calm, corrections
from tests.fake_model import recipe_for
from tests.model.tiny import VOCABULARY, write_gguf

pytestmark = pytest.mark.model


def ids(text: str) -> list[int]:
    return [ord(letter) % (VOCABULARY - 50) for letter in text][:24]


def rebuild(store: Store, adapters: Adapters, person: str, model: Path) -> str:
    """Trains on the live ledger with the real learner, as a night does at its end, and publishes."""
    lessons, _ = choose(read_lessons(store.feedback(person)).lessons)
    recipe: Recipe = recipe_for(len(lessons))
    rows = training_rows(lessons, lambda messages: ids(messages[-1].content), lambda messages, reply: ids(reply))
    staged = adapters.stage(person)
    list(PeftLearner(model).train(rows, [ids("Call me Ishmael."), ids("The best of times.")], recipe, staged))
    entry = {
        "created_at": f"2026-03-01T0{len(adapters.versions(person))}:00:00+00:00",
        "lessons": [lesson.id for lesson in lessons],
        "rows": [row for lesson in lessons for row in lesson.rows],
    }
    return adapters.publish(person, staged, entry).name


def tensors(adapters: Adapters, person: str) -> dict[str, bytes]:
    _, folder = adapters.current(person)
    assert folder
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def test_after_forgetting_the_rebuild_is_the_twins_that_never_had_the_row(tmp_path: Path) -> None:
    model = tmp_path / "tiny.gguf"
    write_gguf("llama", model)
    rows = corrections(6)
    built: dict[str, tuple[Store, Adapters, str]] = {}

    def home(name: str, ledger: list[Feedback]) -> tuple[Store, Adapters, str]:
        store = Store(tmp_path / name)
        person = store.add_person("Ada").id
        store.put_feedback(person, *ledger)
        built[name] = store, Adapters(store.home, "tiny"), person
        return built[name]

    store, adapters, ada = home("forgets", rows)
    rebuild(store, adapters, ada, model)
    whole = tensors(adapters, ada)
    versions = Versions(store, adapters, calm, lambda person: None, lambda prefix: None)
    versions.forget(ada, rows[2].id)
    assert adapters.current(ada)[1] is None
    rebuild(store, adapters, ada, model)

    twin_store, twin_adapters, twin = home("never knew", [row for row in rows[::-1] if row.id != rows[2].id])
    rebuild(twin_store, twin_adapters, twin, model)
    assert tensors(adapters, ada) == tensors(twin_adapters, twin)
    assert tensors(adapters, ada) != whole


def served(model: Path, folder: Path | None, scratch: Path) -> bytes:
    """What llama.cpp computes for some tokens, with the adapter of a version or without."""
    program, out = Path(__file__).with_name("llama_logits.py"), scratch / "logits.npy"
    adapter = [str(folder / "adapter.gguf")] if folder else []
    subprocess.run([sys.executable, program, model, json.dumps(ids("Hello, Captain")), out, *adapter], check=True)
    return bytes(np.load(out).tobytes())


def test_the_ledger_replayed_on_another_architecture_serves_there_and_the_old_model_keeps_its_own(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "home")
    ada = store.add_person("Ada").id
    store.put_feedback(ada, *corrections(6))
    answers = {}
    for kind in ("llama", "qwen2"):
        model = tmp_path / f"{kind}.gguf"
        write_gguf(kind, model)
        adapters = Adapters(store.home, kind)
        assert adapters.current(ada) == ("base", None)
        assert adapters.has_not_learnt(ada) is (kind == "qwen2")
        rebuild(store, adapters, ada, model)
        answers[kind] = served(model, adapters.current(ada)[1], tmp_path)
        assert answers[kind] != served(model, None, tmp_path)
    back = Adapters(store.home, "llama")
    assert served(tmp_path / "llama.gguf", back.current(ada)[1], tmp_path) == answers["llama"]
    assert [(version.foreign, len(version.manifest["rows"])) for version in back.versions(ada)] == [
        (False, 6),
        (True, 6),
    ]
