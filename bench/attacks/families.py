"""The attacks themselves: what is sent to each route, and what would show that it got through."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.attacks.victim import Person, Victim
from bench.attacks.wire import Answer, Headers, ask, send

ROUTES = Path(__file__).resolve().parents[2] / "tests" / "routes.json"  # every route behind the door
DOOR = (
    *("GET /sign-in", "POST /sign-in", "GET /lost", "POST /lost"),
    *("GET /you", "POST /passphrase", "POST /here", "POST /sign-out", "POST /lock"),
    *("POST /recovery-code", "POST /keyring"),
)
PROGRAMS = ("GET /v1/models", "POST /v1/chat/completions")  # who comes there shows a key: a cookie is nothing to it
PINNED = (  # routes that take the name of a page or an event
    *("GET /gradio_api/queue/data", "POST /gradio_api/queue/join", "POST /gradio_api/cancel"),
)
FORBIDDING = {  # header -> what must stand in it
    "content-security-policy": "frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
EVIL = "http://evil.example"
MULTIPART = "multipart/form-data; boundary=x"
BODIES = {  # what pages of other origins can send without asking first, and what they cannot
    "application/x-www-form-urlencoded": b"name=Ada&passphrase=x",
    MULTIPART: b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
    "text/plain": b'{"session_hash": "page-of-ada"}',
    "application/json": b'{"session_hash": "page-of-ada"}',
}


@dataclass(frozen=True, slots=True)
class Attack:
    """One request. `blocked` judges the answer; `by` asks as themselves, which may change files of their own."""

    family: str
    kind: str
    route: str
    make: Callable[[Victim], Answer]
    blocked: Callable[[Answer], bool]
    by: Person | None = None


def routes() -> list[str]:
    return [*json.loads(ROUTES.read_text(encoding="utf-8")), *DOOR, *PROGRAMS]


def all_attacks(victim: Victim) -> Iterator[Attack]:
    for route in routes():
        method, _, pattern = route.partition(" ")
        target = filled(pattern, victim.ada)
        yield from rebinding(route, method, target)
        yield from forgery(route, target)
        yield from reading(victim, route, target)
        yield from framing(victim, route, method, target)
        yield from trespass(route, method, pattern, victim.ben, victim.ada)
        yield from trespass(route, method, pattern, victim.ada, victim.ben)


def filled(pattern: str, person: Person) -> str:
    """An address that names what is this person's, wherever a route takes a name."""
    names = {"session_hash": person.page, "turn": person.turn, "event_id": person.event, "api_name": "say"}
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: names.get(found.group(1), f"people/{person.id}"), pattern)


def rebinding(route: str, method: str, target: str) -> Iterator[Attack]:
    """T1: the browser was led here under another name."""
    for wrong in (
        "evil.example:{port}",
        "127.0.0.1:1",
        "127.0.0.1",
        "127.0.0.1.:{port}",
        "LOCALHOST:{port}",
        "[::1]:1",
        "[::]:{port}",
        "0.0.0.0:{port}",
        "",
        "{here}|evil.example:{port}",
        "evil.example:{port}|{here}",
        None,
    ):

        def attack(victim: Victim, wrong: str | None = wrong) -> Answer:
            text = "" if wrong is None else wrong.format(port=victim.port, here=victim.host)
            hosts = [] if wrong is None else [("Host", host) for host in text.split("|")]
            headers = [*hosts, victim.cookie_of(victim.ada), ("Origin", victim.origin)]
            return ask(victim.port, method, target, headers, b"{}" if method == "POST" else b"")

        yield Attack("T1 rebinding", f"host {wrong}", route, attack, lambda answer: answer.status in (400, 421))


