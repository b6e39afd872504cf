"""Keys for other programs, on the machine page: made, copied, used, revoked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import ready
from tests.serving_api import Answer, request

pytestmark = pytest.mark.browser


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def answer(address: str, key: str) -> Answer:
    return request("GET", f"{address}/models", {"authorization": f"Bearer {key}"})


def test_a_key_is_shown_once_opens_the_model_and_is_revoked(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    page.goto(f"{app.base}/machine")
    page.get_by_text("No key yet").wait_for()
    page.locator("#program-new").get_by_role("button", name="Make a key").click()
    page.locator("#programs-said", has_text="A name has 1 to 60").wait_for()
    page.get_by_label("Which program is it for?").fill("my <b>editor</b>")
    page.get_by_label("It may use my memory").check()
    page.keyboard.press("Tab")
    page.locator("#program-new").get_by_role("button", name="Make a key").click()
    made = page.locator("#programs-said .code code")
    made.wait_for()
    key = made.inner_text()
    page.get_by_role("button", name="Copy the key").click()
    page.locator("#announce", has_text="Copied.").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == key and key.startswith("hg-")
    row = page.locator("#programs .entry", has_text="my <b>editor</b>")
    assert "May use your memory · made today · never used" in row.inner_text()
    expect(page.get_by_label("It may use my memory")).not_to_be_checked()
    page.get_by_text("How to use it").click()
    address = page.locator("#programs-how p code").first.inner_text()
    assert address == f"{app.base}/v1"
    assert address in page.locator("#programs-how pre").last.inner_text()
    assert answer(address, key).json()["data"][0]["id"] == "homegrown"
    page.locator("#programs", has_text="last used today").wait_for()
    assert page.locator("#programs-how details").get_attribute("open") is not None  # it stays while the page refreshes
    picture(page, "programs-light-wide")
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.body.classList.add('dark')")
    picture(page, "programs-dark-wide")
    page.set_viewport_size({"width": 390, "height": 844})
    picture(page, "programs-dark-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(color_scheme="light")
    page.reload()
    row.wait_for()
    assert key not in page.content()
    picture(page, "programs-light-phone")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_text("No key yet").wait_for()
    page.locator("#programs-said", has_text="The key is revoked").wait_for()
    assert answer(address, key).status == 401
