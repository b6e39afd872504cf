"""A document is attached with the button or by dropping it, asked about, its source opened, and removed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import ask, ready, send
from tests.paper import pdf

pytestmark = pytest.mark.browser

DROP = """([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name));
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""
LARGE = """() => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(11 * 1024 * 1024)], "huge.pdf"));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


def choose(page: Any, *paths: Path) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach a document").click()
    chosen.value.set_files([str(path) for path in paths])


def told(page: Any, sentence: str) -> None:
    page.locator("#attaching", has_text=sentence).wait_for()
    page.locator("#announce", has_text=sentence).wait_for(state="attached")


def test_a_document_is_attached_asked_about_and_removed(launch: Any, look: Any, tmp_path: Path) -> None:
    manual, notes, scan = tmp_path / "manual.pdf", tmp_path / "notes.md", tmp_path / "scan.pdf"
    manual.write_bytes(pdf(["The pump is red.", "The valve is blue."]))
    notes.write_text("# Keys\nTom has the key.", encoding="utf-8")
    scan.write_bytes(pdf([""]))
    app = launch()
    page = ready(look(app.url))
    page.get_by_label("Message").fill("a draft")
    choose(page, manual, notes)
    told(page, "notes.md is attached")
    files = page.locator("#files li")
    files.nth(1).wait_for()
    assert files.all_inner_texts()[0].split()[0] == "manual.pdf"
    expect(page.get_by_label("Message")).to_have_value("a draft")
    assert page.locator("#talks li.on").inner_text().strip().startswith("manual.pdf")
    choose(page, scan)
    told(page, "holds pictures of pages but no text")
    page.evaluate(LARGE)
    told(page, "huge.pdf is too large")
    expect(files).to_have_count(2)
    turn = ask(page, "Which colour has the valve?")
    expect(page.locator("#attaching")).to_have_count(0)
    source = turn.locator(".sources summary")
    expect(source).to_have_text("From manual.pdf; notes.md")
    source.focus()
    page.keyboard.press("Enter")
    turn.locator(".quoted", has_text='page 2: "The valve is blue."').wait_for()
    page.evaluate(DROP, ["late.txt", "The lamp is green."])
    told(page, "late.txt is attached")
    files.nth(2).wait_for()
    expect(ask(page, "And the lamp?").locator(".sources summary")).to_have_text("From late.txt")
    files.filter(has_text="manual.pdf").get_by_role("button", name="Remove manual.pdf").click()
    turn.locator(".sources", has_text="From a document that is removed").wait_for()
    page.reload()
    ready(page)
    files.nth(1).wait_for()
    assert [text.split()[0] for text in files.all_inner_texts()] == ["notes.md", "late.txt"]
    page.locator("#new").click()
    page.locator(".welcome").wait_for()
    expect(files).to_have_count(0)


def test_a_document_that_arrives_after_the_person_has_left_does_not_call_them_back(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    first = ask(page, "One?").get_attribute("id")
    page.locator("#new").click()
    page.locator(".welcome").wait_for()
    page.route("**/attach*", lambda route: (page.locator("#talks .do-open").first.click(), route.continue_()))
    page.evaluate(DROP, ["late.txt", "The lamp is green."])
    told(page, "late.txt is attached")
    page.locator(f"#{first}".replace(".", "\\.")).wait_for()
    page.locator("#talks li").nth(1).wait_for()
    assert page.locator("#talks li.on").inner_text().strip().startswith("One?")


def test_when_the_app_is_away_it_is_said_that_nothing_was_attached(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    page.route("**/attach*", lambda route: route.fulfill(body="<p>no answer of ours</p>"))
    page.evaluate(DROP, ["late.txt", "x"])
    told(page, "late.txt could not be sent")
    page.unroute("**/attach*")
    send(page, json.dumps("still there"))
    page.locator("#history .turn").wait_for()
