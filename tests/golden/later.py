"""What homes of schema 2 came to hold besides, in fields and tables that older ones lack: `Cleo` has one of each.

`python -m tests.golden.later FOLDER` makes such a home; `schema-2-later` was made that way.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

from domain import ApiKey, Brought, Energy, Export, Proposal, Quote
from storage.attached import PassageVectors
from storage.observed import Observing, digest
from storage.recalled import About
from storage.store import Store
from tests.builders import at, attachment, conversation, feedback, memory, night, turn
from tests.golden.contents import ODD, fill

TURNS = (
    turn(
        "read.1", created_at=at(1), about=ODD, attached="[Document]", quotes=(Quote("a1", 0, "p. 1"), Quote("a2", None))
    ),
    turn("read.2", created_at=at(2), parent="read.1", inserted="[Notes]", memories=("m1", "m2"), note=ODD),
)
TALKS = (
    conversation("read", head="read.2", updated_at=at(9)),
    conversation("aside", title="", off_record=True, updated_at=at(2)),
)
MEMORIES = (
    memory(
        "m1", ODD, created_at=at(1), source="imported", brought=Brought("ChatGPT", at(0)), pinned=True, kind="place"
    ),
    memory("m2", created_at=at(2), source="observed", turn="read.1", until=date(2026, 3, 9), replaced_by="m1"),
    memory("m3", "Both.", created_at=at(3), source="merged", active=False),
)
NIGHT = night("n1", seconds={"exam": 9.5}, energy=Energy(12.5, "RAPL"), cpu_seconds=1.0)
NO_ENERGY = night("n2", finished_at=at(9), energy=Energy(None, ODD))
LEDGER = (feedback("r1", turn="read.2", source="chat", correction=ODD, at=at(1)),)
ATTACHED = (attachment("a1", "One.", ODD, conversation="read"), attachment("a2", conversation="read", created_at=at(3)))
VECTORS = PassageVectors("texts and model", ("AAAA", "BBBB"))
PROPOSALS = (
    Proposal("p1", ODD, "health", 0.75, "read.1", date(2026, 4, 1), "m1", at(3)),
    Proposal("p2", "I like moss.", "like", 1.0, "read.2", None, None, at(4)),
)
KEYS = (
    ApiKey("k1", ODD.splitlines()[0], "5eed", True, at(1), date(2026, 3, 2)),
    ApiKey("k2", "Editor", "d00d", False, at(2)),
)
EXPORT = Export("/elsewhere/of mine.homegrown", at(5))
ABOUT = About(ODD, own=True, day="2026-03-01")
OBSERVING = Observing("keep", at(6), (digest("I like eggs."),), at(5))


def fill_later(home: Path) -> None:
    """Writes Cleo, after what every golden home holds."""
    fill(home)
    store = Store(home)
    cleo = store.add_person("Cleo").id
    store.put_all(cleo, [*TALKS, *TURNS, *MEMORIES, *LEDGER, NIGHT, NO_ENERGY])
    for paper in ATTACHED:
        store.attached.put(cleo, paper)
    store.attached.keep_vectors(cleo, "a1", VECTORS)
    store.observed.set_mode(cleo, OBSERVING.mode)
    store.observed.refuse(cleo, "I like eggs.")
    store.observed.read(cleo, at(5), PROPOSALS[:1], ())
    store.observed.look(cleo, at(6), PROPOSALS[1:], ())
    for key in KEYS:
        store.put_api_key(cleo, key)
    store.put_export(cleo, EXPORT.path, EXPORT.at)
    store.recalled.set_about(cleo, ABOUT)
    store.recalled.set_on(cleo, False)
    store.recalled.count(cleo, ["m1", "m2"])
    store.recalled.count(cleo, ["m1"])
    store.recalled.keep_vectors(cleo, {"m1": ("of", "AAAA")}, lambda text: "of")
    store.close()


def held_later(store: Store) -> dict[str, Any]:
    """What Cleo has, in domain values."""
    cleo = store.person("Cleo").id
    return {
        "talks": tuple(store.conversations(cleo)),
        "turns": tuple(store.turns(cleo, "read").values()),
        "memories": tuple(store.memories(cleo)),
        "ledger": tuple(store.feedback(cleo)),
        "nights": tuple(store.nights(cleo)),
        "attached": tuple(store.attached.of(cleo, "read")),
        "passage vectors": store.attached.vectors(cleo, "a1"),
        "proposals": tuple(store.observed.proposals(cleo)),
        "observing": store.observed.observing(cleo),
        "keys": tuple(store.api_keys(cleo)),
        "exports": tuple(store.exports(cleo)),
        "about": store.recalled.about(cleo),
        "recalls": store.recalled.on(cleo),
        "uses": store.recalled.uses(cleo),
        "vectors": store.recalled.vectors(cleo),
    }


EXPECTED: dict[str, Any] = {
    "talks": TALKS,
    "turns": TURNS,
    "memories": MEMORIES,
    "ledger": LEDGER,
    "nights": (NIGHT, NO_ENERGY),
    "attached": ATTACHED,
    "passage vectors": VECTORS,
    "proposals": PROPOSALS,
    "observing": OBSERVING,
    "keys": KEYS,
    "exports": (EXPORT,),
    "about": ABOUT,
    "recalls": False,
    "uses": {"m1": 2, "m2": 1},
    "vectors": {"m1": ("of", "AAAA")},
}

if __name__ == "__main__":
    fill_later(Path(sys.argv[1]))
