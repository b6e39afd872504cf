"""The memory page in a browser: facts are found, explained, merged, brought along and saved, also on a phone."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from domain import Conversation, now
from storage.store import Store
from tests.browser.gestures import look_again, ready
from tests.builders import memory, turn
from tests.exports import chat, chatgpt

pytestmark = pytest.mark.browser
PAYLOAD = "<img src=x onerror=alert(1)>"


def fill(home: Path) -> None:
    """Seventy turns, in the fourth of which something was said; and more facts than a page shows."""
    store, at = Store(home), now()
    (person,) = store.people()
    turns = [turn("talk.0", text="Question 0", created_at=at)]
    for number in range(1, 70):
        said = at + timedelta(seconds=number)
        turns.append(turn(f"talk.{number}", parent=turns[-1].id, text=f"Question {number}", created_at=said))
    facts = [memory(f"fact{n}", f"I own kite number {n}.", created_at=at - timedelta(days=n)) for n in range(41)]
    sister = memory("sister", "My sister Ines lives in Ghent.", kind="person", source="confirmed", turn="talk.3")
    lisbon = memory("lisbon", "I lived in Lisbon.", kind="place", active=False, replaced_by="fact0")
    talk = Conversation("talk", "Kites", "talk.69", at, at)
    store.put_all(person.id, [talk, *turns, *facts, replace(sister, created_at=at), lisbon])
    store.close()


@pytest.fixture
def page(launch: Any, look: Any) -> Any:
    """The memory page of a home that has been filled."""
    app = launch()
    app.stop()
    fill(app.home)
    page = ready(look(app.start()))
    page.goto(app.base + "/memory")
    page.locator("#memory-count", has_text="43 facts").wait_for()
    return page


def rows(page: Any, text: str = "") -> Any:
    return page.locator("#memories .entry", has_text=text)


def seek(page: Any, text: str, count: str) -> None:
    page.get_by_label("Search your facts").fill(text)
    page.locator("#memory-count", has_text=count).wait_for()


def choose(page: Any, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    expect(page.get_by_label(label, exact=True)).to_have_value(option)


def test_facts_are_found_by_words_kind_and_state_page_by_page(page: Any) -> None:
    expect(rows(page)).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    rows(page).nth(39).wait_for()
    expect(rows(page)).to_have_count(40)
    seek(page, "number 37 KITE", "1 of 43 facts")
    assert rows(page).all_inner_texts()[0].startswith("I own kite number 37.")
    seek(page, "nothing of the kind", "0 of 43 facts")
    page.locator("#memories", has_text="No fact holds these words").wait_for()
    seek(page, "", "43 facts")
    choose(page, "About", "Places")
    rows(page, "Lisbon").wait_for()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("replaced by: I own kite number 0.")
    choose(page, "About", "Anything")
    expect(rows(page)).to_have_count(20)
    choose(page, "State", "Replaced or merged")
    page.locator("#memory-count", has_text="1 of 43 facts").wait_for()
    choose(page, "State", "All")
    choose(page, "Known for", "Up to a week")
    rows(page, "number 6.").wait_for()
    page.locator("#memory-count", has_text="8 of 43 facts").wait_for()


def test_what_means_the_same_is_found_too(page: Any) -> None:
    seek(page, "where do my siblings live", "0 of 43 facts")
    page.locator("#memories-like .entry", has_text="Ines lives in Ghent").wait_for()


def test_why_leads_to_the_turn_in_which_it_was_said(page: Any) -> None:
    seek(page, "Ines", "1 of 43 facts")
    rows(page).get_by_text("Why do you think so?").click()
    rows(page).get_by_role("link", name="Show where").click()
    marked = page.locator("#history .turn.sought")
    marked.wait_for()
    assert "Question 3" in marked.inner_text()
    assert page.evaluate("document.activeElement.id") == "t-talk.3"
    box = marked.bounding_box()
    assert 0 < box["y"] < 820, "it is in sight"
    page.go_back()
    page.locator("#memory-count", has_text="43 facts").wait_for()
    seek(page, "number 39.", "1 of 43 facts")
    rows(page).get_by_text("Why do you think so?").click()
    rows(page, "You wrote it here yourself on").wait_for()


def test_two_facts_are_merged_with_the_keyboard_and_deleted_together(page: Any) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    seek(page, "number 37.", "1 of 43 facts")
    rows(page, "number 37.").get_by_role("button", name="Merge", exact=True).press("Enter")
    page.locator(".merging-note", has_text="merge with “I own kite number 37.”").wait_for()
    page.get_by_label("Search your facts").fill("number 38.")
    rows(page, "number 38.").get_by_role("button", name="Merge with this").press("Enter")
    editor = page.get_by_label("The fact that both become")
    expect(editor).to_have_value("I own kite number 37. I own kite number 38.")
    editor.fill("I own the last kites.")
    editor.press("Enter")
    page.locator("#notice", has_text="Merged.").wait_for()
    look_again(page)
    expect(page.locator("#notice")).to_contain_text("Merged.")
    seek(page, "last kites", "1 of 44 facts")
    both = page.locator("#memories .entry", has_text=re.compile(r"^\s*I own the last kites\."))
    both.get_by_text("Why do you think so?").click()
    expect(both).to_contain_text("I own kite number 37.")
    expect(both).to_contain_text("I own kite number 38.")
    both.get_by_role("button", name="Delete").press("Enter")
    page.locator("#memory-count", has_text="0 of 41 facts").wait_for()
    assert "“I own the last kites.”, and the 2 facts" in asked[0]


def test_facts_are_looked_at_before_they_are_brought_along(page: Any) -> None:
    page.get_by_text("Bring facts along, or save them").click()
    box = page.get_by_label("Facts to bring along, one a line")
    box.fill(f"- I own kite number 3.\n- {PAYLOAD}\n- I have two cats.")
    page.get_by_role("button", name="Look at them").click()
    page.locator("#bring-said", has_text="2 new facts").wait_for()
    assert "left out: “I own kite number 3.”" in page.locator("#bring-said").inner_text()
    expect(page.get_by_label(PAYLOAD)).to_be_checked()
    page.get_by_label("I have two cats.").uncheck()
    page.get_by_role("button", name="Remember those ticked").click()
    page.locator("#bring-said", has_text="1 fact is remembered now.").wait_for()
    expect(box).to_have_value("")
    rows(page, PAYLOAD).wait_for()
    expect(page.locator("#memory-count", has_text="44 facts")).to_have_count(1)


def test_chatgpt_s_export_is_read_and_what_is_none_is_told(page: Any) -> None:
    page.get_by_text("Bring facts along, or save them").click()
    field = page.get_by_label("Or choose a file")
    field.set_input_files({"name": "x.zip", "mimeType": "application/zip", "buffer": b"PK and no more"})
    page.locator("#bring .told", has_text="That zip cannot be read").wait_for()
    export = chatgpt(chat("User has a boat.", "User is vegan."), chat("User is vegan."))
    field.set_input_files({"name": "export.zip", "mimeType": "application/zip", "buffer": export})
    page.locator("#bring-said", has_text="untick what is no longer so").wait_for()
    expect(page.locator("#bring .told")).to_have_text("")
    page.get_by_role("button", name="Remember those ticked").click()
    page.locator("#bring-said", has_text="2 facts are remembered now.").wait_for()
    seek(page, "boat", "1 of 45 facts")
    rows(page).get_by_text("Why do you think so?").click()
    rows(page, "It came with your import of ChatGPT’s export on").wait_for()


def test_of_what_was_looked_at_none_need_be_kept(page: Any) -> None:
    page.get_by_text("Bring facts along, or save them").click()
    box = page.get_by_label("Facts to bring along, one a line")
    box.fill("I have two cats.")
    page.get_by_role("button", name="Look at them").click()
    page.get_by_label("I have two cats.").press("Space")
    page.get_by_role("button", name="None of them").press("Enter")
    page.locator("#bring-said", has_text="None of them is remembered.").wait_for()
    expect(page.get_by_role("button", name="None of them")).to_have_count(0)
    expect(box).to_have_value("I have two cats.")
    expect(page.locator("#memory-count", has_text="43 facts")).to_have_count(1)


def test_facts_are_saved_as_text_and_as_json(page: Any) -> None:
    page.get_by_text("Bring facts along, or save them").click()
    saved = []
    for name in ("plain text", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        saved.append(Path(download.value.path()).read_text(encoding="utf-8"))
    assert "I own kite number 40.\n" in saved[0] and "Lisbon" not in saved[0]
    assert len(json.loads(saved[1])) == 43


def test_memory_is_switched_off_altogether_and_on_again(page: Any) -> None:
    page.get_by_role("button", name="Switch memory off").click()
    page.locator("#observing", has_text="Memory is switched off").wait_for()
    page.reload()
    page.get_by_role("button", name="Switch memory on").click()
    page.locator("#observing", has_text="Your model reads these facts.").wait_for()
    page.locator("#observing").get_by_role("link", name="Chat").click()
    page.get_by_role("button", name="Take this off the record").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_sticks_out(page: Any, theme: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(page.url + f"?__theme={theme}")
    rows(page).first.wait_for()
    page.get_by_text("Bring facts along, or save them").click()
    page.get_by_label("Facts to bring along, one a line").fill(f"I like {'x' * 300}.")
    page.get_by_role("button", name="Look at them").click()
    page.get_by_role("button", name="Remember those ticked").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
