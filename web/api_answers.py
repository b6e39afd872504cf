"""Answers in OpenAI's shape: the model, a whole completion, and a streamed one chunk by chunk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import new_id, now

MODEL = "homegrown"  # the one model that a key opens: the person's own, in the version that serves
DONE = b"data: [DONE]\n\n"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a reply ended, and how many tokens were read and written."""

    finish: str  # "stop" or "length"
    read: int
    written: int

    def usage(self) -> Json:
        return {
            "prompt_tokens": self.read,
            "completion_tokens": self.written,
            "total_tokens": self.read + self.written,
        }


@dataclass(frozen=True, slots=True)
class Completion:
    """The frame of one reply. `version` names what answered: the base model's hash and the adapter."""

    version: str
    usage: bool = False  # chunks say what it cost
    id: str = field(default_factory=lambda: f"chatcmpl-{new_id()}")
    at: datetime = field(default_factory=now)

    def whole(self, text: str, ended: Ended) -> Json:
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": ended.finish}
        return self._frame("chat.completion") | {"choices": [choice], "usage": ended.usage()}

    def opening(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, text: str) -> bytes:
        return self._chunk({"content": text})

    def closing(self, ended: Ended) -> bytes:
        """The last chunk, what it cost if that was asked for, and the mark that nothing follows."""
        cost = event(self._frame("chat.completion.chunk") | {"choices": [], "usage": ended.usage()})
        return self._chunk({}, ended.finish) + (cost if self.usage else b"") + DONE

    def _chunk(self, delta: Json, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        cost = {"usage": None} if self.usage else {}
        return event(self._frame("chat.completion.chunk") | {"choices": [choice]} | cost)

    def _frame(self, kind: str) -> Json:
        created = int(self.at.timestamp())
        return {"id": self.id, "object": kind, "created": created, "model": MODEL, "system_fingerprint": self.version}


def model(since: datetime) -> Json:
    """`since`: when the person began here."""
    return {"id": MODEL, "object": "model", "created": int(since.timestamp()), "owned_by": MODEL}


def event(value: Json) -> bytes:
    """One server-sent event; JSON has no line break of its own."""
    return b"data: " + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
