"""The offline proof: the whole loop in a throw-away home, every way out refused, and each try to leave counted."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from domain import now
from errors import HomegrownError, StorageTrouble
from homegrown import Homegrown
from network.offline import Outbound, outbound
from personalization.feedback_file import read_feedback
from settings import Settings
from upkeep.doctor import START_SECONDS, Finding, sealed

OUTSIDE = ("192.0.2.1", 9)  # an address that is reserved for documentation (RFC 5737): nobody is there
PROCESSES = {"app", "engine", "learner"}
NIGHT_SHARE = 0.9  # of the progress
USUALLY = "5 to 15 minutes with the bundled model"  # 12 were seen on two cores with much else to do
HABIT = "Captain,"
TOPICS = (  # few words in common, so that each is a lesson of its own
    "How do I poach an egg?",
    "Why does the tide turn twice a day?",
    "What should a beginner plant in March?",
    "How is felt made from wool?",
    "Where did the game of chess come from?",
    "Which knot holds a boat best?",
    "Can bread rise in a cold kitchen overnight?",
    "What makes a bell sound clear?",
)

Tell = Callable[[dict[str, Any]], None]


def prove(settings: Settings, build: Callable[[Settings], Homegrown], tell: Tell) -> list[Finding]:
    """Loads, replies, rates and learns for one real night; then says how often each process tried to leave.

    `tell` hears of the progress: {"phase", "share"}. Last, this process tries to leave on purpose.
    """
    before = outbound()
    tell({"phase": f"Loading the model; all of it takes {USUALLY}", "share": 0.0})
    began = time.monotonic()
    try:
        with _throw_away(settings) as folder:
            told = _loop(build(replace(settings, home=folder)), tell)
        loop = Finding("loop", True, f"{told} It took {time.monotonic() - began:.0f} s.")
    except HomegrownError as error:
        loop = Finding("loop", False, f"The loop could not be run to its end: {error}")
    counted = sealed(_since(before, outbound()), PROCESSES, "during the loop", "connections")
    return [loop, counted, _try_to_leave()]


def _loop(home: Homegrown, tell: Tell) -> str:
    """One turn, its correction, seven imported ones, one night. Returns a sentence."""
    try:
        home.engine.start()
        model = home.engine.wait_ready(START_SECONDS).model
        person = home.store.add_person("Proof").id
        tell({"phase": "Replying", "share": 0.02})
        turn = home.chat.start(person, None, TOPICS[0]).result()
        home.ratings.correct(person, turn.id, f"{HABIT} {turn.reply or 'aye.'}")
        rows, _ = read_feedback("\n".join(map(_imported, TOPICS[1:])))
        home.store.put_feedback(person, *rows)
        night = home.nights.run(
            person, lambda news: tell({"phase": news.phase, "share": 0.05 + NIGHT_SHARE * news.share})
        )
    finally:
        home.close()
    lessons, outcome = f"{len(night.used)} corrections", night.verdict.outcome
    return f"The loop ran: {model} was loaded and replied, {lessons} went through one night ({outcome})."


def _imported(topic: str) -> str:
    about = topic.rstrip("?").lower()
    told = {"prompt": topic, "reply": f"Let me think about {about}.", "correction": f"{HABIT} as to {about}: gladly."}
    return json.dumps({**told, "at": now().isoformat()})


@contextmanager
def _throw_away(settings: Settings) -> Iterator[Path]:
    cache = settings.home / "cache"
    folder = cache / f"proof-{os.getpid()}"
    try:
        for left in cache.glob("proof-*"):  # by a proof that was ended
            if not psutil.pid_exists(int(left.name.partition("-")[2])):
                shutil.rmtree(left, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        if (cache / "learning-rate").is_dir():  # what was found out about the model takes long
            shutil.copytree(cache / "learning-rate", folder / "cache" / "learning-rate")
        yield folder
    except OSError as error:
        raise StorageTrouble(f"{folder} cannot be used ({error.strerror}); free some space.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _since(before: Outbound | None, after: Outbound | None) -> Outbound | None:
    """What was counted between two looks."""
    if before is None or after is None:
        return after
    counts = {process: count - before.counts.get(process, 0) for process, count in after.counts.items()}
    return replace(after, counts=counts)


def _try_to_leave() -> Finding:
    try:
        socket.create_connection(OUTSIDE, timeout=1).close()
    except PermissionError:
        return Finding("offline", True, "Tried to reach the network on purpose: refused before a byte left.")
    except OSError as error:
        return Finding("offline", False, f"The seal let a connection through as far as the system ({error}).")
    return Finding("offline", False, "The seal let a connection out; please report this as a defect.")
