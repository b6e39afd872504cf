"""The attacks that need a browser, which are tests: hostile texts on every page, and traces after signing out."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench.result import Goal

ROOT = Path(__file__).resolve().parents[2]
WHAT = {
    "tests/browser/test_xss.py": "tests in which a hostile text ran, opened a dialog or fetched something",
    "tests/browser/test_nothing_left.py": "tests in which a word was found on the disk after signing out",
}


def tried() -> tuple[dict[str, Any], list[Goal]]:
    """Figures and goals. A test that could not run counts as a miss."""
    figures: dict[str, Any] = {}
    goals = []
    for file, what in WHAT.items():
        figures[file] = counted = _run(file)
        sound = counted["passed"] > 0 and not counted["failed"]
        goals.append(Goal(what, counted["failed"], "0, of at least one", sound))
    return figures, goals


def _run(file: str) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-m",
            "browser",
            f"--junitxml={report}",
            file,
        ]
        subprocess.run(words, cwd=ROOT, env={**os.environ, "CI": "true"}, stdout=sys.stderr)
        suite = ElementTree.parse(report).find("testsuite") if report.exists() else None
    if suite is None:
        return {"passed": 0, "failed": 0}
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    return {"passed": int(suite.get("tests", 0)) - failed - int(suite.get("skipped", 0)), "failed": failed}
