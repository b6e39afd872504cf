"""A night that comes by itself, from the look at the clock to the report in the morning: once a local date."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import build
from command_line import commands
from control import ControlServer, ask
from domain import BASE
from homegrown import Homegrown
from learning import clock
from learning import nights as nights_module
from learning.clock import Clock
from personalization.feedback_file import read_feedback
from personalization.report import LEARNT, as_text, report_of
from settings import Settings
from tests.machine import wait_until
from tests.test_commands import lines
from upkeep.scheduled import ALONE

Json = dict[str, Any]


class Wall:
    """The clock on the wall, which a test sets; the rest of the datetime module is as it is."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """Today at three in the morning."""
    wall = Wall(datetime.now().astimezone().replace(hour=3, minute=0))
    monkeypatch.setattr(nights_module, "datetime", wall)
    return wall


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, spare: SimpleNamespace) -> None:
    monkeypatch.setenv("HOMEGROWN_SCRIPTED_DELAY", "0")
    monkeypatch.setattr(clock, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(clock, "psutil", SimpleNamespace(cpu_percent=lambda: 3.0))


@contextmanager
def opened(home: Path) -> Iterator[tuple[Homegrown, str]]:
    """The parts of a home and Ada in it, as a process of its own would have them; she has corrected eight replies."""
    parts = build(Settings(home, backend="scripted"))
    try:
        if not parts.store.people():
            parts.store.put_feedback(parts.store.add_person("Ada").id, *read_feedback(lines(8))[0])
        yield parts, parts.store.people()[0].id
    finally:
        parts.close()


def teach(home: Path, at: datetime, first: int, last: int) -> None:
    with opened(home) as (parts, ada):
        rows = read_feedback(lines(last))[0][first:]
        parts.store.put_feedback(ada, *[replace(row, at=at.astimezone(UTC)) for row in rows])


def timer(home: Path) -> Json:
    """What the system's timer runs."""
    with opened(home) as (parts, _):
        return commands.run(parts, "learn", {"scheduled": True}, lambda news: None)


def test_a_timers_night_is_begun_when_it_is_due_reports_what_was_learnt_and_comes_once_a_local_date(
    home: Path, wall: Wall
) -> None:
    wall.at = wall.at.replace(hour=1)
    teach(home, wall.at, 0, 8)  # after the last slot, and before the next
    early = timer(home)
    assert (early["exit"], early["json"]["nights"]) == (6, [])
    assert early["error"] == "Tonight between 02:00 and 06:00, when the computer is idle."

    wall.at = wall.at.replace(hour=3)
    done = timer(home)
    (entry,) = done["json"]["nights"]
    assert (done["exit"], entry["person"], entry["verdict"]) == (0, "Ada", "published")
    with opened(home) as (parts, ada):
        assert parts.adapters.current(ada)[0] == entry["version"] != BASE
        (night,) = parts.store.nights(ada)
        told = report_of(night, parts.store.feedback(ada))
    assert [(group.title, len(group.lessons)) for group in told.groups] == [(LEARNT, 8)]
    for said in (
        "better in 8 of 8 (95 % interval 63 to 100 %)",
        f"Version {entry['version']} serves from the next reply on.",
        "Captain, here is something about eggs",
    ):
        assert said in as_text(told)

    teach(home, wall.at, 8, 14)
    wall.at = night.finished_at.astimezone().replace(hour=4)
    again = timer(home)
    assert (again["exit"], again["error"]) == (6, "A night has been done today; the next one is tomorrow.")
    wall.at += timedelta(days=1)
    assert len(timer(home)["json"]["nights"]) == 1
    with opened(home) as (parts, ada):
        assert len(parts.store.nights(ada)) == 2


def test_the_app_begins_a_due_night_by_itself_and_only_one(home: Path, wall: Wall) -> None:
    with opened(home) as (parts, ada):
        parts.engine.start()
        parts.chat.last_request -= 3600
        Clock(parts.nights).start()
        wait_until(lambda: parts.store.nights(ada) and parts.nights.progress(ada) is None)
        assert "new corrections so far" in parts.nights.due(ada).reason
    wait_until(lambda: "clock" not in [thread.name for thread in threading.enumerate()])
    with opened(home) as (parts, ada):
        assert [night.verdict.outcome for night in parts.store.nights(ada)] == ["published"]


def test_a_timer_beside_the_running_app_leaves_the_night_to_it(home: Path) -> None:
    with opened(home) as (parts, _):
        parts.nights.clocked = True
        desk = ControlServer(home, lambda name, given, tell: commands.run(parts, name, given, tell))
        try:
            result = ask(home, "learn", {"scheduled": True}, lambda news: None)
        finally:
            desk.close()
    assert (result["exit"], result["error"]) == (6, ALONE)
