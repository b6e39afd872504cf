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
from backends.curriculum import Part, Spoken, batches, check, pace, parts, rejected, target, texts, weights
from backends.gguf_header import read_header
from backends.llama_cpp import adapter_file
from backends.llama_cpp.blocks import Blocks
from backends.llama_cpp.objective import contrast, divergence, imitation, log_probabilities
from domain import Progress, Recipe, TrainingRow
from errors import ModelUnusable, Refused

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
    arrival, and the seed is the recipe's. Blocks without adapter are computed once per text and remembered, and so are
    the base model's log-probabilities, which pairs and thumbs are measured from.
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
        self._reference: dict[tuple[int, Spoken], Tensor] = {}

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        """One run; `out` then holds the PEFT and GGUF adapter and, written last, what binds them."""
        check(rows, anchors, recipe)
        torch.set_num_threads(recipe.threads)
        first = self._blocks.count - math.ceil(recipe.upper_blocks * self._blocks.count)
        cut = self._blocks.cut(first)
        steps = batches(rows, anchors, recipe)
        self._remember(
            [row for batch, _ in steps for row in batch], [ids for _, guards in steps for ids in guards], cut
        )

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
            for step, (batch, guards) in enumerate(steps):
                for group in optimiser.param_groups:
                    group["lr"] = recipe.learning_rate * pace(step, len(steps), recipe.warmup_share)
                loss = 0.0
                for part in parts(batch, guards, recipe):
                    share = self._loss(part, recipe, cut)
                    share.backward()
                    loss += share.item()
                if not math.isfinite(loss):
                    raise Refused("The training went astray: its loss is no number.")
                torch.nn.utils.clip_grad_norm_(trained.values(), recipe.clip_norm)
                optimiser.step()
                optimiser.zero_grad()
                per_step = (time.monotonic() - began) / (step + 1)
                yield Progress(step + 1, len(steps), loss, per_step * (len(steps) - step - 1))
            if not all(torch.isfinite(tensor).all() for tensor in trained.values()):
                raise Refused("The training went astray: its weights are no finite numbers.")
            self._write(trained, config, recipe, out)
            adapter_file.verify(out)
        finally:
            self._model = adapter.unload()

    def _remember(self, rows: Sequence[TrainingRow], anchors: Sequence[tuple[int, ...]], cut: int) -> None:
        """What does not change in training: the streams that enter block `cut`, and what the base makes of them.

        Of anchors that is the stream that leaves the last block, of contrasted completions their log-probabilities.
        """
        count = self._blocks.count
        with torch.no_grad():
            for ids in (*(text.inputs for row in rows for text in texts(row)), *anchors):
                if (0, cut, ids) not in self._streams:
                    self._streams[0, cut, ids] = self._blocks.stream(self._blocks.embed(ids), 0, cut)
            for ids in anchors:
                if (cut, count, ids) not in self._streams:
                    self._streams[cut, count, ids] = self._blocks.stream(self._streams[0, cut, ids], cut, count)
            for text in (text for row in rows if row.contrast for text in texts(row)):
                if (cut, text) not in self._reference:
                    self._reference[cut, text] = self._log_probs([text], (), cut)[0][text].mean()

    def _log_probs(
        self, spoken: Sequence[Spoken], anchors: Sequence[tuple[int, ...]], cut: int
    ) -> tuple[dict[Spoken, Tensor], Tensor]:
        """(each completion's log-probabilities, logits of all tokens of the anchors) in one pass."""
        keep, start = [], 0
        for text in spoken:
            keep.append(torch.arange(start + len(text.prompt) - 1, start + len(text.inputs)))
            start += len(text.inputs)
        keep.append(torch.arange(start, start + sum(map(len, anchors))))
        streams = [self._streams[0, cut, ids] for ids in (*(text.inputs for text in spoken), *anchors)]
        logits = self._blocks.logits(streams, cut, torch.cat(keep))
        targets = torch.tensor([token for text in spoken for token in text.completion])
        lengths = [len(text.completion) for text in spoken]
        found = log_probabilities(logits[: len(targets)], targets).split(lengths)
        return dict(zip(spoken, found, strict=True)), logits[len(targets) :]

    def _loss(self, part: Part, recipe: Recipe, cut: int) -> Tensor:
        """What a part adds to the loss of its step."""
        rows, anchors = part.rows, part.anchors
        spoken = list(dict.fromkeys(text for row in rows for text in texts(row)))  # siblings share their target
        log_probs, adapted = self._log_probs(spoken, anchors, cut)
        terms = []
        lessons = [row for row in rows if not row.refusal]
        if targets := [row for row in lessons if row.target_ids]:
            weighed = torch.tensor([weight for row in targets for weight in weights(row, recipe.kept_weight)])
            said = torch.cat([log_probs[target(row)] for row in targets])
            terms.append(len(said) / part.tokens * imitation(said, weighed))
        for row in lessons:
            if row.contrast:
                chosen, other = (
                    log_probs[text].mean() - self._reference[cut, text] if text.completion else None
                    for text in (target(row), rejected(row))
                )
                terms.append(row.contrast / part.lessons * contrast(chosen, other, recipe))
        if refusals := [row for row in rows if row.refusal]:
            said = torch.cat([log_probs[target(row)] for row in refusals])
            terms.append(imitation(said, torch.full_like(said, recipe.refusal_weight)))
        if anchors:
            with torch.no_grad():
                # Head only: keeping streams instead of log-probabilities saves a vocabulary's width of memory per token
                leaving = [self._streams[cut, self._blocks.count, ids] for ids in anchors]
                base = self._blocks.logits(leaving, self._blocks.count, torch.arange(len(adapted)))
            terms.append(recipe.anchor_weight * divergence(base, adapted))
        return torch.stack(terms).sum()

    def _write(self, trained: dict[str, Tensor], config: LoraConfig, recipe: Recipe, out: Path) -> None:
        tensors = {
            f"base_model.model.{name.replace('.default.', '.')}": tensor.detach().numpy()
            for name, tensor in trained.items()
        }
        save_file(tensors, out / adapter_file.PEFT_FILE, metadata={"format": "pt"})
        config.target_modules = sorted(PROJECTIONS)  # PEFT makes a set of it, whose order changes with the process
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
