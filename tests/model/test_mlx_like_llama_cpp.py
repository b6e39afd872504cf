"""One suite for both backends, on a tiny random model: mechanics, never a claim about quality."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from backends import engine_main, learner_main
from backends.base import GREEDY, Backend, Learner, Sampling
from backends.engine import Engine, ServeOptions
from backends.learner import LearnerProcess
from backends.llama_cpp import adapter_file
from domain import BASE, Message, Recipe, TrainingRow, now
from errors import BadInput, Trouble
from storage.adapters import Adapters
from storage.store import Store

pytestmark = pytest.mark.model
pytest.importorskip("mlx.core")

from tests.model.mlx_models import Both, tiny  # noqa: E402 (needs what is looked for above)

BACKENDS = ("llama_cpp", "mlx")
OPTIONS = ServeOptions(context=256, threads=1, flash_attention=True, batch=64, kv_budget=1 << 20, safe_mode=True)
RECIPE = Recipe(
    rank=2,
    alpha=4.0,
    upper_blocks=0.5,
    learning_rate=1e-2,
    epochs=10,
    batch_rows=2,
    anchors_per_step=1,
    anchor_weight=1.0,
    pair_weight=1.0,
    pair_beta=4.0,
    thumb_weight=1.0,
    kept_weight=0.25,
    warmup_share=0.1,
    clip_norm=1.0,
    threads=1,
    seed=7,
)
PROMPT = tuple(range(20, 60))
TAUGHT, REJECTED = (1, 2, 3, 4, 5), (9, 8, 7)
ROWS = (
    TrainingRow(PROMPT, TAUGHT, 1.0, REJECTED),
    TrainingRow(PROMPT[::-1], TAUGHT, 1.0),
    TrainingRow(PROMPT[5:25], (), 0.0, (11, 12, 13)),
    TrainingRow(PROMPT[3:30], (1, 2, 3), 0.5),
)
ANCHORS = tuple(tuple(range(start, start + 12)) for start in (80, 120, 160))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Both:
    return tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module", params=BACKENDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def load(kind: str, model: Both) -> Backend:
    module: Any = importlib.import_module(engine_main.BACKENDS[kind])
    loaded: Backend = module.load(model.of(kind), replace(OPTIONS, model_hash=model.sha256))
    return loaded


@pytest.fixture(scope="module")
def loaded(kind: str, model: Both) -> Iterator[Backend]:
    backend = load(kind, model)
    yield backend
    backend.close()


@pytest.fixture
def backend(loaded: Backend) -> Backend:
    loaded.drop("")
    return loaded


@pytest.fixture(scope="module")
def learner(kind: str, model: Both) -> Learner:
    return learner_main.load(kind, str(model.of(kind)))


@pytest.fixture(scope="module")
def learnt(learner: Learner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter that this backend's own learner has made."""
    return train(learner, tmp_path_factory.mktemp("learnt"))


def train(learner: Learner, out: Path, rows: Sequence[TrainingRow] = ROWS, **changes: Any) -> Path:
    out.mkdir(exist_ok=True)
    assert list(learner.train(rows, ANCHORS, replace(RECIPE, **changes), out))
    return out


def reply(
    backend: Backend, ids: Sequence[int] = PROMPT, sampling: Sampling = GREEDY, tokens: int = 12, **more: Any
) -> str:
    chosen: dict[str, Any] = {"adapter": None, "cancel": lambda: False, "key": "a", **more}
    return "".join(piece.text for piece in backend.stream(ids, replace(sampling, max_tokens=tokens), **chosen))


def scores(
    backend: Backend, ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None = None
) -> list[list[float]]:
    found = list(backend.score(ids, completions, adapter))[-1]
    assert found is not None
    return found


# serving


def test_a_reply_streams_counts_its_tokens_and_ends_at_its_limit(backend: Backend) -> None:
    pieces = list(backend.stream(PROMPT, replace(GREEDY, max_tokens=9), None, lambda: False, "a"))
    assert pieces[-1].finish == "length"
    assert all(piece.finish is None for piece in pieces[:-1])
    speeds = pieces[-1].speeds
    assert speeds is not None
    assert (speeds.prompt_tokens, speeds.tokens) == (len(PROMPT), 9)
    assert speeds.ttft_s > 0
    assert speeds.tokens_per_s > 0


