"""While a reply is being written, the engine or the whole app is killed: no acknowledged word may be lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.faults.home import OWNER, SCRIPTED, Home, open_home
from bench.faults.process import Heard, Process, orphans
from bench.result import Goal
from errors import HomegrownError

SIDE_BY_SIDE = 3  # homes, in each of which one kill follows another
WORD_SECONDS = 0.04  # of the scripted model: a reply then takes some two seconds
LONGEST = 2.5  # seconds from the acknowledgement to the kill, at most
STALE = 2.0  # seconds of a partial reply that may be lost, at most

Result = dict[str, Any]


@dataclass(slots=True)
class _Lodger:
    """One home, and everything that the app acknowledged in it: turn -> (conversation, words)."""

    folder: Path
    acknowledged: dict[str, tuple[str, str]] = field(default_factory=dict)


def run(folder: Path, tries: Sequence[int], backend: str = SCRIPTED) -> Generator[Result, None, None]:
    """Even tries kill the app, odd ones the engine."""
    lodgers = [_Lodger(folder / f"home {number}") for number in range(SIDE_BY_SIDE if backend == SCRIPTED else 1)]
    for lodger in lodgers:
        home = open_home(lodger.folder, backend)
        home.store.add_person(OWNER)
        home.close()
    free, lock = list(lodgers), threading.Lock()

    def one(number: int) -> Result:
        with lock:
            lodger = free.pop()
        try:
            return _one(lodger, number, backend)
        finally:
            with lock:
                free.append(lodger)

    with ThreadPoolExecutor(len(lodgers)) as workers:
        yield from workers.map(one, tries)


def _one(lodger: _Lodger, number: int, backend: str) -> Result:
    target = "engine" if number % 2 else "app"
    result: Result = {"try": number, "target": target, "answered": None, "unmarked": 0}
    with Process(("talk", str(lodger.folder), backend), lodger.folder.with_suffix(".log"), WORD_SECONDS) as app:
        ready = app.until(lambda one: one.event == "ready")
        if ready is None or app.until(lambda one: one.event == "asked") is None:
            return result | {"unreadable": 1}
        app.listen(random.Random(number).uniform(0, LONGEST))
        if target == "engine":
            psutil.Process(ready.told["engine"]).kill()
            result |= _suffered(app)
        children = app.children()
        killed = app.kill()
        asked = [one for one in app.heard if one.event == "asked"][-1]
        result["orphans"] = orphans(children)
    heard = app.heard
    lodger.acknowledged |= {
        one.told["turn"]: (one.told["conversation"], one.told["text"]) for one in heard if one.event == "asked"
    }
    return result | _examined(lodger, backend, heard, asked, killed)


def _suffered(app: Process) -> Result:
    """What the app tells after its engine was killed: of the reply under way, and then of the next one."""
    broken = app.until(lambda one: one.event == "ended")
    unmarked = broken is None or not (_whole(broken) or (broken.told["finish"] == "crashed" and broken.told["note"]))
    return {"unmarked": int(unmarked), "answered": app.until(_whole) is not None}


def _whole(heard: Heard) -> bool:
    return heard.event == "ended" and heard.told["finish"] in ("stop", "length")


def _examined(lodger: _Lodger, backend: str, heard: Sequence[Heard], asked: Heard, killed: float) -> Result:
    """What the next start finds, without any step by hand."""
    acknowledged = lodger.acknowledged
    result: Result = {"acknowledged": len(acknowledged), "lost": 0, "unreadable": 0, "unmarked_later": 0, "wrong": 0}
    try:
        home = open_home(lodger.folder, backend)
    except HomegrownError:
        return result | {"unreadable": 1}
    try:
        home.wake()
        result["lost"] = sum(not _holds(home, *words, turn) for turn, words in acknowledged.items())
        return result | _partial(home, heard, asked, killed)
    except HomegrownError:
        return result | {"unreadable": 1}
    finally:
        home.close()


def _holds(home: Home, conversation: str, text: str, turn: str) -> bool:
    kept = home.store.turns(home.owner.id, conversation).get(turn)
    return kept is not None and kept.text == text


def _partial(home: Home, heard: Sequence[Heard], asked: Heard, killed: float) -> Result:
    """The turn that was asked for last: is what the page shows of its reply what was written, and is it marked?

    "behind": seconds before the kill at which more had been shown than is kept (0: all that was shown is there).
    """
    name = asked.told["turn"]
    turns = home.chat.path(home.owner.id, asked.told["conversation"])
    turn = next((one for one in turns if one.id == name), None)
    shown = [one for one in heard if one.event == "shown" and one.told["turn"] == name]
    whole = any(one.event == "ended" and one.told["turn"] == name for one in heard)
    if turn is None:
        return {"wrong": 1, "behind": 0.0, "kept": 0}
    last = shown[-1].told["reply"] if shown else ""
    same = last.strip().startswith(turn.reply.strip()) or turn.reply.startswith(last.strip())
    unseen = [one.at for one in shown if len(one.told["reply"].strip()) > len(turn.reply)]
    marked = turn.finish in ("stop", "length") if whole else bool(turn.note) and turn.finish == "crashed"
    return {
        "wrong": int(not same),
        "unmarked_later": int(not marked and turn.finish not in ("stop", "length")),
        "behind": round(max(0.0, killed - min(unseen)), 2) if unseen else 0.0,
        "kept": len(turn.reply),
    }


def goals(results: Sequence[Result], tries: int) -> list[Goal]:
    lost, unreadable = (sum(one.get(name, 0) for one in results) for name in ("lost", "unreadable"))
    marked = sum(one["unmarked"] + one.get("unmarked_later", 0) for one in results)
    wrong, left = (sum(one.get(name, 0) for one in results) for name in ("wrong", "orphans"))
    answered = sum(one["answered"] is False for one in results)
    behind = max((one.get("behind", 0.0) for one in results), default=0.0)
    return [
        Goal("kills", len(results), f"at least {tries}", len(results) >= tries),
        Goal("acknowledged words lost", lost, "0", lost == 0),
        Goal("starts that needed a step by hand", unreadable, "0", unreadable == 0),
        Goal("broken replies that are not marked", marked, "0", marked == 0),
        Goal("replies that are not what was shown", wrong, "0", wrong == 0),
        Goal("dead engines after which nothing was answered", answered, "0", answered == 0),
        Goal("processes left behind", left, "0", left == 0),
        Goal("seconds of a reply lost, most", behind, f"at most {STALE:.0f}", behind <= STALE),
    ]
