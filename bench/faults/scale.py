"""A journal of 100,000 messages: what an insert, opening and a search cost, in a process of its own."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bench.result import Goal
from domain import Conversation, Turn
from storage.documents import DOCUMENTS
from storage.journal import JournalDB, JournalStorage
from storage.store import Store

ROOT = Path(__file__).parents[2]
MESSAGES, TALK = 100_000, 200  # rows, each a question and its reply; rows in one conversation
INSERTS = 500
WORDS = ("harbour", "lantern", "quiet", "seven", "bread", "the", "of", "and", "river", "cloud", "under", "morning")
RARE = "zebrafish"
START = datetime(2026, 1, 1, tzinfo=UTC)


def run(folder: Path, messages: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """{"insert_ms": {"median", "p95", "slowest"}, "open_s", "search_ms", "memory_mb", ...}"""
    home = folder / "home"
    store = Store(home)
    person = store.add_person("Ada").id
    store.close()
    place = home / "people" / person
    for path in place.iterdir():
        path.unlink()
    began = time.monotonic()
    JournalStorage.found(place, person, _tables(messages))
    written = time.monotonic() - began
    tell(f"{messages} messages written at once in {written:.1f} s")
    command = [sys.executable, "-m", "bench.faults.scale", str(home), person, str(messages)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    figures = {"messages": messages, "snapshot_s": round(written, 2), **json.loads(done.stdout)}
    tell(json.dumps(figures))
    return figures


def _tables(messages: int) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = {"conversations": {}}
    for number in range(messages):
        talk = f"talk{number // TALK}"
        row = DOCUMENTS[Turn].dump_python(_turn(talk, number), mode="json")
        tables.setdefault(f"turns/{talk}", {})[row["id"]] = row
        head = Conversation(talk, talk, row["id"], START, START)
        tables["conversations"][talk] = DOCUMENTS[Conversation].dump_python(head, mode="json")
    return tables


def _turn(talk: str, number: int) -> Turn:
    """About 520 bytes of text, as people write it."""
    chance = random.Random(number)
    text = " ".join(chance.choices(WORDS, k=15))
    reply = " ".join(chance.choices(WORDS, k=70)) + (f" {RARE}" if number % 1000 == 7 else "")
    parent = f"{talk}.{number - 1:016x}" if number % TALK else None
    return Turn(
        f"{talk}.{number:016x}", talk, parent, text, "", "", None, f"{chance.getrandbits(256):064x}", reply, "stop",
        "2026-03-01.1", "0123456789ab", START,
    )  # fmt: skip


def _measure(home: Path, person: str, messages: int) -> dict[str, Any]:
    me = psutil.Process()
    empty = me.memory_info().rss
    began, busy = time.monotonic(), time.process_time()
    store = Store(home)
    store.conversations(person)
    opened, opened_busy = time.monotonic() - began, time.process_time() - busy
    loaded = me.memory_info().rss

    seconds, turn = [], _turn("talk7", messages)
    for number in range(INSERTS):
        began = time.monotonic()
        store.put_turn(person, replace(turn, id=f"talk7.new{number}"))
        seconds.append(time.monotonic() - began)
    updates = []
    for number in range(INSERTS // 5):
        began = time.monotonic()
        store.put_turn(
            person, replace(turn, id=f"talk9.{9 * TALK + number:016x}", conversation="talk9", reply="changed")
        )
        updates.append(time.monotonic() - began)
    began = time.monotonic()
    turns = len(store.turns(person, "talk7"))
    talk = time.monotonic() - began
    store.close()

    db = JournalDB(home / "people" / person, person)
    searches, busy = [], time.process_time()
    for _ in range(5):
        began = time.monotonic()
        found = [hit for name in db.tables() for hit in db.table(name).search(_mentions)]
        searches.append(time.monotonic() - began)
    busy = (time.process_time() - busy) / len(searches)
    began = time.monotonic()
    db.storage.commit({"turns/talk9": None}, forget=True)
    forgotten = time.monotonic() - began
    return {
        "open_s": round(opened, 3),
        "open_cpu_s": round(opened_busy, 3),
        "insert_ms": _spread(seconds),
        "update_ms": _spread(updates),
        "one_conversation_ms": round(1000 * talk, 1),
        "turns_read": turns,
        "search_ms": round(1000 * statistics.median(searches), 1),
        "search_cpu_ms": round(1000 * busy, 1),
        "hits": len(found),
        "forget_s": round(forgotten, 2),
        "memory_mb": round(loaded / 2**20),
        "memory_of_the_journal_mb": round((loaded - empty) / 2**20),
        "disk_mb": round(sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) / 2**20),
    }


def _mentions(row: dict[str, Any]) -> bool:
    """A word that one message in a thousand has; talks have no reply."""
    return RARE in row.get("reply", "")


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * value for value in seconds)
    return {
        "median": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(0.95 * len(ordered))], 2),
        "slowest": round(ordered[-1], 2),
    }


def goals(found: dict[str, Any]) -> list[Goal]:
    insert, at = found["insert_ms"]["p95"], f"at {found['messages']:,} messages"
    return [
        Goal(f"insert with fsync {at}, ms, p95", insert, "at most 10", insert <= 10),
        Goal(f"open {at}, s", found["open_s"], "at most 2", found["open_s"] <= 2),
        Goal(f"search {at}, ms", found["search_ms"], "at most 200", found["search_ms"] <= 200),
        Goal(f"memory of the process {at}, MB", found["memory_mb"], "at most 500", found["memory_mb"] <= 500),
    ]


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
