"""Kills the engine process at random moments under a chatting person: does the app answer, are the words kept?

Twenty kills, seeded: while the engine is idle, reads a long prompt, or writes. Run it as a module:
`python -m bench.engine_kills --json FILE`. It takes about three minutes on two cores.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

from backends.base import Sampling
from backends.catalog import find
from backends.engine import Engine
from backends.gguf_header import read_header
from backends.hardware import inspect_machine, serve_options
from bench.machine import circumstances
from bench.result import Goal, publish
from conversation.chat import Chat
from conversation.generation import Generation
from domain import Turn
from storage.adapters import Adapters
from storage.store import Store

Moment = Literal["idle", "prefill", "decode"]
MOMENTS: tuple[Moment, ...] = ("idle", "prefill", "decode")

KILLS = 20
READY_SECONDS = 5.0
REPLY_TOKENS = 200  # enough to be killed in the middle of
PATIENCE = 120.0  # seconds; a wait that takes longer is a failure of the app
LONG = " ".join(f"Note {number}: the corner shop sells bread, milk and {number} apples." for number in range(1, 61))
TALE = "Tell me about the seasons of the year, one after the other, with many details."
AFTERWARDS = "Name three colours."


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill and what came of it.

    `moment` is what the engine was seen doing when it was killed; `broken` how the reply under way ended ("" without
    one), `kept` how many characters of it there are. `attempts` counts the questions asked until one was answered
    (0: none was).
    """

    moment: Moment
    ready_seconds: float
    broken: str
    kept: int
    attempts: int


class Person:
    """Somebody who chats while the engine is killed, and who remembers every message the app took from them."""

    def __init__(self, chat: Chat, engine: Engine, person: str, chance: random.Random) -> None:
        self.chat = chat
        self.engine = engine
        self.person = person
        self.chance = chance
        self.acknowledged: dict[str, str] = {}  # turn -> words

    def say(self, text: str) -> Generation:
        generation = self.chat.start(self.person, None, text)
        self.acknowledged[generation.turn.id] = text
        return generation

    def suffer(self, moment: Moment) -> Kill:
        """One kill at about that moment; then asks until there is an answer."""
        wait_until(lambda: self.engine.status().state == "ready", "the engine is idle")
        running = self._reach(moment)
        engine = psutil.Process(self.engine.status().pid)
        seen = moment_of(running)
        engine.kill()
        killed = time.monotonic()
        broken = running.result() if running else None
        question = self.say(AFTERWARDS)  # at once, as an impatient person does
        wait_until(lambda: self._serves_again(engine.pid), "a new engine is ready")
        ready = time.monotonic() - killed
        attempts = next((n for n in (1, 2) if answered(self._answer(question, n))), 0)
        return Kill(
            seen, round(ready, 2), broken.finish if broken else "", len(broken.reply) if broken else 0, attempts
        )

    def _reach(self, moment: Moment) -> Generation | None:
        """Brings the engine to a random point of that moment."""
        if moment == "idle":
            time.sleep(self.chance.uniform(0, 0.5))
            return None
        if moment == "prefill":
            running = self.say(f"{LONG} What does the shop sell?")
            wait_until(lambda: self.engine.status().state == "working", "the engine works")
            time.sleep(self.chance.uniform(0, 1.5))
            return running
        running = self.say(TALE)
        letters = self.chance.randint(1, 250)
        wait_until(lambda: len(running.turn.reply) >= letters or running.done, "the engine writes")
        return running

    def _serves_again(self, killed: int) -> bool:
        status = self.engine.status()
        return status.state in ("ready", "working") and status.pid not in (None, killed)

    def _answer(self, question: Generation, attempt: int) -> Turn:
        """The reply to a question; the second attempt regenerates it."""
        again = question if attempt == 1 else self.chat.regenerate(self.person, question.turn.id)
        return again.result()


def moment_of(running: Generation | None) -> Moment:
    if running is None or running.done:
        return "idle"
    return "decode" if running.turn.reply else "prefill"


def answered(turn: Turn) -> bool:
    return turn.finish in ("stop", "length") and bool(turn.reply)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:.0f} s until {what}")
        time.sleep(0.01)


def lost(home: Path, person: str, acknowledged: dict[str, str]) -> list[str]:
    """The acknowledged messages that a store opened afresh does not hold word for word, in a finished turn."""
    store = Store(home)
    kept = {id: turn for talk in store.conversations(person) for id, turn in store.turns(person, talk.id).items()}
    store.close()
    return [
        text
        for turn, text in acknowledged.items()
        if turn not in kept or kept[turn].text != text or kept[turn].finish == "streaming"
    ]


def goals(kills: list[Kill], missing: int) -> list[Goal]:
    every = f"{len(kills)} of {len(kills)}"
    replied = sum(kill.attempts > 0 for kill in kills)
    slowest = max(kill.ready_seconds for kill in kills)
    unfinished = sum(kill.moment != "idle" and kill.broken != "crashed" for kill in kills)
    return [
        Goal("kills after which the app answers", replied, every, replied == len(kills)),
        Goal("acknowledged messages lost", missing, "0", missing == 0),
        Goal("broken replies not marked as such", unfinished, "0", unfinished == 0),
        Goal(
            "seconds until a new engine is ready, slowest",
            slowest,
            f"at most {READY_SECONDS}",
            slowest <= READY_SECONDS,
        ),
    ]


@contextmanager
def chatting(home: Path) -> Iterator[tuple[Chat, Engine, Store]]:
    """The bundled model behind the parts of the app that chat, with the sizes that suit this machine."""
    model, _ = find("bundled")
    header = read_header(model)
    options = serve_options(inspect_machine(), header.context_length, model.stat().st_size)
    store = Store(home)
    engine = Engine("llama_cpp", model, options, home / "engine.json", home / "engine.log")
    engine.start()
    try:
        base = engine.wait_ready(PATIENCE).model_hash
        yield Chat(engine, store, Adapters(home, base), Sampling(max_tokens=REPLY_TOKENS)), engine, store
    finally:
        engine.close()
        store.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.engine_kills", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=KILLS)
    args = parser.parse_args()
    if args.kills < 1:
        parser.error("--kills must be at least 1")
    about = circumstances()
    with tempfile.TemporaryDirectory(prefix="homegrown-bench-") as folder:
        home = Path(folder) / "home"
        with chatting(home) as (chat, engine, store):
            person = Person(chat, engine, store.add_person("Ada").id, random.Random(args.seed))
            kills = []
            for number in range(args.kills):
                kills.append(person.suffer(MOMENTS[number % len(MOMENTS)]))
                print(f"{number + 1} of {args.kills}: {kills[-1]}", file=sys.stderr, flush=True)
        missing = lost(home, person.person, person.acknowledged)
    seconds = [kill.ready_seconds for kill in kills]
    figures = {
        **about,
        "seed": args.seed,
        "acknowledged": len(person.acknowledged),
        "lost": missing,
        "ready_seconds": {"median": statistics.median(seconds), "slowest": max(seconds)},
        "kills": [asdict(kill) for kill in kills],
    }
    return publish(figures, goals(kills, len(missing)), args.json)


if __name__ == "__main__":
    sys.exit(main())
