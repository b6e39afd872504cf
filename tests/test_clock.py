"""The clock looks at the machine and at everybody; a timer's nights run only alone, only when due, and make way."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from command_line import commands
from control import Unanswered, ask
from domain import now
from errors import Deferred, StorageTrouble
from homegrown import Homegrown
from learning import clock
from learning.clock import Clock
from learning.nights import QUIET_SAMPLES, Nights
from personalization.schedule import Due
from tests.builders import conversation, night
from tests.machine import PATIENCE, wait_until
from upkeep import scheduled


class Looks:
    """Nights as a clock sees them."""

    def __init__(self) -> None:
        self.closing, self.clocked = threading.Event(), False
        self.others: list[float] = []
        self.looked: list[str] = []
        self.broken = 0
        self.store = self

    def people(self) -> list[Any]:
        if self.broken:
            self.broken -= 1
            raise StorageTrouble("The disk is full.")
        return [SimpleNamespace(id="ada"), SimpleNamespace(id="bob")]

    def look(self, person: str) -> None:
        self.looked.append(person)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(clock, "psutil", SimpleNamespace(cpu_percent=lambda: 7.0))


def test_the_clock_samples_and_looks_at_everybody_until_the_nights_close_also_after_trouble() -> None:
    looks: Any = Looks()
    looks.broken = 1
    Clock(looks).start()
    wait_until(lambda: looks.looked[:4] == ["ada", "bob", "ada", "bob"])
    assert looks.clocked
    assert set(looks.others) == {0.07}
    looks.closing.set()
    wait_until(lambda: "clock" not in [thread.name for thread in threading.enumerate()])


def test_what_concerns_the_home_is_done_before_the_people_and_its_trouble_does_not_stop_the_clock() -> None:
    looks: Any = Looks()
    done: list[int] = []

    def before() -> None:
        done.append(len(looks.looked))
        if len(done) == 1:
            raise StorageTrouble("The disk is full.")

    Clock(looks, before=before).start()
    wait_until(lambda: len(done) >= 3)
    looks.closing.set()
    assert done[:3] == [0, 0, 2]


def test_after_the_machine_slept_it_must_be_quiet_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: Any = Looks()
    looks.others += [0.5] * 5
    monkeypatch.setattr(clock, "ASLEEP_SECONDS", 0.0)  # each look comes after a sleep
    Clock(looks).start()
    wait_until(lambda: len(looks.looked) >= 4)
    looks.closing.set()
    assert looks.others == [0.07]


def test_listening_takes_as_many_samples_as_quiet_needs_and_ends_when_closed() -> None:
    looks: Any = Looks()
    Clock(looks).listen()
    assert looks.others == [0.07] * QUIET_SAMPLES
    looks.closing.set()
    with pytest.raises(Deferred, match="called off"):
        Clock(looks).listen()


# nights that a timer begins


def told(parts: Homegrown, **arguments: Any) -> dict[str, Any]:
    return commands.run(parts, "learn", {"scheduled": True, **arguments}, lambda news: None)


def test_beside_a_running_app_or_with_nobody_here_nothing_is_begun(parts: Homegrown) -> None:
    assert (told(parts)["exit"], told(parts)["error"]) == (6, "Nobody is here yet.")
    parts.store.add_person("Ada")
    parts.nights.clocked = True
    assert told(parts)["error"] == scheduled.ALONE


def test_what_is_not_due_ends_at_once_with_the_reason(parts: Homegrown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "listen", lambda self: pytest.fail("it listened for nothing"))
    parts.store.add_person("Ada")
    result = told(parts)
    assert (result["exit"], result["json"]["nights"]) == (6, [])
    assert "0 of 5" in result["error"] == result["json"]["reason"]
    assert told(parts, person="Ada")["exit"] == 6


def test_everybody_who_is_due_has_a_night_and_the_first_exit_code_that_is_not_zero_counts(
    parts: Homegrown, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Ada", "Bob", "Cleo"):
        parts.store.add_person(name)
    ada, bob, _ = (person.id for person in parts.store.people())
    started: list[str] = []
    monkeypatch.setattr(Nights, "due", lambda self, person, quiet=False: Due(person in (ada, bob), "Not yet."))
    monkeypatch.setattr(Nights, "run", lambda self, person, tell: night(version=None))
    monkeypatch.setattr(parts.engine, "start", lambda: started.append("engine"))
    result = told(parts)
    assert (result["exit"], started) == (3, ["engine"])
    assert [entry["person"] for entry in result["json"]["nights"]] == ["Ada", "Bob"]
    assert result["json"]["nights"][0]["verdict"] == "refused"


def test_how_long_nobody_has_written_is_read_from_the_conversations(parts: Homegrown) -> None:
    ada = parts.store.add_person("Ada")
    for minutes, name in ((-60, "future"), (90, "early"), (5, "late")):
        at = now() - timedelta(minutes=minutes)
        parts.store.put_conversation(ada.id, conversation(name, updated_at=at))
    told(parts)
    idle = time.monotonic() - parts.chat.last_request
    assert 5 * 60 <= idle < 6 * 60


def test_a_timers_night_breaks_off_as_soon_as_a_person_wants_the_home(parts: Homegrown) -> None:
    def ask_for_it() -> None:
        with pytest.raises(Unanswered, match="breaking off"):
            ask(parts.store.home, "chat", {}, lambda news: None)
        answered.set()

    def listening() -> str:
        threading.Thread(target=ask_for_it, daemon=True).start()
        assert parts.nights.closing.wait(PATIENCE)
        assert answered.wait(PATIENCE)
        return "broken off"

    answered = threading.Event()
    assert scheduled.making_way(parts, listening) == "broken off"
    with pytest.raises(Deferred, match="called off"):
        parts.nights.run(parts.store.add_person("Ada").id)
    with pytest.raises(Unanswered, match="Another Homegrown"):
        ask(parts.store.home, "chat", {}, lambda news: None)
