"""The state of one home in one JSON-able value: for `status --json`, the admin page and the doctor."""

from __future__ import annotations

import shutil
import statistics
from dataclasses import asdict
from typing import Any

import psutil

from backends import nvidia
from backends.plan import Plan
from domain import Person
from homegrown import Homegrown
from people.household import size_of

LOCKED = "The key is not here: nights wait until this person signs in."


def status(home: Homegrown, person: Person | None, *, themselves: bool = True) -> dict[str, Any]:
    """Everything but text. `serving`, `last_night`, `next_night` and `waiting` are the person's; bytes and seconds.

    Of somebody who is `locked` nothing is known but that; unless they ask `themselves`, only when their night comes.
    """
    engine = home.engine.status()
    energy = home.engine.energy
    known = engine.state in ("ready", "working", "resting")
    recent = [{"ttft_s": speeds.ttft_s, "tokens_per_s": speeds.tokens_per_s} for speeds in engine.recent]
    return {
        "backend": {"name": home.choice[0], "reason": home.choice[1]},
        "machine": asdict(home.machine),
        "model": asdict(home.engine.info()) if known else None,
        "learning_rate": home.nights.rate and home.nights.rate.told(),
        "plan": _planned(home.models.serving.plan),
        "engine": {
            "state": engine.state,
            "reason": engine.reason,
            "restarts": engine.restarts,
            "safe_mode": engine.safe_mode,
            "waiting": engine.waiting,
            "rest_minutes": home.rest.minutes,
        },
        "speeds": {"last": recent[-1] if recent else None, "median": _median(recent), "recent": recent},
        "memory": {
            "app_bytes": psutil.Process().memory_info().rss,
            "engine_bytes": engine.memory_bytes,
            "learner_bytes": home.nights.learner_memory(),
        },
        "graphics": _graphics(),
        "energy": {
            "measured": energy.meter.counts,
            "joules_per_1000_tokens": energy.per_thousand(),
            "source": energy.meter.told,
        },
        "disk": {"home_bytes": size_of(home.store.home), "free_bytes": shutil.disk_usage(home.store.home).free},
        **(_about(home, person, themselves) if person else {}),
    }


def _about(home: Homegrown, person: Person, themselves: bool) -> dict[str, Any]:
    if (locked := home.people.is_locked(person.id)) or not themselves:
        known = {
            "person": person.name,
            "locked": locked,
            "next_night": LOCKED if locked else home.nights.plan(person.id),
        }
        return {**known, "serving": None, "last_night": None, "waiting": None}
    version, _ = home.adapters.current(person.id)
    manifest, night = home.adapters.manifest(person.id), home.nights.last(person.id)
    return {
        "person": person.name,
        "locked": False,
        "serving": {
            "version": version,
            "has_not_learnt_yet": home.adapters.has_not_learnt(person.id),
            "created_at": manifest["created_at"] if manifest else None,
            "checks": manifest["checks"] if manifest else None,
        },
        "last_night": night
        and {
            "verdict": night.verdict.outcome,
            "reason": night.verdict.reason,
            "finished_at": night.finished_at.isoformat(),
            "version": night.version,
            "energy": night.energy and asdict(night.energy),
        },
        "next_night": home.nights.plan(person.id),
        "waiting": home.ratings.waiting(person.id),
    }


def _graphics() -> dict[str, int] | None:
    """Memory of NVIDIA cards; None where there are none."""
    found = nvidia.memory(nvidia.load_nvml())
    return {"used_bytes": found[0], "total_bytes": found[1]} if found else None


def _planned(plan: Plan | None) -> dict[str, Any] | None:
    """What was decided for this machine and model, and what it takes."""
    if plan is None:
        return None
    night = plan.night
    return {
        "runs": plan.runs,
        "serving_bytes": plan.bytes,
        "night_bytes": night.bytes if night else None,
        "night_seconds": round(night.seconds) if night else None,
        "row_tokens": night.row_tokens if night else None,
        "kv_type": plan.options.kv_type,
        "gpu_layers": plan.options.gpu_layers,
        "sentences": list(plan.sentences),
    }


def _median(recent: list[dict[str, float]]) -> dict[str, float] | None:
    if not recent:
        return None
    return {name: statistics.median(speeds[name] for speeds in recent) for name in recent[0]}
