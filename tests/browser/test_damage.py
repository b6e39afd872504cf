"""Damage that is found at the start is told as soon as the page opens, beside what can still be read."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import ask, ready, send

pytestmark = pytest.mark.browser


def test_whose_words_are_damaged_is_told_so_when_the_page_opens(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    ask(page, "Where do zebras sleep?")
    page.close()
    app.stop()
    (log,) = app.home.glob("people/*/store.*.log")
    data = bytearray(log.read_bytes())
    data[data.index(b"zebras")] ^= 1
    log.write_bytes(data)

    page = look(app.start())
    page.locator("#notice", has_text="doctor --restore").wait_for()
    send(page, "And lions?")
    page.locator("#notice", has_text="nothing can be saved").wait_for()
    expect(page.get_by_label("Message")).to_have_value("And lions?")
    assert log.read_bytes() == bytes(data)
