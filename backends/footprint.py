"""How much memory serving and teaching a model take, and how long both last: formulas, no measurements of their own.

Where a constant was measured, it was on SmolLM2-135M (2 cores, Linux, bench/planner.py); the same bench holds the
formulas to a synthetic model of a billion parameters. Sizes in bytes, times in seconds.
"""

from __future__ import annotations

import math

from backends.shape import Shape

MIB = 1 << 20

# Serving with llama.cpp
SERVE_RUNTIME = 60 * MIB  # Python, numpy, llama.cpp and the token texts; measured 45 before a model is loaded
SPARE_TOKENS = 1024  # the context of exams and of replies outside any conversation, beside that of the chat
LOGIT_ROWS = 64  # rows of a whole vocabulary that a context reserves (llama_cpp/context.py)
BATCH = 512  # tokens computed at once; their activations are the compute buffer
KV_BYTES = {"f16": 2.0, "q8_0": 34 / 32}  # per number; a block of q8_0 holds 32 numbers in 34 bytes (ggml-common.h)
# Shares of a file that llama.cpp writes anew for the processor, by quantisation. Q4_0 was measured; of a Q4_K_M file of
# 2382 MiB with 576 MiB of keys and values somebody saw a peak of 4786 (index 67324780760 of models.json's source).
REPACKED = {"Q4_0": 0.94, "IQ4_NL": 0.94, "Q4_K_S": 0.75, "Q4_K_M": 0.75}
KV_UNKNOWN = 160 << 10  # bytes a token, where the shape is unknown: above every catalogued model below 10B (8B: 147456)

# Teaching with PyTorch, in float32
LEARN_RUNTIME = 348 * MIB  # Python with torch, transformers and peft; measured
LEARN_SLACK = 70 * MIB  # measured: buffers of the libraries once a model is loaded and a step is done
TRAINED_SHARE = 0.5  # of the blocks carry an adapter (personalization/recipe.py)
RANK = 8  # of the adapters, likewise
ADAPTER_COPIES = 4  # weights, gradients and Adam's two moments
LOGIT_COPIES = 3.3  # of a step's logits that live at once; measured
ANCHOR_TOKENS = 80  # of the general text in each step; the longest one bundled has 75
STREAM_TOKENS = 15_000  # remembered residual streams: 50 lessons of 300 tokens

# Teaching with MLX, on the weights as they are served
PACKED_BYTES = 4.5 / 8  # per parameter: 4 bits, and 32 bits of scale and bias for each group of 64 (mlx.core.quantize)
HALF_BYTES = 2  # per parameter, of GGUF types that MLX has no form for (mlx/convert.py)
MLX_RUNTIME = 300 * MIB  # not measured on a Mac

# A night of 16 corrections
NIGHT_ROW_TOKENS = 120  # of such a correction with its question
NIGHT_STEPS = 32 * 5  # optimiser steps: four folds and the final run (recipe.FEWEST_STEPS, dataset.folds)
NIGHT_FIXED = 60.0  # seconds: loading, converting adapters, and the steps in between that no processor shortens
EXAM_TOKENS = 33_000  # read or written by the exam; from a measured night: 112 s at 81 GFLOP/s


def kv_bytes(shape: Shape, tokens: int, kind: str = "f16") -> int:
    """Keys and values of so many tokens: two numbers for each block, key head and place of a head."""
    if not shape.known:
        return int(tokens * KV_UNKNOWN * KV_BYTES[kind] / KV_BYTES["f16"])
    return int(2 * tokens * shape.blocks * shape.key_heads * shape.head_width * KV_BYTES[kind])


def serve_bytes(shape: Shape, context: int, kind: str = "f16", *, waiting: int = 0) -> int:
    """Of the engine process with one chat context of so many tokens; `waiting`: caches of chats set aside.

    The file is counted once: what it takes to work. The process may show more, see `shown_bytes`.
    """
    contexts = kv_bytes(shape, context, kind) + kv_bytes(shape, min(SPARE_TOKENS, context), kind)
    logits = 2 * LOGIT_ROWS * (shape.vocabulary or 150_000) * 4
    compute = 2 * BATCH * (2 * shape.feed_forward + 4 * shape.width) * 4
    return SERVE_RUNTIME + shape.bytes + contexts + logits + compute + waiting


def shown_bytes(shape: Shape, context: int, quantisation: str, kind: str = "f16", *, waiting: int = 0) -> int:
    """What the system shows for the engine process on a processor: with the pages of the file that were repacked.

    They are a copy of what is on disk, which the system takes back as soon as something else wants memory.
    """
    repacked = int(REPACKED.get(quantisation, 0.0) * shape.bytes)
    return serve_bytes(shape, context, kind, waiting=waiting) + repacked


def adapter_parameters(shape: Shape) -> int:
    """Of a LoRA on all seven linear maps of the taught blocks: rank times inputs and outputs of each."""
    queries, keys = shape.heads * shape.head_width, shape.key_heads * shape.head_width
    ends = 2 * (shape.width + queries) + 2 * (shape.width + keys) + 3 * (shape.width + shape.feed_forward)
    return RANK * ends * _taught(shape)


def learn_bytes(shape: Shape, rows: int, row_tokens: int, *, reply_tokens: int, packed: bool = False) -> int:
    """The learner's peak when each step reads `rows` lessons of at most `row_tokens`, of which `reply_tokens` count.

    In a taught block each token keeps about 10 numbers for each of its width, 5 of the feed-forward layer and 2 of
    keys and values until the gradient comes back; fitted to five measured peaks, all within 5 %.
    """
    tokens = rows * row_tokens + ANCHOR_TOKENS
    kept = rows * min(reply_tokens, row_tokens) + ANCHOR_TOKENS
    numbers = 10 * shape.width + 5 * shape.feed_forward + 2 * shape.key_heads * shape.head_width
    activations = 4 * tokens * _taught(shape) * numbers
    logits = int(LOGIT_COPIES * 4 * kept * shape.vocabulary)
    adapter = 4 * ADAPTER_COPIES * adapter_parameters(shape)
    streams = 4 * STREAM_TOKENS * shape.width
    fixed = _weights(shape, packed) + (MLX_RUNTIME if packed else LEARN_RUNTIME)
    loading = 0 if packed else 2 * 4 * shape.vocabulary * shape.width  # the largest tensor, unpacked and copied
    return fixed + LEARN_SLACK + max(loading, activations + logits + adapter + streams)


def night_seconds(shape: Shape, flops: float) -> float:
    """Of a night of 16 corrections at `flops` a second: training runs and exam, without finding a learning rate.

    A linear map costs two operations a weight forwards, and two more backwards as its own weight is frozen.
    """
    head = shape.vocabulary * shape.width
    blocks = max(shape.parameters - head, 0)
    read = 2 * NIGHT_ROW_TOKENS + ANCHOR_TOKENS
    kept = NIGHT_ROW_TOKENS + ANCHOR_TOKENS
    step = 4 * TRAINED_SHARE * blocks * read + 4 * head * kept
    return NIGHT_FIXED + (NIGHT_STEPS * step + EXAM_TOKENS * 2 * shape.active) / flops


def _weights(shape: Shape, packed: bool) -> int:
    return shape.bytes if packed else 4 * shape.parameters


def _taught(shape: Shape) -> int:
    return math.ceil(TRAINED_SHARE * shape.blocks)
