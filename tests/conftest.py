"""Fixtures of all tests: no test may touch the developer's own home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from domain import Person
from homegrown import Homegrown
from learning import nights as nights_module
from learning.nights import Nights
from settings import Settings
from storage.adapters import Adapters
from storage.store import Store
from tests.machine import Machine, make_nights, means


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty home folder of the test's own, which is also the default one."""
    folder = tmp_path / "home"
    monkeypatch.setenv("HOMEGROWN_HOME", str(folder))
    return folder


@pytest.fixture
def store(home: Path) -> Store:
    return Store(home)


@pytest.fixture
def ada(store: Store) -> Person:
    return store.add_person("Ada")


@pytest.fixture
def adapters(home: Path) -> Adapters:
    return Adapters(home, "base hash")


@pytest.fixture
def parts(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Homegrown]:
    """The parts of a home on the scripted backend, whose process is not started before it is needed."""
    from app import build  # with all that the pages need: only for tests that want it

    monkeypatch.setenv("HOMEGROWN_SCRIPTED_DELAY", "0")
    parts = build(Settings(home, backend="scripted"))
    yield parts
    parts.close()


@pytest.fixture
def spare(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A machine with means to spare for nights, which are watched closely; a test takes some away."""
    told = means()
    monkeypatch.setattr(nights_module, "psutil", told.psutil)
    monkeypatch.setattr(nights_module, "YIELD_SECONDS", 0.01)
    return told


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def nights(store: Store, machine: Machine, adapters: Adapters) -> Nights:
    return make_nights(store, machine, adapters)
