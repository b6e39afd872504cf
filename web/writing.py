"""What a thread writes, as a coroutine reads it, which may be cancelled at any time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TypeVar

T = TypeVar("T")


async def written(write: Callable[[threading.Event], Generator[T, None, None]]) -> AsyncGenerator[T, None]:
    """The values of `write(cancel)`, which runs in a thread of its own; raises what it raises.

    `cancel` is set when the reader has left; the thread then ends by itself. Close the iterator (contextlib.aclosing).
    """
    loop, cancel = asyncio.get_running_loop(), threading.Event()
    news: asyncio.Queue[tuple[T] | None] = asyncio.Queue()

    def work() -> None:
        with closing(write(cancel)) as values, suppress(RuntimeError):  # the loop has ended, and the reader with it
            for value in values:
                loop.call_soon_threadsafe(news.put_nowait, (value,))

    def over(done: asyncio.Future[None]) -> None:
        news.put_nowait(None)
        if not done.cancelled():
            done.exception()  # somebody who has left need not hear of it

    thread = ThreadPoolExecutor(1, "reply to a program")
    done = loop.run_in_executor(thread, work)
    done.add_done_callback(over)
    try:
        while item := await news.get():
            yield item[0]
        await done
    finally:
        cancel.set()
        thread.shutdown(wait=False)