def test_greedy_replies_and_scores_repeat_bit_for_bit(backend: Backend) -> None:
    once = reply(backend, key=None), scores(backend, PROMPT, [TAUGHT])
    reply(backend, PROMPT[::-1])
    assert (reply(backend, key=None), scores(backend, PROMPT, [TAUGHT])) == once


def test_a_seed_repeats_and_another_one_differs(backend: Backend) -> None:
    hot = Sampling(temperature=1.5, top_k=0, top_p=1.0, min_p=0.0, seed=7)
    assert reply(backend, sampling=hot, key=None) == reply(backend, sampling=hot, key=None)
    assert reply(backend, sampling=hot, key=None) != reply(backend, sampling=replace(hot, seed=8), key=None)


def test_scores_of_the_whole_vocabulary_are_the_logarithms_of_shares(backend: Backend) -> None:
    shares = np.exp([row[0] for row in scores(backend, PROMPT, [[token] for token in range(300)])])
    assert shares.sum() == pytest.approx(1, abs=1e-4)


def test_scores_do_not_depend_on_order_or_company(backend: Backend) -> None:
    long = list(range(100, 200))
    together = scores(backend, PROMPT, [TAUGHT, long, [], [7]])
    assert [len(row) for row in together] == [5, 100, 0, 1]
    assert together == [scores(backend, PROMPT, [completion])[0] for completion in (TAUGHT, long, [], [7])]


def test_text_without_a_prompt_is_scored_from_its_second_token(backend: Backend) -> None:
    assert scores(backend, [], [PROMPT, PROMPT[:1], []]) == [scores(backend, PROMPT[:1], [PROMPT[1:]])[0], [], []]


def test_what_does_not_fit_is_refused_with_both_figures(backend: Backend) -> None:
    with pytest.raises(BadInput, match=r"300 tokens .* holds 256"):
        next(iter(backend.stream([5] * 300, GREEDY, None, lambda: False, "a")))
    with pytest.raises(BadInput, match=r"257 tokens .* holds 256"):
        next(iter(backend.score([5] * 250, [[5] * 7], None)))
    with pytest.raises(BadInput, match="nothing to answer"):
        next(iter(backend.stream([], GREEDY, None, lambda: False, "a")))


@pytest.mark.parametrize("after", [0, 3])
def test_a_cancelled_reply_ends_stopped_and_the_next_one_is_as_if_nothing_had_happened(
    backend: Backend, after: int
) -> None:
    expected = reply(backend, key=None)
    cancelled, pieces = threading.Event(), []
    for piece in backend.stream(PROMPT, GREEDY, None, lambda: cancelled.is_set() or after == 0, "a"):
        pieces.append(piece)
        if len(pieces) == after:
            cancelled.set()
            backend.interrupt()
    assert pieces[-1].finish == "stopped"
    assert len(pieces) <= after + 2
    assert reply(backend) == expected


def test_an_exam_in_the_middle_of_a_chat_disturbs_neither(backend: Backend, learnt: Path) -> None:
    expected = reply(backend, tokens=20), scores(backend, PROMPT, [TAUGHT], learnt)
    backend.drop("")
    exam, found, text = backend.score(PROMPT, [TAUGHT], learnt), None, ""
    for piece in backend.stream(PROMPT, replace(GREEDY, max_tokens=20), None, lambda: False, "a"):
        text += piece.text
        found = next(exam, None) or found
    assert (text, found or list(exam)[-1]) == expected


def test_both_backends_make_the_same_tokens_and_nearly_the_same_scores(model: Both) -> None:
    talk = [Message("user", "Good morning"), Message("assistant", "Hi"), Message("user", "1 + 1 = ? <extra 3>")]
    one, other = (load(kind, model) for kind in BACKENDS)
    assert one.encode(talk) == other.encode(talk)
    assert one.encode_reply(talk, "2") == other.encode_reply(talk, "2")
    assert one.encode_text("naïve 42 <extra 4>") == other.encode_text("naïve 42 <extra 4>")
    theirs = [scores(backend, PROMPT, [TAUGHT, PROMPT])[1] for backend in (one, other)]
    # llama.cpp keeps keys and values in half precision.
    np.testing.assert_allclose(theirs[0], theirs[1], atol=0.02)
    assert one.info().model_hash == other.info().model_hash == model.sha256
    for backend in (one, other):
        backend.close()


