"""The proof that nothing leaves: the product runs where there is no way out, and the kernel counts who looked for one.

`unshare` makes a network of its own that has a loopback device and nothing else. Whoever looks for another machine
there, from Python or from native code, is counted by the kernel as a packet without a route.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.test_commands import lines

ROOT = Path(__file__).parents[2]
UNSHARE = ["unshare", "--user", "--map-root-user", "--net"]
BEGINNING = """
import fcntl, http.cookiejar, json, socket, struct, subprocess, sys, urllib.request

SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # linux/sockios.h, linux/if.h
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))

def lost():
    "How often something on this network looked for a machine that cannot be reached."
    names, values = (line.split() for line in open("/proc/net/snmp") if line.startswith("Ip:"))
    newer = dict(line.split() for line in open("/proc/net/snmp6"))
    return int(dict(zip(names, values))["OutNoRoutes"]) + int(newer["Ip6OutNoRoutes"])

def app(*words):
    done = subprocess.run([sys.executable, "app.py", *words], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout
"""
SERVING = """
words = ["--backend", BACKEND]
server = subprocess.Popen(
    [sys.executable, "app.py", "serve", "--no-browser", "--port", "7999", *words], stdout=subprocess.PIPE, text=True
)
try:
    url = server.stdout.readline().strip()
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
    page = opener.open(url).read().decode()
    stamps = json.load(opener.open(url.partition("?")[0] + "pulse"))["stamps"]
    imported = json.loads(app("feedback", "import", ROWS, "--json"))["imported"]
    night = json.loads(app("learn", "--now", "--json")) if LEARN else {"verdict": "not asked for"}
    reply = json.loads(app("chat", "What is a moor?", "--greedy", "--json"))["reply"]
    status = json.loads(app("status", "--json"))
finally:
    server.terminate()
    server.wait()
told = {"page": "Homegrown" in page, "stamps": len(stamps), "imported": len(imported), "verdict": night["verdict"]}
print(json.dumps({**told, "engine": status["engine"]["state"], "reply": reply, "lost": lost()}))
"""


@pytest.fixture(scope="module", autouse=True)
def a_network_of_its_own() -> None:
    """Skips where the kernel does not let an ordinary user make one; where it does, nothing is skipped."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("networks of one's own are made by unshare, on Linux")
    tried = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"this kernel lets no ordinary user make a network: {tried.stderr.strip()}")


def inside(home: Path, program: str) -> Any:
    """What a program prints as JSON, in a network with no way out."""
    home.mkdir(exist_ok=True)
    environ = {**os.environ, "HOMEGROWN_HOME": str(home), "HOMEGROWN_SCRIPTED_DELAY": "0"}
    command = [*UNSHARE, sys.executable, "-c", BEGINNING + program]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_kernel_counts_whoever_looks_for_another_machine_there(home: Path) -> None:
    program = """
before, tries = lost(), []
for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, "192.0.2.1"),
    (socket.AF_INET, socket.SOCK_DGRAM, "192.0.2.1"),
    (socket.AF_INET6, socket.SOCK_STREAM, "2001:db8::1"),
):
    try:
        socket.socket(family, kind).connect((address, 9))
    except OSError:
        tries.append(lost())
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
print(json.dumps([before, tries, lost()]))
"""
    assert inside(home, program) == [0, [1, 2, 3], 3]


def taught(home: Path, backend: str, *, learn: bool) -> Any:
    """Serves, opens a page, imports corrections, may learn, chats, and asks how it is."""
    rows = home.parent / "rows.jsonl"
    rows.write_text(lines(8), encoding="utf-8")
    return inside(home, f"BACKEND, LEARN, ROWS = {backend!r}, {learn}, {str(rows)!r}\n{SERVING}")


def test_serving_chatting_teaching_and_a_night_need_no_network_and_look_for_none(home: Path) -> None:
    found = taught(home, "scripted", learn=True)
    assert found.pop("reply").startswith("Captain, ")
    told = {"page": True, "stamps": 3, "imported": 8, "verdict": "published", "engine": "ready", "lost": 0}
    assert found == told


def test_the_offline_proof_itself_looks_for_no_way_out(home: Path) -> None:
    program = """
told = json.loads(app("doctor", "--offline", "--backend", "scripted", "--json"))
print(json.dumps({"bad": [one["sentence"] for one in told if not one["ok"]], "lost": lost()}))
"""
    assert inside(home, program) == {"bad": [], "lost": 0}


@pytest.mark.model
def test_the_real_model_serves_and_replies_without_a_network(home: Path) -> None:
    found = taught(home, "llama_cpp", learn=False)
    assert found.pop("reply")
    told = {"page": True, "stamps": 3, "imported": 8, "verdict": "not asked for", "engine": "ready", "lost": 0}
    assert found == told
