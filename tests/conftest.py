"""Fixtures of all tests: no test may touch the developer's own home."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain import Person
from storage.adapters import Adapters
from storage.store import Store


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
