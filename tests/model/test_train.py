"""Training on a tiny random model: the same mathematics as with real weights, in seconds."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import psutil
import pytest
import torch
from safetensors.numpy import load_file, save_file

from backends import learner_main
from backends.learner import LearnerProcess
from backends.llama_cpp import adapter_file
from backends.llama_cpp.adapter_file import verify
from backends.llama_cpp.train import PeftLearner
from domain import Progress, Recipe, TrainingRow
from errors import BadInput, ModelUnusable, OutOfMemory, Refused, Trouble
from tests.model.tiny import BLOCKS, write_gguf

pytestmark = pytest.mark.model

RECIPE = Recipe(
    rank=2,
    alpha=4.0,
    upper_blocks=0.5,
    learning_rate=1e-2,
    epochs=4,
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
ROWS = tuple(
    TrainingRow(tuple(range(10 + n, 18 + n)), (n, n + 1, 5, 6, 7), weight) for n, weight in enumerate((1, 1, 0.5, 1, 1))
)
PAIR = TrainingRow(tuple(range(20, 28)), (1, 2, 3, 4), 0.5, rejected_ids=(9, 8, 7))
LONE_UP = TrainingRow(tuple(range(30, 38)), (2, 3, 4, 5, 6), 0.5)
LONE_DOWN = TrainingRow(tuple(range(50, 58)), (), 0.0, rejected_ids=(11, 12, 13))
EDIT = replace(ROWS[0], contrast=0.0, edited=(True, False, False, False, True))
EVERY_SIGNAL = (EDIT, PAIR, replace(PAIR, rejected_ids=(9, 9, 6)), LONE_UP, LONE_DOWN)
ANCHORS = tuple(tuple(range(start, start + 12)) for start in (40, 80, 120))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    write_gguf("llama", file)
    return file


@pytest.fixture(scope="module")
def learner(model: Path) -> PeftLearner:
    return PeftLearner(model)


@pytest.fixture
def adapter(learner: PeftLearner, tmp_path: Path) -> Path:
    train(learner, tmp_path)
    return tmp_path


def train(learner: PeftLearner, out: Path, rows=ROWS, anchors=ANCHORS, recipe=RECIPE) -> list[Progress]:  # type: ignore[no-untyped-def]
    out.mkdir(exist_ok=True)
    return list(learner.train(rows, anchors, recipe, out))


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def logits(learner: PeftLearner, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return learner._model(torch.tensor([ids]), use_cache=False).logits[0]


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
@pytest.mark.parametrize("cut", [0, 1, BLOCKS // 2, BLOCKS])
def test_packed_texts_through_a_cut_model_give_the_plain_models_logits(kind: str, cut: int, tmp_path: Path) -> None:
    write_gguf(kind, tmp_path / "tiny.gguf")
    learner = PeftLearner(tmp_path / "tiny.gguf")
    texts = [list(range(3, 40)), [5], list(range(60, 80))]
    plain = torch.cat([logits(learner, ids) for ids in texts])
    blocks = learner._blocks
    with torch.no_grad():
        streams = [blocks.stream(blocks.embed(ids), 0, cut) for ids in texts]
        packed = blocks.logits(streams, cut, torch.arange(len(plain)))
    assert float((packed - plain).norm() / plain.norm()) < 1e-5


def test_the_loss_falls_and_progress_counts_down(learner: PeftLearner, tmp_path: Path) -> None:
    steps = train(learner, tmp_path, recipe=replace(RECIPE, epochs=20))
    assert [progress.step for progress in steps] == list(range(1, 61))
    assert {progress.steps for progress in steps} == {60}
    assert steps[-1].seconds_left == 0
    assert np.mean([progress.loss for progress in steps[-5:]]) < 0.7 * np.mean(
        [progress.loss for progress in steps[:5]]
    )


@pytest.mark.parametrize("rows", [ROWS, EVERY_SIGNAL])
def test_equal_inputs_give_equal_files_in_any_order_of_arrival(
    learner: PeftLearner, model: Path, rows: tuple[TrainingRow, ...], tmp_path: Path
) -> None:
    train(learner, tmp_path / "first", rows=rows)
    train(PeftLearner(model), tmp_path / "again", rows=rows[::-1], anchors=ANCHORS[::-1])
    assert contents(tmp_path / "first") == contents(tmp_path / "again")


def log_probabilities(learner: PeftLearner, prompt: tuple[int, ...], completion: tuple[int, ...]) -> torch.Tensor:
    """Of each token of the completion, through the plain model."""
    table = torch.log_softmax(logits(learner, [*prompt, *completion]), dim=-1)[len(prompt) - 1 : -1]
    return table[range(len(completion)), list(completion)]


def log_probability(learner: PeftLearner, prompt: tuple[int, ...], completion: tuple[int, ...]) -> float:
    """Mean per token."""
    return float(log_probabilities(learner, prompt, completion).mean())


def test_the_first_loss_is_what_a_hand_computes_from_the_base_model(learner: PeftLearner, tmp_path: Path) -> None:
    recipe = replace(RECIPE, anchors_per_step=0, batch_rows=5, pair_weight=2.0, thumb_weight=3.0)
    costs: list[float] = []
    for row in (row for row in EVERY_SIGNAL if row.target_ids):
        table = log_probabilities(learner, row.prompt_ids, row.target_ids)
        factors = np.array([1.0 if mark else recipe.kept_weight for mark in row.edited or [True] * len(table)])
        costs += list(-row.weight * factors / factors.mean() ** 0.5 * table.numpy())
    expected = float(np.mean(costs))
    expected += (2 * recipe.pair_weight * np.log(2) + 2 * recipe.thumb_weight * 0.5) / len(EVERY_SIGNAL)
    first, *_ = train(learner, tmp_path / "out", rows=EVERY_SIGNAL, recipe=recipe)
    assert first.loss == pytest.approx(expected, rel=1e-4)


def test_a_refusal_counts_by_itself_and_adds_no_step(learner: PeftLearner, tmp_path: Path) -> None:
    recipe = replace(RECIPE, anchors_per_step=0, batch_rows=5, refusal_weight=0.3)
    lessons = train(learner, tmp_path / "alone", rows=EVERY_SIGNAL, recipe=recipe)
    refusal = TrainingRow((28, 47, 216), (260, 51, 30), 1.0, contrast=0.0, refusal=True)
    both = train(learner, tmp_path / "both", rows=(*EVERY_SIGNAL, refusal), recipe=recipe)
    cost = -log_probability(learner, refusal.prompt_ids, refusal.target_ids)
    assert both[0].loss == pytest.approx(lessons[0].loss + 0.3 * cost, rel=1e-4)
    assert len(both) == len(lessons)


def gains(learner: PeftLearner, folder: Path, row: TrainingRow) -> dict[str, float]:
    """How much more likely (nat per token) the adapter makes a row's completions than the base."""
    texts = {"target": row.target_ids, "rejected": row.rejected_ids}
    texts = {name: ids for name, ids in texts.items() if ids}

    def measure() -> dict[str, float]:
        return {name: log_probability(learner, row.prompt_ids, ids) for name, ids in texts.items()}

    before = measure()
    tensors = load_file(folder / "adapter_model.safetensors")
    after = base_with(learner, tensors, RECIPE.alpha / RECIPE.rank, measure)
    return {name: after[name] - before[name] for name in texts}


