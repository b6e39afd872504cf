"""The door in a real browser: a passphrase is set, asked for, lost and found again; leaving closes every tab."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT
from tests.browser.gestures import ask, ready

pytestmark = pytest.mark.browser

FIRST, SECOND = "correct horse battery", "another staple entirely"


@pytest.fixture
def plain(chromium: Any) -> Iterator[Any]:
    """A phone's browser without JavaScript: the door's pages need none."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def set_passphrase(page: Any, base: str) -> str:
    """As the person whose page it is; returns the recovery code."""
    page.goto(f"{base}/you")
    page.get_by_label("New passphrase").fill(FIRST)
    page.get_by_label("The same again").fill(FIRST)
    page.get_by_role("button", name="Set this passphrase").click()
    return str(page.locator(".code").inner_text())


def sign_in(page: Any, passphrase: str) -> None:
    page.get_by_label("Passphrase").fill(passphrase)
    page.get_by_role("button", name="Sign in").click()


def test_a_passphrase_is_set_asked_for_and_found_again_with_the_code(launch: Any, chromium: Any, plain: Any) -> None:
    app = launch()
    context = chromium.new_context()
    page = context.new_page()
    page.goto(app.url)
    ask(ready(page), "How do I bake bread?")
    page.get_by_role("link", name="You").click()
    code = set_passphrase(page, app.base)
    page.get_by_role("link", name="I have kept it").click()
    page.locator("#history .turn").wait_for()  # the words were sealed under the page

    plain.goto(app.base)
    assert plain.title() == "Sign in · Homegrown"
    sign_in(plain, "something else")
    plain.get_by_role("alert").get_by_text("That is not right").wait_for()
    plain.get_by_role("link", name="I lost my passphrase").click()
    plain.get_by_label("Recovery code").fill(code.lower().replace("-", " "))
    plain.get_by_label("New passphrase").fill(SECOND)
    plain.get_by_role("button", name="Set this passphrase").click()
    assert plain.locator(".code").inner_text() != code
    plain.goto(f"{app.base}/you")
    plain.get_by_role("button", name="Sign out").click()
    sign_in(plain, FIRST)
    plain.get_by_role("alert").get_by_text("That is not right").wait_for()
    sign_in(plain, SECOND)
    plain.goto(f"{app.base}/you")
    plain.get_by_role("heading", name="Change your passphrase").wait_for()
    context.close()


def test_locking_closes_every_tab_and_the_passphrase_opens_them(launch: Any, chromium: Any) -> None:
    app = launch(delay=0.15)
    context = chromium.new_context()
    page, other = context.new_page(), context.new_page()
    page.goto(app.url)
    ready(page)
    set_passphrase(page, app.base)
    ready_at(other, app.base)
    other.get_by_label("Message").fill("How do I bake bread?")
    other.keyboard.press("Enter")
    other.locator("#live .model").wait_for()
    page.goto(f"{app.base}/you")
    page.get_by_role("button", name="Lock").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    other.bring_to_front()
    other.get_by_role("heading", name="Sign in").wait_for()
    assert "bread" not in other.content()
    sign_in(other, FIRST)
    other.locator("#history .turn", has_text="How do I bake bread?").wait_for()
    context.close()


def test_a_person_who_is_removed_is_out_at_once(launch: Any, chromium: Any) -> None:
    app = launch()
    words = ["people", "add", "Ben", "--passphrase-fd", "0", "--home", str(app.home)]
    command([*words], typed=FIRST)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(app.base)
    sign_in(page, FIRST)  # the only one with a passphrase
    ready(page)
    command(["people", "remove", "Ben", "--home", str(app.home)])
    page.locator(".away", has_text="This page is signed out").wait_for()
    assert page.goto(app.base).status == 401
    context.close()


def test_the_doors_pages_fit_name_their_fields_and_can_be_read(launch: Any, chromium: Any) -> None:
    app = launch()
    page = chromium.new_page()
    page.goto(app.url)
    ready(page)
    set_passphrase(page, app.base)
    command(["people", "add", "Benjamin von der Heide", "--passphrase-fd", "0", "--home", str(app.home)], typed=FIRST)
    page.goto(f"{app.base}/people")
    leaving = page.get_by_role("link", name="Remove Benjamin von der Heide").get_attribute("href")
    for address in ("/you", "/people", leaving, "/export", "/sign-in", "/lost"):
        if address == "/sign-in":
            page.goto(f"{app.base}/you")
            page.get_by_role("button", name="Sign out").click()
        page.goto(app.base + address)
        for box in page.locator("input:not([hidden])").all():
            expect(page.locator(f"label[for='{box.get_attribute('id')}']")).to_have_count(1)
        for scheme, width in product(("light", "dark"), (360, 1280)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(CONTRASTS) == []
    page.close()


def ready_at(page: Any, url: str) -> None:
    page.goto(url)
    ready(page)


def command(words: list[str], typed: str = "") -> None:
    subprocess.run(
        [sys.executable, "app.py", *words, "--backend", "scripted"], cwd=ROOT, input=typed + "\n", text=True, check=True
    )


# Texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, AA).
CONTRASTS = """() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (part) => {
    for (; part; part = part.parentElement) {
      const colour = getComputedStyle(part).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("h1, h2, p, a, label, small, button")].filter((part) => {
    const pair = [light(getComputedStyle(part).color), light(behind(part))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05) < 4.5;
  }).map((part) => part.outerHTML);
}"""
