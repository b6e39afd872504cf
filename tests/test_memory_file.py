"""Memories are read out of texts and exports of other apps; what is broken or hostile is refused in a sentence."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date

import pytest

from errors import BadInput
from personalization import chatgpt as chatgpt_module
from personalization import json_array
from personalization.json_array import NotJson, elements
from personalization.memory import LONGEST
from personalization.memory_file import (
    CHATGPT,
    HOMEGROWN,
    NO_CHATS,
    NO_MEMORIES,
    NONE,
    NOT_JSON,
    NOT_TEXT,
    OPEN_WEBUI,
    TEXT,
    Found,
    read_memories,
)
from tests.exports import chat, chatgpt, node, open_webui, zipped
from tests.hostile_texts import TEXTS


def read(content: bytes) -> Found:
    return read_memories(io.BytesIO(content))


def texts(content: bytes | str) -> list[str]:
    return [item.text for item in read(content if isinstance(content, bytes) else content.encode()).items]


def test_a_pasted_list_is_one_fact_a_line_without_bullets_headings_and_blank_lines() -> None:
    bullets = "- I am vegan.\n* I live  in Porto.\n2. I have two cats.\n• [x] I swim.\n"
    assert texts(f"# About me\n\n{bullets}```\n---\n  3 is my number\n") == [
        "I am vegan.",
        "I live in Porto.",
        "I have two cats.",
        "I swim.",
        "3 is my number",
    ]


def test_a_date_before_a_line_tells_since_when() -> None:
    found = read(b"[2025-05-02] I like ice cream.\n2024-01-31 - I swim.\n[2025-99-99] odd\n")
    days = {item.text: item.at.astimezone().date() if item.at else None for item in found.items}
    assert days["I like ice cream."] == date(2025, 5, 2)
    assert days["I swim."] == date(2024, 1, 31)
    assert days["[2025-99-99] odd"] is None
    assert found.origin == TEXT


def test_a_text_may_begin_with_a_byte_order_mark_and_repeat_itself() -> None:
    assert texts("﻿I swim.\nI swim.\r\nI swim.") == ["I swim."]


@pytest.mark.parametrize("name", ["conversations.json", "conversations-003.json", "export/conversations.json"])
def test_chatgpt_s_memories_are_what_was_written_to_bio(name: str) -> None:
    found = read(chatgpt(chat("User is vegan."), chat("User has a cat.\nUser swims."), name=name))
    assert found.origin == CHATGPT
    assert [item.text for item in found.items] == ["User is vegan.", "User has a cat.", "User swims."]
    assert all(item.at and item.at.date() == date(2024, 10, 26) for item in found.items)


def test_conversations_without_their_zip_are_read_too() -> None:
    assert texts(json.dumps([chat("User is vegan.")])) == ["User is vegan."]
    assert texts(json.dumps(chat("User is vegan."))) == ["User is vegan."], "a single one"


def test_only_what_the_assistant_wrote_to_bio_counts_and_wishes_to_forget_do_not() -> None:
    talk = chat("User is vegan.", "Forget that User eats meat.")
    talk["mapping"] |= {"x": node("I am the user.", role="user"), "y": node("User is tall.", recipient="all")}
    assert texts(json.dumps([talk])) == ["User is vegan."]


def test_an_export_without_memories_says_what_to_do() -> None:
    for content in (chatgpt(chat()), json.dumps([chat()]).encode()):
        with pytest.raises(BadInput, match="Manage memories"):
            read(content)
    assert "paste them here" in NO_MEMORIES


@pytest.mark.parametrize(
    "odd",
    [
        {"mapping": None},
        {"mapping": {"a": None, "b": {"message": {"recipient": "bio"}}, "c": {"message": ["bio"]}}},
        {"mapping": {"a": node("User swims.", at="never"), "b": node("User reads.", at=-1e300)}},
        {"mapping": {"a": {"message": {"recipient": "bio", "author": {"role": "assistant"}, "content": {"parts": 3}}}}},
        None,
        7,
    ],
)
def test_what_is_odd_in_an_export_is_passed_over(odd: object) -> None:
    found = texts(json.dumps([chat("User is vegan."), odd]))
    assert "User is vegan." in found and set(found) <= {"User is vegan.", "User swims.", "User reads."}


def test_open_webui_s_list_is_read_with_its_times() -> None:
    found = read(open_webui(["User is vegan.", "User has a cat."]))
    assert (found.origin, len(found.items)) == (OPEN_WEBUI, 2)
    assert found.items[0].at and found.items[0].at.year == 2023


def test_lists_of_texts_and_of_our_own_and_objects_that_hold_them_are_read() -> None:
    assert texts('["I swim.", "", 3, null]') == ["I swim."]
    assert texts('{"memories": [{"content": "I swim."}]}') == ["I swim."]
    own = read(b'[{"text": "I swim.", "created_at": "2026-03-01T12:00:00Z", "kind": "like"}]')
    assert own.origin == HOMEGROWN and own.items[0].at and own.items[0].at.month == 3


def test_what_is_too_long_for_a_memory_is_counted() -> None:
    found = read(f"I swim.\n{'x' * (LONGEST + 1)}\n".encode())
    assert ([item.text for item in found.items], found.left_out) == (["I swim."], 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", NONE),
        (b"\n# Only a heading\n", NONE),
        (b"[]", NONE),
        (b"{}", NONE),
        (b"[1, 2", NOT_JSON),
        (b'[{"a": ]', NOT_JSON),
        (b'{"a": ', NOT_JSON),
        (b"[" * 200_000, NOT_JSON),
        (b'{"a":' * 200_000, NOT_JSON),
        (b"[" + b"9" * 5000 + b"]", NOT_JSON),
        (b"\xff\xfe\x00binary", NOT_TEXT),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", NOT_TEXT),
        (zipped({"memories.txt": "I swim."}), NO_CHATS),
        (zipped({"conversations.json": "no"}), NOT_JSON),
        (b"PK\x03\x04 and no more", "unpack it"),
        (chatgpt(chat("User is vegan."))[:-30], "unpack it"),
        (b"PK", "unpack it"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(content)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_a_damaged_or_locked_zip_is_told() -> None:
    whole = bytearray(chatgpt(chat("User is vegan.", *(f"User knows {n}." for n in range(200)))))
    whole[200] ^= 0xFF
    with pytest.raises(BadInput, match="unpack it"):
        read(bytes(whole))
    locked = bytearray(chatgpt(chat("User is vegan.")))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + place] |= 1
    with pytest.raises(BadInput, match="unpack it"):
        read(bytes(locked))


def test_a_zip_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({"conversations.json": "[" + " " * 3_000_000 + "]"})
    assert len(bomb) < 10_000
    monkeypatch.setattr(chatgpt_module, "MOST", 1_000_000)
    with pytest.raises(BadInput, match="too large"):
        read(bomb)


def test_a_zip_with_a_giant_table_of_contents_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    export = chatgpt(chat("User is vegan."))
    monkeypatch.setattr(chatgpt_module, "DIRECTORY", 100)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(BadInput, match="too many files"):
        read(export)


def test_elements_come_one_by_one_however_the_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [{"a": [1, 2, {"b": "x" * n}]} for n in range(40)]
    monkeypatch.setattr(json_array, "CHUNK", 7)
    assert list(elements(io.StringIO(json.dumps(values)))) == values
    monkeypatch.setattr(json_array, "LONGEST", 20)
    with pytest.raises(NotJson):
        list(elements(io.StringIO(json.dumps(["y" * 100]))))
    monkeypatch.setattr(json_array, "MOST", 50)
    with pytest.raises(NotJson):
        list(elements(io.StringIO(json.dumps(["z"] * 100))))


def test_hostile_texts_stay_texts() -> None:
    facts = [" ".join(text.split()) for text in TEXTS if len(text) <= LONGEST][:20]
    assert texts(json.dumps([{"content": fact} for fact in facts])) == list(dict.fromkeys(facts))
