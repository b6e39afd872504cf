"""Two people chat while a third one's night runs: how long does the first word take, against a machine that is idle?

With the bundled model. Both ask, wait for the reply, think for a moment, and ask again. Now and then one asks while the
other's reply is still written, and waits for its end, with a night as without one: these are counted by themselves.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench.faults.home import OWNER, WEIGHTS, Home, lessons, open_home
from bench.machine import circumstances
from bench.result import Goal
from errors import HomegrownError
from personalization.night import NightProgress

GUESTS = ("Ben", "Cleo")
QUESTIONS = (
    "What is a good breakfast on a cold day?",
    "How do I fold a paper boat?",
    "Why is the sky blue in the morning?",
    "What can I do on a rainy Sunday?",
    "How long should I boil an egg?",
    "Which tree grows fastest?",
)
THINKING = (3.0, 9.0)  # seconds between a reply and the next question
ASKED = 30  # questions of each guest on the idle machine
A_ROUND = 2  # questions of each guest, again and again while the night runs
LONGEST = 480.0  # seconds after which the night is called off: its figures up to there count
REPLY_TOKENS = 40
LESSONS = 8
GOAL = 1.5  # times the first token of an idle machine
SHARE = 0.95

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds from a question to the first text of its reply, and what the night was doing when it was asked.

    `behind`: the other one's reply was being written then.
    """

    guest: str
    seconds: float
    phase: str
    behind: bool


def run(
    folder: Path, tries: Sequence[int], asked: int = ASKED, longest: float = LONGEST
) -> Generator[Result, None, None]:
    for number in tries:
        home = open_home(folder / f"home {number}", WEIGHTS)
        home.chat.sampling = replace(home.chat.sampling, max_tokens=REPLY_TOKENS)
        try:
            yield {"try": number, **circumstances(), **_measured(home, asked, longest, number)}
        finally:
            home.close()


def _measured(home: Home, asked: int, longest: float, seed: int) -> Result:
    owner = home.store.add_person(OWNER).id
    guests = {name: home.store.add_person(name).id for name in GUESTS}
    home.store.put_feedback(owner, *lessons(LESSONS))
    home.engine.start()
    home.engine.wait_ready(300)
    phase = [""]
    _ask_all(home, guests, 1, seed, lambda: "")  # the first replies warm up
    idle = _ask_all(home, guests, asked, seed, lambda: "idle")

    def hear(progress: NightProgress) -> None:
        phase[0] = progress.phase

    ended: list[str] = []
    night = threading.Thread(target=_night, args=(home, owner, hear, ended), daemon=True)
    night.start()
    began, beside = time.monotonic(), list[Wait]()
    while not ended and time.monotonic() - began < longest:
        beside += _ask_all(home, guests, A_ROUND, seed + len(beside), lambda: "" if ended else phase[0])
    if not ended:
        home.nights.cancel(owner)
    night.join()
    with_night = [wait for wait in beside if wait.phase]
    return {
        "lessons": LESSONS,
        "night": ended[0],
        "idle": _figures(idle),
        "beside": _figures(with_night),
        "idle, behind another's reply": _figures(idle, behind=True),
        "beside, behind another's reply": _figures(with_night, behind=True),
        "phases": {name: _figures([wait for wait in with_night if wait.phase == name]) for name in _phases(with_night)},
        "waits": [asdict(wait) for wait in (*idle, *beside)],
    }


def _night(home: Home, owner: str, hear: Callable[[NightProgress], None], ended: list[str]) -> None:
    try:
        ended.append(home.nights.run(owner, hear).verdict.outcome)
    except HomegrownError as error:
        ended.append(str(error))


def _ask_all(home: Home, guests: dict[str, str], count: int, seed: int, phase: Callable[[], str]) -> list[Wait]:
    answered: set[str] = set()  # whose reply is being written
    with ThreadPoolExecutor(len(guests)) as people:
        asked = people.map(
            lambda one: _ask(home, one[0], one[1], count, f"{seed} {one[0]}", phase, answered), guests.items()
        )
        return [wait for waits in asked for wait in waits]


def _ask(
    home: Home, name: str, person: str, count: int, seed: str, phase: Callable[[], str], answered: set[str]
) -> list[Wait]:
    chance, waits, conversation = random.Random(seed), list[Wait](), None
    for _ in range(count):
        time.sleep(chance.uniform(*THINKING))
        doing, behind, began = phase(), bool(answered), time.perf_counter()
        answered.add(name)
        generation = home.chat.start(person, conversation, chance.choice(QUESTIONS))
        first = None
        for turn in generation.watch():
            if first is None and turn.reply:
                first = time.perf_counter() - began
        answered.discard(name)
        if first is not None:
            waits.append(Wait(name, round(first, 3), doing, behind))
    return waits


def _phases(waits: Sequence[Wait]) -> list[str]:
    return list(dict.fromkeys(wait.phase for wait in waits))


def _figures(waits: Sequence[Wait], *, behind: bool = False) -> dict[str, Any]:
    """ "p95" is the next measured value above the 95th percentile."""
    seconds = sorted(wait.seconds for wait in waits if wait.behind == behind)
    if not seconds:
        return {"n": 0, "median": None, "p95": None}
    return {
        "n": len(seconds),
        "median": round(statistics.median(seconds), 3),
        "p95": seconds[min(len(seconds) - 1, int(SHARE * len(seconds)))],
    }


def goals(results: Sequence[Result], tries: int) -> list[Goal]:
    found = []
    for name in ("median", "p95"):
        values = [(one["beside"][name], one["idle"][name]) for one in results]
        ratios = [round(beside / idle, 2) for beside, idle in values if beside and idle]
        worst = max(ratios) if len(ratios) == len(values) and ratios else None
        reached = worst is not None and worst <= GOAL
        found.append(Goal(f"first token beside a night / idle, {name}", worst, f"at most {GOAL}", reached))
    return found
