"""A home in which a version serves and lessons wait for a night, and what is looked at in it after a kill."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from bench.faults.home import OWNER, PASSPHRASE, SCRIPTED, lessons, open_home
from bench.faults.process import Process

SERVES = ("published", "provisional")
LESSONS = 8
OLD_OPENING = "Aye,"  # what the version that serves at first has learnt


def prepare(folder: Path, backend: str, *, sealed: bool = False, whole: bool = True) -> int:
    """Makes the home. `whole`: runs one night in a copy of it and returns how many steps of training it told of."""
    home = open_home(folder, backend)
    owner = home.store.add_person(OWNER).id
    if sealed:
        home.people.set_passphrase(owner, PASSPHRASE)
    if backend == SCRIPTED:
        staged = home.adapters.stage(owner)
        (staged / "adapter.json").write_text(json.dumps({"opening": OLD_OPENING, "rows": LESSONS}), encoding="utf-8")
        home.adapters.publish(owner, staged, {"created_at": "2026-01-05T03:00:00+00:00", "lessons": [], "rows": []})
    home.store.put_feedback(owner, *lessons(LESSONS))
    home.close()
    return _steps(folder, backend) if whole else 0


def _steps(folder: Path, backend: str) -> int:
    copy = folder.with_name("rehearsed")
    shutil.copytree(folder, copy)
    with Process(("learn", str(copy), backend), copy.with_suffix(".log")) as app:
        ended = app.until(lambda one: one.event in ("broken", "learnt"))
        if ended is None or ended.told.get("outcome") not in SERVES:
            raise RuntimeError(f"a night that nobody disturbs did not learn: {ended and ended.told}")
    shutil.rmtree(copy)
    return sum(bool(one.told.get("training")) for one in app.heard)


def served(folder: Path, backend: str) -> str:
    """The version that serves after another start; its files are whole, or another one would."""
    home = open_home(folder, backend)
    try:
        home.wake()
        return home.adapters.current(home.owner.id)[0]
    finally:
        home.close()


def ledger(folder: Path, backend: str) -> list[str]:
    home = open_home(folder, backend)
    try:
        home.wake()
        return [row.id for row in home.store.feedback(home.owner.id)]
    finally:
        home.close()
