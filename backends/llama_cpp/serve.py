"""Serves a GGUF model with llama.cpp's low-level interface. Lives in the engine process."""

from __future__ import annotations

import codecs
import ctypes
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llama_cpp import llama_cpp as native

from backends.base import BackendInfo, Piece, Sampling
from backends.catalog import hash_file
from backends.llama_cpp.abort import Abort
from backends.llama_cpp.context import AdapterId, Context, Saved, Stopped
from backends.llama_cpp.grammar import GrammarSampler
from backends.llama_cpp.sampler import Sampler
from backends.llama_cpp.weights import Weights
from backends.wording import Wording
from domain import Finish, Message, Speeds
from errors import BadInput

if TYPE_CHECKING:
    from backends.engine import ServeOptions

ERROR_LEVEL = 4  # ggml.h: 1 debugging, 2 information, 3 warning, 4 error
SMALLEST_SPARE = 1024  # tokens; the spare context doubles from here as far as it must

CacheKey = tuple[str, AdapterId | None]


def log_errors(level: int, text: bytes, interrupted: int | None) -> None:
    """Errors go to stderr, the rest nowhere; an interruption, which llama.cpp counts as an error, is what we wanted."""
    if level == ERROR_LEVEL and not (interrupted and ctypes.string_at(interrupted, 1) == b"\1"):
        sys.stderr.write(text.decode(errors="replace"))


LOG = native.llama_log_callback(log_errors)  # here, as llama.cpp keeps the pointer for as long as the process lives


def load(model: Path, options: ServeOptions) -> LlamaCpp:
    return LlamaCpp(model, options, options.model_hash or hash_file(model))


