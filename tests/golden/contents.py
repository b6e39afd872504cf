"""What every golden home holds: two people with one of each kind. `fill` makes one; `schema-N` was made by schema N."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from domain import Check, Example, Reminder, Speeds, Verdict
from storage.store import Store
from tests.builders import at, conversation, feedback, memory, night, turn

ODD = '🥚\r\n\u2028\x00?" \\ ́é 日本'  # what a careless format would lose

TURNS = (
    turn("talk.1", created_at=at(1), speeds=Speeds(0.1, 20, 5, 12.5)),
    turn("talk.2", created_at=at(2), parent="talk.1", text=ODD, reply="the first try", cut="talk.1"),
    turn("talk.3", created_at=at(3), parent="talk.1", text=ODD, reply="its sibling", persona="a1b2", memories=("m1",)),
    turn("talk.4", created_at=at(4), parent="talk.3", reply="half of a rep", finish="crashed", note="The engine died."),
    turn(
        "talk.5",
        created_at=at(5),
        parent="talk.3",
        reply=ODD,
        finish="streaming",
        inserted="[Notes]",
        prompt_hash="5eed",
        reminders=(Reminder("l1", "How?", "So."), Reminder("l2", ODD, ODD)),
    ),
)
OTHER = (turn("other.1", created_at=at(6), finish="length", adapter="2026-03-01.1", note="Ask it to go on."),)
TALKS = (  # newest first
    conversation("other", head="other.1", title=ODD, updated_at=at(9)),
    conversation("talk", head="talk.5", updated_at=at(5)),
    conversation("empty", title="", updated_at=at(1)),
)
MEMORIES = (
    memory("m1", created_at=at(1), updated_at=at(8)),
    memory("m2", ODD, created_at=at(2), active=False, source="confirmed"),
)
LEDGER = (
    feedback("r1", thumb="up", reasons=("accurate", "right tone"), at=at(1)),
    feedback("r2", thumb="down", reasons=("too long",), comment=ODD, at=at(2)),
    feedback("r3", correction=ODD, turn="talk.1", source="chat", at=at(3)),
    feedback("r4", rejected=("the first try", ODD), thumb="up", turn="talk.3", source="chat", at=at(4)),
    feedback("r5", rejected=("the new me",), source="vote", at=at(5)),
    feedback("r6", correction="my password is hunter2", parked=True, at=at(6)),
)
EMPTIED = feedback("r7", thumb="down", at=at(7), correction="", prompt=ODD * 50)
CHECKS = (Check("gain", True, "Yes.", 0.5, 0.01), Check("rival", None, ODD), Check("finite", False, "No.", None, 1.0))
NIGHTS = (
    night("n1", verdict=Verdict("too few", "Only two.")),
    night(
        "n2",
        finished_at=at(9),
        verdict=Verdict("published", ODD, CHECKS),
        version="2026-03-01.1",
        used=("r1", "r3"),
        skipped={"r6": "parked"},
        superseded={"r2": "r3"},
        examples=(Example("p", "b", ODD),),
        seconds={"exam": 1.5, "training": 60.0},
        cpu_seconds=99.5,
        seen=True,
    ),
)
PERSONAS = ("Be brief.", ODD, "Be kind.")  # the last one is the present one
VERSION: dict[str, Any] = {
    "created_at": "2026-03-01T04:00:00+00:00",
    "base": "base hash",
    "parent": "base",
    "files": {},
    "lessons": ["l1"],
    "rows": ["r1", "r3"],
}


def fill(home: Path) -> None:
    """Writes all of it into an empty home."""
    store = Store(home)
    ada, bob = store.add_person("Ada").id, store.add_person("Bob").id
    for talk in reversed(TALKS):
        store.put_conversation(ada, talk)
    for said in (*TURNS, *OTHER):
        store.put_turn(ada, said)
    for fact in MEMORIES:
        store.put_memory(ada, fact)
    store.put_feedback(ada, *LEDGER, EMPTIED)
    for slept in NIGHTS:
        store.put_night(ada, slept)
    for text in PERSONAS:
        store.set_persona(ada, text)
    store.set_at_once(ada, False)
    store.put_memory(bob, memory("m1", "Bob's own"))
    store.put_turn(bob, turn("talk.1", reply="said to Bob"))
    store.put_conversation(bob, conversation("talk", head="talk.1"))
    store.close()
    folder = home / "people" / ada / "adapters"
    (folder / "2026-03-01.1").mkdir(parents=True)
    (folder / "2026-03-01.1" / "manifest.json").write_text(json.dumps(VERSION), encoding="utf-8")
    (folder / "current").write_text(json.dumps({"base hash": "2026-03-01.1"}), encoding="utf-8")


def held(store: Store) -> dict[str, Any]:
    """Everything a store holds, in domain values; people by name, because their ids are random."""
    found: dict[str, Any] = {}
    for person in store.people():
        talks = store.conversations(person.id)
        found[person.name] = {
            "owner": person.owner,
            "talks": tuple(talks),
            "turns": {talk.id: tuple(store.turns(person.id, talk.id).values()) for talk in talks},
            "memories": tuple(store.memories(person.id)),
            "ledger": tuple(store.feedback(person.id)),
            "nights": tuple(store.nights(person.id)),
            "persona": store.persona(person.id)[1],
            "at once": store.at_once(person.id),
        }
    return found


EXPECTED: dict[str, Any] = {
    "Ada": {
        "owner": True,
        "talks": TALKS,
        "turns": {"talk": TURNS, "other": OTHER, "empty": ()},
        "memories": MEMORIES,
        "ledger": (*LEDGER, EMPTIED),
        "nights": NIGHTS,
        "persona": PERSONAS[-1],
        "at once": False,
    },
    "Bob": {
        "owner": False,
        "talks": (conversation("talk", head="talk.1"),),
        "turns": {"talk": (turn("talk.1", reply="said to Bob"),)},
        "memories": (memory("m1", "Bob's own"),),
        "ledger": (),
        "nights": (),
        "persona": "",
        "at once": True,
    },
}
