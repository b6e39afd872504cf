"""Which conversation each open page shows: what arrives late for another one must not call the page back to it."""

from __future__ import annotations

import threading
from collections import OrderedDict

import gradio as gr

MOST = 1_000  # pages remembered; of one that is forgotten the browser's word counts


class Shown:
    """By page, as Gradio names them. Two clicks are answered side by side: the later click says what is shown."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, str] = OrderedDict()

    def turn_to(self, request: gr.Request, conversation: str) -> None:
        """The person has chosen this conversation on this page; "" is a new one."""
        with self._lock:
            self._pages[request.session_hash or ""] = conversation
            self._pages.move_to_end(request.session_hash or "")
            while len(self._pages) > MOST:
                self._pages.popitem(last=False)

    def at(self, request: gr.Request, told: str) -> str:
        """The conversation the page shows. `told` is what its browser sent: out of date if a click is under way."""
        with self._lock:
            return self._pages.get(request.session_hash or "", told)
