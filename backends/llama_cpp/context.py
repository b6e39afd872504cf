"""One llama.cpp context: a KV cache whose contents are known token by token."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as native

from backends.llama_cpp.abort import Abort
from backends.llama_cpp.weights import Weights
from errors import Trouble

AdapterId = tuple[str, int, int]
STEP_SECONDS = 0.35  # work between two yields: below the half second that base.Backend promises
SMALLEST_CHUNK = 16
LOGIT_ROWS = 64  # rows of a whole vocabulary each: 12 MiB for the bundled model, 64 MiB for the largest vocabularies
KV_TYPES = {"f16": native.GGML_TYPE_F16, "q8_0": native.GGML_TYPE_Q8_0}
PROBE = "How are you today?"
NOT_APPLIED = (
    "llama.cpp does not apply this adapter; roll back to another version, or install Homegrown's own llama.cpp."
)
GFLOPS_PER_THREAD = 38.0  # measured with the bundled model; only sizes the fixed chunk


@dataclass(frozen=True, slots=True)
class Saved:
    """A sequence taken out of the cache: its tokens and llama.cpp's own serialisation of their keys and values."""

    tokens: list[int]
    state: Any

    @property
    def size(self) -> int:
        return len(self.state)


def log_probability(logits: Any, token: int) -> float:
    top = logits.max()
    return float(logits[token] - top - np.log(np.exp(logits - top).sum(dtype=np.float64)))


def _never() -> bool:
    return False


class Stopped(Exception):
    """Raised by decode() when `cancel()` is true; the cache then holds what it held before."""


