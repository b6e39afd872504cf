"""Calibrating the bundled model for real: a larger learning rate moves lessons that were not taught further."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backends.catalog import find
from backends.engine import Engine, ServeOptions
from backends.learner import LearnerProcess
from domain import Person
from learning.exam_engine import ExamEngine
from learning.probes import bundled_probes, bundled_suite
from personalization.calibration import Suite, calibrate
from personalization.night import Bench
from personalization.recipe import recipe_for
from storage.adapters import Adapters
from storage.remembered import Remembered
from storage.store import Store

pytestmark = pytest.mark.model
pytest.importorskip("llama_cpp")

# One thread: two would wait for each other whenever another program takes a core.
OPTIONS = ServeOptions(2048, threads=1, flash_attention=True, batch=512, kv_budget=64 << 20, safe_mode=True)


def test_three_rates_are_tried_on_the_engine_that_serves(home: Path, store: Store, ada: Person) -> None:
    probes, whole = bundled_probes(), bundled_suite()
    few = replace(
        probes,
        general=probes.general[:2],
        prompts=probes.prompts[:1],
        control=probes.control[:1],
        safety=probes.safety[:1],
        anchors=probes.anchors[:4],
    )
    suite = Suite(whole.training[:2] + whole.training[8:10], whole.test[:2] + whole.test[6:8])
    usual = replace(recipe_for(135_000_000, len(suite.training), threads=1), epochs=4)
    model, adapters = find("bundled")[0], Adapters(home, "base hash")
    engine = Engine("llama_cpp", model, OPTIONS, home / "engine.json", home / "engine.log")
    learner = LearnerProcess("llama_cpp", model, home / "learner.log")
    engine.start()
    engine.wait_ready()
    try:
        bench = Bench(
            person=ada.id,
            engine=ExamEngine(engine),
            learner=learner,
            adapters=adapters,
            probes=few,
            recipe_for=lambda lessons: usual,
            tell=lambda progress: None,
            live=list,
            versions={},
            shelf=Remembered(home / "cache"),
        )
        found = calibrate(bench, suite, usual)
    finally:
        learner.close()
        engine.close()
    assert found
    low, usual_trial, high = found.tried
    assert 0 < low.margin < usual_trial.margin < high.margin
    assert abs(low.general) < 0.01
    assert list((home / "people" / ada.id).rglob("staging-*")) == []
