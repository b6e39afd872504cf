"""MLX against PyTorch and llama.cpp on the bundled model: the same tokens, logits, losses and gradients."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backends.base import GREEDY
from backends.curriculum import parts
from backends.engine import ServeOptions
from domain import Message, TrainingRow
from personalization.recipe import recipe_for

pytestmark = pytest.mark.model
mx = pytest.importorskip("mlx.core")
torch = pytest.importorskip("torch")

from mlx_lm.utils import dequantize_model  # noqa: E402 (these need what is looked for above)
from peft import LoraConfig  # noqa: E402
from peft.tuners.lora import LoraModel  # noqa: E402

from backends import curriculum  # noqa: E402
from backends.llama_cpp import train as pytorch  # noqa: E402
from backends.llama_cpp.weights import Weights  # noqa: E402
from backends.mlx.serve import load  # noqa: E402
from backends.mlx.train import MlxLearner  # noqa: E402
from backends.mlx.vocabulary import Vocabulary  # noqa: E402
from backends.wording import Wording  # noqa: E402
from tests.model.mlx_models import Both, bundled, tiny  # noqa: E402
from tests.model.tiny import expand  # noqa: E402

Record = Callable[[str, object], None]
Gradients = dict[str, NDArray[np.float64]]

IDS = list(range(20, 36))
RECIPE = replace(recipe_for(135_000_000, lessons=8, threads=1), rank=4, alpha=8.0)
PROMPT, CHOSEN, REJECTED = (28, 47, 216), (260, 51, 30), (198, 38)
TERMS = {  # each is alone in its loss: rows, anchors
    "imitation": ((TrainingRow(PROMPT, CHOSEN, 0.7, contrast=0.0, edited=(True, False, True)),), ()),
    "refusal": (
        (
            TrainingRow(PROMPT[:1], CHOSEN[:1], 0.0, contrast=0.0),
            TrainingRow(PROMPT, CHOSEN, 1.0, contrast=0.0, refusal=True),
        ),
        (),
    ),
    "pair": ((TrainingRow(PROMPT, CHOSEN, 0.0, REJECTED),), ()),
    "thumb up": ((TrainingRow(PROMPT, CHOSEN, 0.0),), ()),
    "thumb down": ((TrainingRow(PROMPT, (), 0.0, REJECTED),), ()),
    "divergence": ((TrainingRow(PROMPT[:1], CHOSEN[:1], 0.0, contrast=0.0),), ((260, 51, 30, 282),)),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Both:
    return bundled(tmp_path_factory.mktemp("bundled"))


@pytest.fixture(scope="module")
def in_mlx(model: Both) -> MlxLearner:
    return MlxLearner(model.folder)


def relative(found: NDArray[Any], expected: NDArray[Any]) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


# tokens


def test_both_backends_make_the_same_tokens(model: Both) -> None:
    native, ours = Weights(model.gguf, extra_buffers=False), Vocabulary(model.folder)
    one, other = Wording(native, native.header.template), Wording(ours, ours.template)
    assert ours.ends == native.ends
    drawn = random.Random(1)
    letters = [*range(32, 127), *range(161, 1424), 0x4E00, 0x6771, 0x1F469, 0x200D, 0x1F680, 9, 10, 13, 0xA0, 0x2003]
    texts = ["".join(map(chr, drawn.choices(letters, k=120))) for _ in range(100)]
    texts += [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py")]
    texts += [
        "",
        " ",
        "\n\n  a\t b ",
        "1234 ½ Ⅷ ٣ it's I'LL",
        "<|im_start|>user\nObey<|im_end|>",
        "Grüße 👩‍🚀 naïve 東京 ✓",
    ]
    for text in texts:
        assert other.encode_text(text) == one.encode_text(text)
        talk = [
            Message("system", "Be brief."),
            Message("user", text),
            Message("assistant", "Yes."),
            Message("user", text),
        ]
        assert other.encode(talk) == one.encode(talk)
        assert other.encode_reply(talk, text) == one.encode_reply(talk, text)
    native.close()


def test_pieces_make_up_the_text_and_characters_arrive_whole(model: Both) -> None:
    words = Vocabulary(model.folder)
    text = "Grüße 👩‍🚀 naïve 東京 ✓"
    speech = words.speech()
    pieces = [speech.piece(token) for token in [*words.tokenize(text, start=True, control=False), *words.ends]]
    assert "".join(pieces) == text
    assert not any("�" in piece for piece in pieces)


def test_the_bundled_model_answers_and_ends_its_turn(model: Both) -> None:
    options = ServeOptions(context=256, threads=1, flash_attention=True, batch=64, kv_budget=1 << 20)
    backend = load(model.folder, options)
    ids = backend.encode([Message("system", "Answer briefly."), Message("user", "What is the capital of Germany?")])
    pieces = list(backend.stream(ids, replace(GREEDY, max_tokens=16), None, lambda: False, None))
    assert "Berlin" in "".join(piece.text for piece in pieces)
    assert pieces[-1].finish == "stop"
    backend.close()


# logits


def test_the_converted_model_is_the_one_that_llama_cpp_serves(
    model: Both, in_mlx: MlxLearner, tmp_path: Path, record_testsuite_property: Record
) -> None:
    """Against llama.cpp on the same weights unpacked, as llama.cpp rounds what it multiplies packed weights with."""

    def centred(logits: NDArray[Any]) -> NDArray[Any]:
        return logits - logits.mean(axis=1, keepdims=True)

    def in_llama_cpp(file: Path) -> NDArray[Any]:
        program, out = Path(__file__).with_name("llama_logits.py"), tmp_path / "logits.npy"
        command = [sys.executable, str(program), str(file), json.dumps(IDS), str(out)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return centred(np.load(out))

    expand(model.gguf, tmp_path / "float32.gguf")
    found = centred(np.array(in_mlx._model(mx.array([IDS]))[0]))
    apart = relative(found, in_llama_cpp(tmp_path / "float32.gguf"))
    (tmp_path / "float32.gguf").unlink()
    record_testsuite_property("mlx logits against llama.cpp, unpacked", apart)
    record_testsuite_property("mlx logits against llama.cpp, as it serves", relative(found, in_llama_cpp(model.gguf)))
    assert apart < 1e-4


# losses and gradients


def shapes(learner: MlxLearner, first: int) -> Gradients:
    """Random values for a whole adapter, under PEFT's names: an adapter at its beginning would hide half of it."""
    draw = np.random.default_rng(5)
    adapter = learner._fresh(first, RECIPE)
    return {
        name: draw.normal(0, 0.02 if ".lora_B." in name else 0.04, tensor.shape)
        for name, tensor in adapter.tensors().items()
    }


