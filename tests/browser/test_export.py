"""The machine page tells what was tried to leave, and leads to the file that a person takes along."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from domain import Turn
from storage.bundle import read
from storage.bundle_format import Bundle
from tests.browser.gestures import ask, ready

pytestmark = pytest.mark.browser
SECRET = "correct horse battery"


def test_a_person_sees_that_nothing_left_and_takes_everything_along(launch: Any, look: Any, tmp_path: Path) -> None:
    app = launch()
    page = ready(look(app.url))
    ask(page, "How do I bake bread?")
    page.goto(app.base + "/machine")
    page.locator("#connections", has_text=": 0 (app 0, engine 0).").wait_for()
    shot(page, "machine")
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_label("Passphrase of the file").fill(SECRET)
    page.get_by_label("The same again").fill(SECRET)
    shot(page, "export")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the file").click()
    saved.value.save_as(tmp_path / "file")
    assert saved.value.suggested_filename.endswith(".homegrown")
    with (tmp_path / "file").open("rb") as file:
        contents = read(Bundle(file, "file", SECRET))
    assert [one.text for one in contents.values if isinstance(one, Turn)] == ["How do I bake bread?"]


def shot(page: Any, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
