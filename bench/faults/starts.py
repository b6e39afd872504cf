"""Many starts of the app on one home at the same moment: one serves, the others say where it is, nothing is damaged."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import psutil

from bench.faults.process import ROOT
from bench.result import Goal
from storage.store import Store

STARTS = 50
PATIENCE = 600.0
LEAVE_SECONDS = 120.0  # for those that have told their page to end
STOP_SECONDS = 60.0

Result = dict[str, Any]


def run(folder: Path, tries: Sequence[int], starts: int = STARTS) -> Generator[Result, None, None]:
    for number in tries:
        yield {"try": number} | _together(folder / f"home {number}", starts)


def _together(home: Path, starts: int) -> Result:
    """Starts that many, waits until all but the one that serves have ended, then asks that one and stops it."""
    home.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    apps = [_start(home, number) for number in range(starts)]
    said: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    readers = [threading.Thread(target=_first_line, args=(number, app, said)) for number, app in enumerate(apps)]
    for reader in readers:
        reader.start()
    try:
        urls = dict(said.get(timeout=PATIENCE) for _ in apps)
        seconds = time.monotonic() - began
        servers = _running(apps)
        ports = {_port(url) for url in urls.values() if url}
        status = _asked(home, "status")
        engines = sum(len(_engines(app.pid)) for app in servers)
        codes = [app.returncode for app in apps if app not in servers]
    finally:
        for app in apps:
            if app.poll() is None:
                app.send_signal(signal.SIGTERM)
        for app in apps:
            app.wait(STOP_SECONDS)
        for reader in readers:
            reader.join()
    return {
        "starts": starts,
        "servers": len(servers),
        "engines": engines,
        "pages": len(ports),
        "told": sum(bool(url) for url in urls.values()),
        "failed": sum(code != 0 for code in codes),
        "codes": sorted(set(codes)),
        "answers": bool(status),
        "damage": _damage(home),
        "seconds": round(seconds, 1),
    }


def _start(home: Path, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "app.py"), "serve", "--demo", "--no-browser", "--home", str(home)]
    with home.with_name(f"{home.name} {number}.log").open("w") as log:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )


def _first_line(number: int, app: subprocess.Popen[str], said: queue.SimpleQueue[tuple[int, str]]) -> None:
    """What a start says first is its page; "" if it ends without a word."""
    assert app.stdout
    with app.stdout as pipe:
        said.put((number, pipe.readline().strip()))
        pipe.read()


def _running(apps: Sequence[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Those that go on: all have told their page, so that all but the one that serves are about to end."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while len(running := [app for app in apps if app.poll() is None]) > 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    return running


def _port(url: str) -> str:
    return url.partition("?")[0]


def _asked(home: Path, command: str) -> Any:
    """What a command says to this home: nothing if it fails."""
    words = [sys.executable, str(ROOT / "app.py"), command, "--home", str(home), "--backend", "scripted", "--json"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def _engines(pid: int) -> list[psutil.Process]:
    children = psutil.Process(pid).children()
    return [child for child in children if "backends.engine_main" in child.cmdline()]


def _damage(home: Path) -> list[str]:
    """What a start finds afterwards: troubles of the journals, and people other than the one who was begun."""
    store = Store(home)
    try:
        people = store.people()
        strange = [] if len(people) == 1 else [f"{len(people)} people were begun"]
        return [*store.troubles().values(), *strange]
    finally:
        store.close()


def goals(results: Sequence[Result], tries: int) -> list[Goal]:
    servers = [one["servers"] for one in results]
    failed, damage = sum(one["failed"] for one in results), sum(len(one["damage"]) for one in results)
    told = min((one["told"] - one["starts"] for one in results), default=-1)
    silent = sum(not one["answers"] for one in results)
    one_page = all(one["servers"] == one["engines"] == one["pages"] == 1 for one in results)
    return [
        Goal("rounds", len(results), f"at least {tries}", len(results) >= tries),
        Goal("servers, engines and pages, most", max(servers, default=0), "1", one_page and bool(servers)),
        Goal("that did not tell the one page", -told, "0", told == 0),
        Goal("that ended with an error", failed, "0", failed == 0),
        Goal("damage afterwards", damage, "0", damage == 0),
        Goal("servers that did not answer", silent, "0", silent == 0),
    ]
