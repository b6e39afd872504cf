"""After a reply was written again, the person can say which one is better."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import ask, correct, ready, send

pytestmark = pytest.mark.browser


def test_one_of_two_replies_is_preferred_and_that_is_taken_back(launch: Any, look: Any) -> None:
    page = ready(look(launch(delay=0.08).url))
    send(page, "How do I bake bread?")
    page.locator("#live .model", has_text=re.compile(r"\w+ \w+ \w+")).wait_for()
    page.get_by_role("button", name="Stop").click()  # so that the two replies differ
    turn = page.locator("#history .turn")
    turn.locator(".note", has_text="You stopped this reply.").wait_for()
    better = turn.get_by_role("button", name="Better than the other")
    expect(better).to_have_count(0)
    turn.get_by_role("button", name="Regenerate").click()
    page.locator(".leaf", has_text="2 of 2").wait_for()
    better.click()
    turn.locator(".verdict", has_text="Will be learnt at night once 5 replies are rewritten (1 so far).").wait_for()
    turn.locator(".do-prefer.on").wait_for()
    page.reload()
    turn.get_by_role("button", name="Undo").click()
    turn.locator(".verdict").wait_for(state="detached")
    turn.locator(".do-prefer:not(.on)").wait_for()


def test_a_correction_that_looks_like_a_secret_waits_until_it_is_allowed(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    turn = ask(page, "How do I open the shed?")
    correct(page, turn, "Captain, the password is hunter22.")
    turn.locator(".verdict", has_text="It is kept, but not learnt until you allow it.").wait_for()
    turn.get_by_role("button", name="Learn it anyway").click()
    turn.locator(".verdict", has_text="Will be learnt at night once 5 replies are rewritten (1 so far).").wait_for()
