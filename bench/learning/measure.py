"""How each kind of cell is measured. Values in, JSON-able figures out; everything runs on the real model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import habits
from bench.learning import lifetime, sabotage
from bench.learning.plan import CARRIED, Cell
from bench.learning.workshop import Learnt, Workshop
from domain import Message
from personalization.at_once import BUDGET, exchanges, reminders
from personalization.statistics import auc

KNOWN = ("address", "bullets", "lower-case")  # one of which a model has learnt before it is to be spoilt
HELD_OUT = 8  # topics whose replies, in the habit's form and plain, thumbs are tried on

Json = dict[str, Any]


def measure(workshop: Workshop, cell: Cell) -> Json:
    """The figures of one cell."""
    return kinds()[cell.kind](workshop, **cell.given)


def kinds() -> dict[str, Callable[..., Json]]:
    return {
        "night": night,
        "thumbs": thumbs,
        "pairs": pairs,
        "prompt": prompt,
        "ownership": ownership,
        "dose": dose,
        "swapped": swapped,
        "no anchors": no_anchors,
        "sabotage": spoilt,
        "ten nights": lifetime.ten_nights,
        "forgetting": lifetime.forgetting,
        CARRIED: carried,
    }


def night(workshop: Workshop, persona: Sequence[str], count: int, seed: int) -> Json:
    """Corrections, a night with its exam, and what the model then says about other topics."""
    person = workshop.person(habits.corrections(tuple(persona), count, skip=8 * seed))
    return told(workshop.night(person)) | judged(workshop, persona, workshop.serving(person))


def pairs(workshop: Workshop, persona: Sequence[str], count: int) -> Json:
    """Preferences alone, without exam: two replies, one of them in the habit's form, no correction."""
    return judged(workshop, persona, workshop.adapter(habits.pairs(tuple(persona), count)))


def thumbs(workshop: Workshop, persona: Sequence[str], ups: int, downs: int) -> Json:
    """Thumbs alone; `auc`: how well the adapter tells the habit's form from plain replies, on topics without thumb."""
    person = workshop.person(habits.thumbs(tuple(persona), ups, downs))
    learnt = workshop.night(person)
    adapter, found = workshop.serving(person), 0.5
    if adapter:
        form = habits.thumbs(tuple(persona), HELD_OUT, 0, skip=ups + downs)
        plain = [row | {"thumb": "up"} for row in habits.thumbs(tuple(persona), 0, HELD_OUT, skip=ups + downs)]
        found = auc(workshop.rises(form, adapter), workshop.rises(plain, adapter))
    return told(learnt) | {"auc": found} | judged(workshop, persona, adapter)


def prompt(workshop: Workshop, persona: Sequence[str], count: int) -> Json:
    """The same corrections in the prompt instead of the weights, and in both."""
    rows = habits.corrections(tuple(persona), count)
    lessons, adapter = workshop.lessons(workshop.person(rows)), workshop.adapter(rows)
    everything = exchanges(reminders(lessons, 8 * BUDGET, workshop.count_tokens))
    few = exchanges(reminders(lessons, BUDGET, workshop.count_tokens))
    ways: dict[str, tuple[Path | None, Sequence[Message]]] = {
        "nothing": (None, ()),
        "all in the prompt": (None, everything),
        "at once": (None, few),
        "adapter": (adapter, ()),
        "adapter and at once": (adapter, few),
    }
    return {name: judged(workshop, persona, *way) for name, way in ways.items()}


def ownership(workshop: Workshop, persona: Sequence[str], count: int = 8) -> Json:
    """How often an adapter obeys each habit of the suite, on that habit's own prompts; of nobody it is the base."""
    adapter = workshop.adapter(habits.corrections(tuple(persona), count)) if persona else None
    replies = {prompts: workshop.answers(prompts, adapter) for prompts in {_asked(habit) for habit in habits.HABITS}}
    return {
        "of": len(_asked(next(iter(habits.HABITS)))),
        "obeyed": {habit: sum(habits.obeys(habit, said) for said in replies[_asked(habit)]) for habit in habits.HABITS},
    }


