"""Runs tests for a benchmark, so that what they hold is measured by them alone and not a second time here."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many tests passed and failed (0, 0 if none could run), and the figures they recorded."""

    passed: int
    failed: int
    figures: dict[str, float]


def outcome(marker: str, *files: str) -> Outcome:
    """Of the tests in `files` that bear `marker`; what pytest prints goes to standard error."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", marker, f"--junitxml={report}", *files]
        subprocess.run(words, cwd=ROOT, env={**os.environ, "CI": "true"}, stdout=sys.stderr)
        suite = ElementTree.parse(report).find("testsuite") if report.exists() else None
    if suite is None:
        return Outcome(0, 0, {})
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    passed = int(suite.get("tests", 0)) - failed - int(suite.get("skipped", 0))
    recorded = {one.get("name", ""): float(one.get("value", "nan")) for one in suite.iterfind("properties/property")}
    return Outcome(passed, failed, recorded)
