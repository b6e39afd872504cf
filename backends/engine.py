"""The engine as the app sees it: token ids, replies and scores, from a process that may die and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backends.base import BackendInfo, Piece, Sampling
from backends.lanes import Job, Lane
from backends.power import Meter, PerToken
from backends.silence import Silence
from backends.supervisor import State, Supervisor
from domain import Finish, Message, Speeds


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How a model is loaded: `context` and `batch` in tokens, `kv_budget` in bytes.

    `kv_type` is how keys and values are kept ("f16", or "q8_0" in half the memory, with flash attention only);
    `gpu_layers` how many layers go to the GPU (None: as many as llama.cpp sees fit).
    `safe_mode` leaves out native code that some processors cannot run; it is slower. A backend that needs another
    format makes the folder `converted` of the model file.
    """

    context: int
    threads: int
    flash_attention: bool
    batch: int
    kv_budget: int
    safe_mode: bool = False
    model_hash: str | None = None
    kv_type: str = "f16"
    gpu_layers: int | None = None
    converted: str | None = None


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """For the admin page. `reason` says why the engine last broke off or failed; `recent` are the last 100 chats."""

    state: State
    reason: str
    restarts: int
    safe_mode: bool
    pid: int | None
    memory_bytes: int
    waiting: int
    recent: tuple[Speeds, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole reply, written in the background."""

    text: str
    finish: Finish
    tokens: int


def ignore(place: int) -> None:
    pass


class Engine:
    """One engine process and its queue. All methods may be called from any thread.

    `state` is a file that remembers safe mode, `log` gets what native libraries print. A process counts as dead when
    it is silent for `hang_seconds` at work, or for `start_seconds` while it loads (a big model from a slow disk).
    `opened` makes the folder of an adapter readable for as long as a request needs it.
    """

    def __init__(
        self,
        backend: str,
        model: Path | None,
        options: ServeOptions,
        state: Path,
        log: Path,
        hang_seconds: float = 30.0,
        start_seconds: float = 300.0,
        opened: Callable[[Path], AbstractContextManager[Path]] = nullcontext,
        clock: Callable[[], float] = time.monotonic,
        meter: Meter | None = None,
    ) -> None:
        self.energy = PerToken(meter or Meter())  # of replies
        self._opened = opened
        start = _start(backend, model, options)
        self._supervisor = Supervisor(start, state, log, Silence(hang_seconds, start_seconds), clock)

    def start(self) -> None:
        """Starts the process in the background. Once only; `restart` later."""
        self._supervisor.start()

    def wait_ready(self, timeout: float | None = None) -> BackendInfo:
        """What is loaded. Raises what made the start fail, or EngineDied after `timeout` seconds."""
        return BackendInfo(**self._supervisor.wait_ready(timeout))

    def info(self) -> BackendInfo:
        """What is loaded; waits while the engine starts."""
        return self.wait_ready()

    def status(self) -> EngineStatus:
        supervisor, child = self._supervisor, self._supervisor.child
        return EngineStatus(
            state=supervisor.state_now(),
            reason=supervisor.reason,
            restarts=supervisor.restarts,
            safe_mode=supervisor.safe_mode,
            pid=child.pid if child is not None and child.alive() else None,
            memory_bytes=0 if child is None else child.memory_bytes(),
            waiting=supervisor.lanes.waiting,
            recent=supervisor.recent,
        )

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Token ids of a conversation, ready for the next reply."""
        ids: list[int] = self._call("at once", "encode", messages=[asdict(message) for message in messages])
        return ids

    def encode_reply(self, messages: Sequence[Message], reply: str) -> list[int]:
        """Token ids of `reply` as it follows `encode(messages)`, end-of-turn token included."""
        listed = [asdict(message) for message in messages]
        ids: list[int] = self._call("at once", "encode_reply", messages=listed, reply=reply)
        return ids

    def encode_text(self, text: str) -> list[int]:
        """Token ids of plain text without chat template."""
        ids: list[int] = self._call("at once", "encode_text", text=text)
        return ids

    def stream(
        self,
        prompt_ids: Sequence[int],
        sampling: Sampling,
        adapter: Path | None,
        *,
        key: str | None,
        cancel: threading.Event,
        place: Callable[[int], None] = ignore,
    ) -> Generator[Piece, None, None]:
        """A reply, piece by piece; one at a time, in the order of asking. The last piece says how it ended.

        `place` is told how many are ahead whenever that changes, and 0 when the turn has come. Setting `cancel` ends
        the reply with "stopped"; closing the iterator ends it too. Raises EngineDied if the engine breaks off.
        """
        fields = {"prompt_ids": list(prompt_ids), "sampling": asdict(sampling), "key": key}
        with self._readable(adapter) as folder:
            job = Job("foreground", {"op": "stream", **fields, "adapter": folder})
            began = None
            for event in self._supervisor.follow(job, cancel):
                if "place" in event:
                    place(event["place"])
                    began = self.energy.meter.joules()  # the last time: its turn has come
                elif "read" in event:
                    yield Piece("", read=event["read"])
                elif "text" in event:
                    speeds = Speeds(**event["speeds"]) if event.get("speeds") else None
                    if speeds:
                        self.energy.add(began, speeds.tokens)
                    yield Piece(event["text"], event.get("finish"), speeds)

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> list[list[float]]:
        """Log-probabilities (nat) of each completion's tokens after the prompt. Works while no chat does."""
        fields = {"prompt_ids": list(prompt_ids), "completions": [list(completion) for completion in completions]}
        with self._readable(adapter) as folder:
            scores: list[list[float]] = self._call("background", "score", **fields, adapter=folder)
        return scores

    def answer(
        self,
        prompt_ids: Sequence[int],
        sampling: Sampling,
        adapter: Path | None,
        cancel: threading.Event | None = None,
    ) -> Answer:
        """A whole reply from a fresh KV cache. Works while no chat does. Setting `cancel` ends it with "stopped"."""
        with self._readable(adapter) as folder:
            fields = {"prompt_ids": list(prompt_ids), "sampling": asdict(sampling), "adapter": folder}
            result = self._call("background", "answer", cancel, **fields)
        return Answer(**result) if result else Answer("", "stopped", 0)  # stopped before its turn had come

    def forget(self, prefix: str) -> None:
        """Drops the KV caches whose key begins with `prefix`, before any later request is served."""
        self._supervisor.drop(prefix)

    def restart(self) -> None:
        """Ends the process, if there is one, and starts a new one. What was under way raises EngineDied."""
        self._supervisor.restart()

    def rest(self, idle_seconds: float = 0.0) -> None:
        """Ends the process, so that its memory is free, if it is ready and nobody wanted anything for so long.

        The next request, or `wake`, starts it again; `info` goes on telling what is loaded then.
        """
        self._supervisor.rest(idle_seconds)

    def wake(self) -> None:
        """Somebody is about to ask: begins to load the model if it rests; in any case it counts as use."""
        self._supervisor.wake()

    def load(self, backend: str, model: Path | None, options: ServeOptions) -> None:
        """Goes on with another model in a new process, which starts in the background; see `wait_ready`.

        What was under way raises EngineDied. Prompts that were encoded for the old model must not follow.
        """
        self._supervisor.load(_start(backend, model, options))

    def close(self) -> None:
        """Ends the process and waits until it is gone."""
        self._supervisor.close()

    @contextmanager
    def _readable(self, adapter: Path | None) -> Iterator[str | None]:
        if adapter is None:
            yield None
        else:
            with self._opened(adapter) as folder:
                yield text_of(folder)

    def _call(self, lane: Lane, op: str, cancel: threading.Event | None = None, /, **fields: Any) -> Any:
        result = None
        for event in self._supervisor.follow(Job(lane, {"op": op, **fields}), cancel):
            result = event.get("result", result)
        return result


def _start(backend: str, model: Path | None, options: ServeOptions) -> dict[str, Any]:
    return {"backend": backend, "model": text_of(model), "options": asdict(options)}


def text_of(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())
