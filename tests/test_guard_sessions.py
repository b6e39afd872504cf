"""The door, later on: sessions end, streams end with them, and nobody speaks for somebody else's page."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from tests.door import HERE, ORIGIN, Answer, Door, Time, session_of
from web.guard import FAREWELL, LOOK_EVERY
from web.session import Sessions

JSON = {"content_type": "application/json", "origin": ORIGIN}
JOIN = "/gradio_api/queue/join"


@pytest.fixture
def door() -> Door:
    return Door()


async def endless(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await send({"type": "http.response.body", "body": b"data: secret\n\n", "more_body": True})
    await asyncio.Event().wait()


def remove(door: Door) -> None:
    door.people = door.people[1:]


def lock(door: Door) -> None:
    door.keys.lock("ada")


def sign_out_elsewhere(door: Door) -> None:
    door.sessions.end("ada")


def wait_too_long(door: Door) -> None:
    door.clock.now += 1800


def stop_the_app(door: Door) -> None:
    door.guard.leaving = lambda: True


ENDS = [remove, lock, sign_out_elsewhere, wait_too_long]


@pytest.mark.parametrize("end", [*ENDS, stop_the_app])
def test_an_open_stream_ends_within_a_second_of_its_session(door: Door, end: Callable[[Door], None]) -> None:
    assert LOOK_EVERY <= 0.5
    door.guard.app = endless

    async def watch() -> Answer:
        answer = Answer()
        cookie = await signed_in(door)
        stream = asyncio.create_task(door.asked("/gradio_api/queue/data?session_hash=a", cookie=cookie, answer=answer))
        while not answer.body:
            await asyncio.sleep(0.01)
        end(door)
        await asyncio.wait_for(stream, timeout=20)
        return answer

    answer = asyncio.run(watch())
    told = "" if end is stop_the_app else f"data: {FAREWELL}\n\n"
    assert (answer.text, answer.complete) == (f"data: secret\n\n{told}", True)
    assert json.loads(FAREWELL)["message"] == "You are signed out. Sign in to go on."


@pytest.mark.parametrize("end", ENDS)
def test_a_session_that_has_ended_opens_nothing(door: Door, end: Callable[[Door], None]) -> None:
    cookie = door.signed_in()
    assert door.ask("/pulse", cookie=cookie).status == 200
    end(door)
    assert door.ask("/pulse", cookie=cookie).status == 401
    assert door.ask("/", cookie=cookie).status == 401
    assert len(door.reached) == 1


@pytest.mark.parametrize("end", ENDS)
def test_whoever_was_signed_out_is_told_so_and_a_stranger_is_not(door: Door, end: Callable[[Door], None]) -> None:
    door.keys.passphrases = {"ada": "correct horse", "ben": "battery staple"}
    cookie = session_of(door.submit("/sign-in", name="Ada", passphrase="correct horse"))
    assert door.ask("/memory", cookie=cookie).status == 200
    end(door)
    for path in ("/", "/memory", "/you", "/people", "/export"):
        assert '<p role="status">You are signed out.' in door.ask(path, cookie=cookie).text
        assert "signed out" not in door.ask(path).text
    assert '<p role="status">You are signed out.' in door.ask("/?left").text  # whose cookie was taken away
    assert len(door.reached) == 1


def test_a_last_session_that_ends_is_told_and_one_of_several_is_not() -> None:
    clock, left, here = Time(), list[str](), {"ada", "ben"}
    sessions = Sessions(here.__contains__, lambda person: 1800.0, clock, left.append)
    first, ben = sessions.begin("ada"), sessions.begin("ben")
    clock.now += 1000
    second = sessions.begin("ada")
    clock.now += 900
    assert (sessions.person(first), sessions.person(second), left) == (None, "ada", [])
    clock.now += 900
    assert (sessions.person(second), left) == (None, ["ada"])
    assert (sessions.person(ben), left) == (None, ["ada", "ben"])
    sessions.begin("ada")
    sessions.end("ada")
    assert left == ["ada", "ben", "ada"]
    removed = sessions.begin("ada")
    here.clear()
    assert (sessions.person(removed), left) == (None, ["ada", "ben", "ada", "ada"])


def test_an_answer_that_has_not_begun_becomes_the_sign_in_page(door: Door) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        remove(door)
        await asyncio.Event().wait()

    door.guard.app = silent
    assert door.ask("/pulse", cookie=door.signed_in()).status == 401


def test_the_pages_own_requests_do_not_count_as_use_but_those_of_a_person_do(door: Door) -> None:
    cookie = door.signed_in()
    door.clock.now += 1000
    door.ask("/pulse", cookie=cookie)
    door.ask(JOIN, "POST", cookie=cookie, body=b'{"session_hash": "a"}', **JSON)
    door.clock.now += 800
    assert door.ask("/pulse", cookie=cookie).status == 401
    for path, method in (("/", "GET"), ("/awake", "POST"), ("/here", "POST")):
        cookie = door.signed_in()
        for _ in range(3):
            door.clock.now += 1000
            assert door.ask(path, method, cookie=cookie, origin=ORIGIN).status in (200, 204)
        door.clock.now += 1800
        assert door.ask("/pulse", cookie=cookie).status == 401


def test_an_event_belongs_to_the_person_whose_page_began_it(door: Door) -> None:
    ada, ben = door.signed_in("ada"), door.signed_in("ben")
    body = json.dumps({"session_hash": "page of ada"}).encode()

    async def joined(scope: Any, receive: Any, send: Any) -> None:
        door.seen = {name.decode(): value.decode() for name, value in scope["headers"]}
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"event_id":', "more_body": True})
        await send({"type": "http.response.body", "body": b' "event of ada"}'})

    app, door.guard.app = door.guard.app, joined
    assert door.ask(JOIN, "POST", cookie=ada, body=body, accept_encoding="br", **JSON).status == 200
    assert "accept-encoding" not in door.seen
    door.guard.app = app
    cancel = json.dumps({"session_hash": "page of ben", "fn_index": 0, "event_id": "event of ada"}).encode()
    assert door.ask("/gradio_api/cancel", "POST", cookie=ben, body=cancel, **JSON).status == 403
    assert not door.reached
    cancel = cancel.replace(b"page of ben", b"page of ada")
    assert door.ask("/gradio_api/cancel", "POST", cookie=ada, body=cancel, **JSON).status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"session_hash": "mine", "session_hash": "theirs"}', 400),
        (b'{"session_hash": ["theirs"]}', 400),
        (b'["session_hash"]', 400),
        ('{"session_hash": "theirs"}'.encode("utf-16"), 400),
        (b'\xef\xbb\xbf{"session_hash": "theirs"}', 400),
        (b"[" * 100_000, 400),
        (b"session_hash=theirs", 400),
        (b"{}", 200),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_body_that_could_be_read_in_two_ways_is_read_in_none(door: Door, body: bytes, status: int) -> None:
    assert door.ask(JOIN, "POST", cookie=door.signed_in(), body=body, **JSON).status == status
    assert len(door.reached) == (status == 200)


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/jsonp", ""])
def test_only_json_is_taken_by_the_pages(door: Door, kind: str) -> None:
    answer = door.ask(JOIN, "POST", cookie=door.signed_in(), body=b"{}", content_type=kind, origin=ORIGIN)
    assert answer.status == 415


@pytest.mark.parametrize(
    ("path", "method"), [("/", "DELETE"), ("/", "POST"), ("/pulse", "POST"), (JOIN, "GET"), ("/awake", "GET")]
)
def test_a_route_is_open_only_in_the_way_the_pages_use_it(door: Door, path: str, method: str) -> None:
    assert door.ask(path, method, cookie=door.signed_in(), origin=ORIGIN).status == 404
    assert not door.reached


def test_a_body_that_breaks_off_reaches_nobody(door: Door) -> None:
    cookie, sent = door.signed_in(), []
    pieces = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    headers = {"host": HERE, "origin": ORIGIN, "cookie": f"{door.guard.cookie}={cookie}", "content-length": "2"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": JOIN, "query_string": b"", "headers": raw}

    async def receive() -> Any:
        return pieces.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(door.guard(scope, receive, send))
    assert (door.reached, sent) == ([], [])


def test_a_body_that_never_ends_is_not_waited_for(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.body.BODY_SECONDS", 0.01)
    cookie, sent = door.signed_in(), []
    headers = {"host": HERE, "origin": ORIGIN, "cookie": f"{door.guard.cookie}={cookie}"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": JOIN, "query_string": b"", "headers": raw}

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(door.guard(scope, receive, send))
    assert (door.reached, sent[0]["status"]) == ([], 408)


def test_nobody_can_speak_as_a_proxy(door: Door) -> None:
    lies = {"x_forwarded_host": "evil.example", "x_forwarded_proto": "https", "forwarded": "host=evil.example"}
    door.ask("/", cookie=door.signed_in(), accept="text/html", **lies)
    assert set(door.seen) == {"host", "cookie", "accept"}


def test_a_defect_is_logged_and_told_with_all_headers(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError("inside")

    door.guard.app = broken
    with caplog.at_level(logging.ERROR):
        answer = door.ask("/pulse", cookie=door.signed_in())
    assert answer.status == 500
    assert "inside" in caplog.text
    assert "inside" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_behind_tls_the_cookie_is_for_tls_and_this_host_alone() -> None:
    door = Door("https", 443)
    link = f"/?token={door.sessions.token('ada')}"
    cookie = door.ask(link, host="localhost").headers["set-cookie"]
    assert cookie.startswith("__Host-homegrown-443=")
    assert "; Secure" in cookie
    assert "Path=/;" in cookie
    cookie = cookie.partition("=")[2].partition(";")[0]
    origins = {"https://localhost": 200, "http://localhost": 403}
    for origin, status in origins.items():
        assert door.ask("/awake", "POST", host="localhost", cookie=cookie, origin=origin).status == status
    assert door.ask("/pulse", host="localhost:443", cookie=cookie).status == 421
    assert "Secure" not in Door().ask(f"/?token={Door().sessions.token('ada')}").headers.get("set-cookie", "")


async def signed_in(door: Door) -> str:
    app, door.guard.app = door.guard.app, door.app
    answer = await door.asked(f"/?token={door.sessions.token('ada')}")
    door.guard.app = app
    return answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