class Context:
    """`tokens` is what the KV cache holds, computed under `adapter`; both change only once llama.cpp has done it."""

    def __init__(
        self, weights: Weights, abort: Abort, size: int, batch: int, threads: int, flash: bool, kv_type: str = "f16"
    ) -> None:
        self._weights = weights
        self._abort = abort
        self.tokens: list[int] = []
        self.adapter: AdapterId | None = None
        params = native.llama_context_default_params()
        params.n_ctx = size
        params.n_batch = params.n_ubatch = self.batch = min(batch, size)
        params.n_outputs_max = min(LOGIT_ROWS, self.batch)  # without it llama.cpp reserves rows for the whole batch
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = (
            native.LLAMA_FLASH_ATTN_TYPE_ENABLED if flash else native.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
        params.type_k = params.type_v = KV_TYPES[kv_type]
        params.abort_callback = abort.callback
        params.abort_callback_data = abort.data
        self.handle: Any = native.llama_init_from_model(weights.model, params)
        if not self.handle:
            raise Trouble(
                f"There is not enough memory for a context of {size} tokens; "
                "choose a smaller model or close other programs."
            )
        self.size = int(native.llama_n_ctx(self.handle))
        self._memory: Any = native.llama_get_memory(self.handle)
        self._one = (native.llama_token * 1)()
        self._batch_of_one = native.llama_batch_get_one(self._one, 1)
        self._rate = 0.0  # prompt tokens per second, measured
        per_token = 2e-9 * weights.header.parameters  # one multiplication and one addition a weight
        self.fixed_chunk = self._chunk(GFLOPS_PER_THREAD * threads / max(per_token, 1e-9))

    def _chunk(self, rate: float) -> int:
        """Tokens that take STEP_SECONDS at `rate`, in multiples of the smallest chunk."""
        whole = int(rate * STEP_SECONDS) // SMALLEST_CHUNK * SMALLEST_CHUNK
        return max(min(whole, self.batch), SMALLEST_CHUNK)

    def use(self, adapter: AdapterId | None, in_use: set[AdapterId | None]) -> None:
        """Switch to another adapter; what the cache holds was computed by the old one and is dropped."""
        if adapter == self.adapter:
            return
        self.keep(0)
        self._apply(self._weights.adapter(adapter, in_use) if adapter else None)
        self.adapter = adapter

    def prove(self, in_use: set[AdapterId | None]) -> None:
        """Raises Trouble if the adapter in use does not change a probe's logits: it would serve in name only."""
        adapter, with_it = self.adapter, self._probed()
        self.use(None, in_use)
        without = self._probed()
        self.use(adapter, in_use)
        if np.array_equal(with_it, without):
            raise Trouble(NOT_APPLIED)

    def _apply(self, adapter: Any) -> None:
        handles = (native.llama_adapter_lora_p_ctypes * 1)(adapter) if adapter else None
        scales = (ctypes.c_float * 1)(1.0) if adapter else None
        if native.llama_set_adapters_lora(self.handle, handles, 1 if adapter else 0, scales):
            raise Trouble(NOT_APPLIED)

    def _probed(self) -> Any:
        ids = self._weights.tokenize(PROBE, start=True, control=False)
        for _ in self.extend(ids, True, _never):
            pass
        logits = self.logits().copy()
        self.keep(0)
        return logits

    def keep(self, count: int) -> None:
        """Forget all but the first `count` tokens (all of them where the architecture cannot forget a part)."""
        if count >= len(self.tokens):
            return
        if count and native.llama_memory_seq_rm(self._memory, 0, count, -1):
            del self.tokens[count:]
            return
        native.llama_memory_clear(self._memory, False)
        self.tokens.clear()

    def share(self, prompt: Sequence[int]) -> None:
        """Keep the longest common prefix with `prompt`, its last token excepted: that one must yield logits."""
        limit = min(len(self.tokens), len(prompt) - 1)
        common = next((i for i in range(limit) if self.tokens[i] != prompt[i]), limit)
        self.keep(common)

    def decode(self, batch: Any, tokens: Sequence[int], cancel: Callable[[], bool]) -> bool:
        """Run one batch; False if it was interrupted for somebody else's sake and must be repeated.

        The order matters: an interrupt that comes before `clear` has set what `cancel` sees, one that comes after
        is seen by llama.cpp.
        """
        self._abort.clear()
        if cancel():
            raise Stopped
        status = native.llama_decode(self.handle, batch)
        if status == 0:
            self.tokens.extend(tokens)
            return True
        native.llama_memory_seq_rm(self._memory, 0, len(self.tokens), -1)
        if status == 2:
            return False
        raise Trouble(f"llama.cpp could not go on (code {status}); start a new conversation or restart the engine.")

    def extend(self, prompt: Sequence[int], fixed: bool, cancel: Callable[[], bool]) -> Iterator[None]:
        """Read the rest of `prompt`, chunk by chunk, yielding between chunks. `fixed`: chunks that never vary."""
        while len(self.tokens) < len(prompt):
            size = self.fixed_chunk if fixed or not self._rate else self._chunk(self._rate)
            chunk = prompt[len(self.tokens) : len(self.tokens) + size]
            ids = (native.llama_token * len(chunk))(*chunk)
            began = time.perf_counter()
            done = self.decode(native.llama_batch_get_one(ids, len(chunk)), chunk, cancel)
            if done and len(chunk) == size:
                self._rate = size / (time.perf_counter() - began)
            if len(self.tokens) < len(prompt):
                yield

    def append(self, token: int, cancel: Callable[[], bool]) -> bool:
        self._one[0] = token
        return self.decode(self._batch_of_one, (token,), cancel)

    def logits(self, row: int = -1) -> Any:
        """One row of logits of the last batch, as a numpy view that the next batch overwrites."""
        return np.ctypeslib.as_array(native.llama_get_logits_ith(self.handle, row), (self._weights.vocabulary,))

    def score(self, head: Any, targets: Sequence[int]) -> Iterator[list[float] | None]:
        """Log-probabilities (nat) of `targets`, the first one under the logits `head`: those after the cached tokens.

        Yields None between chunks, and the list last; the cache then ends with the targets, bar the last one.
        """
        scores = [log_probability(head, token) for token in targets[:1]]
        step = min(self.fixed_chunk, LOGIT_ROWS)
        for start in range(0, len(targets) - 1, step):
            chunk = targets[start : min(start + step, len(targets) - 1)]
            batch = native.llama_batch_init(len(chunk), 0, 1)
            try:
                batch.n_tokens = len(chunk)
                for i, token in enumerate(chunk):
                    batch.token[i], batch.pos[i] = token, len(self.tokens) + i
                    batch.n_seq_id[i], batch.seq_id[i][0], batch.logits[i] = 1, 0, 1
                while not self.decode(batch, chunk, _never):
                    yield None
            finally:
                native.llama_batch_free(batch)
            scores += [log_probability(self.logits(i), targets[start + 1 + i]) for i in range(len(chunk))]
            yield None
        yield scores

    def save(self) -> Saved:
        size = native.llama_state_seq_get_size(self.handle, 0)
        state = (ctypes.c_uint8 * size)()
        written = native.llama_state_seq_get_data(self.handle, state, size, 0)
        return Saved(list(self.tokens) if written else [], state)

    def restore(self, saved: Saved) -> None:
        self.keep(0)
        if saved.tokens and native.llama_state_seq_set_data(self.handle, saved.state, len(saved.state), 0):
            self.tokens = list(saved.tokens)

    def close(self) -> None:
        native.llama_free(self.handle)
