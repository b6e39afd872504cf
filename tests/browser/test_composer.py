"""Whatever stands in the box at the bottom, the last reply's buttons can be reached; on a phone, too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.gestures import ask, ready

pytestmark = pytest.mark.browser

AT_THE_END = """() => {
  scrollTo(0, document.documentElement.scrollHeight);
  return new Promise((done) => requestAnimationFrame(() => done(innerHeight + scrollY)));
}"""
REACHED = """(button) => {
  const box = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
}"""


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desk", "phone"])
def test_a_long_message_leaves_the_buttons_of_the_last_reply_in_reach(
    launch: Any, look: Any, size: tuple[int, int]
) -> None:
    page = ready(look(launch().url, size=size))
    for question in ("How do I boil an egg?", "How do I plan a week of dinners?", "Why is the sky blue?"):
        ask(page, question)
    page.get_by_label("Message").fill("\n".join(f"Line {number}" for number in range(8)))
    page.wait_for_function("document.querySelector('#composer').offsetHeight > 200")
    page.evaluate(AT_THE_END)
    buttons = page.locator("#history .turn:last-child .act:visible")
    assert buttons.count() >= 4
    assert [buttons.nth(place).evaluate(REACHED) for place in range(buttons.count())] == [True] * buttons.count()


def test_on_a_phone_a_new_conversation_closes_the_drawer(launch: Any, look: Any) -> None:
    page = ready(look(launch().url, size=(390, 844)))
    ask(page, "How do I boil an egg?")
    page.locator(".drawer-button").click()
    page.locator("#side.open").wait_for()
    page.get_by_role("button", name="New conversation").click()
    page.locator("#side:not(.open)").wait_for(state="attached")
    page.locator("#history .welcome").wait_for()
