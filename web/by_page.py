"""What the app keeps for each open page: what it shows, what waits there for a choice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

import gradio as gr

MOST = 1_000  # pages remembered

T = TypeVar("T")
D = TypeVar("D")


class ByPage(Generic[T]):
    """A value for each page, as Gradio names them; the guard lets nobody use another person's page.

    Not gr.State: for that each open tab holds a connection, and browsers open six to one address, so that a seventh
    tab would never load.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[str, T] = OrderedDict()

    def put(self, request: gr.Request, value: T) -> None:
        with self._lock:
            self._values[request.session_hash or ""] = value
            self._values.move_to_end(request.session_hash or "")
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def get(self, request: gr.Request, otherwise: D) -> T | D:
        with self._lock:
            return self._values.get(request.session_hash or "", otherwise)

    def renew(self, request: gr.Request, value: T, otherwise: T) -> bool:
        """Puts `value`, and says whether it is another one than before, which was `otherwise` if there was none."""
        before = self.get(request, otherwise)
        self.put(request, value)
        return before != value

    def drop(self, request: gr.Request) -> None:
        with self._lock:
            self._values.pop(request.session_hash or "", None)