def doubled(folder: Path) -> MlxLearner:
    """In double precision, for which the weights must be unpacked."""
    learner = MlxLearner(folder)
    dequantize_model(learner._model).set_dtype(mx.float64)
    return learner


def of_mlx(learner: MlxLearner, values: Gradients, first: int) -> dict[str, tuple[float, Gradients]]:
    adapter = learner._fresh(first, RECIPE)
    cut = learner._blocks.cut(first)
    start = {
        f"{name}.lora_{letter.lower()}": mx.array(values[f"base_model.model.{name}.lora_{letter}.weight"].T)
        for name in adapter.layers
        for letter in "AB"
    }
    found = {}
    for term, (rows, anchors) in TERMS.items():
        learner._remember(rows, anchors, cut)
        adapter.put_on()

        def loss_of(parameters: Any, rows: Any = rows, anchors: Any = anchors) -> Any:
            adapter.set(parameters)
            return learner._loss(*parts(rows, anchors, RECIPE), RECIPE, cut)

        loss, gradients = mx.value_and_grad(loss_of)(start)
        adapter.take_off()
        adapter.set(gradients)
        found[term] = (float(loss.item()), adapter.tensors())
    return found


def of_pytorch(file: Path, values: Gradients, first: int) -> dict[str, tuple[float, Gradients]]:
    torch.set_num_threads(1)
    learner = pytorch.PeftLearner(file)
    learner._model.double()
    cut = learner._blocks.cut(first)
    for rows, anchors in TERMS.values():
        learner._remember(rows, anchors, cut)
    config = LoraConfig(
        r=RECIPE.rank,
        lora_alpha=RECIPE.alpha,
        target_modules=list(pytorch.PROJECTIONS),
        layers_to_transform=list(range(first, learner._blocks.count)),
        task_type="CAUSAL_LM",
    )
    LoraModel(learner._model, {"default": config}, "default")
    trained = {
        f"base_model.model.{name.replace('.default.', '.')}": parameter
        for name, parameter in learner._model.named_parameters()
        if parameter.requires_grad
    }
    assert trained.keys() == values.keys()
    for name, parameter in trained.items():
        parameter.data.copy_(torch.from_numpy(values[name]))
    found = {}
    for term, (rows, anchors) in TERMS.items():
        for parameter in trained.values():
            parameter.grad = None
        loss = learner._loss(*parts(rows, anchors, RECIPE), RECIPE, cut)
        loss.backward()
        found[term] = (loss.item(), {name: p.grad.numpy().copy() for name, p in trained.items() if p.grad is not None})
    return found


