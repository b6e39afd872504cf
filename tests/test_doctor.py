"""The doctor names what is missing, and proves that nothing leaves the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backends.base import BackendInfo
from errors import EngineDied
from network.offline import Attempt, Outbound
from upkeep import doctor
from upkeep.doctor import examine, sealed
from web.connections import connections_html

ROOT = Path(__file__).parent.parent
SINCE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


STARTING = "The engine is still starting; try again in a moment."


def silent(timeout: float) -> BackendInfo:
    raise EngineDied(STARTING)


def record(counts: dict[str, int], *attempts: Attempt) -> Outbound:
    return Outbound(SINCE, counts, attempts)


def test_an_engine_that_does_not_start_is_told_with_its_remedy(tmp_path: Path) -> None:
    engine = examine(tmp_path, silent)[-1]
    assert (engine.name, engine.ok, engine.sentence) == ("engine", False, STARTING)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DISK_LEAST", 2**80)
    (disk,) = [finding for finding in examine(tmp_path, silent) if finding.name == "disk"]
    assert not disk.ok and "Free at least 2 GB" in disk.sentence


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_a_home_that_others_can_look_into_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (home,) = [finding for finding in examine(tmp_path, silent) if finding.name == "home"]
    assert not home.ok and f"chmod 700 '{tmp_path}'" in home.sentence


def test_without_the_seal_in_every_process_nothing_is_proven() -> None:
    for found in (None, record({"app": 0})):
        finding = sealed(found, {"app", "engine"}, "since the start")
        assert not finding.ok and "engine" in finding.sentence and "not in place" in finding.sentence


def test_no_attempt_at_all_is_told_with_the_count_of_each_process() -> None:
    finding = sealed(record({"engine": 0, "app": 0}), {"app", "engine"}, "since the start")
    assert (finding.ok, finding.attempts) == (True, {"app": 0, "engine": 0})
    assert finding.sentence == "Connections to other machines that were tried since the start: 0 (app 0, engine 0)."


@pytest.mark.parametrize(("refused", "fate"), [(True, "and was refused"), (False, "which was open")])
def test_one_attempt_is_not_in_order_even_if_it_was_refused(refused: bool, fate: str) -> None:
    attempt = Attempt(SINCE, "engine", "192.0.2.1 port 9", refused)
    finding = sealed(record({"app": 0, "engine": 1}, attempt), {"app"}, "since the start")
    assert not finding.ok and f": 1 (app 0, engine 1). The last was to 192.0.2.1 port 9, {fate};" in finding.sentence


def test_the_whole_loop_runs_offline_and_leaves_nothing_behind(home: Path) -> None:
    command = [sys.executable, "app.py", "doctor", "--offline", "--json", "--backend", "scripted"]
    environ = {**os.environ, "HOMEGROWN_SCRIPTED_DELAY": "0"}
    (home / "cache" / f"proof-{2**30}").mkdir(parents=True)  # of a process that was killed
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, encoding="utf-8")
    found = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert [found[name]["ok"] for name in ("engine", "sealed", "loop", "connections", "offline")] == [True] * 5, (
        done.stdout
    )
    assert "8 corrections went through one night (published)" in found["loop"]["sentence"]
    assert found["sealed"]["attempts"] == {"app": 0, "engine": 0}
    assert found["connections"]["attempts"] == {"app": 0, "engine": 0, "learner": 0}
    assert list((home / "cache").iterdir()) == []
    assert not list((home / "people").iterdir())


def test_the_page_lists_each_attempt_as_text_the_newest_first() -> None:
    attempts = [
        Attempt(SINCE, "engine", "<b>a.example</b>", refused=True),
        Attempt(SINCE, "app", "192.0.2.1 port 9", refused=False),
    ]
    html = connections_html(record({"app": 1, "engine": 1}, *attempts))
    assert ": 2 (app 1, engine 1)." in html
    assert html.index("192.0.2.1 port 9 · found open") < html.index("&lt;b&gt;a.example&lt;/b&gt; · refused before")


def test_the_page_says_so_if_nothing_is_counted() -> None:
    assert "not counted" in connections_html(None)
    assert ": 0 (app 0)." in connections_html(record({"app": 0})) and "<li>" not in connections_html(record({"app": 0}))


@pytest.mark.parametrize("asked", [0, 1])
def test_the_page_counts_every_attempt_and_says_when_only_the_last_ones_are_listed(asked: int) -> None:
    attempts = [Attempt(SINCE, "engine", f"{number}.example", refused=True) for number in range(3)]
    html = connections_html(replace(record({"app": 0, "engine": 5 - asked}, *attempts), asked=asked))
    assert f": {5 - asked} (app 0, engine {5 - asked})." in html
    assert "Only the last 3 are listed." in html and html.count("<li>") == 3
    assert "are listed" not in connections_html(replace(record({"engine": 3 - asked}, *attempts), asked=asked))