@pytest.mark.parametrize(("row", "better", "worse"), [(PAIR, "target", "rejected"), (LONE_DOWN, None, "rejected")])
def test_what_was_rejected_becomes_less_likely(
    learner: PeftLearner, row: TrainingRow, better: str | None, worse: str, tmp_path: Path
) -> None:
    train(learner, tmp_path, rows=(row, ROWS[0]), recipe=replace(RECIPE, epochs=20))
    gained = gains(learner, tmp_path, row)
    assert gained[worse] < -0.1
    assert better is None or gained[better] > 0.1


def test_a_pair_moves_the_two_texts_further_apart_than_imitation_alone(learner: PeftLearner, tmp_path: Path) -> None:
    def margin(contrast: float) -> float:
        folder = tmp_path / str(contrast)
        train(learner, folder, rows=(replace(PAIR, contrast=contrast),), recipe=replace(RECIPE, epochs=20))
        gained = gains(learner, folder, PAIR)
        return gained["target"] - gained["rejected"]

    assert margin(1.0) > 1.1 * margin(0.0)


def test_without_contrast_a_rejected_text_is_not_read(learner: PeftLearner, tmp_path: Path) -> None:
    train(learner, tmp_path / "pair", rows=(replace(PAIR, contrast=0.0),))
    train(learner, tmp_path / "alone", rows=(replace(PAIR, contrast=0.0, rejected_ids=()),))
    assert contents(tmp_path / "pair") == contents(tmp_path / "alone")