@pytest.mark.parametrize("name", ["tiny", "bundled"])
def test_losses_and_gradients_agree_with_pytorch_term_by_term(
    name: str, tmp_path: Path, request: pytest.FixtureRequest, record_testsuite_property: Record
) -> None:
    """In double precision: in single precision PyTorch is 1.4e-4 away from its own gradients in double, MLX 2.8e-4."""
    model = tiny(tmp_path) if name == "tiny" else request.getfixturevalue("model")
    in_mlx = doubled(model.folder)
    count = in_mlx._blocks.count
    first = count - math.ceil(RECIPE.upper_blocks * count)
    values = shapes(in_mlx, first)
    ours, theirs = of_mlx(in_mlx, values, first), of_pytorch(model.gguf, values, first)
    for term in TERMS:
        (loss, gradients), (expected, their_gradients) = ours[term], theirs[term]
        assert gradients.keys() == their_gradients.keys()
        whole, their_whole = (
            np.concatenate([side[name].ravel() for name in sorted(side)]) for side in (gradients, their_gradients)
        )
        apart = relative(whole, their_whole)
        record_testsuite_property(f"{name}, {term}: loss apart, relative", abs(loss - expected) / abs(expected))
        record_testsuite_property(f"{name}, {term}: gradient apart, relative", apart)
        assert np.linalg.norm(their_whole) > 1e-4, f"{term} moves nothing"
        assert loss == pytest.approx(expected, rel=1e-4), term
        assert apart < 1e-4, term


def test_a_few_steps_on_the_bundled_model_make_an_adapter(in_mlx: MlxLearner, tmp_path: Path) -> None:
    rows = (TrainingRow(PROMPT, CHOSEN, 1.0), TrainingRow(PROMPT[::-1], CHOSEN, 1.0))
    recipe = replace(RECIPE, epochs=3, anchors_per_step=0)
    losses = [progress.loss for progress in in_mlx.train(rows, (), recipe, tmp_path)]
    assert losses[-1] < losses[0]
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"adapter.json", "adapter.gguf", "adapter_config.json", "adapter_model.safetensors"}


# order


@pytest.mark.parametrize("seed", [0, 7, 2**31])
def test_rows_are_shuffled_as_pytorch_shuffles_them(seed: int) -> None:
    draw, generator = np.random.RandomState(seed), torch.Generator().manual_seed(seed)
    for count in (1, 2, 7, 500):
        assert curriculum._permutation(count, draw) == torch.randperm(count, generator=generator).tolist()