class LlamaCpp:
    """base.Backend over llama.cpp. One thread uses it; only `interrupt` may be called from another.

    Chats share one context: the cache of the chat that is not on it waits in memory, least recently used first out.
    `stream` without a key and `score` work in a spare context of their own, always with batches of the same size, so
    that the same input gives the same bits and the chats keep their caches.
    """

    def __init__(self, model: Path, options: ServeOptions, model_hash: str) -> None:
        self._abort = Abort(native.ggml_abort_callback)
        native.llama_log_set(LOG, self._abort.data)
        native.llama_backend_init()
        self._options = options
        self._model_hash = model_hash
        self._weights = Weights(model, extra_buffers=not options.safe_mode, gpu_layers=options.gpu_layers)
        self._wording = Wording(self._weights, self._weights.header.template)
        self._chat = self._context(min(options.context, self._weights.header.context_length))
        self._chat_key: CacheKey | None = None
        self._waiting: OrderedDict[CacheKey, Saved] = OrderedDict()
        self._proved: set[AdapterId | None] = {None}  # adapters that were seen to change what the model says
        self._spares: list[Context] = []
        self._lent: list[Context] = []

    def _context(self, size: int) -> Context:
        options = self._options
        flash = options.flash_attention
        return Context(self._weights, self._abort, size, options.batch, options.threads, flash, options.kv_type)

    # Text to tokens

    def encode(self, messages: Sequence[Message]) -> list[int]:
        return self._wording.encode(messages)

    def encode_reply(self, messages: Sequence[Message], reply: str) -> list[int]:
        return self._wording.encode_reply(messages, reply)

    def encode_text(self, text: str) -> list[int]:
        return self._wording.encode_text(text)

    # Tokens to text

    def stream(
        self,
        prompt_ids: Sequence[int],
        sampling: Sampling,
        adapter: Path | None,
        cancel: Callable[[], bool],
        key: str | None,
    ) -> Iterator[Piece]:
        """Pieces of the reply; no text while the prompt is read. Raises BadInput if it does not fit the context."""
        began = time.perf_counter()
        self._must_fit(len(prompt_ids), 1)
        adapter_id = self._weights.adapter_id(adapter) if adapter else None
        sampler = self._sampler(sampling)
        try:
            if key is not None:
                self._bring(key, adapter_id)
                yield from self._reply(self._chat, prompt_ids, sampling, sampler, cancel, began, fixed=False)
                return
            room = min(len(prompt_ids) + sampling.max_tokens, self._chat.size)
            with self._spare(room, adapter_id) as context:
                yield from self._reply(context, prompt_ids, sampling, sampler, cancel, began, fixed=True)
        finally:
            sampler.close()

    def _sampler(self, sampling: Sampling) -> Sampler | GrammarSampler:
        sampler = Sampler(sampling, self._weights.vocabulary)
        return GrammarSampler(sampler, sampling.grammar, self._weights) if sampling.grammar else sampler

    def _reply(
        self,
        context: Context,
        prompt: Sequence[int],
        sampling: Sampling,
        sampler: Sampler | GrammarSampler,
        cancel: Callable[[], bool],
        began: float,
        fixed: bool,
    ) -> Iterator[Piece]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        first = last = 0.0
        count = 0
        finish: Finish = "length"
        room = min(sampling.max_tokens, self._chat.size - len(prompt))
        try:
            context.share(prompt)
            for _ in context.extend(prompt, fixed, cancel):
                yield Piece("", read=len(context.tokens) / len(prompt))
            while True:
                token = sampler.next(context.handle)
                last = time.perf_counter()
                first = first or last
                if token in self._weights.ends:
                    finish = "stop"
                    break
                count += 1
                yield Piece(decoder.decode(self._weights.piece(token)))
                if count >= room:
                    break
                while not context.append(token, cancel):
                    yield Piece("")
        except Stopped:
            finish = "stopped"
        ended = time.perf_counter()
        steps = count if finish == "stop" else count - 1  # tokens drawn after the first one
        speed = steps / (last - first) if steps > 0 and last > first else 0.0
        speeds = Speeds((first or ended) - began, len(prompt), count, speed)
        yield Piece(decoder.decode(b"", final=True), finish, speeds)

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> Iterator[list[list[float]] | None]:
        """None between steps, last one list per completion. After an empty prompt the first token has no score:

        the list then begins with the second token. Raises BadInput if prompt and completion do not fit the context.
        """
        need = len(prompt_ids) + max((len(c) for c in completions), default=0)
        self._must_fit(need, 0)
        adapter_id = self._weights.adapter_id(adapter) if adapter else None
        scores: list[list[float]] = []
        with self._spare(need, adapter_id) as context:
            head: Any = None
            for completion in completions:
                begin, targets = (prompt_ids, completion) if prompt_ids else (completion[:1], completion[1:])
                if not targets:
                    scores.append([])
                    continue
                context.keep(len(begin) if head is not None and prompt_ids else 0)
                if len(context.tokens) < len(begin):
                    for _ in context.extend(begin, True, lambda: False):
                        yield None
                    head = context.logits().copy()
                for result in context.score(head, targets):
                    if result is None:
                        yield None
                    else:
                        scores.append(result)
        yield scores

    def _must_fit(self, tokens: int, reply: int) -> None:
        if tokens + reply > self._chat.size:
            raise BadInput(
                f"That is {tokens} tokens of text, but the model's context holds {self._chat.size}; "
                "shorten the message or start a new conversation."
            )
        if reply and not tokens:
            raise BadInput("There is nothing to answer; write a message first.")

    # Caches

    def _bring(self, key: str, adapter: AdapterId | None) -> None:
        """Put the cache of `key` under `adapter` on the chat context; the one that was there waits in memory."""
        wanted = (key, adapter)
        if wanted == self._chat_key:
            return
        if self._chat_key is not None and self._chat.tokens:
            self._waiting[self._chat_key] = self._chat.save()
        self._chat_key = None
        self._chat.keep(0)
        self._chat.use(adapter, self._adapters_in_use())
        if adapter not in self._proved:
            self._chat.prove(self._adapters_in_use())
            self._proved.add(adapter)
        if wanted in self._waiting:
            self._chat.restore(self._waiting.pop(wanted))
        self._chat_key = wanted
        while self._waiting and sum(saved.size for saved in self._waiting.values()) > self._options.kv_budget:
            self._waiting.popitem(last=False)

    def drop(self, prefix: str) -> None:
        """Forget the caches whose key begins with `prefix`."""
        for key in [key for key in self._waiting if key[0].startswith(prefix)]:
            del self._waiting[key]
        if self._chat_key is not None and self._chat_key[0].startswith(prefix):
            self._chat.keep(0)
            self._chat_key = None

    @contextmanager
    def _spare(self, need: int, adapter: AdapterId | None) -> Iterator[Context]:
        """An empty context with room for `need` tokens, for one job alone; kept for the next one."""
        size = SMALLEST_SPARE
        while size < need:
            size *= 2
        context = next((spare for spare in self._spares if spare.size >= size), None)
        if context is not None:
            self._spares.remove(context)
        else:
            context = self._context(min(size, max(self._chat.size, SMALLEST_SPARE)))
        self._lent.append(context)
        try:
            context.keep(0)
            context.use(adapter, self._adapters_in_use())
            yield context
        finally:
            self._lent.remove(context)
            self._spares.append(context)
            self._spares.sort(key=lambda spare: spare.size)
            for small in self._spares[:-1]:
                self._spares.remove(small)
                small.close()

    def _adapters_in_use(self) -> set[AdapterId | None]:
        return {context.adapter for context in (self._chat, *self._spares, *self._lent)}

    # Around it

    def interrupt(self) -> None:
        """Break off what is being computed now; from any thread. Set what `cancel` looks at before.

        A stream whose `cancel` is true ends within a few milliseconds; any other work is repeated and ends as it would.
        """
        self._abort.set()

    def info(self) -> BackendInfo:
        header, options = self._weights.header, self._options
        return BackendInfo(
            backend="llama_cpp",
            version=f"llama-cpp-python {version('llama-cpp-python')}",
            model=self._weights.path.name,
            architecture=header.architecture,
            quantisation=header.quantisation,
            model_hash=self._model_hash,
            context=self._chat.size,
            blocks=header.blocks,
            threads=options.threads,
            flash_attention=options.flash_attention,
            safe_mode=options.safe_mode,
        )

    def close(self) -> None:
        for context in (self._chat, *self._spares, *self._lent):
            context.close()
        self._waiting.clear()
        self._spares.clear()
        self._lent.clear()
        self._weights.close()
        native.llama_log_set(LOG, ctypes.c_void_p(0))  # the flag may be gone when llama.cpp next speaks
