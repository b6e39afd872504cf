"""What every answer forbids the browser to do, and what of a request's headers may be believed."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.types import Scope, Send

Fields = dict[str, list[str]]  # lower-case name -> values

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; script-src-attr 'none'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self' data:; worker-src 'self' blob:; "
    "manifest-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)
HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
LASTING = ("/assets/", "/static/")  # Gradio's own files may be kept by the browser; nothing of a person's may


class Outgoing:
    """An answer on its way: with our headers, without those that would let other origins read it."""

    def __init__(self, send: Send, path: str, policy: str = CONTENT_POLICY) -> None:
        self._send = send
        self._path = path
        self._policy = policy
        self.started = False
        self.complete = False
        self.measured = False  # its length was told: it cannot be ended before
        self.events = False  # it is a stream of server-sent events

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            ours = answer_headers(self._path, self._policy)
            replaced = {name for name, _ in ours}
            headers = [(name.lower(), value) for name, value in message.get("headers", [])]
            kept = [(k, v) for k, v in headers if k not in replaced and not k.startswith(b"access-control-")]
            self.measured = any(name == b"content-length" for name, _ in kept)
            self.events = any(k == b"content-type" and v.startswith(b"text/event-stream") for k, v in kept)
            message = {**message, "headers": [*kept, *ours]}
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)


def answer_headers(path: str, policy: str) -> list[tuple[bytes, bytes]]:
    """Ours, for an answer to a request for `path`."""
    fresh = {} if path.startswith(LASTING) else {"cache-control": "no-store"}
    ours = {"content-security-policy": policy, **HEADERS, **fresh}
    return [(name.encode(), value.encode()) for name, value in ours.items()]


def fields_of(scope: Scope) -> Fields:
    found: Fields = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def believed(scope: Scope, *without: str) -> list[tuple[bytes, bytes]]:
    """A request's headers, but for those by which a proxy speaks (there is none), and `without`."""
    left_out = ("forwarded", *without)
    return [(k, v) for k, v in scope["headers"] if not k.startswith(b"x-forwarded-") and k.decode() not in left_out]


def from_here(method: str, path: str, origin: str, fields: Fields) -> bool:
    """Whether a request was made by a page of this origin, or by a person who opened the address."""
    site, origins = fields.get("sec-fetch-site", [""])[-1], fields.get("origin", [])
    if method in ("GET", "HEAD"):
        opened = (
            path == "/"
            and fields.get("sec-fetch-mode") == ["navigate"]
            and fields.get("sec-fetch-dest") == ["document"]
        )
        return origins in ([], [origin]) and (site in ("", "none", "same-origin") or opened)
    return origins == [origin] and site in ("", "same-origin") if origins else site == "same-origin"
