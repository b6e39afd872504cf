"""Fixtures of all tests: no test may touch the developer's own home."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty home folder of the test's own, which is also the default one."""
    folder = tmp_path / "home"
    monkeypatch.setenv("HOMEGROWN_HOME", str(folder))
    return folder
