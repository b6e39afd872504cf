"""The network seal holds for every way out of Python. It cannot be removed, so each test has its own process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from network.offline import is_local

ROOT = Path(__file__).parent.parent


def run(program: str) -> str:
    command = [sys.executable, "-c", f"import socket\nfrom network import offline\n{program}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 9), timeout=1)",
        "socket.socket().connect(('192.0.2.1', 9))",
        "socket.socket().connect_ex(('192.0.2.1', 9))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))",
        "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 9))",
        "socket.getaddrinfo('example.org', 443)",
        "socket.gethostbyname('example.org')",
        "socket.gethostbyname_ex('example.org')",
        "socket.gethostbyaddr('192.0.2.1')",
        "socket.getnameinfo(('192.0.2.1', 9), 0)",
        "__import__('urllib.request').request.urlopen('http://192.0.2.1:9', timeout=1)",
        "__import__('importlib').reload(socket).create_connection(('192.0.2.1', 9), timeout=1)",
    ],
)
def test_a_way_out_is_refused_before_a_byte_leaves(attempt: str) -> None:
    program = f"offline.seal()\ntry:\n    {attempt}\nexcept OSError as error:\n    print(error)"
    assert "Homegrown is sealed" in run(program)


@pytest.mark.skipif(sys.platform == "win32", reason="sendmsg")
def test_a_message_in_parts_is_refused_too() -> None:
    attempt = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 9))"
    assert "Homegrown is sealed" in run(
        f"offline.seal()\ntry:\n    {attempt}\nexcept OSError as error:\n    print(error)"
    )


def test_this_machine_can_still_be_reached() -> None:
    program = """
offline.seal()
offline.seal()
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(("localhost", server.getsockname()[1]), timeout=5)
client.sendall(b"hello")
print(server.accept()[0].recv(5).decode())
print(socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV))
"""
    assert run(program) == "hello\n('127.0.0.1', '80')\n"


def test_every_way_out_that_was_tried_is_counted_and_the_last_ones_are_kept_with_their_time_and_address() -> None:
    program = """
import datetime
assert offline.outbound() is None
offline.seal()
began = offline.outbound()
assert (began.counts, began.attempts) == ({"app": 0}, ())
for attempt in (lambda: socket.create_connection(("192.0.2.1", 9)), lambda: socket.gethostbyname("a.example")):
    try:
        attempt()
    except PermissionError:
        pass
found = offline.outbound()
assert began.since <= found.attempts[0].at <= datetime.datetime.now(datetime.UTC)
print(found.counts, [(one.process, one.to, one.refused) for one in found.attempts])
for _ in range(offline.KEPT + 10):
    try:
        socket.gethostbyname("a.example")
    except PermissionError:
        pass
print(offline.outbound().counts["app"] - offline.KEPT, len(offline.outbound().attempts) == offline.KEPT)
"""
    told = [("app", "192.0.2.1", True), ("app", "a.example", True)]
    assert run(program) == f"{ {'app': 2} } {told}\n12 True\n"


def test_whether_the_seal_is_in_place_can_be_asked() -> None:
    assert run("print(offline.sealed())\noffline.seal()\nprint(offline.sealed())") == "False\nTrue\n"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "::1%lo", b"localhost", "", None])
def test_names_of_this_machine_are_local(host: str | bytes | None) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    ["example.org", "localhost.example.org", "10.0.0.1", "192.168.1.1", "0.0.0.0", "::", "fe80::1%lo", b"\xff", "1"],
)
def test_all_other_names_are_not(host: str | bytes) -> None:
    assert not is_local(host)
