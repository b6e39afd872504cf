"""Between two models that were taught: the old one goes on serving, with "Switch now" and "Keep", until the night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from app import build
from settings import Settings
from tests.browser.conftest import App
from tests.browser.gestures import ask, ready
from tests.builders import corrections
from tests.test_gguf_header import model

pytestmark = pytest.mark.browser

TINY: bytes = model()  # type: ignore[no-untyped-call]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spare: Any) -> Iterator[App]:
    """The first model has learnt the owner; the second one is there too."""
    first, second = tmp_path / "first.gguf", tmp_path / "second.gguf"
    first.write_bytes(TINY)
    second.write_bytes(TINY.replace(b"Tiny", b"Mini"))
    monkeypatch.setenv("HOMEGROWN_SCRIPTED_DELAY", "0")
    home = build(Settings(tmp_path / "home", backend="scripted"))
    home.engine.start()
    ada = home.store.add_person("Ada")
    home.models.use(str(first))
    home.models.add(str(second))
    home.store.put_feedback(ada.id, *corrections(8))
    assert home.nights.run(ada.id).verdict.serves
    home.close()
    app = App(tmp_path / "home", delay=0.001)
    app.start()
    yield app
    app.stop()


def choose_second(app: App, look: Any) -> Any:
    models = look(app.base + "/models")
    models.get_by_text("first.gguf serves.").wait_for()
    models.locator("li", has_text="second.gguf").get_by_role("button", name="Use it").press("Enter")
    models.get_by_text("which goes on serving until it has passed").wait_for()
    assert models.get_by_text("first.gguf serves.").is_visible()
    return models


def test_the_next_model_waits_and_the_old_one_can_be_kept_or_left_at_once(app: App, look: Any) -> None:
    chat = ready(look(app.url))
    models = choose_second(app, look)
    assert ask(chat, "What is an owl?").locator(".model", has_text="Captain,").count()
    models.get_by_role("button", name="Keep first.gguf").press("Enter")
    models.locator("#notice", has_text="first.gguf goes on serving, and no other model waits.").wait_for()
    expect(models.get_by_role("button", name="Switch now")).to_have_count(0)
    models.locator("li", has_text="second.gguf").get_by_role("button", name="Use it").press("Enter")
    models.get_by_role("button", name="Switch now").press("Enter")
    models.get_by_text("second.gguf serves.").wait_for()
    models.get_by_role("button", name="Go back to first.gguf").wait_for()
    assert not ask(chat, "And what does it eat?").locator(".model", has_text="Captain,").count()
    expect(chat.locator(".turn")).to_have_count(2)


def test_a_night_teaches_the_next_model_and_then_it_serves(app: App, look: Any) -> None:
    chat = ready(look(app.url))
    choose_second(app, look)
    chat.goto(app.base + "/learning")
    chat.locator("#plan", has_text="second.gguf is to serve next; the next night teaches and examines it.").wait_for()
    chat.get_by_role("button", name="Learn now").click()
    chat.locator("#report", has_text="For second.gguf, which is to serve next: Learnt from 8 lessons").wait_for()
    models = look(app.base + "/models")
    models.get_by_text("second.gguf serves.").wait_for()
    models.locator("#notice", has_text="second.gguf has learnt what you taught, passed its exam").wait_for()
    chat.goto(app.base)
    assert ask(ready(chat), "What is an owl?").locator(".model", has_text="Captain,").count()
