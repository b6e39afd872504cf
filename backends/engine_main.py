"""The engine process: owns the loaded model and serves requests from the app, chats before exams."""

from __future__ import annotations

import importlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from backends.base import GREEDY, Backend, Sampling
from backends.child import Json, Parent
from backends.crossing import described
from backends.engine import ServeOptions
from domain import Message
from errors import BadInput, HomegrownError, ModelUnusable, Trouble

# Read by GNU OpenMP when llama.cpp is loaded. Its threads meet a thousand times a token; by default the early one spins
# for milliseconds, and takes the core from the late one if other programs are busy (3 times slower on 2 cores).
SPINS = {"GOMP_SPINCOUNT": "2000"}
BACKENDS = {"llama_cpp": "backends.llama_cpp.serve", "mlx": "backends.mlx.serve", "scripted": "backends.scripted"}
BACKGROUND = ("answer", "score")  # what an exam asks for
FLUSH_S = 0.05  # text is sent on at most this often: a page shows 20 updates a second, and the pipe stays cheap
ALIVE_S = 0.5  # a sign of life at least this often while a request is worked on


@dataclass(frozen=True, slots=True)
class Job:
    """A request that takes long, as a generator of what to send; None: nothing to send yet."""

    id: int
    foreground: bool
    spare: bool  # works in the backend's spare context, so it may not be mixed with another such job
    steps: Iterator[Json | None]


