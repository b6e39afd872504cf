"""The owner's page about who lives here: who is added and removed there, and what nobody is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI

from app import build
from homegrown import Homegrown
from settings import Settings
from storage.wrap import Cost
from tests.builders import memory
from tests.door import Answer, Door
from tests.journal_files import ruin
from web.people_page import people_routes

WORDS, OTHER = "correct horse battery", "another passphrase"
CANARY = "canary-sings-at-dusk"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Homegrown]:
    """Ada owns it; Ben lives there, too."""
    parts = build(Settings(tmp_path / "home", backend="scripted"))
    parts.people.keys._cost = Cost(memory=32, passes=1, lanes=1)
    for name in ("Ada", "Ben"):
        person, _ = parts.people.add(name, WORDS)
        parts.store.put_memory(person.id, memory(text=CANARY))
    yield parts
    parts.close()


@pytest.fixture
def door(home: Homegrown) -> Door:
    return Door.to(home.store.people(), people_routes(home))


def as_(door: Door, who: str, path: str = "/people", /, **fields: str) -> Answer:
    cookie = door.signed_in(next(person.id for person in door.people if person.name == who))
    return door.submit(path, cookie, **fields) if fields else door.ask(path, cookie=cookie)


def names(home: Homegrown) -> list[str]:
    return [person.name for person in home.store.people()]


def test_the_list_tells_names_roles_sizes_and_who_is_locked_and_no_text(door: Door, home: Homegrown) -> None:
    ben = home.store.person("Ben")
    home.people.lock(ben.id)
    page = as_(door, "Ada").text
    assert re.findall(r"<strong>(\w+)</strong><small>(.*?) · \d+ kB</small>", page) == [
        ("Ada", "owner · unlocked"),
        ("Ben", "member · locked: their nights wait"),
    ]
    assert CANARY not in page
    assert f'href="/people?remove={ben.id}" aria-label="Remove Ben"' in page and page.count("remove=") == 1


def test_somebody_added_gets_a_code_that_is_shown_once_and_can_sign_in(door: Door, home: Homegrown) -> None:
    answer = as_(door, "Ada", name="Cleo", passphrase=OTHER, again=OTHER)
    code = re.findall(r'<p class="code">([\w-]+)</p>', answer.text)
    assert answer.status == 200 and len(code) == 1
    assert answer.headers["cache-control"] == "no-store"
    cleo = home.store.person("Cleo").id
    assert home.people.is_locked(cleo) and not home.store.person("Cleo").owner
    assert code[0] not in as_(door, "Ada").text
    home.people.unlock(cleo, OTHER)
    home.people.recover(cleo, code[0], WORDS)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "Ben", "passphrase": OTHER, "again": OTHER}, "already somebody called Ben"),
        ({"name": "", "passphrase": OTHER, "again": OTHER}, "A name has 1 to 60"),
        ({"name": "Cleo", "passphrase": "short", "again": "short"}, "at least 8"),
        ({"name": "Cleo", "passphrase": OTHER, "again": WORDS}, "the two new passphrases differ"),
        ({"name": "Cleo"}, "at least 8"),
        ({"name": '"><script>', "passphrase": "short", "again": "short"}, "at least 8"),
    ],
)
def test_whoever_cannot_be_added_is_told_why_and_the_name_stays_in_the_form(
    door: Door, home: Homegrown, fields: dict[str, str], sentence: str
) -> None:
    answer = as_(door, "Ada", **fields)
    assert answer.status == 400 and sentence.lower() in answer.text.lower()
    assert "<script" not in answer.text and names(home) == ["Ada", "Ben"]
    if fields["name"] == "Ben":
        assert 'value="Ben"' in answer.text


def test_an_owner_without_a_passphrase_is_asked_for_their_own_first(tmp_path: Path) -> None:
    parts = build(Settings(tmp_path / "another home", backend="scripted"))
    parts.store.add_person("Ada")
    door, app = Door(), FastAPI()
    app.include_router(people_routes(parts))
    door.people, door.guard.app = parts.store.people(), app
    page = as_(door, "Ada").text
    assert "Set your own passphrase first" in page and 'href="/you"' in page and "<form" not in page
    answer = as_(door, "Ada", name="Ben", passphrase=OTHER, again=OTHER)
    assert answer.status == 400 and names(parts) == ["Ada"]
    parts.close()


def test_removing_asks_for_the_name_and_says_what_remains(door: Door, home: Homegrown) -> None:
    ben = home.store.person("Ben").id
    home.store.put_export(ben, "/somewhere/of Ben", datetime.now(UTC))
    page = as_(door, "Ada", f"/people?remove={ben}").text
    assert "the key to everything of theirs is destroyed" in page
    assert "as far as is known: 1" in page and "/somewhere" not in page
    answer = as_(door, "Ada", remove=ben, typed="Bert")
    assert "That is not the name" in answer.text and names(home) == ["Ada", "Ben"]
    folder = home.store.home / "people" / ben
    answer = as_(door, "Ada", remove=ben, typed=" ben ")
    assert "Ben is removed" in answer.text and names(home) == ["Ada"] and not folder.exists()


def test_somebody_locked_is_removed_without_their_key(door: Door, home: Homegrown) -> None:
    ben = home.store.person("Ben").id
    home.people.lock(ben)
    assert "stay where they are" in as_(door, "Ada", f"/people?remove={ben}").text
    as_(door, "Ada", remove=ben, typed="Ben")
    assert names(home) == ["Ada"]


def test_somebody_whose_words_are_damaged_beyond_reading_is_removed_too(door: Door, home: Homegrown) -> None:
    ben = home.store.person("Ben").id
    ruin(home.settings.home / "people" / ben)
    home.store.drop(ben)
    assert "stay where they are" in as_(door, "Ada", f"/people?remove={ben}").text
    as_(door, "Ada", remove=ben, typed="Ben")
    assert names(home) == ["Ada"]


def test_nobody_removes_themselves_or_somebody_who_is_not_there(door: Door, home: Homegrown) -> None:
    ada = home.store.person("Ada").id
    for wanted, sentence in ((ada, "That is you"), ("nobody", "not here any more")):
        assert sentence in as_(door, "Ada", f"/people?remove={wanted}").text
        assert as_(door, "Ada", remove=wanted, typed="Ada").status == 400
    assert names(home) == ["Ada", "Ben"]


def test_to_everybody_but_the_owner_the_page_is_closed_whatever_they_ask(door: Door, home: Homegrown) -> None:
    ada = home.store.person("Ada").id
    answers = [
        as_(door, "Ben"),
        as_(door, "Ben", f"/people?remove={ada}"),
        as_(door, "Ben", remove=ada, typed="Ada"),
        as_(door, "Ben", name="Cleo", passphrase=OTHER, again=OTHER),
    ]
    for answer in answers:
        assert answer.status == 403 and "Only the owner" in answer.text and "Ada" not in answer.text
    assert names(home) == ["Ada", "Ben"]
