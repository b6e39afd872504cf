"""The page tells the app that somebody types, and a person what stays when a conversation goes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import ask, correct, ready

pytestmark = pytest.mark.browser


def test_typing_tells_the_app_at_once_and_at_most_once_a_second(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    told: list[int] = []
    page.on("response", lambda answer: told.append(answer.status) if answer.url.endswith("/awake") else None)
    with page.expect_response("**/awake"):
        page.get_by_label("Message").press("H")
    page.get_by_label("Message").press_sequentially("ow do I", delay=100)
    with page.expect_response("**/awake"):
        page.wait_for_timeout(1100)
        page.get_by_label("Message").press("?")
    assert set(told) == {204}
    assert 2 <= len(told) <= 4  # nine keys within about two seconds


def test_a_model_at_rest_comes_back_when_somebody_types_and_answers(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    base = page.url.partition("?")[0].rstrip("/")
    page.goto(f"{base}/machine")
    page.get_by_role("button", name="Give its memory back now").click()
    page.locator("#resting-said", has_text="comes back when somebody types").wait_for()
    page.locator("#cards", has_text="the model is unloaded to give its memory back").wait_for()
    page.get_by_label("Let the model rest").click()
    page.get_by_role("option", name="after 30 minutes").click()
    page.locator("#resting-said", has_text="Kept.").wait_for()
    machine = page
    page = look(f"{base}/?c=")
    with page.expect_response("**/awake"):
        page.get_by_label("Message").press("H")
    machine.locator("#cards", has_text="ready").wait_for()
    assert "unloaded" not in machine.locator("#cards").inner_text()
    assert ask(page, "How do I plan a week of dinners?")
    machine.reload()
    expect(machine.get_by_label("Let the model rest")).to_have_value("after 30 minutes")


def test_deleting_a_conversation_says_which_lessons_stay_and_they_do(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    correct(page, ask(page, "How do I plan a week of dinners?"), "Captain, plan them on Sunday.")
    page.locator("#talks .do-delete").click()
    page.locator("#notice", has_text="Lessons from it that stay: 1.").wait_for()
    page.goto(page.url.partition("?")[0].rstrip("/") + "/learning")
    page.locator("#waiting", has_text="Captain, plan them on Sunday.").wait_for()