# learning


def test_equal_inputs_give_equal_files_in_any_order_of_arrival(
    kind: str, model: Both, learnt: Path, tmp_path: Path
) -> None:
    again = train(learner_main.load(kind, str(model.of(kind))), tmp_path / "again", ROWS[::-1])
    assert {file.name: file.read_bytes() for file in again.iterdir()} == {
        file.name: file.read_bytes() for file in learnt.iterdir()
    }


def test_what_was_taught_becomes_likelier_and_what_was_rejected_less_so(backend: Backend, learnt: Path) -> None:
    before, after = (scores(backend, PROMPT, [TAUGHT, REJECTED], adapter) for adapter in (None, learnt))
    assert np.mean(after[0]) > np.mean(before[0]) + 0.1
    assert np.mean(after[1]) < np.mean(before[1]) - 0.1


def test_a_run_that_is_dropped_leaves_no_file_and_the_next_one_is_unchanged(
    learner: Learner, learnt: Path, tmp_path: Path
) -> None:
    (tmp_path / "dropped").mkdir()
    run = learner.train(ROWS, ANCHORS, RECIPE, tmp_path / "dropped")
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert list((tmp_path / "dropped").iterdir()) == []
    again = train(learner, tmp_path / "again")
    assert (again / adapter_file.PEFT_FILE).read_bytes() == (learnt / adapter_file.PEFT_FILE).read_bytes()


@pytest.mark.parametrize("rows", [(), (TrainingRow((), (1,), 1.0),), (TrainingRow((1, 2), (), 0.0, (3,)),)])
def test_rows_without_anything_to_learn_are_refused(
    learner: Learner, rows: tuple[TrainingRow, ...], tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="nothing to learn"):
        train(learner, tmp_path / "out", rows)


def test_the_first_step_costs_the_same_with_both_learners(model: Both, tmp_path: Path) -> None:
    """And the second differs: each draws the beginning of its adapter by itself."""
    runs = []
    for kind in BACKENDS:
        (tmp_path / kind).mkdir()
        runs.append(
            [p.loss for p in learner_main.load(kind, str(model.of(kind))).train(ROWS, ANCHORS, RECIPE, tmp_path / kind)]
        )
    assert runs[0][0] == pytest.approx(runs[1][0], rel=1e-4)
    assert len(runs[0]) == len(runs[1])


# versions


def test_versions_are_published_swapped_and_rolled_back_and_the_base_is_bit_identical_after(
    backend: Backend, learner: Learner, model: Both, home: Path
) -> None:
    store = Store(home)
    ada = store.add_person("Ada").id
    adapters = Adapters(home, model.sha256)
    base = scores(backend, PROMPT, [TAUGHT]), reply(backend)
    told = []
    for epochs in (2, 6):
        staged = adapters.stage(ada)
        train(learner, staged, epochs=epochs)
        version = adapters.publish(ada, staged, {"created_at": now().isoformat(), "lessons": [], "rows": []})
        name, folder = adapters.current(ada)
        assert name == version.name
        told.append((name, folder, scores(backend, PROMPT, [TAUGHT], folder), reply(backend, adapter=folder)))
    assert len({str(found) for found in (base[0], told[0][2], told[1][2])}) == 3
    adapters.point(ada, told[0][0])
    name, folder = adapters.current(ada)
    assert (name, scores(backend, PROMPT, [TAUGHT], folder), reply(backend, adapter=folder)) == (
        told[0][0],
        told[0][2],
        told[0][3],
    )
    adapters.point(ada, BASE)
    assert (scores(backend, PROMPT, [TAUGHT], adapters.current(ada)[1]), reply(backend)) == base


