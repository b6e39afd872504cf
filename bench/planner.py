"""Holds the planner's promises to what processes really take: `python -m bench.planner --json FILE`.

Serves and teaches for a few steps, once the bundled model and once a synthetic Llama of a billion parameters in Q4_0
with random weights, which says nothing about quality and everything about memory.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import psutil

from backends.base import GREEDY
from backends.catalog import BUNDLED, find
from backends.engine import Engine, ServeOptions
from backends.footprint import MIB, kv_bytes, learn_bytes, shown_bytes
from backends.gguf_header import read_header
from backends.hardware import inspect_machine, serve_options
from backends.learner import LearnerProcess
from backends.shape import Shape, shape_of
from bench.machine import circumstances
from bench.result import Goal, publish
from domain import TrainingRow
from personalization.recipe import recipe_for

WITHIN = 0.15
LEARNER_MOST = 1.5 * (1 << 30)  # bytes, the bundled model
CONTEXT, CHAT, PROMPT, REPLY, ANCHOR = 4096, 300, 60, 60, 65  # tokens
LESSONS, ROWS = 4, 2
LOOK_SECONDS = 0.01
START_SECONDS = 900.0
BLOCKS, WIDTH, HEADS, KEY_HEADS, FEED_FORWARD, VOCABULARY = 16, 2048, 32, 8, 8192, 32_000  # about Llama 3.2 1B


@dataclass(frozen=True, slots=True)
class Held:
    """What was promised and what was seen, in bytes."""

    what: str
    promised: int
    peak: int

    @property
    def off(self) -> float:
        return self.peak / self.promised - 1

    def goal(self) -> Goal:
        off = round(self.off, 3)
        return Goal(f"{self.what}: measured against promised", off, f"within {WITHIN:.0%}", abs(off) <= WITHIN)


def write_llama(file: Path, seed: int = 0) -> None:
    """A Llama of a billion parameters, random, in Q4_0; its tokens are bytes and numbers."""
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    writer.add_context_length(8192)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(BLOCKS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(500_000.0)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    letters = [chr(code) for code in (*range(33, 127), *range(161, 173), *range(174, 256))]
    letters += [chr(256 + offset) for offset in range(256 - len(letters))]  # gpt2's letters for bytes without one
    writer.add_token_list([*letters, *(f"<{number}>" for number in range(VOCABULARY - len(letters)))])
    writer.add_token_types([gguf.TokenType.NORMAL] * VOCABULARY)
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(VOCABULARY - 2)
    writer.add_eos_token_id(VOCABULARY - 1)
    writer.add_chat_template("{% for message in messages %}{{ message.content }}{% endfor %}")
    draw = np.random.default_rng(seed)
    keys = WIDTH * KEY_HEADS // HEADS
    _add_packed(writer, draw, "token_embd.weight", VOCABULARY, WIDTH)
    for block in range(BLOCKS):
        for name, rows, columns in (
            ("attn_q", WIDTH, WIDTH),
            ("attn_k", keys, WIDTH),
            ("attn_v", keys, WIDTH),
            ("attn_output", WIDTH, WIDTH),
            ("ffn_gate", FEED_FORWARD, WIDTH),
            ("ffn_up", FEED_FORWARD, WIDTH),
            ("ffn_down", WIDTH, FEED_FORWARD),
        ):
            _add_packed(writer, draw, f"blk.{block}.{name}.weight", rows, columns)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{block}.{name}.weight", np.ones(WIDTH, dtype=np.float32))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_packed(writer: Any, draw: np.random.Generator, name: str, rows: int, columns: int) -> None:
    """Q4_0: blocks of 32 weights, a half-precision scale and then 16 bytes of two weights each."""
    blocks = draw.integers(0, 256, size=(rows, columns // 32, 18), dtype=np.uint8)
    blocks[:, :, :2] = np.frombuffer(np.float16(0.006).tobytes(), dtype=np.uint8)
    writer.add_tensor(name, blocks.reshape(rows, -1), raw_dtype=gguf.GGMLQuantizationType.Q4_0)


@contextmanager
def peak_of(memory: Any) -> Iterator[list[int]]:
    """The largest of what `memory()` returns while the block runs, as the only item of a list."""
    seen, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            seen[0] = max(seen[0], memory())

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def serving(name: str, model: Path, quantisation: str, shape: Shape, folder: Path) -> Held:
    """A chat, an exam and a second chat through the engine, in a context of a size that is full of promise."""
    machine = inspect_machine()
    sized = serve_options(machine, shape.context, shape.bytes)
    options: ServeOptions = replace(sized, context=CONTEXT, threads=1, kv_budget=256 * MIB, model_hash="bench")
    ids = _ids(shape, CHAT, seed=1)
    few = replace(GREEDY, max_tokens=2)
    with closing(Engine("llama_cpp", model, options, folder / f"{name}.json", folder / f"{name}.log")) as engine:
        engine.start()
        engine.wait_ready(START_SECONDS)
        with peak_of(lambda: engine.status().memory_bytes) as peak:
            for key in ("first", "second"):
                for _ in engine.stream(ids, few, None, key=key, cancel=threading.Event()):
                    pass
            engine.score(ids[:40], [ids[40:80]], None)
    waiting = kv_bytes(shape, CHAT)  # of the first chat, while the second one is on
    # Where its faster code crashes, the engine falls back to safe mode, which repacks nothing.
    repacking = "" if engine.status().safe_mode else quantisation
    return Held(f"serving, {name}", shown_bytes(shape, CONTEXT, repacking, waiting=waiting), peak[0])


def teaching(name: str, model: Path, shape: Shape, folder: Path) -> Held:
    rows = [
        TrainingRow(tuple(_ids(shape, PROMPT, seed=2 * n)), tuple(_ids(shape, REPLY, seed=2 * n + 1)), 1.0)
        for n in range(LESSONS)
    ]
    recipe = replace(recipe_for(shape.parameters, LESSONS, threads=1), epochs=1, batch_rows=ROWS)
    out = folder / f"{name}-adapter"
    out.mkdir()
    with closing(LearnerProcess("llama_cpp", model, folder / f"{name}-learner.log")) as learner:
        began = time.monotonic()
        with peak_of(learner.memory_bytes) as peak:
            for progress in learner.train(rows, [_ids(shape, ANCHOR, seed=99)], recipe, out):
                print(f"{name}: step {progress.step} after {time.monotonic() - began:.0f} s", file=sys.stderr)
    promised = learn_bytes(shape, ROWS, PROMPT + REPLY, reply_tokens=REPLY)
    return Held(f"teaching, {name}", promised, peak[0])


def _ids(shape: Shape, count: int, seed: int) -> list[int]:
    draw = random.Random(seed)
    return [draw.randrange(100, shape.vocabulary - 100) for _ in range(count)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.planner", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--only", choices=("bundled", "billion"), help="only one of the two models")
    arguments = parser.parse_args()
    about = circumstances()
    held: list[Held] = []
    with tempfile.TemporaryDirectory(prefix="homegrown-bench-") as place:
        folder = Path(place)
        models = {"bundled": find(BUNDLED.name)[0], "billion": folder / "billion.gguf"}
        for name in [arguments.only] if arguments.only else list(models):
            if name == "billion":
                write_llama(models[name])
            header = read_header(models[name])
            shape = shape_of(header)
            held.append(serving(name, models[name], header.quantisation, shape, folder))
            held.append(teaching(name, models[name], shape, folder))
            for one in held[-2:]:
                print(
                    f"{one.what}: promised {one.promised / MIB:.0f} MiB, peak {one.peak / MIB:.0f} MiB, {one.off:+.1%}"
                )
    goals = [one.goal() for one in held]
    for one in held:
        if one.what == "teaching, bundled":
            goals.append(
                Goal("learner's peak, bytes", one.peak, f"at most {LEARNER_MOST:.0f}", one.peak <= LEARNER_MOST)
            )
    figures = [{"what": one.what, "promised": one.promised, "peak": one.peak} for one in held]
    memory = psutil.virtual_memory().total
    return publish({**about, "total_memory": memory, "held": figures}, goals, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
