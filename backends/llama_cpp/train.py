"""Trains one LoRA adapter with PyTorch and PEFT, on the very GGUF file that serves."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from peft.tuners.lora import LoraModel
from safetensors.numpy import save_file
from torch import Tensor
from transformers import AutoModelForCausalLM, GgufConfig
from transformers.utils import logging

from backends.base import Learner
from backends.gguf_header import read_header
from backends.llama_cpp import adapter_file
from backends.llama_cpp.blocks import Blocks
from backends.llama_cpp.objective import divergence, imitation
from domain import Progress, Recipe, TrainingRow, content_hash
from errors import BadInput, ModelUnusable, Refused

# Every linear map of a block: with little data the choice of maps matters more than the rank.
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def learner(model: Path | None) -> Learner:
    """Loads the model, which takes seconds; raises ModelUnusable."""
    if model is None:
        raise ModelUnusable("No model is chosen; name one with --model.")
    return PeftLearner(model)


class PeftLearner:
    """Keeps one base model in memory and trains adapters on it, one after the other, each from the same beginning.

    Equal rows, anchors and recipe give equal files, byte for byte, on the same machine: rows go by content, never by
    arrival, and the seed is the recipe's. Blocks without adapter are computed once per text and remembered.
    """

    def __init__(self, model: Path) -> None:
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # a debugging aid that costs a pass over memory
        self._file = model
        self._architecture = read_header(model).architecture
        self._base_hash = adapter_file.sha256(model)
        self._model = _load(model)
        self._blocks = Blocks(self._model)
        self._streams: dict[tuple[int, int, tuple[int, ...]], Tensor] = {}

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        """One run; `out` then holds the PEFT and GGUF adapter and, written last, what binds them."""
        if not rows or not all(row.prompt_ids and row.target_ids for row in rows):
            raise BadInput("There is nothing to learn from: each row needs a prompt and a target.")
        if recipe.anchors_per_step and not anchors:
            raise BadInput("The recipe wants anchors, but there are none.")
        torch.set_num_threads(recipe.threads)
        first = self._blocks.count - math.ceil(recipe.upper_blocks * self._blocks.count)
        cut = self._blocks.cut(first)
        rows = sorted(rows, key=_row_hash)
        texts = sorted({tuple(anchor) for anchor in anchors}, key=content_hash)
        plan = list(_plan(len(rows), len(texts), recipe))
        self._remember(rows, [texts[i] for _, guards in plan for i in guards], cut)

        torch.manual_seed(recipe.seed)
        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            target_modules=list(PROJECTIONS),
            layers_to_transform=list(range(first, self._blocks.count)),
            base_model_name_or_path=self._file.name,
            task_type="CAUSAL_LM",
        )
        adapter = LoraModel(self._model, {"default": config}, "default")
        try:
            trained = {name: tensor for name, tensor in self._model.named_parameters() if tensor.requires_grad}
            optimiser = torch.optim.AdamW(trained.values(), weight_decay=0.0)  # too short a run for decay to matter
            began = time.monotonic()
            for step, (batch, guards) in enumerate(plan):
                for group in optimiser.param_groups:
                    group["lr"] = recipe.learning_rate * _pace(step, len(plan), recipe.warmup_share)
                loss = self._loss([rows[i] for i in batch], [texts[i] for i in guards], recipe.anchor_weight, cut)
                if not math.isfinite(loss.item()):
                    raise Refused("The training went astray: its loss is no number.")
                loss.backward()
                torch.nn.utils.clip_grad_norm_(trained.values(), recipe.clip_norm)
                optimiser.step()
                optimiser.zero_grad()
                per_step = (time.monotonic() - began) / (step + 1)
                yield Progress(step + 1, len(plan), loss.item(), per_step * (len(plan) - step - 1))
            if not all(torch.isfinite(tensor).all() for tensor in trained.values()):
                raise Refused("The training went astray: its weights are no finite numbers.")
            self._write(trained, config, recipe, out)
            adapter_file.verify(out)
        finally:
            self._model = adapter.unload()

    def _remember(self, rows: Sequence[TrainingRow], anchors: Sequence[tuple[int, ...]], cut: int) -> None:
        """The streams that enter block `cut`, and for anchors those that leave the last block of the base."""
        with torch.no_grad():
            for ids in (*map(_inputs, rows), *anchors):
                if (0, cut, ids) not in self._streams:
                    self._streams[0, cut, ids] = self._blocks.stream(self._blocks.embed(ids), 0, cut)
            for ids in anchors:
                if (cut, self._blocks.count, ids) not in self._streams:
                    entering = self._streams[0, cut, ids]
                    self._streams[cut, self._blocks.count, ids] = self._blocks.stream(entering, cut, self._blocks.count)

    def _loss(
        self, rows: Sequence[TrainingRow], anchors: Sequence[tuple[int, ...]], anchor_weight: float, cut: int
    ) -> Tensor:
        texts = [*map(_inputs, rows), *anchors]
        keep, start = [], 0
        for row in rows:
            keep.append(torch.arange(start + len(row.prompt_ids) - 1, start + len(_inputs(row))))
            start += len(_inputs(row))
        keep.append(torch.arange(start, start + sum(map(len, anchors))))
        logits = self._blocks.logits([self._streams[0, cut, ids] for ids in texts], cut, torch.cat(keep))
        targets = torch.tensor([token for row in rows for token in row.target_ids])
        weights = torch.tensor([row.weight for row in rows for _ in row.target_ids])
        loss = imitation(logits[: len(targets)], targets, weights)
        if not anchors:
            return loss
        count = self._blocks.count
        with torch.no_grad():
            # Head only: keeping streams instead of log-probabilities saves a vocabulary's width of memory per token.
            leaving = [self._streams[cut, count, ids] for ids in anchors]
            base = self._blocks.logits(leaving, count, torch.arange(sum(map(len, anchors))))
        return loss + anchor_weight * divergence(base, logits[len(targets) :])

    def _write(self, trained: dict[str, Tensor], config: LoraConfig, recipe: Recipe, out: Path) -> None:
        tensors = {
            f"base_model.model.{name.replace('.default.', '.')}": tensor.detach().numpy()
            for name, tensor in trained.items()
        }
        save_file(tensors, out / adapter_file.PEFT_FILE, metadata={"format": "pt"})
        config.save_pretrained(out)
        model = self._model.config
        shape = adapter_file.Shape(
            self._architecture, self._blocks.count, model.num_attention_heads, model.num_key_value_heads
        )
        adapter_file.to_gguf(tensors, shape, recipe.alpha, out / adapter_file.GGUF_FILE)
        libraries = {name: version(name) for name in ("gguf", "peft", "torch", "transformers")}
        base = {"file": self._file.name, "sha256": self._base_hash}
        adapter_file.bind(out, shape, {"base": base, "recipe": asdict(recipe), "libraries": libraries})


def _load(file: Path) -> Any:
    """The GGUF as a frozen float32 model; nothing is fetched."""
    logging.disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(
        file.parent,
        gguf_file=file.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.float32,
        local_files_only=True,
    )
    return model.requires_grad_(False).eval()


def _inputs(row: TrainingRow) -> tuple[int, ...]:
    """All but the last token, which is only predicted."""
    return (row.prompt_ids + row.target_ids)[:-1]


def _row_hash(row: TrainingRow) -> str:
    return content_hash([row.prompt_ids, row.target_ids, row.weight])


def _plan(rows: int, anchors: int, recipe: Recipe) -> Iterator[tuple[list[int], list[int]]]:
    """For each step the rows and the anchors in it: each epoch in a new order, in batches of even size."""
    generator = torch.Generator().manual_seed(recipe.seed)
    batches = math.ceil(rows / recipe.batch_rows)
    waiting: list[int] = []
    for _ in range(recipe.epochs):
        order = torch.randperm(rows, generator=generator).tolist()
        for batch in range(batches):
            while len(waiting) < recipe.anchors_per_step:
                waiting += torch.randperm(anchors, generator=generator).tolist()
            guards, waiting = waiting[: recipe.anchors_per_step], waiting[recipe.anchors_per_step :]
            yield order[batch::batches], guards


def _pace(step: int, steps: int, warmup_share: float) -> float:
    """Share of the full learning rate: a linear warm-up, then half a cosine down to nearly zero."""
    warmup = math.ceil(warmup_share * steps)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
