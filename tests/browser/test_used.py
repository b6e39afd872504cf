"""Under a reply stand the memories it was written with, and a click there changes them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.gestures import ask, ready

pytestmark = pytest.mark.browser


def test_a_memory_that_a_reply_used_is_edited_and_deleted_under_it(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    page.goto(app.base + "/memory")
    page.get_by_label("A fact about you").fill("My sister Ines lives in Porto.")
    page.get_by_role("button", name="Add").click()
    page.locator(".entry", has_text="Ines").get_by_role("button", name="Pin", exact=True).click()
    page.locator(".entry", has_text="always sent").get_by_role("button", name="Unpin").click()
    page.locator(".entry").get_by_role("button", name="Pin", exact=True).wait_for()
    page.get_by_text("About you, in brief").first.click()
    page.locator("#about textarea").fill("I say servus.")
    page.locator("#about-save").click()
    page.locator("#about-said", has_text="Saved.").wait_for()
    page.goto(app.base + "/")
    ready(page)
    plain = ask(page, "What is the capital of Australia?")
    plain.locator(".used", has_text="What your model was told").wait_for()
    turn = ask(page, "Where does my sister live?")
    turn.locator(".used summary", has_text="Shown to your model: 1 memory").click()
    fact = turn.locator(".used .entry", has_text="Ines lives in Porto")
    fact.get_by_role("button", name="Edit").click()
    page.get_by_label("The fact").fill("My sister Ines lives in Ghent.")
    page.keyboard.press("Enter")
    page.locator("#notice", has_text="written with the old text").wait_for()
    turn.locator(".used .entry").wait_for(state="detached")
    turn = ask(page, "In which city does my sister live?")
    turn.locator(".used summary", has_text="Shown to your model: 1 memory").click()
    fact = turn.locator(".used .entry", has_text="Ghent")
    fact.get_by_role("button", name="Delete").click()
    turn.locator(".used summary", has_text="What your model was told").click()
    turn.locator(".used", has_text="has been deleted since").wait_for()
    page.goto(app.base + "/memory")
    page.get_by_text("Nothing yet.").wait_for()
