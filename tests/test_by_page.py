"""What is kept for an open page belongs to that page, and pages that are long gone are not remembered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from web.by_page import ByPage


def page(name: str) -> Any:
    return SimpleNamespace(session_hash=name)


def test_the_latest_value_counts_and_each_page_has_its_own() -> None:
    shown = ByPage[str]()
    shown.put(page("a"), "dinners")
    shown.put(page("b"), "hikes")
    shown.put(page("a"), "")
    assert shown.get(page("a"), "dinners") == ""
    assert shown.get(page("b"), "dinners") == "hikes"


def test_of_a_page_that_is_not_known_the_word_of_its_browser_counts() -> None:
    shown = ByPage[str]()
    assert shown.get(page("a"), "dinners") == "dinners"
    shown.put(page("a"), "hikes")
    shown.drop(page("a"))
    shown.drop(page("a"))
    assert shown.get(page("a"), None) is None


def test_pages_that_are_long_gone_are_not_remembered() -> None:
    shown = ByPage[str](most=2)
    for name in "abac":
        shown.put(page(name), "dinners")
    assert [shown.get(page(name), "told") for name in "abc"] == ["dinners", "told", "dinners"]
