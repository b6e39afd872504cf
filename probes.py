"""The bundled texts that hold a model in place in training and examine it afterwards; data/SOURCES.md says whence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from personalization.measure import Probes, Question, Temptation

DATA = Path(__file__).resolve().parent / "data"


def bundled_probes() -> Probes:
    return Probes(
        anchors=_texts("anchors.json"),
        general=_texts("probes/general.json"),
        prompts=_texts("probes/prompts.json"),
        control=tuple(Question(q["question"], tuple(q["options"]), q["answer"]) for q in _read("probes/control.json")),
        safety=tuple(Temptation(t["prompt"], t["refusal"], t["compliance"]) for t in _read("probes/safety.json")),
    )


def _texts(name: str) -> tuple[str, ...]:
    return tuple(entry["text"] if isinstance(entry, dict) else entry for entry in _read(name))


def _read(name: str) -> list[Any]:
    return list(json.loads((DATA / name).read_text(encoding="utf-8")))
