"""A flag that stops native code from another thread, in the middle of a matrix product."""

from __future__ import annotations

import ctypes
import sys
from typing import Any


class Abort:
    """Hand `callback` and `data` to llama_set_abort_callback; `set()` then makes llama_decode return at once.

    llama.cpp asks the callback once per graph node, several hundred times a token: a Python function there would take
    the GIL each time. C's own `strlen` on a two-byte buffer is a ready-made native flag instead: it answers 0 (go on)
    while the first byte is 0, and 1 (stop) once it is 1; its result register read as a C `bool` means the same.
    """

    def __init__(self, callback_type: Any) -> None:
        self._buffer = ctypes.create_string_buffer(2)
        self._library = ctypes.CDLL("msvcrt") if sys.platform == "win32" else ctypes.CDLL(None)
        self.callback = ctypes.cast(self._library.strlen, callback_type)
        self.data = ctypes.cast(self._buffer, ctypes.c_void_p)

    def set(self) -> None:
        self._buffer[0] = b"\1"

    def clear(self) -> None:
        self._buffer[0] = b"\0"