def forgery(route: str, target: str) -> Iterator[Attack]:
    """T2: a page of another origin sends what the browser lets it send, with the person's cookie."""
    origins: dict[str, Headers] = {
        "another origin": [("Origin", EVIL), ("Sec-Fetch-Site", "cross-site")],
        "another origin, old browser": [("Origin", EVIL)],
        "no origin": [("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
        "another port": [("Origin", "http://127.0.0.1:1"), ("Sec-Fetch-Site", "same-site")],
        "nothing said": [],
    }
    denied = _denied_at(route)
    for whence, said in origins.items():
        for kind, body in BODIES.items():
            more = [*said, ("Content-Type", kind)]
            yield Attack("T2 forgery", f"POST {kind}, {whence}", route, _by_browser("POST", target, more, body), denied)
        yield Attack("T2 forgery", f"POST without a type, {whence}", route, _by_browser("POST", target, said), denied)
    for destination in ("image", "script", "iframe", "empty"):
        headers = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", destination)]
        yield Attack("T2 forgery", f"GET as {destination}", route, _by_browser("GET", target, headers), denied)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        yield Attack("T2 forgery", method, route, _by_browser(method, target, origins["another origin"]), denied)


def reading(victim: Victim, route: str, target: str) -> Iterator[Attack]:
    """T3: a page of another origin opens a web socket, or a stream of events."""
    denied = _denied_at(route)
    upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
    upgrade += [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
    for whence, said in {"ours": [], "another": [("Origin", EVIL)]}.items():
        socket = _by_browser("GET", target, [*upgrade, *said])
        refused = (lambda answer: answer.status != 101) if whence == "ours" else denied
        by = victim.ada if whence == "ours" else None
        yield Attack("T3 reading", f"web socket, origin {whence}", route, socket, refused, by)
    stream = [("Accept", "text/event-stream"), ("Origin", EVIL)]
    for whence, said in {"new": [("Sec-Fetch-Site", "cross-site")], "old": []}.items():
        events = _by_browser("GET", target, [*stream, *said])
        yield Attack("T3 reading", f"event stream, {whence} browser", route, events, denied)


def framing(victim: Victim, route: str, method: str, target: str) -> Iterator[Attack]:
    """T4: every answer, also to what is refused, must forbid framing and sniffing, and let no other origin read."""
    body = b"{}" if method == "POST" else b""
    kind = [("Content-Type", "application/json")] if body else []

    def signed_in(victim: Victim) -> Answer:
        headers = [("Host", victim.host), victim.cookie_of(victim.ada), ("Origin", victim.origin), *kind]
        if route in LEAVES:  # or the person would be gone for the attacks that follow
            headers = [entry for entry in headers if entry[0] != "Cookie"]
        return ask(victim.port, method, target, headers, body)

    def stranger(victim: Victim) -> Answer:
        return ask(victim.port, method, target, [("Host", victim.host), ("Origin", victim.origin), *kind], body)

    def misled(victim: Victim) -> Answer:
        return ask(victim.port, method, target, [("Host", "evil.example")], body)

    def too_large(victim: Victim) -> Answer:
        headers = [("Host", victim.host), victim.cookie_of(victim.ada), ("Origin", victim.origin)]
        return ask(victim.port, method, target, [*headers, ("Content-Length", "200000000")], patience=5.0)

    def no_http(victim: Victim) -> Answer:
        return send(victim.port, f"{method} {target} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".encode())

    ways = {"signed in": signed_in, "stranger": stranger, "wrong host": misled, "no HTTP": no_http}
    for name, attack in {**ways, **({"too large": too_large} if method == "POST" else {})}.items():
        yield Attack("T4 framing", name, route, attack, _forbids, victim.ada if attack is signed_in else None)


LEAVES = ("POST /sign-out", "POST /lock")  # what a person may do to themselves


def trespass(route: str, method: str, pattern: str, attacker: Person, owner: Person) -> Iterator[Attack]:
    """T5, T18: somebody else who lives here, the owner too, names what is not theirs."""
    if route in LEAVES:
        return
    query = urlencode({"session_hash": owner.page, "event_id": owner.event, "c": owner.conversation})
    body = {"session_hash": owner.page, "event_id": owner.event, "fn_index": 0, "data": [owner.conversation]}

    def attack(victim: Victim) -> Answer:
        return victim.ours(method, f"{filled(pattern, owner)}?{query}", attacker, body if method == "POST" else None)

    def blocked(answer: Answer) -> bool:
        if route in PINNED:
            return answer.status == 403
        return owner.canary.encode() not in answer.body and (method != "POST" or not 200 <= answer.status < 300)

    harmless = ("POST /awake", "POST /here", "POST /gradio_api/reset")  # they name nobody, or do nothing
    judge = (lambda answer: owner.canary.encode() not in answer.body) if route in harmless else blocked
    yield Attack("T5 trespass", f"{attacker.name} at what is {owner.name}'s", route, attack, judge, attacker)


def _by_browser(method: str, target: str, headers: Headers, body: bytes = b"") -> Callable[[Victim], Answer]:
    """With Ada's cookie, as if the browser had sent it in spite of SameSite."""

    def attack(victim: Victim) -> Answer:
        return ask(victim.port, method, target, [("Host", victim.host), victim.cookie_of(victim.ada), *headers], body)

    return attack


def _denied_at(route: str) -> Callable[[Answer], bool]:
    allowed = (401, 403, 404) if route in PROGRAMS else (403,)
    return lambda answer: answer.status in allowed


def _forbids(answer: Answer) -> bool:
    said: dict[str, Any] = answer.headers
    there = all(value in said.get(name, "") for name, value in FORBIDDING.items())
    return there and not any(name.startswith("access-control-") for name in said)
