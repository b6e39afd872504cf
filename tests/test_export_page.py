"""A person's export from the browser: one sealed file, for the person who asks, and nobody else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import build
from domain import Memory
from homegrown import Homegrown
from settings import Settings
from storage.bundle import read
from storage.bundle_format import Bundle
from tests.builders import memory
from tests.door import ORIGIN, Door
from web.admin_page import export_html
from web.export_page import export_routes

SECRET = "correct horse battery"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Homegrown]:
    parts = build(Settings(tmp_path / "home", backend="scripted"))
    for name in ("Ada", "Ben"):
        person = parts.store.add_person(name).id
        parts.store.put_memory(person, memory(text=f"I am {name}."))
    yield parts
    parts.close()


@pytest.fixture
def door(home: Homegrown) -> Door:
    return Door.to(home.store.people(), export_routes(home))


def test_the_file_holds_what_the_one_who_asks_has_and_is_remembered(door: Door, home: Homegrown) -> None:
    ada, ben = home.store.people()
    answer = door.submit("/export", door.signed_in(ben.id), passphrase=SECRET, again=SECRET)
    assert (answer.status, answer.complete) == (200, True)
    named = answer.headers["content-disposition"]
    assert named.startswith("attachment; filename*=UTF-8''Ben-") and named.endswith(".homegrown")
    assert answer.headers["cache-control"] == "no-store"
    contents = read(Bundle(io.BytesIO(answer.body), "file", SECRET))
    assert (contents.name, [one.text for one in contents.values if isinstance(one, Memory)]) == ("Ben", ["I am Ben."])
    assert [one.path.endswith("which a browser saved") for one in home.store.exports(ben.id)] == [True]
    assert home.store.exports(ada.id) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"passphrase": "short", "again": "short"}, "at least 8"),
        ({"passphrase": SECRET, "again": "another one"}, "the two new passphrases differ"),
        ({}, "at least 8"),
    ],
)
def test_a_passphrase_that_will_not_do_is_told_on_the_page(
    door: Door, home: Homegrown, given: dict[str, str], sentence: str
) -> None:
    ada = home.store.people()[0]
    answer = door.submit("/export", door.signed_in(ada.id), **given)
    assert answer.status == 400 and sentence in answer.text.lower()
    assert 'action="/export"' in answer.text and "attachment" not in str(answer.headers)
    assert home.store.exports(ada.id) == []


def test_the_page_asks_for_the_passphrase_twice(door: Door, home: Homegrown) -> None:
    answer = door.ask("/export", cookie=door.signed_in(home.store.people()[0].id))
    assert answer.status == 200 and answer.text.count('type="password"') == 2
    assert 'href="/export"' in export_html()


def test_strangers_and_foreign_pages_get_nothing(door: Door, home: Homegrown) -> None:
    cookie = door.signed_in(home.store.people()[0].id)
    body: dict[str, Any] = {"body": f"passphrase={SECRET}&again={SECRET}".replace(" ", "+").encode()}
    statuses = [
        door.ask("/export", "POST", origin=ORIGIN, content_type=FORM, **body).status,
        door.ask("/export", "POST", cookie=cookie, origin="http://evil.example", content_type=FORM, **body).status,
        door.ask("/export", "POST", cookie=cookie, origin="null", content_type=FORM, **body).status,
        door.ask("/export", "POST", cookie=cookie, origin=ORIGIN, content_type="text/plain", **body).status,
        door.ask("/export", "PUT", cookie=cookie, origin=ORIGIN, content_type=FORM, **body).status,
    ]
    assert statuses == [401, 403, 403, 415, 404]
    assert all(home.store.exports(person.id) == [] for person in home.store.people())
