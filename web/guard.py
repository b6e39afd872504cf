"""The door: which requests reach the pages, whose they are, and what every answer forbids the browser to do."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import texts

TOKEN_SECONDS = 600.0
BODY_BYTES = 1024 * 1024
KEPT_PAGES = 10_000  # open pages remembered with the person they belong to
PERSON = "homegrown.person"  # key of the signed-in person's id in the ASGI scope

# What the pages use, and nothing else of Gradio: a route that a new version adds stays closed.
FOLDERS = ("/assets/", "/static/", "/svelte/", "/gradio_api/heartbeat/", "/gradio_api/run/", "/reply/")
ROUTES = frozenset(
    ["/", "/memory", "/learning", "/machine", "/help", "/pulse", "/awake", "/config", "/theme.css", "/favicon.ico"]
    + [f"/gradio_api/{name}" for name in ("queue/join", "queue/data", "cancel", "reset", "startup-events", "theme.css")]
)
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; script-src-attr 'none'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self' data:; worker-src 'self' blob:; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Refusal(Exception):
    """A request that goes no further: an HTTP status, and a sentence for the person."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        self.sentence = sentence


class LaunchTokens:
    """One-time tokens for the browser that is opened, and the sessions they were exchanged for. Gone with the app."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, float]] = {}  # digest of a token -> person, expiry (monotonic seconds)
        self._sessions: dict[str, str] = {}  # digest of a session id -> person

    def new(self, person: str) -> str:
        """A token that signs a browser in as `person`: valid once, for ten minutes."""
        token, at = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            self._tokens = {key: entry for key, entry in self._tokens.items() if entry[1] > at}
            self._tokens[_digest(token)] = (person, at + TOKEN_SECONDS)
        return token

    def exchange(self, token: str) -> str | None:
        """A fresh session id for a valid token, which is used up; else None."""
        with self._lock:
            person, expiry = self._tokens.pop(_digest(token), ("", 0.0))
            if not person or expiry <= time.monotonic():
                return None
            session = secrets.token_urlsafe(32)
            self._sessions[_digest(session)] = person
            return session

    def person(self, session: str) -> str | None:
        return self._sessions.get(_digest(session))


class Guard:
    """Pure ASGI middleware. Lets a request through if it comes from a signed-in page of this very origin."""

    def __init__(self, app: ASGIApp, port: int, tokens: LaunchTokens) -> None:
        self.app = app
        self.tokens = tokens
        self.hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))
        self.cookie = f"homegrown-{port}"  # browsers share cookies between ports
        self._pages: OrderedDict[str, str] = OrderedDict()  # Gradio's session hash -> person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            try:
                await self._http(scope, receive, send)
            except Refusal as refusal:
                await _show(send, refusal.status, refusal.sentence)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, fields = scope["path"], _fields(scope)
        hosts = fields.get("host", [])
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            raise Refusal(421, texts.WRONG_ADDRESS)
        if not _from_here(scope["method"], path, f"http://{hosts[0]}", fields):
            raise Refusal(403, texts.FOREIGN_PAGE)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if path == "/" and "token" in query and scope["method"] == "GET":
            await self._sign_in(query["token"][0], fields, send)
            return
        person = self._signed_in(fields)
        if person is None:
            raise Refusal(401, texts.NOT_SIGNED_IN)
        if not _known(path):
            raise Refusal(404, texts.NO_SUCH_PAGE)
        body = await _whole_body(fields, receive)
        named = list(_pages_named(path, query, body))
        if any(self._pages.get(page, person) != person for page in named):
            raise Refusal(403, texts.FOREIGN_PAGE)
        self._remember(named, person)
        await self.app({**scope, PERSON: person}, _replay(body, receive), _hardened(send, path))

    async def _sign_in(self, token: str, fields: dict[str, list[str]], send: Send) -> None:
        session = self.tokens.exchange(token)
        if session is None and self._signed_in(fields) is None:
            raise Refusal(401, texts.OLD_LINK)
        headers = [(b"location", b"/"), (b"content-length", b"0")]
        if session:
            headers.append((b"set-cookie", f"{self.cookie}={session}; Path=/; HttpOnly; SameSite=Strict".encode()))
        await _hardened(send, "/")({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _signed_in(self, fields: dict[str, list[str]]) -> str | None:
        for line in fields.get("cookie", []):
            session = cookie_parser(line).get(self.cookie)
            if session:
                return self.tokens.person(session)
        return None

    def _remember(self, pages: Iterable[str], person: str) -> None:
        """Binds Gradio's page sessions to the person who opened them: Gradio itself does not."""
        for page in pages:
            self._pages[page] = person
            self._pages.move_to_end(page)
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _fields(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _from_here(method: str, path: str, origin: str, fields: dict[str, list[str]]) -> bool:
    """Whether a request was made by a page of ours, or by a person who opened the address."""
    site = fields.get("sec-fetch-site", [""])[-1]
    if method in ("GET", "HEAD"):
        opened = (
            path == "/"
            and fields.get("sec-fetch-mode") == ["navigate"]
            and fields.get("sec-fetch-dest") == ["document"]
        )
        return site in ("", "none", "same-origin") or opened
    origins = fields.get("origin")
    return origins == [origin] and site in ("", "same-origin") if origins else site == "same-origin"


def _known(path: str) -> bool:
    return ".." not in path and (path in ROUTES or path.startswith(FOLDERS))


def _pages_named(path: str, query: dict[str, list[str]], body: bytes) -> Iterable[str]:
    """Gradio's session hashes that a request speaks for: in its query, its path or its JSON."""
    yield from query.get("session_hash", [])
    if path.startswith("/gradio_api/heartbeat/"):
        yield path.rpartition("/")[2]
    if body:
        try:
            named = json.loads(body).get("session_hash")
        except (ValueError, AttributeError):
            return  # not one of Gradio's bodies: its route will refuse it
        if isinstance(named, str):
            yield named


async def _whole_body(fields: dict[str, list[str]], receive: Receive) -> bytes:
    """The body of a request. Refuses one that is larger than a page of ours ever sends."""
    declared = fields.get("content-length", ["0"])[0]
    if not declared.isdecimal() or int(declared) > BODY_BYTES:
        raise Refusal(413, texts.TOO_LARGE)
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_BYTES:
            raise Refusal(413, texts.TOO_LARGE)
    return body


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _hardened(send: Send, path: str) -> Send:
    """Adds the headers of every answer; takes away those that would let other origins read it."""

    async def harder(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [(k, v) for k, v in message.get("headers", []) if not k.lower().startswith(b"access-control-")]
            if not path.startswith(("/assets/", "/static/")):
                kept = [(k, v) for k, v in kept if k.lower() != b"cache-control"] + [(b"cache-control", b"no-store")]
            message = {**message, "headers": [*kept, *HEADERS]}
        await send(message)

    return harder


async def _show(send: Send, status: int, sentence: str) -> None:
    page = texts.DOOR_PAGE.format(sentence=sentence).encode()
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(page)).encode())]
    await _hardened(send, "/")({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page})
