"""Good lines become rows with stable ids; each broken line is told with its number and what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import Message
from personalization.feedback_file import LONGEST, read_feedback
from tests.builders import texts, unhurried

GOOD: dict[str, Any] = {"prompt": "Why?", "reply": "So.", "correction": "Because.", "at": "2026-03-01T20:15:00Z"}


def line(**fields: Any) -> str:
    return json.dumps({**GOOD, **fields}, ensure_ascii=False)


def without(name: str) -> str:
    return json.dumps({key: value for key, value in GOOD.items() if key != name})


def test_a_whole_line_becomes_a_row() -> None:
    asked = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    rows, broken = read_feedback(
        line(prompt=asked, thumb="down", rejected=["No.", " "], reasons=["too long"], at="2026-03-01T21:15:00+01:00")
    )
    assert broken == {}
    (row,) = rows
    assert row.prompt == (Message("system", "Be brief."), Message("user", "Why?"))
    assert (row.reply, row.thumb, row.correction) == ("So.", "down", "Because.")
    assert (row.rejected, row.reasons, row.turn, row.source) == (("No.",), ("too long",), None, "import")
    assert row.at.isoformat() == "2026-03-01T20:15:00+00:00"


@pytest.mark.parametrize(
    ("broken_line", "reason"),
    [
        ("{", "not JSON"),
        ("not json", "not JSON"),
        ("{} {}", "not JSON"),
        ('{"reply": ' + "1" * 5000 + "}", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"prompt": ' + '{"a":' * 100_000, "nested too deeply"),
        ("[1]", "not an object"),
        ('"text"', "not an object"),
        ("null", "not an object"),
        ("{}", "prompt must be"),
        (without("prompt"), "prompt must be"),
        (line(prompt=" "), "last message"),
        (line(prompt=7), "prompt must be"),
        (line(prompt=[]), "prompt must be"),
        (line(prompt=["Why?"]), "each message of prompt"),
        (line(prompt=[{"role": "robot", "content": "x"}]), "each message of prompt"),
        (line(prompt=[{"role": ["user"], "content": "x"}]), "each message of prompt"),
        (line(prompt=[{"role": "user"}]), "each message of prompt"),
        (line(prompt=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]), "last message"),
        (line(prompt=[{"role": "user", "content": " \n"}]), "last message"),
        (line(prompt="x" * (LONGEST + 1)), "longer than"),
        (without("reply"), "reply must be a text"),
        (line(reply="  "), "reply must be a text"),
        (line(reply=["So."]), "reply must be a text"),
        (line(reply="x" * (LONGEST + 1)), "reply is longer than 65,536"),
        (line(thumb="sideways"), "thumb must be"),
        (line(thumb=["up"]), "thumb must be"),
        (line(thumb=1), "thumb must be"),
        (line(correction=""), "correction must be a text"),
        (line(correction=7), "correction must be a text"),
        (line(correction=" So. "), "the correction is the reply itself"),
        (line(rejected="No."), "rejected must be a list"),
        (line(rejected=[1]), "rejected must be a list"),
        (line(reasons={"a": 1}), "reasons must be a list"),
        (without("correction"), "nothing to learn from"),
        (without("at"), "at must be a time"),
        (line(at=1772396100), "at must be a time"),
        (line(at="yesterday"), "at is not a time: 'yesterday'"),
        (line(at="2026-02-30T00:00:00Z"), "at is not a time"),
        (line(at="0001-01-01T00:00:00+14:00"), "at is not a time"),
        ('{"prompt": "\\ud83d", "reply": "So.", "thumb": "up", "at": "2026-03-01"}', "half of a character"),
        (line().replace("So.", "\\udc00"), "half of a character"),
    ],
    ids=lambda value: value[:30],
)
def test_a_broken_line_is_told_with_its_number_and_reason(broken_line: str, reason: str) -> None:
    rows, broken = read_feedback(f"{line()}\n\n{broken_line}\n{line(reply='Other.')}\n")
    assert list(broken) == [3]
    assert reason in broken[3]
    assert "\n" not in broken[3] and len(broken[3]) < 200
    assert [row.reply for row in rows] == ["So.", "Other."]  # the good lines are there for who wants them


def test_an_empty_file_holds_no_rows() -> None:
    assert read_feedback("") == ([], {})
    assert read_feedback("\n \r\n\n") == ([], {})


def test_the_same_line_twice_is_one_row_and_its_id_never_changes() -> None:
    rows, _ = read_feedback(f"{line()}\n{line()}")
    assert len(rows) == 1
    ((again,), _) = read_feedback(json.dumps(dict(reversed(GOOD.items())), indent=None) + "\r\n")
    assert again.id == rows[0].id == "ae930964f00e262f"
    ((other,), _) = read_feedback(line(correction="Otherwise."))
    assert other.id != again.id


def test_a_time_without_zone_is_utc() -> None:
    ((row,), _) = read_feedback(line(at="2026-03-01T20:15:00"))
    assert row.at.isoformat() == "2026-03-01T20:15:00+00:00"


def test_a_file_that_begins_with_a_byte_order_mark_is_read() -> None:
    rows, broken = read_feedback(f"\ufeff{line()}")
    assert (len(rows), broken) == (1, {})


@unhurried
@example(prompt="\u2028", reply="\x85", correction="\u2029")  # not the end of a line of JSON
@given(prompt=texts, reply=texts, correction=texts)
def test_any_text_is_taken_as_it_is_whether_escaped_or_not(prompt: str, reply: str, correction: str) -> None:
    entry = {**GOOD, "prompt": f"?{prompt}", "reply": f"<{reply}>", "correction": f"({correction})"}
    for escaped in (True, False):
        rows, broken = read_feedback(json.dumps(entry, ensure_ascii=escaped))
        assert broken == {}
        assert rows[0].prompt[0].content == f"?{prompt}"
        assert (rows[0].reply, rows[0].correction) == (f"<{reply}>", f"({correction})")


@unhurried
@given(st.text(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_no_file_is_a_defect(content: str) -> None:
    rows, broken = read_feedback(content)
    assert rows == []
    assert bool(broken) == any(part.strip(" \t\r") for part in content.split("\n")) or not broken


@unhurried
@given(
    st.dictionaries(
        st.sampled_from(["prompt", "reply", "thumb", "correction", "rejected", "reasons", "at"]),
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2),
    )
)
def test_a_line_with_anything_in_its_fields_is_a_row_or_broken(fields: dict[str, object]) -> None:
    rows, broken = read_feedback(line(**fields).replace("\n", " "))
    assert len(rows) + len(broken) == 1
