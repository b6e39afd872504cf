"""A night is killed at each change of a file between the staging folder and the stored report of its new version."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from bench.faults.home import SCRIPTED, open_home
from bench.faults.nights import LESSONS, SERVES, prepare
from bench.faults.process import Process
from bench.result import Goal
from errors import HomegrownError
from storage.vault import REPORT

SIDE_BY_SIDE = 3
NEVER = 1_000_000  # a place that is not reached

Result = dict[str, Any]


def run(folder: Path, tries: Sequence[int]) -> Generator[Result, None, None]:
    """Goes through all places again and again; odd tries in the home of somebody with a passphrase."""
    places = {}
    for kind, sealed in (("plain", False), ("sealed", True)):
        prepare(folder / kind, SCRIPTED, sealed=sealed, whole=False)
        places[kind] = _places(folder, kind)
    one = partial(_one, folder, places)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as workers:
        yield from workers.map(one, tries)


def _places(folder: Path, kind: str) -> int:
    """How many changes of files there are, seen in a night that nobody kills."""
    home = folder / f"{kind} whole"
    shutil.copytree(folder / kind, home)
    with Process(("publish", str(home), SCRIPTED, str(NEVER)), home.with_suffix(".log")) as app:
        count = int(app.event("places").told["count"])
    shutil.rmtree(home)
    return count


def _one(folder: Path, places: dict[str, int], number: int) -> Result:
    kind = "sealed" if number % 2 else "plain"
    place, home = (number // 2) % places[kind], folder / f"home {number}"
    shutil.copytree(folder / kind, home)
    with Process(("publish", str(home), SCRIPTED, str(place)), home.with_suffix(".log")) as app:
        app.until(lambda one: False)
        ended = app.code()
    result: Result = {
        "try": number,
        "kind": kind,
        "place": place,
        "places": places[kind],
        "killed": ended not in (0, 1),
    }
    result["wrong"] = _examined(home) if result["killed"] or ended == 0 else f"the night ended with code {ended}"
    if result["wrong"] == "" and not _serves_new(home):
        result["wrong"] = _next_night(home)
    shutil.rmtree(home)
    return result


def _examined(folder: Path) -> str:
    """What is not as it should be after the next start; "" if nothing is."""
    pointers = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("people/*/adapters/current")]
    home = open_home(folder, SCRIPTED)
    try:
        home.wake()
        owner = home.owner.id
        name, serving = home.adapters.current(owner)
        if serving is None or name != pointers[0][SCRIPTED]:
            return f"the pointer says {pointers[0]}, and {name} serves"
        if len(home.store.feedback(owner)) != LESSONS:
            return "lessons are lost"
        reports = [night.version for night in home.store.nights(owner)]
        new = name != min(version.name for version in home.adapters.versions(owner))
        if reports != ([name] if new else []):
            return f"{name} serves, and there are reports of {reports}"
        if left := [*folder.glob("people/*/adapters/staging-*"), *folder.glob(f"people/*/adapters/*/{REPORT}")]:
            return f"left behind: {[path.name for path in left]}"
    except HomegrownError as error:
        return f"the next start: {error}"
    finally:
        home.close()
    return ""


def _serves_new(folder: Path) -> bool:
    home = open_home(folder, SCRIPTED)
    try:
        home.wake()
        return bool(home.store.nights(home.owner.id))
    finally:
        home.close()


def _next_night(folder: Path) -> str:
    """Where the old version serves, the next night learns and tells, without any step by hand."""
    with Process(("learn", str(folder), SCRIPTED), folder.with_suffix(".log")) as app:
        ended = app.until(lambda one: one.event in ("broken", "learnt"))
        app.until(lambda one: False)
    if ended is None or ended.told.get("outcome") not in SERVES:
        return f"the next night: {ended and ended.told}"
    return _examined(folder)


def goals(results: Sequence[Result], tries: int) -> list[Goal]:
    killed = sum(one["killed"] for one in results)
    wrong = sum(one["wrong"] != "" for one in results)
    tried = {(one["kind"], one["place"]) for one in results if one["killed"]}
    missed = sum({one["kind"]: one["places"] for one in results}.values()) - len(tried)
    return [
        Goal("kills", killed, f"at least {tries}", killed >= tries),
        Goal("kills after which something was wrong", wrong, "0", wrong == 0),
        Goal("changes of files before which no kill came", missed, "0", missed == 0),
    ]
