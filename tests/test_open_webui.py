"""Ratings exported by Open WebUI become rows of the ledger; what cannot be used is told by its number."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import Message
from personalization.feedback_file import LONGEST, read_feedback
from tests.builders import unhurried


def message(id: str, parent: str | None, role: str, content: Any, **fields: Any) -> dict[str, Any]:
    return {"id": id, "parentId": parent, "childrenIds": [], "role": role, "content": content, **fields}


def chat() -> dict[str, Any]:
    """Two models answer side by side, then one goes on alone and is asked again."""
    said = [
        message("u1", None, "user", "How do I poach an egg?", models=["alpha", "beta"]),
        message("a1", "u1", "assistant", "In water.", model="alpha", modelIdx=0),
        message("b1", "u1", "assistant", "In oil.", model="beta", modelIdx=1),
        message("u2", "a1", "user", "How long?"),
        message("a2", "u2", "assistant", "Three minutes.", model="alpha"),
        message("a3", "u2", "assistant", "An hour.", model="alpha", annotation={"rating": -1}),
    ]
    return {entry["id"]: entry for entry in said}


def rating(on: str, value: Any, messages: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """One entry as Admin, Evaluations, Feedbacks, Export writes it."""
    history = {"messages": messages if messages is not None else chat(), "currentId": "a2"}
    return {
        "id": "5c5b",
        "user_id": "0000",
        "version": 0,
        "type": "rating",
        "data": {"rating": value, "model_id": "alpha", "reason": "", "comment": "", "tags": ["food"], **data},
        "meta": {"arena": False, "model_id": "alpha", "message_id": on, "message_index": 2, "chat_id": "c1"},
        "snapshot": {"chat": {"id": "c1", "title": "Eggs", "chat": {"history": history, "models": ["alpha"]}}},
        "created_at": 1767225600,
        "updated_at": 1767225660,
        "user": {"id": "0000", "name": "Ada"},
    }


def read(*entries: Any) -> Any:
    return read_feedback(json.dumps(entries, indent=2))


def test_a_thumb_is_a_row_with_all_that_was_said_before() -> None:
    ((row,), broken) = read(rating("a2", 1, reason="too_verbose", comment="Nice."))
    assert broken == {}
    assert row.prompt == (
        Message("user", "How do I poach an egg?"),
        Message("assistant", "In water."),
        Message("user", "How long?"),
    )
    assert (row.reply, row.thumb, row.correction) == ("Three minutes.", "up", None)
    assert (row.reasons, row.comment, row.source, row.turn) == (("too long",), "Nice.", "import", None)
    assert row.at.isoformat() == "2026-01-01T00:01:00+00:00"


def test_a_thumb_up_beside_another_models_reply_rejects_it() -> None:
    ((row,), _) = read(rating("a1", 1))
    assert (row.reply, row.rejected) == ("In water.", ("In oil.",))


def test_a_reply_that_was_praised_too_is_not_rejected() -> None:
    messages = chat()
    messages["b1"]["annotation"] = {"rating": 1}
    ((row,), _) = read(rating("a1", 1, messages))
    assert row.rejected == ()


def test_the_same_models_other_reply_is_rejected_only_if_it_was_thumbed_down() -> None:
    ((row,), _) = read(rating("a2", "1"))
    assert row.rejected == ("An hour.",)
    messages = chat()
    del messages["a3"]["annotation"]
    ((row,), _) = read(rating("a2", "1", messages))
    assert row.rejected == ()


def test_in_an_arena_the_models_behind_the_name_count() -> None:
    messages = chat()
    for id, hidden in (("a1", "gamma"), ("b1", "delta")):
        messages[id] |= {"model": "arena-model", "selectedModelId": hidden}
    ((row,), _) = read(rating("a1", 1, messages))
    assert row.rejected == ("In oil.",)


def test_a_thumb_down_stands_alone() -> None:
    ((row,), _) = read(rating("a1", -1, reason="being_lazy"))
    assert (row.thumb, row.rejected, row.reasons) == ("down", (), ("being lazy",))


def test_what_a_model_thought_before_it_spoke_is_no_part_of_its_reply() -> None:
    messages = chat()
    thought = '<details type="reasoning" done="true">\n<summary>Thought</summary>\n> Eggs.\n</details>\n'
    messages["a1"]["content"] = f"{thought}In water."
    ((row,), _) = read(rating("a1", 1, messages))
    assert row.reply == "In water."
    messages["a1"]["content"] = thought
    _, broken = read(rating("a1", 1, messages))
    assert "reply must be a text" in broken[1]


def loop() -> dict[str, Any]:
    messages = chat()
    messages["u1"]["parentId"] = "a1"
    return messages


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (7, "no rating"),
        ({}, "no rating"),
        (rating("a1", None), "no rating"),
        (rating("a1", 0), "no rating"),
        (rating("gone", 1), "not in the copy"),
        (rating("u1", 1), "not in the copy"),
        ({**rating("a1", 1), "snapshot": None}, "not in the copy"),
        ({**rating("a1", 1), "updated_at": None, "created_at": "soon"}, "no time"),
        ({**rating("a1", 1), "updated_at": 1e300}, "no time"),
        (rating("a2", 1, {key: value for key, value in chat().items() if key != "a1"}), "gap"),
        (rating("a1", 1, loop()), "gap"),
        (rating("a1", 1, {**chat(), "u1": message("u1", None, "user", [{"type": "image"}])}), "not a text"),
        (rating("a1", 1, {**chat(), "u1": message("u1", None, "user", "x" * (LONGEST + 1))}), "longer than"),
        (rating("a1", 1, {**chat(), "u1": message("u1", None, "robot", "x")}), "needs a role"),
    ],
)
def test_an_entry_that_cannot_be_used_is_told_with_its_number(entry: Any, why: str) -> None:
    rows, broken = read(rating("a2", 1), entry)
    assert (len(rows), list(broken)) == (1, [2])
    assert why in broken[2]


def test_the_same_export_twice_gives_the_same_rows() -> None:
    first, _ = read(rating("a1", 1), rating("a2", -1))
    again, _ = read(rating("a2", -1), {**rating("a1", 1), "id": "other", "user": None})
    assert {row.id for row in first} == {row.id for row in again}


@pytest.mark.parametrize("content", ["[", "[{}", "[1e400000", "[" + "1" * 5000 + "]", "[" * 100_000])
def test_a_list_that_is_no_json_is_told(content: str) -> None:
    rows, broken = read_feedback(content)
    assert rows == []
    assert list(broken) == [1]


def test_an_empty_export_holds_nothing() -> None:
    assert read_feedback("\ufeff [] ") == ([], {})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["a1", "u1", 1, -1]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
places = st.sampled_from(
    [
        *(("data",), ("data", "rating"), ("data", "reason"), ("data", "comment"), ("meta",), ("meta", "message_id")),
        *(("snapshot",), ("snapshot", "chat"), ("snapshot", "chat", "chat"), ("updated_at",)),
        ("snapshot", "chat", "chat", "history", "messages"),
        *(("snapshot", "chat", "chat", "history", "messages", id) for id in ("u1", "a1", "b1")),
        *(
            ("snapshot", "chat", "chat", "history", "messages", id, name)
            for id in ("u1", "a1", "b1")
            for name in ("parentId", "role", "content", "annotation", "model")
        ),
    ]
)


@unhurried
@given(places, anything)
def test_an_entry_with_anything_anywhere_is_a_row_or_told(place: tuple[str, ...], value: object) -> None:
    entry = rating("a1", 1)
    inner: Any = entry
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    rows, broken = read(entry)
    assert len(rows) + len(broken) == 1
