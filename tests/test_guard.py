"""The door: who gets in, and what is refused on every route."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from web.guard import BODY_BYTES, FOLDERS, PERSON, ROUTES, TOKEN_SECONDS, Guard, LaunchTokens

PORT = 7861
HERE = f"127.0.0.1:{PORT}"
PATHS = sorted([*ROUTES, *(f"{folder}x" for folder in FOLDERS)])


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Door:
    """A guard in front of an app that says who it let in."""

    def __init__(self) -> None:
        self.tokens = LaunchTokens()
        self.reached: list[str] = []
        self.guard = Guard(self._app, PORT, self.tokens)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        self.reached.append(scope[PERSON])
        headers = [(b"access-control-allow-origin", b"*"), (b"cache-control", b"public")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        host: str | list[str] = HERE,
        cookie: str = "",
        body: bytes = b"",
        **more: str,
    ) -> Answer:
        """One request; keyword names are header names with _ for -."""
        address, _, query = path.partition("?")
        hosts = [host] if isinstance(host, str) else host
        headers = [(b"host", name.encode()) for name in hosts]
        headers += [(b"cookie", f"homegrown-{PORT}={cookie}".encode())] if cookie else []
        headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": address,
            "query_string": query.encode(),
            "headers": headers,
        }
        answer, pieces = Answer(), [body[i : i + 65536] for i in range(0, len(body), 65536)] or [b""]

        async def receive() -> dict[str, Any]:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                answer.body += message["body"]

        asyncio.run(self.guard(scope, receive, send))
        return answer

    def signed_in(self, person: str = "ada") -> str:
        answer = self.ask(f"/?token={self.tokens.new(person)}", sec_fetch_site="none")
        return answer.headers["set-cookie"].partition("=")[2].partition(";")[0]


@pytest.fixture
def door() -> Door:
    return Door()


def test_a_token_signs_in_once_and_leaves_the_address(door: Door) -> None:
    token = door.tokens.new("ada")
    first = door.ask(f"/?token={token}")
    assert (first.status, first.headers["location"]) == (303, "/")
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=Strict" in first.headers["set-cookie"]
    assert str(PORT) in first.headers["set-cookie"].partition("=")[0]
    assert door.ask(f"/?token={token}").status == 401


def test_a_token_is_too_old_after_ten_minutes(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    token, at = door.tokens.new("ada"), __import__("time").monotonic()
    monkeypatch.setattr("web.guard.time.monotonic", lambda: at + TOKEN_SECONDS + 1)
    assert door.ask(f"/?token={token}").status == 401


def test_a_signed_in_request_reaches_the_app_as_its_person(door: Door) -> None:
    cookie = door.signed_in("ada")
    assert door.ask("/", cookie=cookie, sec_fetch_site="none").status == 200
    assert door.reached == ["ada"]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_cookie_no_route_answers(door: Door, path: str) -> None:
    for cookie in ("", "made-up"):
        answer = door.ask(path, cookie=cookie)
        assert answer.status == 401
        assert "Run “make run” again" in answer.body.decode()
    assert not door.reached


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    [
        f"evil.example:{PORT}",
        "127.0.0.1:80",
        "127.0.0.1",
        f"127.0.0.1.:{PORT}",
        f"LOCALHOST:{PORT}",
        f"0.0.0.0:{PORT}",
        "",
        [HERE, f"evil.example:{PORT}"],
        [],
    ],
    ids=str,
)
def test_another_host_is_refused_on_every_route(door: Door, path: str, host: Any) -> None:
    assert door.ask(path, host=host, cookie=door.signed_in()).status == 421
    assert not door.reached


@pytest.mark.parametrize("host", [HERE, f"localhost:{PORT}", f"[::1]:{PORT}"])
def test_the_three_names_of_this_machine_are_served(door: Door, host: str) -> None:
    assert door.ask("/", host=host, cookie=door.signed_in()).status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": f"https://{HERE}"},
        {"origin": f"http://localhost:{PORT}"},
        {"origin": "http://127.0.0.1:9999", "sec_fetch_site": "same-site"},
        {"origin": f"http://{HERE}", "sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "none"},
    ],
    ids=str,
)
def test_a_foreign_page_changes_nothing_on_any_route(door: Door, path: str, sent: dict[str, str]) -> None:
    assert door.ask(path, "POST", cookie=door.signed_in(), **sent).status == 403
    assert not door.reached


@pytest.mark.parametrize("sent", [{"origin": f"http://{HERE}"}, {"sec_fetch_site": "same-origin"}], ids=str)
def test_our_own_page_may_post(door: Door, sent: dict[str, str]) -> None:
    assert door.ask("/gradio_api/queue/join", "POST", cookie=door.signed_in(), body=b"{}", **sent).body == b"{}"


def test_a_foreign_page_reads_nothing_but_may_link_to_the_start_page(door: Door) -> None:
    cookie = door.signed_in()
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert door.ask("/", cookie=cookie, **link).status == 200
    assert door.ask("/memory", cookie=cookie, **link).status == 403
    assert door.ask("/", cookie=cookie, **{**link, "sec_fetch_dest": "iframe"}).status == 403
    assert door.ask("/", cookie=cookie, sec_fetch_site="same-site", sec_fetch_mode="no-cors").status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://evil.example/x",
        "/gradio_api/proxy=https://x.hf.space/",
        "/gradio_api/upload",
        "/gradio_api/component_server",
        "/gradio_api/mcp/sse",
        "/gradio_api/vibe-edit/",
        "/gradio_api/runs",
        "/gradio_api/info",
        "/login",
        "/logout",
        "/monitoring",
        "/assets/../../etc/passwd",
        "/docs",
    ],
)
def test_routes_that_no_page_uses_are_closed(door: Door, path: str) -> None:
    assert door.ask(path, cookie=door.signed_in()).status == 404
    assert not door.reached


def test_a_body_above_a_mebibyte_is_refused_declared_or_not(door: Door) -> None:
    cookie, origin = door.signed_in(), f"http://{HERE}"
    large = b"x" * (BODY_BYTES + 1)
    assert door.ask("/gradio_api/run/x", "POST", cookie=cookie, origin=origin, body=large).status == 413
    assert door.ask("/gradio_api/run/x", "POST", cookie=cookie, origin=origin, content_length="9999999").status == 413
    assert door.ask("/gradio_api/run/x", "POST", cookie=cookie, origin=origin, content_length="-1").status == 413
    assert not door.reached


@pytest.mark.parametrize("status, path", [(200, "/"), (401, "/"), (404, "/nothing"), (421, "/")])
def test_every_answer_forbids_the_browser_what_it_must(door: Door, status: int, path: str) -> None:
    cookie = "" if status == 401 else door.signed_in()
    answer = door.ask(path, cookie=cookie, host="evil.example" if status == 421 else HERE)
    assert answer.status == status
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_session_belongs_to_the_person_who_opened_it(door: Door) -> None:
    ada, ben = door.signed_in("ada"), door.signed_in("ben")
    mine = json.dumps({"session_hash": "abc", "data": []}).encode()
    join = {"path": "/gradio_api/queue/join", "method": "POST", "origin": f"http://{HERE}", "body": mine}
    assert door.ask(**join, cookie=ada).status == 200
    assert door.ask(**join, cookie=ben).status == 403
    assert door.ask("/gradio_api/queue/data?session_hash=abc", cookie=ben).status == 403
    assert door.ask("/gradio_api/heartbeat/abc", cookie=ben).status == 403
    assert door.ask("/gradio_api/queue/data?session_hash=abc", cookie=ada).status == 200


def test_websockets_are_closed() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Door().guard({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
