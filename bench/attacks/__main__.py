"""make bench-attacks: every attack on every route of a running app, and on its pages; says what got through."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from bench.attacks import browser
from bench.attacks.families import Attack, all_attacks, routes
from bench.attacks.victim import Person, Victim
from bench.machine import circumstances
from bench.result import Goal, publish

GUESSES = 200
TIMED = 5  # guesses that are free: their cost is measured
WISHES = ("open", "delete", "earlier", "again", "previous", "next", "up", "down", "better", "edit", "forget", "off")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.attacks")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth attack")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Victim(Path(folder)) as victim:
        figures, goals = attacked(victim, given.every)
    figures["browser"], found = browser.tried()
    return publish({**circumstances(), **figures}, [*goals, *found], given.json)


def attacked(victim: Victim, every: int) -> tuple[dict[str, Any], list[Goal]]:
    """Figures and goals. `every`: 1 makes all attacks, 10 each tenth."""
    tried: Counter[str] = Counter()
    through: list[dict[str, Any]] = []
    attacks = sampled(victim, every)
    changed: set[str] = set()
    before = victim.fingerprint(victim.ada, victim.ben)
    for number, attack in enumerate(attacks):
        tried[attack.family] += 1
        if attack.by:
            changed |= differing(before, victim.fingerprint(victim.ada, victim.ben))
        answer = attack.make(victim)
        if attack.by:
            own, after = f"people/{attack.by.id}/", victim.fingerprint(victim.ada, victim.ben)
            changed |= {file for file in differing(before, after) if not file.startswith(own)}
            before = after
        if not attack.blocked(answer):
            through.append({**_named(attack), "status": answer.status, "body": answer.body[:80].decode("latin-1")})
        if number % 500 == 0:
            print(f"{number} of {len(attacks)}", file=sys.stderr, flush=True)
    changed |= differing(before, victim.fingerprint(victim.ada, victim.ben))
    leaks, calls = handlers_leak(victim, every)
    reached = guesses(victim, GUESSES if every == 1 else 20)
    cost = costs(victim) if every == 1 else {}
    figures = {
        "routes": len(routes()),
        "attacks": dict(tried),
        "through": through,
        "changed": sorted(changed),
        "handler_calls": calls,
        "leaks": leaks,
        "guesses_that_reached_the_derivation": reached,
        "cpu_seconds_of_a_guess": cost,
    }
    goals = [
        Goal(f"{family} that got through", _count(through, family), "0", not _count(through, family))
        for family in tried
    ]
    goals.append(Goal("stored files changed by them", len(changed), "0", not changed))
    goals.append(Goal("handlers that gave or changed what is another's", len(leaks), "0", not leaks))
    goals.append(Goal("guesses that reached the derivation in an hour", reached, "at most 12", 0 < reached <= 12))
    if cost:
        apart = abs(cost["unknown name"] / cost["known name"] - 1)
        goals.append(
            Goal("cost of a guess, unknown against known name", round(apart, 3), "apart by at most 0.1", apart <= 0.1)
        )
    return figures, goals


def sampled(victim: Victim, every: int) -> list[Attack]:
    """Every Nth attack, and all of those that are different on each route."""
    found = enumerate(all_attacks(victim))
    return [attack for number, attack in found if number % every == 0 or attack.family.startswith("T5")]


def handlers_leak(victim: Victim, every: int) -> tuple[list[dict[str, Any]], int]:
    """Every handler of every page, asked by each of the two for what is the other's."""
    leaks, calls = [], 0
    for attacker, owner in ((victim.ben, victim.ada), (victim.ada, victim.ben)):
        before = victim.fingerprint(owner)
        handlers = victim.handlers(attacker)
        for handler in handlers[:: max(1, every // 4)]:
            for data in _requests(handler, owner, every):
                calls += 1
                said = victim.call(attacker, handler, data, f"{attacker.page}-2")
                if owner.canary in said:
                    leaks.append({"handler": handler["id"], "data": data, "by": attacker.name})
        if changed := differing(before, victim.fingerprint(owner)):
            leaks.append({"handler": "any", "data": sorted(changed), "by": attacker.name})
    return leaks, calls


def differing(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Files that came, went or changed."""
    return {file for file in {*before, *after} if before.get(file) != after.get(file)}


def _requests(handler: dict[str, Any], owner: Person, every: int) -> list[list[Any]]:
    count = len(handler["inputs"])
    if not count:
        return [[]]
    names = [owner.conversation, owner.turn, owner.memory, owner.row, owner.id]
    ids = [[name] * count for name in names]
    if not handler["wish"]:
        return ids
    wishes = [{"do": do, "on": on, "text": "x", "number": 1} for do in WISHES for on in names]
    return [*ids, *([json.dumps(wish), *[owner.conversation] * (count - 1)] for wish in wishes[:: max(1, every)])]


def guesses(victim: Victim, count: int) -> int:
    """How many wrong passphrases for Ben were tried in earnest, of `count` sent one after the other."""
    return [victim.sign_in("Ben", f"guess {number}").status for number in range(count)].count(401)


def costs(victim: Victim) -> dict[str, float]:
    """Processor seconds of a wrong guess for a name that is here, and for one that is not."""
    found = {}
    for what, name in {"known name": "Ada", "unknown name": "Eve"}.items():
        spent = []
        for number in range(TIMED):
            began = victim.cpu_seconds()
            victim.sign_in(name, f"guess {number}")
            spent.append(victim.cpu_seconds() - began)
        found[what] = round(median(spent), 3)
    return found


def _named(attack: Attack) -> dict[str, str]:
    return {"family": attack.family, "kind": attack.kind, "route": attack.route}


def _count(through: list[dict[str, Any]], family: str) -> int:
    return sum(entry["family"] == family for entry in through)


if __name__ == "__main__":
    sys.exit(main())
