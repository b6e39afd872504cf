"""The model without weights behaves like one: it answers, scores, learns a habit, and shows it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from backends.base import GREEDY, Sampling
from backends.engine import ServeOptions
from backends.scripted import DELAY, ScriptedBackend, decode, learner, load
from domain import Message, Recipe, TrainingRow
from errors import BadInput, Trouble

OPTIONS = ServeOptions(context=1024, threads=1, flash_attention=False, batch=64, kv_budget=0)
RECIPE = Recipe(8, 16.0, 0.5, 1e-3, 2, 4, 2, 1.0, 1.0, 4.0, 1.0, 0.2, 0.1, 1.0, 1, 0)
QUESTION = [Message("system", "You are kind."), Message("user", "How do I bake good bread?")]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DELAY, "0")


@pytest.fixture
def backend() -> ScriptedBackend:
    return load(None, OPTIONS)


def reply(backend: ScriptedBackend, adapter: Path | None = None, sampling: Sampling = GREEDY) -> str:
    pieces = list(backend.stream(backend.encode(QUESTION), sampling, adapter, lambda: False, None))
    assert pieces[-1].finish and pieces[-1].speeds
    return "".join(piece.text for piece in pieces)


def taught(backend: ScriptedBackend, targets: Sequence[str], out: Path) -> Path:
    out.mkdir()
    rows = [TrainingRow((1,), tuple(backend.encode_reply(QUESTION, target)), 1.0) for target in targets]
    progress = list(learner(None).train(rows, [], RECIPE, out))
    assert [p.step for p in progress] == list(range(1, progress[-1].steps + 1))
    assert progress[0].loss > progress[-1].loss
    return out


def test_the_reply_is_about_the_last_question_and_repeats(backend: ScriptedBackend) -> None:
    assert "bake good bread" in reply(backend)
    assert reply(backend) == reply(backend)
    warm = {reply(backend, sampling=Sampling(seed=seed)) for seed in range(20)}
    assert len(warm) > 1
    assert reply(backend, sampling=Sampling(seed=3)) == reply(backend, sampling=Sampling(seed=3))


def test_any_text_survives_encoding(backend: ScriptedBackend) -> None:
    for text in ("", "déjà vu 🌱", "half a pair \ud83c"):
        assert decode(backend.encode_text(text)) == text


def test_a_taught_opening_shows_in_replies_and_in_scores_of_unseen_lessons(
    backend: ScriptedBackend, tmp_path: Path
) -> None:
    targets = ["Captain, use flour.", "Captain, wait a day.", "Captain, buy yeast.", "Just bake."]
    adapter = taught(backend, targets, tmp_path / "adapter")
    assert reply(backend, adapter) == "Captain, " + reply(backend)

    chosen, rejected = backend.encode_text("Captain, plant trees."), backend.encode_text("Plant trees.")
    *_, base = backend.score([], [chosen, rejected], None)
    *_, grown = backend.score([], [chosen, rejected], adapter)
    assert base and grown
    assert [len(row) for row in base] == [len(chosen), len(rejected)]
    assert sum(grown[0]) - sum(base[0]) == pytest.approx(0.8 * len("Captain,"), abs=0.01)
    assert grown[1] == pytest.approx(base[1], abs=0.001)
    assert grown[1] != base[1], "an adapter that is in use can be seen to be"
    assert all(-2.1 <= value <= -1.9 for row in base for value in row)


def test_targets_that_share_no_opening_teach_nothing(backend: ScriptedBackend, tmp_path: Path) -> None:
    adapter = taught(backend, ["One way.", "Another way.", "A third way."], tmp_path / "adapter")
    assert reply(backend, adapter) == reply(backend)


def test_what_to_avoid_teaches_nothing_without_something_to_say(backend: ScriptedBackend, tmp_path: Path) -> None:
    down = TrainingRow((1,), (), 0.0, rejected_ids=tuple(backend.encode_text("Captain, no.")))
    with pytest.raises(BadInput, match="nothing to learn"):
        list(learner(None).train([down], [], RECIPE, tmp_path))
    up = TrainingRow((1,), tuple(backend.encode_text("So it is.")), 0.5)
    list(learner(None).train([down, up], [], RECIPE, tmp_path))
    assert json.loads((tmp_path / "adapter.json").read_text())["opening"] == "So"


def test_the_same_lessons_give_the_same_adapter(backend: ScriptedBackend, tmp_path: Path) -> None:
    first, second = (taught(backend, ["So it is.", "So be it."], tmp_path / name) for name in ("a", "b"))
    assert (first / "adapter.json").read_bytes() == (second / "adapter.json").read_bytes()
    assert json.loads((first / "adapter.json").read_text())["opening"] == "So"


def test_a_reply_ends_at_its_limit(backend: ScriptedBackend) -> None:
    pieces = list(backend.stream(backend.encode(QUESTION), Sampling(max_tokens=3), None, lambda: False, None))
    assert pieces[-1].finish == "length"
    assert pieces[-1].speeds and pieces[-1].speeds.tokens == 3


def test_a_prompt_beyond_the_context_is_refused_in_a_sentence(backend: ScriptedBackend) -> None:
    with pytest.raises(BadInput, match="5000 tokens long and 4096 fit"):
        list(backend.stream([65] * 5000, GREEDY, None, lambda: False, None))


def test_a_damaged_adapter_is_told_in_a_sentence(backend: ScriptedBackend, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="roll back"):
        reply(backend, tmp_path)
