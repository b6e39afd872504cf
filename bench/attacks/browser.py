"""The attacks that need a browser, which are tests: hostile texts on every page, and traces after signing out."""

from __future__ import annotations

from typing import Any

from bench.by_tests import outcome
from bench.result import Goal

WHAT = {
    "tests/browser/test_xss.py": "tests in which a hostile text ran, opened a dialog or fetched something",
    "tests/browser/test_nothing_left.py": "tests in which a word was found on the disk after signing out",
}


def tried() -> tuple[dict[str, Any], list[Goal]]:
    """Figures and goals. A test that could not run counts as a miss."""
    figures: dict[str, Any] = {}
    goals = []
    for file, what in WHAT.items():
        found = outcome("browser", file)
        figures[file] = {"passed": found.passed, "failed": found.failed}
        goals.append(Goal(what, found.failed, "0, of at least one", found.passed > 0 and not found.failed))
    return figures, goals
