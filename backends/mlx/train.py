"""Trains one LoRA adapter with MLX, on the very weights that serve, packed as they are."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.optimizers as optimisers
import numpy as np
from safetensors.numpy import save_file

from backends import mlx_folder
from backends.base import Learner
from backends.curriculum import Part, Spoken, batches, check, pace, parts, rejected, target, texts, weights
from backends.llama_cpp import adapter_file
from backends.mlx.blocks import Blocks
from backends.mlx.lora import Adapter
from backends.mlx.objective import contrast, divergence, imitation, log_probabilities
from backends.mlx.weights import loaded
from domain import Progress, Recipe, TrainingRow
from errors import ModelUnusable, Refused

Array = Any  # mx.array

# Every linear map of a block: with little data the choice of maps matters more than the rank.
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def learner(model: Path | None) -> Learner:
    """Loads the folder `model`, which takes seconds; raises ModelUnusable."""
    if model is None:
        raise ModelUnusable("No model is chosen; name one with --model.")
    return MlxLearner(model)


class MlxLearner:
    """Keeps one base model in memory and trains adapters on it, one after the other, each from the same beginning.

    Equal rows, anchors and recipe give equal files on the same machine: rows go by content, never by arrival, and the
    seed is the recipe's. Blocks without adapter are computed once per text and remembered, and so are the base model's
    log-probabilities, which pairs and thumbs are measured from. It computes in single precision, on packed weights.
    """

    def __init__(self, folder: Path) -> None:
        self._header = mlx_folder.read_header(folder)
        self._config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._folder = folder
        self._model = loaded(folder, self._header.architecture)
        self._model.set_dtype(mx.float32)  # scales and norms; packed weights are integers and stay as they are
        self._blocks = Blocks(self._model, self._header.architecture)
        self._streams: dict[tuple[int, int, tuple[int, ...]], Array] = {}
        self._reference: dict[tuple[int, Spoken], Array] = {}

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        """One run; `out` then holds the adapter under PEFT's names and, written last, what binds it to its base."""
        check(rows, anchors, recipe)
        first = self._blocks.count - math.ceil(recipe.upper_blocks * self._blocks.count)
        cut = self._blocks.cut(first)
        steps = batches(rows, anchors, recipe)
        self._remember(
            [row for batch, _ in steps for row in batch], [ids for _, guards in steps for ids in guards], cut
        )

        adapter = self._fresh(first, recipe)
        adapter.put_on()
        try:
            trained = adapter.parameters
            optimiser = optimisers.AdamW(learning_rate=0.0, weight_decay=0.0, bias_correction=True)
            began = time.monotonic()
            for step, (batch, guards) in enumerate(steps):
                optimiser.learning_rate = recipe.learning_rate * pace(step, len(steps), recipe.warmup_share)

                def loss_of(parameters: Mapping[str, Array], part: Part) -> Array:
                    adapter.set(parameters)
                    return self._loss(part, recipe, cut)

                loss, gradients = 0.0, dict[str, Array]()
                for part in parts(batch, guards, recipe):
                    share, more = mx.value_and_grad(loss_of)(trained, part)
                    gradients = {name: gradients[name] + one for name, one in more.items()} if gradients else more
                    mx.eval(gradients)
                    loss += share.item()
                if not math.isfinite(loss):
                    raise Refused("The training went astray: its loss is no number.")
                gradients, _ = optimisers.clip_grad_norm(gradients, recipe.clip_norm)
                trained = optimiser.apply_gradients(gradients, trained)
                mx.eval(trained, optimiser.state)
                mx.clear_cache()  # no two steps have the same shapes, so what is kept would only pile up
                per_step = (time.monotonic() - began) / (step + 1)
                yield Progress(step + 1, len(steps), loss, per_step * (len(steps) - step - 1))
            if not all(mx.isfinite(array).all().item() for array in trained.values()):
                raise Refused("The training went astray: its weights are no finite numbers.")
            adapter.set(trained)
            self._write(adapter, recipe, out)
            adapter_file.verify(out)
        finally:
            adapter.take_off()

    def _fresh(self, first: int, recipe: Recipe) -> Adapter:
        """An adapter that changes nothing yet: A drawn as PEFT draws it (evenly, +-1 / sqrt(inputs)), B zero."""
        named = [self._blocks.name(block, map) for block in range(first, self._blocks.count) for map in PROJECTIONS]
        adapter = Adapter(self._model, [name for name in named if name], recipe.rank, recipe.alpha)
        draw = np.random.default_rng(recipe.seed)
        parameters = adapter.parameters
        for name, array in parameters.items():
            if name.endswith("lora_a"):
                bound = 1 / math.sqrt(array.shape[0])
                parameters[name] = mx.array(draw.uniform(-bound, bound, array.shape).astype(np.float32))
        adapter.set(parameters)
        return adapter

    def _remember(self, rows: Sequence[TrainingRow], anchors: Sequence[tuple[int, ...]], cut: int) -> None:
        """What does not change in training: the streams that enter block `cut`, and what the base makes of them.

        Of anchors that is the stream that leaves the last block, of contrasted completions their log-probabilities.
        """
        count = self._blocks.count
        for ids in (*(text.inputs for row in rows for text in texts(row)), *anchors):
            if (0, cut, ids) not in self._streams:
                self._streams[0, cut, ids] = self._blocks.stream(self._blocks.embed(ids), 0, cut)
                mx.eval(self._streams[0, cut, ids])
        for ids in anchors:
            if (cut, count, ids) not in self._streams:
                self._streams[cut, count, ids] = self._blocks.stream(self._streams[0, cut, ids], cut, count)
                mx.eval(self._streams[cut, count, ids])
        for text in (text for row in rows if row.contrast for text in texts(row)):
            if (cut, text) not in self._reference:
                self._reference[cut, text] = self._log_probs([text], (), cut)[0][text].mean()
                mx.eval(self._reference[cut, text])

    def _log_probs(
        self, spoken: Sequence[Spoken], anchors: Sequence[tuple[int, ...]], cut: int
    ) -> tuple[dict[Spoken, Array], Array]:
        """(each completion's log-probabilities, logits of all tokens of the anchors) in one pass."""
        keep = [(n, at) for n, text in enumerate(spoken) for at in range(len(text.prompt) - 1, len(text.inputs))]
        keep += [(n, at) for n, ids in enumerate(anchors, len(spoken)) for at in range(len(ids))]
        streams = [self._streams[0, cut, ids] for ids in (*(text.inputs for text in spoken), *anchors)]
        logits = self._blocks.logits(streams, cut, keep)
        targets = mx.array([token for text in spoken for token in text.completion])
        found, start = {}, 0
        log_probs = log_probabilities(logits[: len(targets)], targets)
        for text in spoken:
            found[text] = log_probs[start : start + len(text.completion)]
            start += len(text.completion)
        return found, logits[len(targets) :]

    def _loss(self, part: Part, recipe: Recipe, cut: int) -> Array:
        """What a part adds to the loss of its step."""
        rows, anchors = part.rows, part.anchors
        spoken = list(dict.fromkeys(text for row in rows for text in texts(row)))  # siblings share their target
        log_probs, adapted = self._log_probs(spoken, anchors, cut)
        terms = []
        lessons = [row for row in rows if not row.refusal]
        if targets := [row for row in lessons if row.target_ids]:
            weighed = mx.array([weight for row in targets for weight in weights(row, recipe.kept_weight)])
            said = mx.concatenate([log_probs[target(row)] for row in targets])
            terms.append(len(said) / part.tokens * imitation(said, weighed))
        for row in lessons:
            if row.contrast:
                chosen, other = (
                    log_probs[text].mean() - self._reference[cut, text] if text.completion else None
                    for text in (target(row), rejected(row))
                )
                terms.append(row.contrast / part.lessons * contrast(chosen, other, recipe))
        if refusals := [row for row in rows if row.refusal]:
            said = mx.concatenate([log_probs[target(row)] for row in refusals])
            terms.append(imitation(said, mx.full(said.shape, recipe.refusal_weight)))
        if anchors:
            # Head only: keeping streams instead of log-probabilities saves a vocabulary's width of memory per token
            leaving = [self._streams[cut, self._blocks.count, ids] for ids in anchors]
            places = [(n, at) for n, ids in enumerate(anchors) for at in range(len(ids))]
            base = mx.stop_gradient(self._blocks.logits(leaving, self._blocks.count, places))
            terms.append(recipe.anchor_weight * divergence(base, adapted))
        return mx.stack(terms).sum()

    def _write(self, adapter: Adapter, recipe: Recipe, out: Path) -> None:
        tensors = adapter.tensors()
        save_file(tensors, out / adapter_file.PEFT_FILE, metadata={"format": "pt"})
        origin = self._config.get("homegrown") or {}
        blocks = sorted({int(name.split(".")[2]) for name in adapter.layers})
        config = {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": origin.get("file", self._folder.name),
            "r": recipe.rank,
            "lora_alpha": recipe.alpha,
            "lora_dropout": 0.0,
            "bias": "none",
            "inference_mode": True,
            "layers_to_transform": blocks,
            "target_modules": sorted({name.rpartition(".")[2] for name in adapter.layers}),
        }
        (out / adapter_file.CONFIG).write_text(json.dumps(config, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        heads = int(self._config["num_attention_heads"])
        key_heads = int(self._config.get("num_key_value_heads") or heads)
        shape = adapter_file.Shape(self._header.architecture, self._blocks.count, heads, key_heads)
        if origin:  # made from a GGUF file: llama.cpp can serve the same adapter on it
            adapter_file.to_gguf(tensors, shape, recipe.alpha, out / adapter_file.GGUF_FILE)
        libraries = {name: version(name) for name in ("mlx", "mlx-lm")}
        base = {"file": origin.get("file", self._folder.name), "sha256": origin.get("sha256", "")}
        adapter_file.bind(out, shape, {"base": base, "recipe": asdict(recipe), "libraries": libraries})