def test_a_run_leaves_no_trace_in_the_next(learner: PeftLearner, adapter: Path, tmp_path: Path) -> None:
    before = logits(learner, [1, 2, 3])
    train(learner, tmp_path / "other", rows=ROWS[:2], recipe=replace(RECIPE, rank=4, upper_blocks=1.0))
    assert torch.equal(logits(learner, [1, 2, 3]), before)
    train(learner, tmp_path / "again")
    assert contents(tmp_path / "again") == contents_without(adapter, "again", "other")


def contents_without(folder: Path, *names: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name not in names}


def test_a_run_that_is_dropped_leaves_the_base_as_it_was(learner: PeftLearner, tmp_path: Path) -> None:
    before = logits(learner, [1, 2, 3])
    run = learner.train(ROWS, ANCHORS, RECIPE, tmp_path)
    next(run)
    assert isinstance(run, Iterator)
    run.close()  # type: ignore[attr-defined]
    assert torch.equal(logits(learner, [1, 2, 3]), before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", [{"seed": 8}, {"learning_rate": 5e-3}, {"anchor_weight": 3.0}, {"epochs": 5}])
def test_another_recipe_gives_another_adapter(
    learner: PeftLearner, adapter: Path, tmp_path: Path, change: dict[str, float]
) -> None:
    train(learner, tmp_path / "other", recipe=replace(RECIPE, **change))  # type: ignore[arg-type]
    assert (tmp_path / "other" / "adapter.gguf").read_bytes() != (adapter / "adapter.gguf").read_bytes()


@pytest.mark.parametrize("change", [{"pair_weight": 0.5}, {"pair_beta": 2.0}, {"thumb_weight": 0.5}])
def test_pairs_and_thumbs_follow_the_recipe(learner: PeftLearner, tmp_path: Path, change: dict[str, float]) -> None:
    train(learner, tmp_path / "one", rows=EVERY_SIGNAL)
    train(learner, tmp_path / "other", rows=EVERY_SIGNAL, recipe=replace(RECIPE, **change))  # type: ignore[arg-type]
    assert (tmp_path / "other" / "adapter.gguf").read_bytes() != (tmp_path / "one" / "adapter.gguf").read_bytes()


def test_only_the_upper_blocks_get_an_adapter_with_all_seven_projections(adapter: Path) -> None:
    names = {tensor.name for tensor in gguf.GGUFReader(adapter / "adapter.gguf").tensors}
    maps = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    blocks = range(BLOCKS // 2, BLOCKS)
    assert names == {f"blk.{n}.{name}.weight.lora_{part}" for n in blocks for name in maps for part in "ab"}


def test_anchors_hold_the_model_closer_to_the_base(learner: PeftLearner, tmp_path: Path) -> None:
    def size(weight: float) -> float:
        folder = tmp_path / str(weight)
        train(learner, folder, recipe=replace(RECIPE, anchor_weight=weight, epochs=20, anchors_per_step=3))
        tensors = load_file(folder / "adapter_model.safetensors")
        with torch.no_grad():
            base = torch.cat([logits(learner, list(ids)) for ids in ANCHORS])
            changed = base_with(
                learner, tensors, RECIPE.alpha / RECIPE.rank, lambda: [logits(learner, list(ids)) for ids in ANCHORS]
            )
        return float((torch.cat(changed) - base).norm())

    assert size(30.0) < 0.7 * size(0.0)


def base_with(learner, tensors, scale, measure):  # type: ignore[no-untyped-def]
    """What `measure` gives while the adapter is added to the base weights: LoRA written out by hand."""
    weights = dict(learner._model.named_parameters())
    kept = {}
    for name in tensors:
        if ".lora_A." in name:
            module = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
            a, b = (torch.from_numpy(tensors[name.replace(".lora_A.", f".lora_{part}.")]) for part in "AB")
            kept[module] = weights[f"{module}.weight"].clone()
            weights[f"{module}.weight"].data += scale * b @ a
    result = measure()
    for module, weight in kept.items():
        weights[f"{module}.weight"].data.copy_(weight)
    return result


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (TrainingRow((), (1,), 1.0),),
        (TrainingRow((1,), (), 1.0),),
        (*ROWS, TrainingRow((1,), (), 1.0)),
        (LONE_DOWN, LONE_DOWN),
        (replace(PAIR, weight=0.0), LONE_DOWN),
    ],
)
def test_rows_without_anything_to_learn_are_refused(
    learner: PeftLearner, rows: tuple[TrainingRow, ...], tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="nothing to learn"):
        train(learner, tmp_path, rows=rows)


