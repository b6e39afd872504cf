"""The first day: a better model is offered, comes while the chat goes on, and serves with one click; and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from backends import catalog
from tests.browser.conftest import App
from tests.browser.gestures import ask, look_again, ready
from tests.hub_server import Hub, hub_server
from tests.test_gguf_header import model

pytestmark = pytest.mark.browser

NAME = "maker/tiny-GGUF/tiny.gguf"
CONTENT: bytes = model() + bytes(range(256)) * 8_000  # type: ignore[no-untyped-call]


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_server(Hub({NAME: CONTENT}, slow=1_000_000)) as hub:
        yield hub


@pytest.fixture
def app(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """Its catalogue: the bundled model, and a better one that the test's hub has."""
    told = json.loads(catalog.LIST.read_text(encoding="utf-8"))["models"][:2]
    owner, repository, file = NAME.split("/")
    told[1] |= {"title": "Tiny Better", "repository": f"{owner}/{repository}", "file": file, "revision": None}
    told[1] |= {"bytes": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}
    listed = tmp_path / "models.json"
    listed.write_text(json.dumps({"models": told}), encoding="utf-8")
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    program = (str(Path(__file__).with_name("with_catalogue.py")), str(listed))
    app = App(tmp_path / "home", program=program)
    app.start()
    yield app
    app.stop()


def test_a_better_model_comes_while_the_chat_goes_on_and_serves_with_one_click(app: App, hub: Hub, look: Any) -> None:
    chat = ready(look(app.url))
    chat.locator(".welcome", has_text="A better model would run on this machine: Tiny Better (2 MB)").wait_for()
    chat.get_by_role("link", name="See models").click()
    models = look(app.base + "/models")
    models.get_by_role("button", name="Download").press("Enter")
    models.get_by_role("progressbar", name="Download of Tiny Better").wait_for()
    chat.goto(app.base)
    ask(ready(chat), "What is an owl?")
    models.get_by_role("button", name="Pause").press("Enter")
    models.get_by_role("button", name="Resume").wait_for()
    hub.slow = 0
    models.get_by_role("button", name="Resume").press("Enter")
    models.get_by_role("heading", name="On this machine").wait_for()
    models.get_by_role("button", name="Use it").press("Enter")
    models.get_by_text("Tiny Better serves.").wait_for()
    expect(chat.locator(".turn")).to_have_count(1)
    ask(chat, "And what does it eat?")
    expect(chat.locator(".turn")).to_have_count(2)
    models.get_by_role("button", name="Go back to SmolLM2 135M Instruct").press("Enter")
    models.get_by_text("SmolLM2 135M Instruct serves.").wait_for()


def test_what_is_no_model_is_told_on_the_page(app: App, look: Any, tmp_path: Path) -> None:
    ready(look(app.url))
    models = look(app.base + "/models")
    (tmp_path / "short.gguf").write_bytes(CONTENT[:200])
    models.get_by_label("Whole path of a .gguf file, on this machine").fill(str(tmp_path / "short.gguf"))
    models.get_by_role("button", name="Add", exact=True).click()
    models.locator("#notice", has_text="short.gguf is cut short").wait_for()
    look_again(models)
    expect(models.locator("#notice")).to_contain_text("short.gguf is cut short")
