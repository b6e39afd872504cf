"""While a night trains, the learner or the whole app is killed: what served serves, and the next night learns."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from bench.faults.home import SCRIPTED
from bench.faults.nights import SERVES, ledger, prepare, served
from bench.faults.process import Heard, Process, orphans
from bench.result import Goal

SIDE_BY_SIDE = 3
STEP_SECONDS = 0.02  # of the scripted learner
EARLY = 40  # steps: with real weights a kill comes within these, and not in every rehearsal
TO_THE_END = 4  # with real weights, after every so many tries the next night is run to its end

Result = dict[str, Any]


def run(folder: Path, tries: Sequence[int], backend: str = SCRIPTED) -> Generator[Result, None, None]:
    """Even tries kill the app, odd ones the learner; each in a copy of one home in which a version serves."""
    steps = prepare(folder / "prepared", backend, whole=backend == SCRIPTED) or EARLY
    one = partial(_one, folder, backend, steps)
    with ThreadPoolExecutor(SIDE_BY_SIDE if backend == SCRIPTED else 1) as workers:
        yield from workers.map(one, tries)


def _one(folder: Path, backend: str, steps: int, number: int) -> Result:
    home, chance = folder / f"home {number}", random.Random(number)
    shutil.copytree(folder / "prepared", home)
    before, rows, files = served(home, backend), ledger(home, backend), _files(home)
    step, target = chance.randrange(steps), "learner" if number % 2 else "app"
    result: Result = {"try": number, "target": target, "step": step}
    whole = backend == SCRIPTED or number % TO_THE_END == TO_THE_END - 1
    with Process(("learn", str(home), backend), home.with_suffix(".log"), STEP_SECONDS) as app:
        for _ in range(step + 1):
            app.until(_trains)
        app.listen(chance.uniform(0, STEP_SECONDS))
        children = app.children()
        if target == "learner":
            for learner in app.children("backends.learner_main"):
                learner.kill()
            broken = app.until(lambda one: one.event in ("broken", "learnt"))
            result["told"] = broken is not None and broken.told.get("kind", "Trouble") == "Trouble"
            if whole and broken is not None and broken.event == "broken":
                app.until(lambda one: one.event in ("broken", "learnt"))
        app.kill()
        result["orphans"] = orphans(children)
    learnt = any(one.event == "learnt" and one.told["outcome"] in SERVES for one in app.heard)
    after = served(home, backend)
    result |= {
        "lost": len(set(rows) - set(ledger(home, backend))),
        "changed": int(not learnt and (after != before or not files <= _files(home))),
        "left": _staging(home),
        "learns": learnt or (_learns(home, backend) if whole else None),
    }
    shutil.rmtree(home)
    return result


def _learns(home: Path, backend: str) -> bool:
    """Whether the next start's night does, without any step by hand."""
    with Process(("learn", str(home), backend), home.with_suffix(".log")) as app:
        ended = app.until(lambda one: one.event in ("broken", "learnt"))
        return ended is not None and ended.told.get("outcome") in SERVES


def _trains(heard: Heard) -> bool:
    return heard.event == "progress" and bool(heard.told["training"])


def _files(home: Path) -> set[tuple[str, str]]:
    """What lies beside the versions that are published, with its digest."""
    found = [path for path in home.glob("people/*/adapters/**/*") if path.is_file() and "staging-" not in str(path)]
    return {(str(path.relative_to(home)), hashlib.sha256(path.read_bytes()).hexdigest()) for path in found}


def _staging(home: Path) -> int:
    """Folders of the broken night that are there after the next start has swept (`served` was such a start)."""
    return len(list(home.glob("people/*/adapters/staging-*")))


def goals(results: Sequence[Result], tries: int) -> list[Goal]:
    counted = {name: sum(one[name] for one in results) for name in ("lost", "changed", "left", "orphans")}
    untold = sum(one.get("told") is False for one in results)
    stuck = sum(one["learns"] is False for one in results)
    return [
        Goal("kills", len(results), f"at least {tries}", len(results) >= tries),
        Goal("lessons lost", counted["lost"], "0", counted["lost"] == 0),
        Goal("kills that changed what serves", counted["changed"], "0", counted["changed"] == 0),
        Goal("folders left behind", counted["left"], "0", counted["left"] == 0),
        Goal("processes left behind", counted["orphans"], "0", counted["orphans"] == 0),
        Goal("dead learners that were not told", untold, "0", untold == 0),
        Goal("nights after which the next one did not learn", stuck, "0", stuck == 0),
    ]
