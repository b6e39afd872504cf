"""With real weights: the next model has a second engine for its exam, beside the one that serves; then they change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import build
from backends.catalog import find
from backends.gguf_header import read_header
from base_models.bases import base_of
from domain import BASE
from homegrown import Homegrown
from learning.unreported import adopt_reports
from settings import Settings
from storage.remembered import Remembered
from tests.builders import corrections
from tests.model.test_serve import adapter
from tests.model.tiny import write_gguf

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("spare")]


@pytest.fixture
def first(tmp_path: Path) -> str:
    """The bundled weights in a file of another digest: to the app a model of its own."""
    bundled = find("bundled")[0]
    name = read_header(bundled).name.encode()
    path = tmp_path / "first.gguf"
    path.write_bytes(bundled.read_bytes().replace(name, name[::-1], 1))
    return str(path)


@pytest.fixture
def app(home: Path, first: str, tmp_path: Path) -> Iterator[Homegrown]:
    """The first model serves Ada, with an adapter."""
    home.mkdir()
    app = build(Settings(home))
    app.engine.start()
    app.models.use(first)
    ada = app.store.add_person("Ada").id
    app.store.put_feedback(ada, *corrections(8))
    staged = app.adapters.stage(ada)
    (staged / "adapter.gguf").write_bytes((adapter(tmp_path / "made") / "adapter.gguf").read_bytes())
    manifest = {"created_at": "2026-03-01T03:00:00+00:00", "lessons": [], "rows": [], "margins": {}}
    app.adapters.publish(ada, staged, manifest)
    yield app
    app.close()


def without_calibration(app: Homegrown, path: Path) -> str:
    """Its learning rate is known, so that its nights do not begin with looking for it."""
    rate = base_of(str(path), app.choice[0], app.machine, app.settings.home).rate
    assert rate
    Remembered(app.settings.home / "cache" / "learning-rate").put(rate.key, {"rate": 1e-3, "tried": [], "seconds": 0})
    return str(path)


def test_a_model_of_another_architecture_is_examined_beside_the_one_that_serves_and_refused(
    app: Homegrown, tmp_path: Path
) -> None:
    """It has random weights and knows nothing: of what it might answer by chance nothing is asked."""
    app.nights.probes = replace(app.nights.probes, control=())
    write_gguf("qwen3", tmp_path / "tiny.gguf", context=4096)
    ada, before = app.store.people()[0].id, app.engine.info()
    pair = (app.models.serving.name, app.adapters.current(ada))
    app.models.use(without_calibration(app, tmp_path / "tiny.gguf"))
    first = app.chat.start(ada, None, "Say hello.").result()
    talking: list[Any] = []

    def ask(progress: Any) -> None:
        if progress.phase.startswith("Examining") and not talking:
            talking.append(app.chat.start(ada, first.conversation, "Say it again."))

    night = app.nights.run(ada, ask)
    assert (night.verdict.outcome, night.version) == ("refused", None)
    assert night.verdict.reason.startswith("For tiny.gguf, which is to serve next: ")
    assert talking[0].result().finish in ("stop", "length")
    assert talking[0].turn.adapter == first.adapter != BASE
    assert (app.models.serving.name, app.adapters.current(ada), app.engine.info()) == (*pair, before)
    assert app.models.succession.base is None
    app.models.use(str(tmp_path / "tiny.gguf"), at_once=True)
    assert app.engine.info().architecture == "qwen3"
    assert app.chat.start(ada, first.conversation, "And now?").result().adapter == BASE
    app.models.use(app.models.before())
    assert (app.models.serving.name, app.adapters.current(ada)) == pair


def test_a_model_that_passes_takes_the_place_between_two_replies_and_after_a_restart_still_has_it(
    app: Homegrown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its exam is real but for the verdict: the bundled model, as if it answered as asked already."""
    monkeypatch.setattr("personalization.rehearsal.Standard.known", lambda standard: True)
    ada = app.store.people()[0].id
    second = Path(app.models.serving.name).with_name("second.gguf")
    second.write_bytes(find("bundled")[0].read_bytes() + bytes(32))
    app.models.use(without_calibration(app, second))
    first = app.chat.start(ada, None, "Say hello.").result()
    assert app.nights.run(ada).verdict.outcome == "nothing new"
    assert app.models.serving.name == str(second)
    assert app.engine.info().model_hash == app.adapters.base == app.models.serving.digest
    reply = app.chat.start(ada, first.conversation, "Say it again.").result()
    assert (reply.adapter, reply.finish in ("stop", "length")) == (BASE, True)
    app.close()
    again = build(app.settings)
    adopt_reports(again.store, again.adapters)
    assert (again.models.serving.name, again.models.succession.base) == (str(second), None)
    again.close()
