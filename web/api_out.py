"""An answer on its way to a program: JSON at once, or a stream of events that an error may end."""

from __future__ import annotations

import json
from typing import Any

from starlette.types import Send

from web.api_answers import event
from web.api_errors import ApiError


class Out:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._streaming = self._over = False

    async def give(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        told = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
        await self._start(status, told)
        await self._body(body, more=False)

    async def stream(self, events: bytes, *, more: bool = True) -> None:
        """Some events; the first call begins the answer, and the one without `more` ends it."""
        if not self._streaming:
            self._streaming = True
            await self._start(200, {"content-type": "text/event-stream; charset=utf-8"})
        await self._body(events, more)

    async def refuse(self, error: ApiError) -> None:
        """The error as the answer or, where a stream has begun, as its last event."""
        if self._over:
            return
        if self._streaming:
            await self.stream(event(error.json()), more=False)
            return
        headers = {"retry-after": str(error.retry_after)} if error.retry_after else {}
        headers |= {"www-authenticate": "Bearer"} if error.status == 401 else {}
        headers |= {"allow": error.allow} if error.allow else {}
        await self.give(error.status, error.json(), headers)

    async def _start(self, status: int, headers: dict[str, str]) -> None:
        listed = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": listed})

    async def _body(self, body: bytes, more: bool) -> None:
        self._over = not more
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
