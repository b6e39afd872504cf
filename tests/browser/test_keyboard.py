"""Without a mouse: past the bar to the box, a verdict and on from there, and nothing that was typed is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.gestures import ask, ready, send

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.className"


def test_the_first_stop_leads_past_the_bar_to_the_box(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "skip"
    page.keyboard.press("Enter")
    page.keyboard.type("Hello")
    assert page.get_by_label("Message").input_value() == "Hello"


def test_a_verdict_by_keyboard_leaves_the_focus_where_it_was(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    turn = ask(page, "How do I boil an egg?")
    turn.get_by_role("button", name="Good reply").focus()
    page.keyboard.press("Enter")
    turn.locator(".do-up.on").wait_for()
    page.wait_for_function("document.activeElement.classList.contains('do-up')")
    page.keyboard.press("Tab")
    assert "do-down" in page.evaluate(FOCUSED)


def test_what_is_typed_while_a_message_is_on_its_way_stays(launch: Any, look: Any) -> None:
    page = ready(look(launch(delay=0.05).url))
    page.route("**/gradio_api/queue/join*", lambda route: (page.wait_for_timeout(400), route.continue_()))
    page.get_by_label("Message").fill("How do I boil an egg?")
    page.keyboard.press("Enter")
    page.keyboard.type(" And bread?")
    page.locator(".you", has_text="How do I boil an egg?").wait_for()
    page.wait_for_function("document.querySelector('#box textarea').value === ' And bread?'")
    page.locator("#history .turn .acts").wait_for()
    assert page.get_by_label("Message").input_value() == " And bread?"
    assert page.locator(".you").count() == 1


def test_escape_leaves_an_editor_alone_in_which_something_was_typed(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    turn = ask(page, "How do I boil an egg?")
    turn.get_by_role("button", name="Write it better").click()
    box = page.get_by_label("What should it have said?")
    box.wait_for()
    page.keyboard.press("Escape")
    box.wait_for(state="detached")
    turn.get_by_role("button", name="Write it better").click()
    box.fill("In water, captain.")
    page.keyboard.press("Escape")
    assert box.input_value() == "In water, captain."
    page.get_by_role("button", name="Cancel").click()
    box.wait_for(state="detached")


def test_a_message_that_is_too_long_stays_in_the_box(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    send(page, "word " * 12_000)
    page.locator("#notice .trouble", has_text="send a shorter one").wait_for()
    assert len(page.get_by_label("Message").input_value()) == 60_000
    assert page.locator(".turn").count() == 0