def test_a_run_that_diverges_says_so(learner: PeftLearner, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="went astray"):
        train(learner, tmp_path, recipe=replace(RECIPE, learning_rate=1e30, clip_norm=1e30))
    assert list(tmp_path.iterdir()) == []


# adapter files


def test_the_binding_names_the_base_the_recipe_and_the_libraries(adapter: Path, model: Path) -> None:
    binding = json.loads((adapter / "adapter.json").read_text())
    assert binding["base"] == {"file": "tiny.gguf", "sha256": adapter_file.sha256(model)}
    assert Recipe(**binding["recipe"]) == RECIPE
    assert set(binding["libraries"]) == {"gguf", "peft", "torch", "transformers"}
    verify(adapter)


def test_no_path_of_the_machine_gets_into_an_adapter(adapter: Path, model: Path) -> None:
    assert not [name for name, data in contents(adapter).items() if str(model.parent).encode() in data]


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "adapter.gguf"])
def test_a_changed_file_is_found(adapter: Path, name: str) -> None:
    data = bytearray((adapter / name).read_bytes())
    data[-3] ^= 1
    (adapter / name).write_bytes(data)
    with pytest.raises(Trouble, match=rf"{name} was changed"):
        verify(adapter)


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "adapter.gguf", "adapter.json"])
def test_a_missing_file_is_found(adapter: Path, name: str) -> None:
    (adapter / name).unlink()
    with pytest.raises(Trouble, match="cannot be read"):
        verify(adapter)


def rebuilt(adapter: Path, change: str) -> None:
    """Both files written anew and bound, with `change` made to the tensors."""
    tensors = load_file(adapter / "adapter_model.safetensors")
    shape = adapter_file.Shape("llama", BLOCKS, 4, 2)
    first = min(name for name in tensors if ".lora_B." in name)
    match change:
        case "nan":
            tensors[first][0, 0] = np.nan
        case "zero":
            for name in tensors:
                if ".lora_B." in name:
                    tensors[name][:] = 0
    others = dict(tensors)
    if change == "one missing":
        del others[first]
    if change == "one different":
        others[first] = others[first] + 1
    save_file(tensors, adapter / "adapter_model.safetensors")
    adapter_file.to_gguf(others, shape, 4.0, adapter / "adapter.gguf")
    adapter_file.bind(adapter, shape, {})


