"""HTTP/1.1 as uvicorn speaks it; what it refuses before it asks the guard carries our headers, too."""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from web import door, texts
from web.headers import answer_headers


class Protocol(H11Protocol):
    def send_400_response(self, msg: str) -> None:
        """To what is no HTTP, for instance a request with two hosts."""
        page = door.refusal(400, texts.STRANGE_REQUEST).page.encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"connection", b"close")]
        start = h11.Response(status_code=400, headers=[*headers, *answer_headers("/", door.POLICY)])
        for event in (start, h11.Data(data=page), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
