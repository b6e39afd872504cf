"""A running app in demo mode, and a real Chromium that notices errors and requests to elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, expect, sync_playwright

ROOT = Path(__file__).parents[2]
expect.set_options(timeout=30_000)
QUIET = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
# What a browser says of a page that was left, or an app that stopped.
ENDED = re.compile("AbortError|Connection errored out|Failed to fetch|ERR_CONNECTION|Cancelled via cancel scope")


def missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{what}: the browser tests must run here.")
    pytest.skip(f"{what}: install it to run the browser tests.")


def chromium_path() -> str | None:
    """The system's Chromium; None: Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")  # not longer: its event loop would stand in the way of other tests
def chromium() -> Iterator[Any]:
    """A headless Chromium: the one of the system, else Playwright's own."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET.split())
        except Error as error:
            missing(f"No Chromium can be started ({str(error).splitlines()[0]})")
        yield browser
        browser.close()


@dataclass
class App:
    """`python app.py serve` on a port of its own; may be ended and started again on the same home."""

    home: Path
    delay: float = 0.01  # seconds per word of the scripted model
    demo: bool = True
    port: int = field(default_factory=lambda: _free_port())
    process: subprocess.Popen[str] | None = None
    url: str = ""
    program: tuple[str, ...] = ("app.py",)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> str:
        command = [sys.executable, *self.program, "serve", "--no-browser", "--home", str(self.home)]
        command += ["--demo"] if self.demo else []
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            cwd=ROOT,
            env={**os.environ, "HOMEGROWN_SCRIPTED_DELAY": str(self.delay)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith(self.base), f"the first line was {self.url!r}"
        return self.url

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.communicate(timeout=30)
            self.process = None


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., App]]:
    apps: list[App] = []

    def start(delay: float = 0.01, demo: bool = True) -> App:
        apps.append(App(tmp_path / "home of the app", delay, demo))
        apps[-1].start()
        return apps[-1]

    yield start
    for app in apps:
        app.stop()


@pytest.fixture
def look(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages in one browser profile. At the end: no console error, no request to anywhere else."""
    context = chromium.new_context(viewport={"width": 1280, "height": 820})
    context.set_default_timeout(30_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    errors: list[str] = []
    outside: list[str] = []

    def told(message: Any) -> None:
        if message.type in ("error", "warning") and not ENDED.search(message.text):
            errors.append(message.text)

    def asked(request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            outside.append(request.url)

    def open_page(url: str, **more: Any) -> Any:
        page = context.new_page()
        page.on("console", told)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", asked)
        page.on("dialog", lambda dialog: dialog.accept())
        if "size" in more:
            page.set_viewport_size(dict(zip(("width", "height"), more["size"], strict=True)))
        page.goto(url)
        return page

    yield open_page
    context.close()
    assert errors == []
    assert outside == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