@pytest.mark.parametrize(
    ("change", "fault"),
    [("nan", "not finite"), ("zero", "zero"), ("one missing", "is missing"), ("one different", "differs")],
)
def test_bad_weights_are_found(adapter: Path, change: str, fault: str) -> None:
    rebuilt(adapter, "none")
    verify(adapter)
    rebuilt(adapter, change)
    with pytest.raises(Trouble, match=fault):
        verify(adapter)


# the learner process


@pytest.fixture
def process(model: Path, tmp_path: Path) -> Iterator[LearnerProcess]:
    process = LearnerProcess("llama_cpp", model, tmp_path / "learner.log")
    yield process
    process.close()


def staging(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def test_the_process_trains_several_times_and_gives_the_same_bytes(
    process: LearnerProcess, adapter: Path, tmp_path: Path
) -> None:
    first, second = staging(tmp_path, "first"), staging(tmp_path, "second")
    assert [progress.step for progress in process.train(ROWS, ANCHORS, RECIPE, first)] == list(range(1, 13))
    list(process.train(ROWS, ANCHORS, RECIPE, second))
    assert contents(first) == contents(second)
    assert (first / "adapter.gguf").read_bytes() == (adapter / "adapter.gguf").read_bytes()


def test_pairs_and_thumbs_cross_the_pipe(process: LearnerProcess, learner: PeftLearner, tmp_path: Path) -> None:
    list(process.train(EVERY_SIGNAL, ANCHORS, RECIPE, staging(tmp_path, "there")))
    train(learner, tmp_path / "here", rows=EVERY_SIGNAL)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_closing_the_iterator_kills_the_run_and_the_next_run_works(process: LearnerProcess, tmp_path: Path) -> None:
    run = process.train(ROWS, ANCHORS, replace(RECIPE, epochs=5000), staging(tmp_path, "first"))
    next(run)
    assert process.memory_bytes() > 0
    run.close()  # type: ignore[attr-defined]
    assert process.memory_bytes() == 0
    assert list((tmp_path / "first").iterdir()) == []
    assert list(process.train(ROWS, ANCHORS, RECIPE, staging(tmp_path, "second")))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX signals")
def test_a_killed_learner_is_told_in_a_sentence(process: LearnerProcess, tmp_path: Path) -> None:
    run = process.train(ROWS, ANCHORS, replace(RECIPE, epochs=5000), staging(tmp_path, "out"))
    next(run)
    [child] = [one for one in psutil.Process().children() if "learner_main" in " ".join(one.cmdline())]
    child.kill()
    with pytest.raises(OutOfMemory, match=r"The learner was killed, or the machine ran out of memory"):
        list(run)
    assert list((tmp_path / "out").iterdir()) == []


def test_errors_cross_the_pipe_with_their_class(process: LearnerProcess, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing to learn"):
        list(process.train((), ANCHORS, RECIPE, staging(tmp_path, "out")))


def test_a_library_that_runs_out_of_memory_is_told_in_a_sentence() -> None:
    refusal = "[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory: you tried ..."
    assert isinstance(learner_main.trouble(RuntimeError(refusal)), OutOfMemory)
    assert isinstance(learner_main.trouble(MemoryError()), OutOfMemory)
    assert "ran out of memory" in str(learner_main.trouble(MemoryError()))
    other = learner_main.trouble(OSError("disk full.\nmore"))
    assert not isinstance(other, OutOfMemory)
    assert str(other).startswith("The learner could not go on (disk full);")


def test_a_foreign_model_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"not a model")
    process = LearnerProcess("llama_cpp", tmp_path / "model.gguf", tmp_path / "learner.log")
    with pytest.raises(ModelUnusable):
        list(process.train(ROWS, ANCHORS, RECIPE, staging(tmp_path, "out")))
    process.close()
    shutil.rmtree(tmp_path / "out")
