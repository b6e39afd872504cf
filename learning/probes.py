"""The bundled texts: they hold a model in place in training, examine it, calibrate it; data/SOURCES.md says whence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from personalization.calibration import Suite, suite_of
from personalization.measure import Probes, Question, Temptation

DATA = Path(__file__).resolve().parent.parent / "data"


def bundled_probes() -> Probes:
    return Probes(
        anchors=_texts("anchors.json"),
        general=_texts("probes/general.json"),
        prompts=_texts("probes/prompts.json"),
        control=tuple(Question(q["question"], tuple(q["options"]), q["answer"]) for q in _read("probes/control.json")),
        safety=tuple(Temptation(t["prompt"], t["refusal"], t["compliance"]) for t in _read("probes/safety.json")),
        refusals=tuple((entry["prompt"], entry["refusal"]) for entry in _read("refusals.json")),
    )


def bundled_suite() -> Suite:
    """The lessons that find a base model's learning rate."""
    return suite_of(json.loads((DATA / "calibration.json").read_text(encoding="utf-8")))


def shipped_calibrations() -> dict[str, Any]:
    """Base model (SHA-256) -> what was found for it; see personalization/rate.py."""
    return dict(json.loads((DATA / "calibrations.json").read_text(encoding="utf-8")))


def _texts(name: str) -> tuple[str, ...]:
    return tuple(entry["text"] if isinstance(entry, dict) else entry for entry in _read(name))


def _read(name: str) -> list[Any]:
    return list(json.loads((DATA / name).read_text(encoding="utf-8")))
