"""The page tells the app that somebody types, and a person what stays when a conversation goes."""

from __future__ import annotations

from typing import Any

import pytest

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


def test_deleting_a_conversation_says_which_lessons_stay_and_they_do(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    correct(page, ask(page, "How do I plan a week of dinners?"), "Captain, plan them on Sunday.")
    page.locator("#talks .do-delete").click()
    page.locator("#notice", has_text="Lessons from it that stay: 1.").wait_for()
    page.goto(page.url.partition("?")[0].rstrip("/") + "/learning")
    page.locator("#waiting", has_text="Captain, plan them on Sunday.").wait_for()
