"""Serves a model with MLX. Lives in the engine process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.base import BackendInfo, Piece, Sampling
from backends.catalog import hash_file
from backends.mlx.context import Context, Stopped
from backends.mlx.convert import convert
from backends.mlx.sampler import Sampler
from backends.mlx.weights import AdapterId, Weights
from backends.wording import Wording
from domain import Finish, Message, Speeds
from errors import BadInput, ModelUnusable

if TYPE_CHECKING:
    from backends.engine import ServeOptions

CacheKey = tuple[str, AdapterId | None]


def load(model: Path, options: ServeOptions) -> Mlx:
    """A folder in MLX's format, or a GGUF file: that one is converted once, into the folder `options.converted`."""
    if model.is_dir():
        return Mlx(model, options, model.name, options.model_hash or "")
    if options.converted is None:
        raise ModelUnusable(f"{model.name} is no folder in MLX's format; choose a model in that format.")
    found, folder = options.model_hash or hash_file(model), Path(options.converted)
    convert(model, found, folder)
    return Mlx(folder, options, model.name, found)


class Mlx:
    """base.Backend over mlx-lm's models. One thread uses it; only `interrupt` may be called from another.

    Each chat has a KV cache of its own in memory; the least recently used go when they exceed the budget. `stream`
    without a key and `score` work on a fresh one, always in chunks of the same size, so that the same input gives
    the same bits.
    """

    def __init__(self, folder: Path, options: ServeOptions, name: str, model_hash: str) -> None:
        self._options = options
        self._name = name
        self._model_hash = model_hash
        self._weights = Weights(folder, safe=options.safe_mode)
        self._words = self._weights.vocabulary
        self._wording = Wording(self._words, self._words.template)
        self._size = min(options.context, self._weights.header.context_length or options.context)
        self._chats: OrderedDict[CacheKey, Context] = OrderedDict()

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
        context = self._context(adapter) if key is None else self._chat(key, adapter)
        room = min(sampling.max_tokens, self._size - len(prompt_ids))
        try:
            yield from self._reply(context, prompt_ids, room, Sampler(sampling), cancel, began)
        finally:
            self._make_room()

    def _reply(
        self,
        context: Context,
        prompt: Sequence[int],
        room: int,
        sampler: Sampler,
        cancel: Callable[[], bool],
        began: float,
    ) -> Iterator[Piece]:
        speech = self._words.speech()
        first = last = 0.0
        count = 0
        finish: Finish = "length"
        try:
            context.share(prompt)
            logits: Any = None
            for logits in context.read(prompt, cancel):
                if logits is None:
                    yield Piece("", read=len(context.tokens) / len(prompt))
            while True:
                token = sampler.next(logits)
                last = time.perf_counter()
                first = first or last
                if token in self._words.ends:
                    finish = "stop"
                    break
                count += 1
                yield Piece(speech.piece(token))
                if count >= room:
                    break
                logits = context.append(token, cancel)
        except Stopped:
            finish = "stopped"
        ended = time.perf_counter()
        steps = count if finish == "stop" else count - 1  # tokens drawn after the first one
        speed = steps / (last - first) if steps > 0 and last > first else 0.0
        yield Piece("", finish, Speeds((first or ended) - began, len(prompt), count, speed))

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> Iterator[list[list[float]] | None]:
        """None between steps, last one list per completion. After an empty prompt the first token has no score:

        the list then begins with the second token. Raises BadInput if prompt and completion do not fit the context.
        """
        self._must_fit(len(prompt_ids) + max((len(c) for c in completions), default=0), 0)
        scores: list[list[float]] = []
        context = self._context(adapter)
        head: Any = None
        for completion in completions:
            begin, targets = (prompt_ids, completion) if prompt_ids else (completion[:1], completion[1:])
            if not targets:
                scores.append([])
                continue
            context.keep(len(begin) if head is not None and prompt_ids else 0)
            if len(context.tokens) < len(begin):
                for logits in context.read(begin, lambda: False):
                    head = logits
                    yield None
            for result in context.score(head, targets):
                if result is None:
                    yield None
                else:
                    scores.append(result)
        yield scores

    def _must_fit(self, tokens: int, reply: int) -> None:
        if tokens + reply > self._size:
            raise BadInput(
                f"That is {tokens} tokens of text, but the model's context holds {self._size}; "
                "shorten the message or start a new conversation."
            )
        if reply and not tokens:
            raise BadInput("There is nothing to answer; write a message first.")

    # Caches

    def _context(self, adapter: Path | None) -> Context:
        adapter_id = self._weights.adapter_id(adapter) if adapter else None
        if adapter_id is not None:
            self._weights.load(adapter_id)
        return Context(self._weights, adapter_id)

    def _chat(self, key: str, adapter: Path | None) -> Context:
        fresh = self._context(adapter)
        context = self._chats.setdefault((key, fresh.adapter), fresh)
        self._chats.move_to_end((key, fresh.adapter))
        return context

    def _make_room(self) -> None:
        """The chat that was on last stays; others wait as long as the budget holds them."""
        while len(self._chats) > 1:
            waiting = sum(context.bytes for context in list(self._chats.values())[:-1])
            if waiting <= self._options.kv_budget:
                return
            self._chats.popitem(last=False)

    def drop(self, prefix: str) -> None:
        """Forget the caches whose key begins with `prefix`."""
        for key in [key for key in self._chats if key[0].startswith(prefix)]:
            del self._chats[key]

    # Around it

    def interrupt(self) -> None:
        """MLX's work cannot be broken off; a chunk of it is short, and the next one asks `cancel`."""

    def info(self) -> BackendInfo:
        header = self._weights.header
        return BackendInfo(
            backend="mlx",
            version=f"mlx {version('mlx')}, mlx-lm {version('mlx-lm')}",
            model=self._name,
            architecture=header.architecture,
            quantisation=header.quantisation,
            model_hash=self._model_hash,
            context=self._size,
            blocks=header.blocks,
            threads=self._options.threads,
            flash_attention=True,
            safe_mode=self._options.safe_mode,
        )

    def close(self) -> None:
        self._chats.clear()
        self._weights.close()
