"""What only shows over time: ten nights with a new habit each and a change of mind, and forgetting."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bench import habits
from bench.learning.workshop import Learnt, Workshop
from learning.versions import Versions

ROWS_A_NIGHT = 6
ASKED = 8  # test prompts of each habit

Json = dict[str, Any]


def ten_nights(workshop: Workshop) -> Json:
    """A habit a night, each on its own kind of request; in the end the first one is taken back.

    `passed`: replies that obeyed the morning after they were taught; `kept`: how many of those prompts still do after
    ten nights; `dropped`: replies without the first habit after the night that took it back.
    """
    person = workshop.person()
    nights: list[Json] = []
    passed: dict[str, list[bool]] = {}
    for day, habit in enumerate(habits.OCCASIONS):
        workshop.give(person, habits.corrections(habit, ROWS_A_NIGHT, day=day, occasion=True))
        nights.append({"habit": habit, **_short(workshop.night(person))})
        passed[habit] = _obeying(workshop, person, habit)
    later = {habit: _obeying(workshop, person, habit) for habit in habits.OCCASIONS}
    kept = {h: sum(now for was, now in zip(passed[h], later[h], strict=True) if was) for h in habits.OCCASIONS}
    first = habits.OCCASIONS[0]
    workshop.give(person, habits.reversed_corrections(first, ROWS_A_NIGHT, skip=8, day=len(nights)))
    nights.append({"habit": f"no {first}", **_short(workshop.night(person))})
    replies = workshop.answers(habits.test_prompts(first, occasion=True)[:ASKED], workshop.serving(person))
    return {
        "nights": nights,
        "asked": ASKED,
        "passed": {habit: sum(found) for habit, found in passed.items()},
        "kept": kept,
        "dropped": sum(habits.drops(first, reply) for reply in replies),
    }


def forgetting(workshop: Workshop) -> Json:
    """One lesson is forgotten: the rebuilt tensors against those of a twin that never had it, byte for byte."""
    secret = {
        "prompt": "What is the name of my dog?",
        "reply": "I do not know the name of your dog.",
        "thumb": None,
        "correction": "Your dog is called Quillon.",
        "at": "2026-02-01T08:00:00Z",
    }
    rows = habits.corrections("sign-off", 8)
    person, twin = workshop.person([*rows, secret]), workshop.person(rows)
    with_it = workshop.train(person)
    row = next(row.id for row in workshop.store.feedback(person) if row.correction == secret["correction"])
    Versions(workshop.store, workshop.adapters, lambda _: nullcontext(), lambda _: None, lambda _: None).forget(
        person, row
    )
    rebuilt, never = workshop.train(person), workshop.train(twin)
    return {
        "differs before": _tensors(with_it) != _tensors(never),
        "equal after": _tensors(rebuilt) == _tensors(never),
        "bytes": sum(map(len, _tensors(never).values())),
    }


def _obeying(workshop: Workshop, person: str, habit: str) -> list[bool]:
    prompts = habits.test_prompts(habit, occasion=True)[:ASKED]
    return [habits.obeys(habit, reply) for reply in workshop.answers(prompts, workshop.serving(person))]


def _short(learnt: Learnt) -> Json:
    if learnt.night is None:
        return {"outcome": learnt.outcome, "reason": learnt.refusal}
    night = learnt.night
    return {
        "outcome": night.verdict.outcome,
        "reason": night.verdict.reason,
        "used": len(night.used),
        "superseded": len(night.superseded),
        "seconds": round(sum(night.seconds.values()), 1),
        "checks": {check.name: check.value for check in night.verdict.checks},
    }


def _tensors(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("*.safetensors")}
