"""A process that chats or learns in a home and says what happens, a line of JSON each, until somebody kills it.

`python -m bench.faults.child talk|learn|publish HOME BACKEND [PLACE]`
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from bench.faults.home import Home, open_home
from errors import HomegrownError
from personalization.night import NightProgress

READY_SECONDS = 300.0
QUESTIONS = (
    "Tell me about the seasons of the year, one after the other, with many details.",
    "How do I plan a walk of three days with two children and a dog?",
    "What should I know before I begin to bake my own bread?",
)
A_TALK = 3  # turns, then a new conversation begins
PUBLISHING = "Putting the new version in its place"
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate")

_saying = threading.Lock()


def say(event: str, **told: Any) -> None:
    line = json.dumps({"event": event, **told})
    with _saying:
        print(line, flush=True)


def talk(home: Home) -> None:
    """Asks without end. A turn is told when its words are acknowledged, as it grows, and how it ended."""
    conversation = None
    for number in count():
        generation = home.chat.start(home.owner.id, conversation, QUESTIONS[number % len(QUESTIONS)])
        turn = generation.turn
        say("asked", turn=turn.id, conversation=turn.conversation, text=turn.text, engine=home.engine.status().pid)
        for turn in generation.watch():
            say("shown", turn=turn.id, reply=turn.reply)
        say("ended", turn=turn.id, finish=turn.finish, reply=turn.reply, note=turn.note)
        conversation = None if number % A_TALK == A_TALK - 1 else turn.conversation


def learn(home: Home, hear: Callable[[NightProgress], None] = lambda progress: None) -> None:
    """One night; a second one if the first was broken off."""

    def tell(progress: NightProgress) -> None:
        hear(progress)
        say("progress", phase=progress.phase, training=progress.loss is not None)

    for _ in range(2):
        try:
            night = home.nights.run(home.owner.id, tell)
        except HomegrownError as error:
            say("broken", kind=type(error).__name__, sentence=str(error))
        else:
            say("learnt", outcome=night.verdict.outcome, reason=night.verdict.reason, version=night.version)
            return


def publish(home: Home, place: int) -> None:
    """One night that kills itself before the change of a file number `place` while it publishes and reports.

    Changes are what the audit hooks tell of (PEP 578), and each fsync. Says how many there were if it comes to the end.
    """
    changes, armed = count(), False

    def change() -> None:
        if armed and next(changes) == place:
            psutil.Process().kill()
            threading.Event().wait()

    def hook(event: str, given: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)):
            change()

    fsync = os.fsync

    def counted_fsync(handle: int) -> None:
        change()
        fsync(handle)

    def hear(progress: NightProgress) -> None:
        nonlocal armed
        armed = armed or progress.phase == PUBLISHING

    sys.addaudithook(hook)
    os.fsync = counted_fsync  # type: ignore[assignment]
    learn(home, hear)
    armed = False
    say("places", count=next(changes))


def main() -> None:
    what, folder, backend, *place = sys.argv[1:]
    home = open_home(Path(folder), backend)
    home.wake()
    home.engine.start()
    home.engine.wait_ready(READY_SECONDS)
    say("ready", engine=home.engine.status().pid)
    if what == "talk":
        talk(home)
    elif what == "learn":
        learn(home)
    else:
        publish(home, int(place[0]))
    home.close()


if __name__ == "__main__":
    main()
