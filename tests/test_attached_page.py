"""Documents on the chat page: who may attach what, what is listed, and what stands under a reply."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import build
from domain import Passage, Quote
from errors import Gone
from homegrown import Homegrown
from personalization.passages import block, quoted
from settings import Settings
from tests.builders import attachment, conversation, turn
from tests.door import ORIGIN, Answer, Door
from web import attached, attached_texts
from web.attached import attach_routes, files_html, size, sources_html
from web.body import FILE
from web.parts import Wish
from web.pulse import stamp
from web.routes import UPLOADS

ATTACK = '<img src=x onerror="alert(1)">'


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Homegrown]:
    parts = build(Settings(tmp_path / "home", backend="scripted"))
    for name in ("Ada", "Ben"):
        parts.store.put_conversation(parts.store.add_person(name).id, conversation(name.lower()))
    yield parts
    parts.close()


@pytest.fixture
def door(home: Homegrown) -> Door:
    return Door.to(home.store.people(), attach_routes(home))


def send(door: Door, home: Homegrown, query: str, data: bytes = b"Hens lay eggs.", **more: Any) -> Answer:
    usual = {"cookie": door.signed_in(home.store.people()[0].id), "origin": ORIGIN, "content_type": FILE}
    return door.ask(f"/attach?{query}", "POST", body=data, **(usual | more))


def of(home: Homegrown, name: str, talk: str) -> list[str]:
    return [paper.name for paper in home.attachments.list(home.store.person(name).id, talk)]


# attaching


def test_a_file_is_attached_to_the_senders_conversation_or_begins_one(door: Door, home: Homegrown) -> None:
    answer = json.loads(send(door, home, "c=ada&name=notes%2Fhens.txt").body)
    assert answer == {"conversation": "ada", "said": "hens.txt is attached. Ask about it."}
    begun = json.loads(send(door, home, "name=hens.md", "naïve".encode("cp1252")).body)
    assert "Western European" in begun["said"]
    assert (of(home, "Ada", "ada"), of(home, "Ada", begun["conversation"])) == (["hens.txt"], ["hens.md"])


def test_a_file_that_is_no_use_is_refused_with_a_sentence(door: Door, home: Homegrown) -> None:
    answer = send(door, home, "c=ada&name=a.pdf", b"no PDF")
    assert (answer.status, json.loads(answer.body)["error"].startswith("a.pdf is damaged")) == (200, True)
    assert "is not there any more" in json.loads(send(door, home, "c=ben&name=a.txt").body)["error"]
    assert of(home, "Ada", "ada") == of(home, "Ben", "ben") == []


def test_strangers_foreign_pages_and_forms_attach_nothing(door: Door, home: Homegrown) -> None:
    given = "c=ada&name=a.txt"
    statuses = [
        send(door, home, given, cookie="").status,
        send(door, home, given, origin="http://evil.example").status,
        send(door, home, given, content_type="text/plain").status,
        send(door, home, given, content_type="multipart/form-data; boundary=x").status,
        send(door, home, given, bytes(UPLOADS["/attach"] + 1)).status,
        door.ask(f"/attach?{given}", cookie=door.signed_in(home.store.people()[0].id)).status,
    ]
    assert statuses == [401, 403, 415, 415, 413, 404]
    assert of(home, "Ada", "ada") == []


def test_the_door_takes_files_as_large_as_can_be_read() -> None:
    assert UPLOADS["/attach"] == attached_texts.SCRIPT["largest"]


# what is shown


def test_documents_are_listed_with_size_pages_and_a_button_that_asks_first() -> None:
    listed = files_html([attachment("a1", "One.", "Two.", size=2_500_000), attachment("a2", "One.", size=10)])
    assert listed.count("<li") == 2 and 'id="a-a1"' in listed
    assert "2.4 MB, 2 pages" in listed and "10 bytes, 1 page<" in listed
    assert listed.count("do-detach") == 2 and "Remove a1.pdf" in listed and attached_texts.REMOVE_SURE in listed
    assert files_html([]) == ""
    unpaged = replace(attachment(), passages=(Passage("x"),))
    assert "page" not in files_html([unpaged]).replace("a1.pdf", "")


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KB"), (1024**2, "1.0 MB"), (10 * 2**20, "10.0 MB")],
)
def test_sizes_are_told_in_plain_units(count: int, told: str) -> None:
    assert size(count) == told


def test_under_a_reply_stand_its_sources_with_their_text() -> None:
    papers = {"a1": attachment("a1", "Hens.", "Eggs."), "a2": attachment("a2", "Geese.")}
    quotes = (Quote("a2", None), Quote("a1", 0, "page 1"), Quote("a1", 1, "page 2"), Quote("a1", 1, "page 2"))
    shown = block([quoted(papers["a2"], [0]), quoted(papers["a1"], [0, 1])])
    said = sources_html(turn(quotes=quotes, attached=shown), papers)
    assert "<summary>From a2.pdf; a1.pdf, page 1, page 2</summary>" in said
    assert "Hens." in said and "Geese." in said and "orders" not in said
    assert sources_html(turn(), papers) == ""


def test_a_source_that_is_removed_is_told_of() -> None:
    gone = sources_html(turn(quotes=(Quote("a1", 0),)), {})
    assert gone == '<p class="small sources">From a document that is removed</p>'


def test_names_and_texts_of_documents_are_no_markup() -> None:
    paper = attachment("a1", ATTACK, name=ATTACK)
    shown = turn(quotes=(Quote("a1", 0, ATTACK),), attached=block([quoted(paper, [0])]))
    for markup in (files_html([paper]), sources_html(shown, {"a1": paper})):
        assert "<img" not in markup and "&lt;img" in markup


def test_the_button_removes_a_document_and_other_wishes_are_left_to_others(home: Homegrown) -> None:
    ada = home.store.person("Ada").id
    before = stamp(home, ada)
    home.store.attached.put(ada, attachment("a1", conversation="ada"))
    assert stamp(home, ada) != before, "other tabs look again"
    assert attached.act(home, ada, Wish("delete", "a1", "", 1)) is None and of(home, "Ada", "ada") == ["a1.pdf"]
    assert attached.act(home, ada, Wish(attached.DETACH, "a1", "", 1)) == ""
    assert of(home, "Ada", "ada") == []
    with pytest.raises(Gone):
        attached.act(home, ada, Wish(attached.DETACH, "a1", "", 1))
