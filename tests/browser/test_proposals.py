"""What waits to be remembered is kept, edited or refused with one tap; a conversation can be taken off the record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from conversation.proposals import QUIET
from storage.store import Store
from tests.browser.gestures import ask, ready, send

pytestmark = pytest.mark.browser


def test_proposals_wait_for_one_tap_on_either_page(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    ask(page, "Hi, I'm vegetarian. What can I cook?")
    ask(page, "I live in Leeds and I drive a Volvo V60.")
    page.close()
    app.stop()
    _an_hour_later(app.home)
    app.start()
    page = look(app.url)
    waiting = page.locator("#proposals .entry")
    waiting.filter(has_text="I am vegetarian.").wait_for(timeout=60_000)  # the clock looks twice a minute
    waiting.filter(has_text="Volvo").get_by_role("button", name="No").click()
    waiting.filter(has_text="Volvo").wait_for(state="detached")
    waiting.filter(has_text="vegetarian").get_by_role("button", name="Keep").click()
    page.locator("#notice", has_text="Remembered: I am vegetarian.").wait_for()
    page.goto(app.base + "/memory")
    page.locator("#memories .entry", has_text="I am vegetarian.").wait_for()
    page.locator("#proposals .entry").get_by_role("button", name="Edit").click()
    page.get_by_label("The fact").fill("I live in Leeds, near the river.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#memories .entry", has_text="near the river").wait_for()
    expect(page.locator("#proposals .entry")).to_have_count(0)
    page.locator("#observing").get_by_role("button", name="Keep automatically").click()
    page.locator("#observing", has_text="remembered by itself").wait_for()


def test_remember_that_acts_at_once_and_off_the_record_it_does_not(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    send(page, "Remember that I am allergic to nuts")
    page.locator("#notice", has_text="Remembered: I am allergic to nuts.").wait_for()
    page.locator("#history .turn .acts").wait_for()
    page.locator("#record").get_by_role("button", name="Take this off the record").click()
    page.locator("#record", has_text="Off the record").wait_for()
    send(page, "Remember that I am tall")
    page.locator("#notice", has_text="was not remembered").wait_for()
    page.locator("#history .turn").nth(1).locator(".acts").wait_for()
    expect(page.locator("#history").get_by_role("button", name="Regenerate")).to_have_count(2)
    expect(page.locator("#history").get_by_role("button", name="Good reply")).to_have_count(0)
    expect(page.locator("#record").get_by_role("button", name="Back on the record")).to_have_count(0)
    page.get_by_role("button", name="New conversation").click()
    page.locator("#record").get_by_role("button", name="Take this off the record").click()
    page.locator("#record").get_by_role("button", name="Back on the record").click()
    page.locator("#record").get_by_role("button", name="Take this off the record").wait_for()
    page.goto(app.base + "/memory")
    page.locator("#memories .entry").filter(has_text="nuts").wait_for()
    expect(page.locator("#memories .entry")).to_have_count(1)


def _an_hour_later(home: Any) -> None:
    """As if all that had been said an hour ago."""
    store = Store(home)
    (person,) = store.people()
    for talk in store.conversations(person.id):
        for turn in store.turns(person.id, talk.id).values():
            store.put_turn(person.id, replace(turn, created_at=turn.created_at - 6 * QUIET))
        store.put_conversation(person.id, replace(talk, updated_at=talk.updated_at - 6 * QUIET))
    store.close()
