"""Connections are seen where no hook sees them, and what children try stands in the app's own record."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from network import connections

ROOT = Path(__file__).parent.parent
Address = namedtuple("Address", "ip port")
Socket = namedtuple("Socket", "laddr raddr status")
READER = """
import contextlib, os, socket, threading
from documents import plain
text = plain.text
def stuck():
    threading.Event().wait()
def leaving(data):
    for leave in (lambda: socket.create_connection(("192.0.2.1", 9)), lambda: socket.gethostbyname("a.example")):
        with contextlib.suppress(PermissionError):
            leave()
    {ending}
    return text(data)
plain.text = leaving
"""


def listed(*rows: tuple[Any, Any, str]) -> type:
    """Stands in for psutil.Process: its list of sockets."""
    found = [Socket(Address(*own), Address(*other) if other else (), status) for own, other, status in rows]
    return type("Process", (), {"net_connections": lambda self, kind: found})


def test_only_what_this_process_has_opened_to_elsewhere_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = listed(
        (("0.0.0.0", 7861), None, "LISTEN"),
        (("10.0.0.5", 7861), ("10.0.0.9", 50000), "ESTABLISHED"),  # who came to us
        (("127.0.0.1", 40000), ("127.0.0.1", 7861), "ESTABLISHED"),
        (("::1", 40001), ("::ffff:127.0.0.1", 7861), "ESTABLISHED"),
        (("10.0.0.5", 40002), ("192.0.2.1", 443), "SYN_SENT"),
        (("10.0.0.5", 40003), ("2001:db8::1", 53), "NONE"),  # UDP
        (("fe80::2%eth0", 40004), ("fe80::1%eth0", 53), "NONE"),
    )
    monkeypatch.setattr(psutil, "Process", rows)
    assert connections.look() == {"192.0.2.1 port 443", "2001:db8::1 port 53", "fe80::1%eth0 port 53"}


def test_a_real_connection_on_this_machine_does_not_count() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert connections.look() == set()


def test_an_open_connection_is_noted_once_for_as_long_as_it_stays() -> None:
    program = """
import threading
from network import connections, offline
offline.seal()
offline.note_sealed("engine")
looks = iter([{"192.0.2.1 port 9"}, {"192.0.2.1 port 9"}, set(), {"192.0.2.1 port 9"}])
over = threading.Event()
def look():
    try:
        return next(looks)
    except StopIteration:
        over.set()
        raise OSError("hidden")
connections.look, connections.LOOK_SECONDS = look, 0.001
connections.watch("app")
over.wait()
found = offline.outbound()
print(found.counts, {(one.to, one.refused) for one in found.attempts})
"""
    assert run(program) == "{'app': 2, 'engine': 0} {('192.0.2.1 port 9', False)}\n"


def test_what_a_child_tries_stands_in_the_record_of_the_app_and_does_not_disturb_its_messages(tmp_path: Path) -> None:
    program = f"""
import json
import os
from network import offline
from pathlib import Path
from backends.child import Child
offline.seal()
child = Child("tests.echo", log=Path({str(tmp_path / "log")!r}))
assert child.receive(20) == {{"hello": []}}
first = offline.outbound().counts
child.send({{"do": "connect", "host": "192.0.2.1", "port": 9}})
answer = child.receive(20)["error"]
child.close()
found = offline.outbound()
print(json.dumps([first, answer, found.counts, [[one.process, one.to, one.refused] for one in found.attempts]]))
"""
    first, answer, counts, attempts = json.loads(run(program))
    assert (first, counts) == ({"app": 0, "echo": 0}, {"app": 0, "echo": 1})
    assert "Homegrown is sealed" in answer
    assert attempts == [["echo", "192.0.2.1", True]]


@pytest.mark.parametrize(("ending", "answer"), [("", "read"), ("os._exit(1)", "damaged"), ("stuck()", "intricate")])
def test_what_the_reader_of_a_document_tries_stands_in_the_record_of_the_app_however_it_ends(
    tmp_path: Path, ending: str, answer: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(READER.format(ending=ending or "pass"), encoding="utf-8")
    program = f"""
import json, os
from network import offline
from documents import limits, reading
from errors import BadInput
offline.seal()
limits.SECONDS = 3.0 if {ending!r} == "stuck()" else limits.SECONDS
os.environ["PYTHONPATH"] = {os.pathsep.join((str(tmp_path), str(ROOT)))!r}
try:
    answer = "read" if reading.read("a.txt", b"words").passages[0].text == "words" else ""
except BadInput as trouble:
    answer = str(trouble)
found = offline.outbound()
print(json.dumps([answer, found.counts, [[one.process, one.to, one.refused] for one in found.attempts]]))
"""
    said, counts, attempts = json.loads(run(program))
    assert answer in said
    assert counts == {"app": 0, "reader": 2}
    assert attempts == [["reader", "192.0.2.1", True], ["reader", "a.example", True]]


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
