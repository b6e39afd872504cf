"""A guard in front of an app that says who it let in, with people whose passphrases are made up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI

from domain import Person, now
from errors import Locked
from storage.names import free_name
from web.guard import PERSON, Guard
from web.session import Sessions
from web.sign_in import SignIn
from web.throttle import Throttle

PORT = 7861
HERE = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HERE}"
CODE = "-".join(["AAAA"] * 8)


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    complete: bool = False

    @property
    def text(self) -> str:
        return self.body.decode()


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeKeys:
    """Passphrases in the clear, and a count of what would have been derived."""

    def __init__(self) -> None:
        self.passphrases: dict[str, str] = {}
        self.locked: set[str] = set()
        self.tried: list[str] = []
        self.keyring: set[str] | None = set()  # None: this system has none

    def has_passphrase(self, person: str) -> bool:
        return person in self.passphrases

    def is_locked(self, person: str) -> bool:
        return person in self.locked

    def unlock(self, person: str, passphrase: str) -> None:
        self.tried.append(person)
        if self.passphrases.get(person) != passphrase:
            raise Locked("wrong")
        self.locked.discard(person)

    def recover(self, person: str, code: str, new: str) -> str:
        self.tried.append(person)
        if code != CODE:
            raise Locked("wrong")
        self.passphrases[person] = new
        self.locked.discard(person)
        return "NEW-CODE"

    def set_passphrase(self, person: str, new: str, old: str) -> str:
        self.tried.append(person)
        if self.passphrases.get(person, "") != old:
            raise Locked("wrong")
        self.passphrases[person] = new
        return "NEW-CODE"

    def new_code(self, person: str, passphrase: str) -> str:
        return self.set_passphrase(person, passphrase, passphrase)

    def remembered(self, person: str) -> bool | None:
        return person in self.keyring if self.keyring is not None else None

    def remember(self, person: str, passphrase: str) -> None:
        self.unlock(person, passphrase)
        assert self.keyring is not None
        self.keyring.add(person)

    def no_longer_remember(self, person: str) -> None:
        assert self.keyring is not None
        self.keyring.discard(person)

    def lock(self, person: str) -> None:
        self.locked.add(person)


class Door:
    """Ada and Ben are here; nobody has a passphrase at first. `idle` is in seconds."""

    def __init__(self, scheme: str = "http", port: int = PORT, idle: float = 1800.0) -> None:
        self.clock, self.keys = Time(), FakeKeys()
        self.people = [Person(name.lower(), name, name == "Ada", now()) for name in ("Ada", "Ben")]
        self.reached: list[str] = []
        self.seen: dict[str, str] = {}  # headers of the last request that was let in
        self.sessions = Sessions(self.welcome, lambda person: idle, self.clock)
        self.sign_in = SignIn(self.keys, lambda: self.people, self.rename, self.sessions, Throttle(self.clock))
        names = ("127.0.0.1", "localhost", "[::1]")
        self.guard = Guard(self.app, self.sessions, self.sign_in, names=names, port=port, scheme=scheme)

    @classmethod
    def to(cls, people: list[Person], routes: APIRouter) -> Door:
        """Real routes behind it, and real people."""
        door, app = cls(), FastAPI()
        app.include_router(routes)
        door.people, door.guard.app = people, app
        return door

    def rename(self, person: Person, name: str) -> None:
        renamed = replace(person, name=free_name(name, self.people, person.id))
        self.people = [renamed if one.id == person.id else one for one in self.people]

    def welcome(self, person: str) -> bool:
        return any(known.id == person for known in self.people) and not self.keys.is_locked(person)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        self.reached.append(scope[PERSON])
        self.seen = {name.decode(): value.decode() for name, value in scope["headers"]}
        headers = [(b"access-control-allow-origin", b"*"), (b"Cache-Control", b"public")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def ask(self, path: str, method: str = "GET", **more: Any) -> Answer:
        return asyncio.run(self.asked(path, method, **more))

    async def asked(
        self,
        path: str,
        method: str = "GET",
        *,
        host: str | list[str] = HERE,
        cookie: str = "",
        body: bytes = b"",
        address: str = "127.0.0.1",
        answer: Answer | None = None,
        **more: str,
    ) -> Answer:
        """One request; keyword names are header names with _ for -. `answer` may be watched while it comes."""
        place, _, query = path.partition("?")
        hosts = [host] if isinstance(host, str) else host
        headers = [(b"host", name.encode()) for name in hosts]
        headers += [(b"cookie", f"{self.guard.cookie}={cookie}".encode())] if cookie else []
        headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": place,
            "query_string": query.encode(),
            "headers": headers,
            "client": (address, 50000),
            "server": ("127.0.0.1", PORT),
        }
        found, pieces = answer or Answer(), [body[i : i + 65536] for i in range(0, len(body), 65536)] or [b""]

        async def receive() -> dict[str, Any]:
            if not pieces:
                await asyncio.Event().wait()  # the browser waits for the answer
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                found.status = message["status"]
                found.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            else:
                found.body += message.get("body", b"")
                found.complete = not message.get("more_body", False)

        await self.guard(scope, receive, send)
        return found

    def submit(self, path: str, cookie: str = "", address: str = "127.0.0.1", **fields: str) -> Answer:
        """A form of ours, sent by a browser."""
        return asyncio.run(self.submitted(path, cookie, address, **fields))

    async def submitted(self, path: str, cookie: str = "", address: str = "127.0.0.1", **fields: str) -> Answer:
        kind, body = "application/x-www-form-urlencoded", urlencode(fields).encode()
        asked = self.asked(path, "POST", cookie=cookie, body=body, address=address, origin=ORIGIN, content_type=kind)
        return await asked

    def signed_in(self, person: str = "ada") -> str:
        return session_of(self.ask(f"/?token={self.sessions.token(person)}", sec_fetch_site="none"))


def session_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
