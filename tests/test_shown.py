"""What an open page shows: the latest click counts, whatever its browser still believes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from web.shown import MOST, Shown


def page(name: str) -> Any:
    return SimpleNamespace(session_hash=name)


def test_the_latest_click_counts_and_each_page_has_its_own() -> None:
    shown = Shown()
    shown.turn_to(page("a"), "dinners")
    shown.turn_to(page("b"), "hikes")
    shown.turn_to(page("a"), "")
    assert shown.at(page("a"), "dinners") == ""
    assert shown.at(page("b"), "dinners") == "hikes"


def test_after_a_restart_the_browser_is_believed() -> None:
    assert Shown().at(page("a"), "dinners") == "dinners"


def test_pages_that_are_long_gone_are_not_remembered() -> None:
    shown = Shown()
    for number in range(MOST + 1):
        shown.turn_to(page(str(number)), "dinners")
    assert shown.at(page("0"), "told") == "told"
    assert shown.at(page("1"), "told") == "dinners"
