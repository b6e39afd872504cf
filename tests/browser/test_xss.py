"""A hundred payloads in everything a person or a model can write: nothing runs, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from domain import Example, Verdict
from people import api_keys
from storage.store import Store
from tests.browser.gestures import ask, ready
from tests.browser.payloads import EVENTS, PAYLOADS, RUN
from tests.builders import at, attachment, conversation, feedback, memory, night, turn

pytestmark = pytest.mark.browser

SHORT = f"<img src=x onerror={RUN}>"
NAMES = {one.casefold(): one for one in PAYLOADS if len(one) <= 60 and one.isprintable()}.values()
LIVE = [payload for payload in PAYLOADS if " " not in payload and "\n" not in payload][:6]
PLACES = {  # and what shows that the page is there
    "memory": "onerror",
    "learning": "onerror",
    "machine": "Engine",
    "models": "SmolLM2",
    "you": "onerror",
    "people": "onerror",
    "export": "Export",
}
# What could act by itself, or when touched. Our own parts have none of it: the script of a page adds its listeners.
ACTIVE = """(root) => [...root.querySelectorAll("*")].filter((part) =>
    [...part.attributes].some((a) => /^on/i.test(a.name) || /^\\s*(javascript|vbscript|data:text)/i.test(a.value)
        || a.name === "srcdoc" || a.name === "ping" || (a.name === "src" && /evil/.test(a.value)))
    || /^(script|iframe|object|embed|base|meta|link|form|audio|video|picture|image|set|use)$/i.test(part.localName)
  ).map((part) => part.outerHTML.slice(0, 200))"""


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A home in which every payload stands as question, reply, correction, comment, memory, document, in a report.

    Those that can be names are other people's names, and keys'.
    """
    home = tmp_path / "home of the app"
    store = Store(home)
    person = store.add_person(SHORT)
    before = None
    for number, payload in enumerate(PAYLOADS):
        one = turn(f"ab.{number:x}", text=payload, reply=payload, parent=before, created_at=at(number), note=payload)
        store.put_turn(person.id, one)
        row = feedback(one.id, payload, turn=one.id, reply=payload, thumb="down", comment=payload, reasons=("wrong",))
        if number % 2:
            row = feedback(one.id, payload, turn=one.id, reply=payload, correction=payload + " better", comment=payload)
        store.put_feedback(person.id, row)
        store.put_memory(person.id, memory(f"{number:016x}", payload))
        before = one.id
    store.put_conversation(person.id, conversation("ab", title=PAYLOADS[0], head=before))
    for number, payload in enumerate(EVENTS):
        store.put_conversation(person.id, conversation(f"c{number:x}", title=payload))
    store.set_persona(person.id, "\n".join(PAYLOADS))
    rows = store.feedback(person.id)
    told = Verdict("refused", "\n".join(PAYLOADS))
    examples = tuple(Example(payload, payload, payload) for payload in PAYLOADS)
    store.put_night(
        person.id,
        night(verdict=told, examples=examples, used=tuple(row.id for row in rows), skipped={rows[0].id: SHORT}),
    )
    for number, payload in enumerate(PAYLOADS):
        paper = attachment(f"p{number:02}", payload, conversation="ab", name=payload, created_at=at(number))
        store.attached.put(person.id, paper)
    for name in NAMES:
        api_keys.make(store, person.id, name, memory=False)
        if name.casefold() != SHORT.casefold():
            store.add_person(name)
    store.close()
    return home


@pytest.fixture
def watched(chromium: Any) -> Iterator[Any]:
    """Opens pages in Chromium; `caught` collects dialogs, errors of scripts, and requests to anywhere else."""
    context = chromium.new_context(viewport={"width": 1280, "height": 820})
    context.set_default_timeout(60_000)
    context.caught = []

    def dialog(opened: Any) -> None:
        context.caught.append(("dialog", opened.message))
        opened.dismiss()

    def request(made: Any) -> None:
        if not made.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            context.caught.append(("request", made.url))

    def said(message: Any) -> None:
        if "Content Security Policy" in message.text or "blocked" in message.text.lower():
            context.caught.append(("tried", message.text))

    context.on("dialog", dialog)
    context.on("request", request)
    context.on("console", said)
    context.on("weberror", lambda error: context.caught.append(("error", str(error.error))))
    yield context
    context.close()


def test_a_hundred_payloads_run_nowhere_and_fetch_nothing(filled: Path, launch: Any, watched: Any) -> None:
    assert len(set(PAYLOADS)) == 100
    app = launch()
    assert app.home == filled
    page = watched.new_page()
    page.goto(app.url)
    page.goto(f"{app.base}/?c=ab")
    page.locator("#history .turn").first.wait_for()
    while page.locator(".do-earlier").count():
        shown = page.locator("#history .turn").count()
        page.locator(".do-earlier").click()
        page.wait_for_function("(n) => document.querySelectorAll('#history .turn').length > n", arg=shown)
    expect(page.locator("#history .turn")).to_have_count(100)
    quiet(page)
    words = page.locator("#history").inner_text()
    assert words.count("<script>") > 20  # the payloads are there, as text
    quiet(page, "#talks")
    page.goto(f"{app.base}/?c=")
    ready(page)
    for payload in LIVE:
        turn_there = ask(page, payload)
        assert payload[:12] in turn_there.locator(".model").inner_text()
    quiet(page)
    for place, sign in PLACES.items():
        page.goto(f"{app.base}/{place}")
        page.locator("body", has_text=sign).wait_for()
        page.wait_for_timeout(300)
        page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
        quiet(page, "main, .main" if place in ("you", "people", "export") else ".prose")
    assert watched.caught == []


def quiet(page: Any, where: str = "#history") -> None:
    """Nothing active stands there, whatever is done to it, and nothing has run."""
    for root in page.locator(where).all():
        active = root.evaluate(ACTIVE)
        ours = 'method="post" action="/'  # the door's own forms
        assert [found for found in active if ours not in found] == [], where
    box = page.viewport_size
    for share in (0.2, 0.5, 0.8):
        page.mouse.move(box["width"] * share, box["height"] * share)
    assert page.evaluate("window.caught") is None
