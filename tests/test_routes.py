"""Every route there is was looked at: `routes.json` says of each whether it is open, and why."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import build
from settings import Settings
from web.api import is_api
from web.page import build_pages
from web.routes import FOLDERS, OPEN, is_open
from web.sign_in import BEHIND, FORM

TABLE = json.loads((Path(__file__).parent / "routes.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """Every route of the app behind the door, as "METHOD path"."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_OFFLINE"):
            patch.setenv(name, "")  # put back afterwards
        patch.setattr("tempfile.tempdir", None)
        home = build(Settings(tmp_path_factory.mktemp("home"), backend="scripted"))

        async def listed() -> set[str]:  # in an event loop: without one, Gradio makes its own and leaves it open
            return set(routes(build_pages(home, 7861).routes))

        yield asyncio.run(listed())
        home.close()


def routes(entries: Any, before: str = "") -> Iterator[str]:
    for entry in entries:
        if hasattr(entry, "original_router"):  # FastAPI's included router
            yield from routes(entry.original_router.routes, before + entry.include_context.prefix)
        elif hasattr(entry, "app") and hasattr(entry.app, "routes"):
            yield from routes(entry.app.routes, before + entry.path)
        else:
            for method in sorted(entry.methods or ["ANY"]):
                yield f"{method} {before}{entry.path}"


def example(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)


def test_no_route_is_there_that_nobody_has_looked_at(found: set[str]) -> None:
    new, gone = found - TABLE.keys(), TABLE.keys() - found
    assert not new, f"Gradio (or a page) has opened routes: read what they do, then add them to routes.json: {new}"
    assert not gone, f"these routes are gone; take them out of routes.json: {gone}"


@pytest.mark.parametrize("route", sorted(TABLE))
def test_the_door_opens_a_route_only_if_the_table_says_why(route: str) -> None:
    method, _, path = route.partition(" ")
    assert is_open(method, example(path)) == TABLE[route]["open"]
    assert len(TABLE[route]["why"]) > 10


def test_everything_the_door_opens_is_there(found: set[str]) -> None:
    there = {route.partition(" ")[2] for route in found}
    assert set(OPEN) <= there
    for folder in FOLDERS:
        assert any(path.startswith(folder) for path in there), folder


def test_the_doors_own_pages_hide_no_route_of_the_app(found: set[str]) -> None:
    there = {route.partition(" ")[2].rstrip("/") for route in found}
    assert not there & {*FORM, *BEHIND}
    assert not any(map(is_api, there))


@pytest.mark.parametrize(
    "path", ["/assets/../config", "/assets/..", "/static/a\\..\\b", "/assets/a\0b", "/ASSETS/x", "//", "/config/", ""]
)
def test_a_path_in_disguise_is_closed(path: str) -> None:
    assert not is_open("GET", path)