class Serving:
    """Advances at most a step at a time, so that a chat never waits for an exam, nor a short question for a chat."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._cancelled: dict[int, bool] = {}  # of each request that was received and has not ended
        self._advancing: Job | None = None
        self._lock = threading.Lock()  # guards the two above between the main and the reading thread
        self._last_sent = 0.0
        self._parent = Parent(self._urgent)
        start = self._parent.receive()
        try:
            self._backend = load(start["backend"], start["model"], ServeOptions(**start["options"]))
            warm_up(self._backend)
            self._send({"ready": asdict(self._backend.info())})
        except (HomegrownError, ValueError, OSError, ImportError) as error:
            self._send({"unusable": described(for_people(error))})
            raise SystemExit(0) from None

    def run(self) -> None:
        """Serves until the app goes away."""
        while True:
            request = self._parent.poll() if self._jobs else self._parent.receive()
            if request is None:
                self._advance(self._next())
            else:
                self._take(request)

    def _urgent(self, request: Json) -> bool:
        """In the reading thread: a cancelled request is told so, and an exam makes way, in the middle of their work."""
        if "id" not in request:
            return False
        cancel, id = bool(request["op"] == "cancel"), request["id"]
        with self._lock:
            if not cancel or id in self._cancelled:  # else it ended while the wish was on its way
                self._cancelled[id] = cancel
            job = self._advancing
            if job and (job.id == id if cancel else not job.foreground and request["op"] not in BACKGROUND):
                self._backend.interrupt()
        return cancel

    def _take(self, request: Json) -> None:
        match request["op"]:
            case "stream":
                self._begin(Job(request["id"], True, request["key"] is None, self._stream(request)))
            case "answer":
                self._begin(Job(request["id"], False, True, self._answer(request)))
            case "score":
                self._begin(Job(request["id"], False, True, self._score(request)))
            case "drop":
                self._backend.drop(request["prefix"])
            case _:  # short: goes before everything else
                self._jobs.append(job := Job(request["id"], True, False, self._encode(request)))
                self._advance(job)

    def _begin(self, job: Job) -> None:
        self._send({"id": job.id, "begun": True})
        self._jobs.append(job)

    def _next(self) -> Job:
        """A chat before an exam, the older before the newer; of those in the spare context only the oldest."""
        oldest_spare = min((job.id for job in self._jobs if job.spare), default=None)
        may_go = [job for job in self._jobs if not job.spare or job.id == oldest_spare]
        return min(may_go, key=lambda job: (not job.foreground, job.id))

    def _advance(self, job: Job) -> None:
        with self._lock:
            self._advancing = job
        message: Json | None
        try:
            message = next(job.steps, {"end": True})
        except (HomegrownError, ValueError, OSError) as error:
            message = {"error": described(for_people(error)), "end": True}
        with self._lock:
            # From here on an interruption would hit the next request's work.
            self._advancing = None
            if message is not None and "end" in message:
                self._jobs.remove(job)
                del self._cancelled[job.id]
        if message is not None:
            self._send({"id": job.id, **message})
        elif time.monotonic() - self._last_sent > ALIVE_S:
            self._send({"alive": True})

    def _send(self, message: Json) -> None:
        self._last_sent = time.monotonic()
        self._parent.send(message)

    def _cancel(self, request: Json) -> Callable[[], bool]:
        return lambda: self._cancelled[request["id"]]

    def _stream(self, request: Json) -> Iterator[Json | None]:
        text, flushed = "", 0.0
        for piece in self._backend.stream(
            request["prompt_ids"],
            Sampling(**request["sampling"]),
            folder(request["adapter"]),
            self._cancel(request),
            request["key"],
        ):
            text += piece.text
            now = time.monotonic()
            if piece.finish is not None:
                yield {"text": text, "finish": piece.finish, "speeds": piece.speeds and asdict(piece.speeds)}
            elif text and now - flushed >= FLUSH_S:
                yield {"text": text}
                text, flushed = "", now
            elif piece.read is not None and now - flushed >= ALIVE_S:
                yield {"read": piece.read}
                flushed = now
            else:
                yield None

    def _answer(self, request: Json) -> Iterator[Json | None]:
        text, sampling = "", Sampling(**request["sampling"])
        for piece in self._backend.stream(
            request["prompt_ids"], sampling, folder(request["adapter"]), self._cancel(request), None
        ):
            text += piece.text
            if piece.finish is None:
                yield None
            else:
                tokens = piece.speeds.tokens if piece.speeds else 0
                yield {"result": {"text": text, "finish": piece.finish, "tokens": tokens}}

    def _score(self, request: Json) -> Iterator[Json | None]:
        cancelled = self._cancel(request)
        for scores in self._backend.score(request["prompt_ids"], request["completions"], folder(request["adapter"])):
            if cancelled():
                return
            yield None if scores is None else {"result": scores}

    def _encode(self, request: Json) -> Iterator[Json]:
        ids: list[int]
        if request["op"] == "encode_text":
            ids = self._backend.encode_text(request["text"])
        else:
            messages = [Message(**message) for message in request["messages"]]
            if request["op"] == "encode":
                ids = self._backend.encode(messages)
            else:
                ids = self._backend.encode_reply(messages, request["reply"])
        yield {"result": ids, "end": True}


def load(name: str, model: str | None, options: ServeOptions) -> Backend:
    os.environ.update(SPINS)
    backend: Any = importlib.import_module(BACKENDS[name])
    loaded: Backend = backend.load(folder(model), options)
    return loaded


def warm_up(backend: Backend) -> None:
    """Reads 64 tokens and writes two: a runtime that does not fit this CPU crashes here, not in somebody's chat."""
    ids = backend.encode_text("The quick brown fox jumps over the lazy dog. " * 16)[:64]
    for _ in backend.stream(ids, replace(GREEDY, max_tokens=2), None, lambda: False, None):
        pass


def folder(path: str | None) -> Path | None:
    return None if path is None else Path(path)


def for_people(error: Exception) -> HomegrownError:
    """What a library complained about, as one of our errors."""
    match error:
        case HomegrownError():
            return error
        case ImportError():
            return ModelUnusable(f"The model runtime is not installed ({error}); run: make setup")
        case ValueError():
            return BadInput(str(error))
    return Trouble(str(error))


if __name__ == "__main__":
    Serving().run()
