"""The door: who gets in, and what is refused on every route."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.door import HERE, ORIGIN, PORT, Door
from web.body import BODY_BYTES
from web.routes import FOLDERS, OPEN
from web.session import TOKEN_SECONDS

JSON = {"content_type": "application/json"}
PATHS = sorted([*OPEN, *(f"{folder}x" for folder in FOLDERS)])


@pytest.fixture
def door() -> Door:
    return Door()


def test_a_token_signs_in_once_and_leaves_the_address(door: Door) -> None:
    token = door.sessions.token("ada")
    first = door.ask(f"/?token={token}")
    assert (first.status, first.headers["location"]) == (303, "/")
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=Strict" in first.headers["set-cookie"]
    assert str(PORT) in first.headers["set-cookie"].partition("=")[0]
    assert door.ask(f"/?token={token}").status == 401


def test_a_token_is_too_old_after_ten_minutes(door: Door) -> None:
    token = door.sessions.token("ada")
    door.clock.now += TOKEN_SECONDS
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
        assert "Run “make run” once more" in answer.body.decode()
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
    assert door.ask("/gradio_api/queue/join", "POST", cookie=door.signed_in(), body=b"{}", **JSON, **sent).body == b"{}"


def test_a_foreign_page_reads_nothing_but_may_link_to_the_start_page(door: Door) -> None:
    cookie = door.signed_in()
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert door.ask("/", cookie=cookie, **link).status == 200
    assert door.ask("/memory", cookie=cookie, **link).status == 403
    assert door.ask("/", cookie=cookie, **{**link, "sec_fetch_dest": "iframe"}).status == 403
    assert door.ask("/", cookie=cookie, sec_fetch_site="same-site", sec_fetch_mode="no-cors").status == 403
    for origin in ("http://evil.example", "null"):  # browsers that do not say where a request comes from
        assert door.ask("/gradio_api/queue/data?session_hash=a", cookie=cookie, origin=origin).status == 403


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
        "/gradio_api/run/predict",
        "/gradio_api/call/send",
        "/gradio_api/stream/abc",
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
    assert door.ask("/gradio_api/queue/join", "POST", cookie=cookie, origin=origin, body=large).status == 413
    assert (
        door.ask("/gradio_api/queue/join", "POST", cookie=cookie, origin=origin, content_length="9999999").status == 413
    )
    assert door.ask("/gradio_api/queue/join", "POST", cookie=cookie, origin=origin, content_length="-1").status == 413
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
    join: Any = {"path": "/gradio_api/queue/join", "method": "POST", "origin": ORIGIN, "body": mine, **JSON}
    assert door.ask(**join, cookie=ada).status == 200
    assert door.ask(**join, cookie=ben).status == 403
    assert door.ask("/gradio_api/queue/data?session_hash=abc", cookie=ben).status == 403
    assert door.ask("/gradio_api/queue/data?session_hash=abc", cookie=ada).status == 200


def test_websockets_are_closed() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Door().guard({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
