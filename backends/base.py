"""The seam between Homegrown and whatever runs a model: two Protocols and the values that cross them.

A `Backend` lives in the engine process, a `Learner` in the learner process; the app reaches them through
`engine.Engine` and `learner.Learning`, which speak the same words over a pipe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from domain import Finish, Message, Progress, Recipe, Speeds, TrainingRow


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn. `temperature` 0 is greedy; `seed` None draws a fresh one.

    `grammar` (llama.cpp's GBNF; its rule "root") is what the whole reply must match, unless it ends before it is
    whole; None: anything. A backend that cannot hold to one writes freely, so whoever asks must check what comes.
    """

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.9
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    max_tokens: int = 512
    seed: int | None = None
    grammar: str | None = None

    def __post_init__(self) -> None:
        if self.temperature < 0:
            raise ValueError(f"temperature must not be negative, got {self.temperature}")
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, got {self.max_tokens}")


GREEDY = Sampling(temperature=0.0)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of a reply; the last one carries how it ended and what it cost.

    `read`: the share of the prompt that is read, from 0 to 1, in pieces before the first word.
    """

    text: str
    finish: Finish | None = None
    speeds: Speeds | None = None
    read: float | None = None


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What is loaded: for the start line, the admin page and manifests."""

    backend: str
    version: str
    model: str  # file name
    architecture: str
    quantisation: str
    model_hash: str  # SHA-256 of the weights file
    context: int  # tokens
    blocks: int
    threads: int
    flash_attention: bool
    safe_mode: bool


class Backend(Protocol):
    """A loaded chat model. One thread uses it at a time.

    `stream` and `score` are generators that do at most about half a second of work between two yields, so that the
    engine can put a chat before an exam. `key` names the KV cache to go on from (None: a fresh one, of its own).
    `score` yields None while it works and last the log-probabilities (nat) of each completion's tokens. A stream
    with a key may be advanced in turn with another request; `score` and streams without key only one after another.
    Only llama.cpp holds to `Sampling.grammar`.
    """

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Token ids of a conversation, ready for the next reply."""
        ...

    def encode_reply(self, messages: Sequence[Message], reply: str) -> list[int]:
        """Token ids of `reply` as it follows `encode(messages)`, end-of-turn token included."""
        ...

    def encode_text(self, text: str) -> list[int]:
        """Token ids of plain text without chat template; begins as the model's training texts begin."""
        ...

    def stream(
        self,
        prompt_ids: Sequence[int],
        sampling: Sampling,
        adapter: Path | None,
        cancel: Callable[[], bool],
        key: str | None,
    ) -> Iterator[Piece]: ...

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> Iterator[list[list[float]] | None]: ...

    def interrupt(self) -> None:
        """Called from another thread while a stream is advanced whose `cancel()` has become true: hurry."""
        ...

    def drop(self, prefix: str) -> None:
        """Forgets the KV caches whose key begins with `prefix`."""
        ...

    def info(self) -> BackendInfo: ...

    def close(self) -> None: ...


class Learner(Protocol):
    """Trains one adapter. `out` is an empty folder; when the iterator ends, it holds the finished adapter files."""

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]: ...
