"""A table over a journal does what TinyDB's own does, and its changes are on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinydb import TinyDB, where
from tinydb.operations import delete, increment
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from storage.journal import JournalDB, JournalStorage
from tests.builders import unhurried

numbers = st.integers(0, 4)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["insert", "insert many", "update", "update by", "update all", "upsert", "remove", "truncate", "drop"]
        ),
        numbers,
        numbers,
    ),
    max_size=25,
)


def journal(folder: Path) -> JournalDB:
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob("store.*.snap")):
        JournalStorage.found(folder, "test", {})
    return JournalDB(folder, "test")


def act(db: Any, what: str, n: int, value: int) -> Any:
    table = db.table("numbers")
    match what:
        case "insert":
            return [str(table.insert({"n": n, "value": value}))]
        case "insert many":
            return [str(key) for key in table.insert_multiple([{"n": n}, {"n": value, "deep": [n, {"x": value}]}])]
        case "update":
            return [str(key) for key in table.update({"value": value}, where("n") == n)]
        case "update by":
            return [str(key) for key in table.update(increment("n"), where("n") == n)]
        case "update all":
            return [str(key) for key in table.update({"all": value})]
        case "upsert":
            return [str(key) for key in table.upsert({"n": n, "value": value}, where("n") == n)]
        case "remove":
            return [str(key) for key in table.remove(where("n") == n)]
        case "truncate":
            return table.truncate()
        case _:
            return db.drop_table("numbers")


def rows(db: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(str(row.doc_id), dict(row)) for row in db.table("numbers")]


@unhurried
@given(steps)
def test_whatever_is_done_a_journal_holds_what_tinydb_holds_in_memory(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    folder, memory = tmp_path_factory.mktemp("journal"), TinyDB(storage=MemoryStorage)
    db = journal(folder)
    for step in steps:
        assert act(db, *step) == act(memory, *step), step
        assert rows(db) == rows(memory), step
    assert rows(journal(folder)) == rows(memory)
    assert len(db.table("numbers")) == len(memory.table("numbers"))


def test_the_questions_that_tinydb_answers_are_answered(tmp_path: Path) -> None:
    table = journal(tmp_path).table("words")
    table.insert(Document({"word": "egg"}, "first"))
    table.insert_multiple([Document({"word": "ham"}, "second"), {"word": "tea"}])
    assert table.get(doc_id="first") == {"word": "egg"}
    assert table.get(doc_id="first").doc_id == "first"
    assert table.get(doc_id="nobody") is None
    assert table.get(where("word") == "ham").doc_id == "second"
    assert [row.doc_id for row in table.get(doc_ids=["first", "1"])] == ["first", "1"]
    assert table.contains(doc_id="second") and not table.contains(where("word") == "pea")
    assert table.count(where("word").matches("^.")) == len(table) == 3
    assert table.update(delete("word"), doc_ids=["first", "nobody"]) == ["first"]
    assert table.remove(doc_ids=["second", "nobody"]) == ["second"]
    assert table.all() == [{}, {"word": "tea"}]
    with pytest.raises(ValueError, match="already exists"):
        table.insert(Document({"word": "pea"}, "first"))


def test_the_names_of_all_tables_are_told_and_all_can_be_dropped(tmp_path: Path) -> None:
    db = journal(tmp_path)
    db.insert({"default": 1})
    db.table("other").insert({"n": 1})
    assert db.tables() == {"_default", "other"}
    db.drop_tables()
    assert db.tables() == journal(tmp_path).tables() == set()


def test_what_somebody_does_to_what_they_read_or_wrote_stays_with_them(tmp_path: Path) -> None:
    table = journal(tmp_path).table("rows")
    mine: dict[str, Any] = {"id": "a", "deep": {"list": [1]}}
    table.insert(Document(mine, "a"))
    mine["deep"]["list"].append("mine")
    table.get(doc_id="a")["deep"]["list"].append("read")
    table.all()[0]["deep"].clear()
    table.search(where("id") == "a")[0]["deep"]["list"].clear()
    table.get(doc_ids=["a"])[0]["deep"].clear()
    for row in table:
        row["deep"].clear()
    table.storage.read()["rows"]["a"]["deep"].clear()
    assert table.all() == [{"id": "a", "deep": {"list": [1]}}]


def test_a_search_repeated_after_a_change_finds_the_change(tmp_path: Path) -> None:
    db = journal(tmp_path)
    table = db.table("rows")
    table.insert({"n": 1})
    assert table.count(where("n") == 1) == 1
    db.storage.commit({"rows": {"5": {"n": 1}}})
    assert table.count(where("n") == 1) == 2


def test_an_update_that_breaks_off_changes_nothing(tmp_path: Path) -> None:
    table = journal(tmp_path).table("rows")
    table.insert_multiple([{"n": 1}, {"n": 2}, {"word": "no number"}])
    before = (tmp_path / "store.1.log").read_bytes()
    with pytest.raises(KeyError):
        table.update(increment("n"))
    assert [dict(row) for row in table] == [{"n": 1}, {"n": 2}, {"word": "no number"}]
    assert (tmp_path / "store.1.log").read_bytes() == before


def test_a_change_costs_as_many_bytes_in_a_large_table_as_in_a_small_one(tmp_path: Path) -> None:
    grown = []
    for size in (10, 1000):
        folder = tmp_path / str(size)
        table = journal(folder).table("rows")
        table.insert_multiple([{"n": number + 10**6} for number in range(size)])
        before = (folder / "store.1.log").stat().st_size
        table.update({"n": 1}, doc_ids=["7"])
        table.upsert(Document({"n": 2}, "8"))
        table.remove(doc_ids=["9"])
        grown.append((folder / "store.1.log").stat().st_size - before)
    assert grown[0] == grown[1]


def test_a_change_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    table = journal(tmp_path).table("rows")
    table.insert({"n": 1})
    before = (tmp_path / "store.1.log").read_bytes()
    table.update({"n": 1})
    table.remove(where("n") == 7)
    assert (tmp_path / "store.1.log").read_bytes() == before