def test_more_adapters_than_are_kept_loaded_still_serve(backend: Backend, learner: Learner, tmp_path: Path) -> None:
    folders = [train(learner, tmp_path / str(seed), epochs=1, seed=seed) for seed in range(6)]
    first = [scores(backend, PROMPT, [TAUGHT], folder) for folder in folders]
    assert len({str(found) for found in first}) == 6
    assert [scores(backend, PROMPT, [TAUGHT], folder) for folder in folders] == first


@pytest.mark.parametrize("file", ["all", "half"])
def test_a_damaged_adapter_is_named_and_the_base_goes_on(
    kind: str, backend: Backend, learnt: Path, file: str, tmp_path: Path
) -> None:
    expected = reply(backend)
    broken = tmp_path / "2026-11-22.1"
    broken.mkdir()
    for path in learnt.iterdir():
        data = path.read_bytes()
        if file == "half":
            (broken / path.name).write_bytes(data[: len(data) // 2])
    with pytest.raises(Trouble, match=r"2026-11-22\.1 (has no readable|is damaged)"):
        reply(backend, adapter=broken)
    assert reply(backend) == expected


def test_an_adapter_of_one_backend_serves_on_the_other(model: Both, tmp_path: Path) -> None:
    served = {kind: load(kind, model) for kind in BACKENDS}
    for kind in BACKENDS:
        folder = train(learner_main.load(kind, str(model.of(kind))), tmp_path / kind)
        adapter_file.verify(folder)
        effects = []
        for backend in served.values():
            before, after = (np.array(scores(backend, PROMPT, [TAUGHT, REJECTED], a)[0]) for a in (None, folder))
            effects.append(after - before)
        assert np.abs(effects[0]).max() > 0.3
        np.testing.assert_allclose(effects[0], effects[1], atol=0.02)
    for backend in served.values():
        backend.close()


# processes


def test_the_whole_loop_runs_in_the_processes_of_the_product(kind: str, model: Both, tmp_path: Path) -> None:
    """For MLX the engine gets the GGUF file, as the app gives it, and converts it; the learner gets what it made."""
    options = replace(OPTIONS, model_hash=model.sha256, converted=str(tmp_path / "converted"))
    engine = Engine(kind, model.gguf, options, tmp_path / "engine.json", tmp_path / "engine.log", start_seconds=120)
    learner = LearnerProcess(kind, tmp_path / "converted" if kind == "mlx" else model.gguf, tmp_path / "learner.log")
    try:
        engine.start()
        info = engine.wait_ready(300)
        assert (info.backend, info.model, info.model_hash) == (kind, model.gguf.name, model.sha256)
        before = engine.score(PROMPT, [TAUGHT], None)
        out = tmp_path / "out"
        out.mkdir()
        assert [progress.step for progress in learner.train(ROWS, ANCHORS, RECIPE, out)] == list(range(1, 21))
        assert np.mean(engine.score(PROMPT, [TAUGHT], out)[0]) > np.mean(before[0]) + 0.1
        stopped = threading.Event()
        pieces = []
        for piece in engine.stream(PROMPT, replace(GREEDY, max_tokens=200), out, key="a", cancel=stopped):
            pieces.append(piece)
            stopped.set()
        assert pieces[-1].finish == "stopped"
        assert engine.score(PROMPT, [TAUGHT], None) == before
    finally:
        learner.close()
        engine.close()


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_step_whose_lessons_are_read_a_few_at_once_learns_the_same(
    learner: Learner, tmp_path: Path, at_once: int
) -> None:
    rows = (*ROWS, TrainingRow((28, 47, 216), (260, 51, 30), 1.0, contrast=0.0, refusal=True))
    given = {"rows": rows, "batch_rows": 4, "refusal_weight": 0.3}
    whole = load_file(train(learner, tmp_path / "whole", **given) / adapter_file.PEFT_FILE)
    parts = load_file(train(learner, tmp_path / "parts", **given, rows_at_once=at_once) / adapter_file.PEFT_FILE)
    assert all(np.allclose(parts[name], found, atol=1e-4) for name, found in whole.items())
    assert max(np.abs(found).max() for found in whole.values()) > 0.01
