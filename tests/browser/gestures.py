"""What a person does on the chat page, as the tests do it."""

from __future__ import annotations

from typing import Any


def send(page: Any, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.keyboard.press("Enter")


def ask(page: Any, text: str) -> Any:
    """Sends a message; returns the finished turn."""
    before = page.locator("#history .turn").count()
    send(page, text)
    turn = page.locator("#history .turn").nth(before)
    turn.locator(".acts").wait_for()
    return turn


def correct(page: Any, turn: Any, text: str) -> None:
    turn.get_by_role("button", name="Write it better").click()
    page.get_by_label("What should it have said?").fill(text)
    page.get_by_role("button", name="Save", exact=True).last.click()
    turn.locator(".yours").wait_for()


def ready(page: Any) -> Any:
    page.locator(".welcome, .thread").first.wait_for()
    return page


def look_again(page: Any) -> None:
    """What page.js does when something has changed elsewhere; leaves time for the answer, which need not differ."""
    page.evaluate("document.querySelector('#refresh').click()")
    page.wait_for_timeout(1500)