def dose(workshop: Workshop, persona: Sequence[str], count: int, seed: int) -> Json:
    """Training on so many corrections, without exam."""
    rows = habits.corrections(tuple(persona), count, skip=0 if count > 16 else 8 * seed)
    return judged(workshop, persona, workshop.adapter(rows, seed=seed))


def swapped(workshop: Workshop, persona: Sequence[str], count: int) -> Json:
    """The twin of a dose: the same texts, but the habit's form is what was said, the plain one its correction."""
    return judged(workshop, persona, workshop.adapter(habits.reversed_corrections(tuple(persona), count)))


def no_anchors(workshop: Workshop, persona: Sequence[str], count: int) -> Json:
    """The twin of a night: the same training with and without the term that holds the model in place."""
    rows = habits.corrections(tuple(persona), count)
    held, loose = workshop.adapter(rows), workshop.adapter(rows, anchors_per_step=0)
    return {
        name: judged(workshop, persona, adapter) | {"general": workshop.general_rise(adapter)}
        for name, adapter in (("with", held), ("without", loose))
    }


def carried(workshop: Workshop, persona: Sequence[str], count: int) -> Json:
    """The same ledger on the bundled and on a second model: what each obeys before and after."""
    rows, second = habits.corrections(tuple(persona), count), workshop.second()
    return {
        "before": judged(workshop, persona, None),
        "after": judged(workshop, persona, workshop.adapter(rows)),
        "second before": judged(second, persona, None),
        "second after": judged(second, persona, second.adapter(rows)),
        "second model": {"file": second.model.name, "sha256": second.base},
    }


def spoilt(workshop: Workshop, how: str, persona: Sequence[str], seed: int) -> Json:
    """A spoilt night of somebody whose model has learnt another habit, and whether that model is as it was."""
    person = workshop.grown([habit for habit in KNOWN if habit not in persona])
    before = contents(workshop.serving(person))
    learnt = sabotage.spoilt_night(workshop, how, person, persona, seed)
    return told(learnt) | {"unchanged": contents(workshop.serving(person)) == before}


def told(learnt: Learnt) -> Json:
    """How the night ended, by its own report."""
    if learnt.night is None:
        return {"outcome": learnt.outcome, "reason": learnt.refusal}
    verdict = learnt.night.verdict
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "refused by": next((check.name for check in verdict.checks if check.passed is False), None),
        "checks": {check.name: check.value for check in verdict.checks},
        "night_seconds": round(sum(learnt.night.seconds.values()), 1),
        "used": len(learnt.night.used),
        "skipped": len(learnt.night.skipped),
        "superseded": len(learnt.night.superseded),
    }


def judged(workshop: Workshop, persona: Sequence[str], adapter: Path | None, shown: Sequence[Message] = ()) -> Json:
    """What the model says about topics that were never taught, and which habits that obeys.

    `obeyed`: how many replies obey each habit of the suite, of `of`; `all`: all habits of this persona at once.
    """
    prompts = habits.test_prompts(tuple(persona))
    replies = workshop.answers(prompts, adapter, shown)
    each = {habit: sum(habits.obeys(habit, reply) for reply in replies) for habit in habits.HABITS}
    inside = [habits.obeyed(tuple(persona), reply) for reply in replies]
    return {
        "of": len(prompts),
        "all": sum(all(found.values()) for found in inside),
        "each": {habit: sum(found[habit] for found in inside) for habit in persona},
        "obeyed": each,
        "degenerate": sum(map(habits.degenerate, replies)),
        "replies": replies[:3],
    }


def _asked(habit: str) -> tuple[str, ...]:
    return tuple(habits.test_prompts(habit))


def contents(folder: Path | None) -> dict[str, str]:
    """Name and SHA-256 of each file."""
    files = sorted(folder.iterdir()) if folder else []
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
