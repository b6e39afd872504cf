"""Each change of a file in a home fails once, with a full disk and with a broken one, while people come, learn and go.

What was acknowledged stays, what is told of a failure is true, and trying again, at most after another start, works.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from bench.faults.home import CHEAP, OWNER, PASSPHRASE, SCRIPTED, Home, lessons, open_home
from bench.result import Goal
from domain import Memory, now
from errors import HomegrownError, LeftOver, Locked, StorageTrouble
from learning.unreported import adopt_reports
from people import api_keys
from storage.atomic import UNFINISHED
from storage.keys import Keys
from storage.staging import PREFIX

ERRORS = (errno.ENOSPC, errno.EIO)
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.symlink", "os.link")
WRITES = os.O_WRONLY | os.O_RDWR
GUEST, GUESTS_OWN, ANOTHER = "Ben", "a horse of another", "battery staple correct"

BY_STEPS = ("the other one leaves", "the passphrase is removed")  # what was begun goes on with the next try
KEPT = ("people", "memories", "lessons", "programs", "serves")  # also these steps change them in one go

Result = dict[str, Any]
State = dict[str, Any]


class Refusing:
    """Refuses one change of a file, the `at`th while armed: what audit hooks tell of (PEP 578), and each fsync."""

    def __init__(self) -> None:
        self.armed, self.seen, self.refused = False, 0, ""
        self._at, self._code, self._fsync = -1, 0, os.fsync
        sys.addaudithook(self._hear)

    @contextmanager
    def at(self, place: int, code: int) -> Iterator[None]:
        self.seen, self.refused, self._at, self._code = 0, "", place, code
        os.fsync = self._failing_fsync  # type: ignore[assignment]
        try:
            yield
        finally:
            self.armed = False
            os.fsync = self._fsync

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and isinstance(given[2], int) and given[2] & WRITES):
            self._change(f"{event} {Path(str(given[0])).name}")

    def _failing_fsync(self, handle: int) -> None:
        self._change("fsync")
        self._fsync(handle)

    def _change(self, what: str) -> None:
        if not self.armed:
            return
        place, self.seen = self.seen, self.seen + 1
        if place == self._at:
            self.refused = what
            raise OSError(self._code, os.strerror(self._code))


def remember(home: Home) -> None:
    home.store.put_memory(home.owner.id, Memory("m1", "I am vegetarian.", True, "typed", now(), now()))


def teach(home: Home) -> None:
    home.store.put_feedback(home.owner.id, *lessons(3))


def publish(home: Home, opening: str) -> None:
    owner = home.owner.id
    staged = home.adapters.stage(owner)
    try:
        (staged / "adapter.json").write_text(json.dumps({"opening": opening, "rows": 8}), encoding="utf-8")
    except OSError as error:  # the learner is another process, and tells it so
        home.adapters.discard(staged)
        raise HomegrownError(str(error)) from error
    home.adapters.publish(owner, staged, {"created_at": "2026-01-05T03:00:00+00:00", "lessons": [], "rows": []})


def leave(home: Home) -> None:
    home.people.remove(home.store.person(GUEST).id)


STORY: dict[str, Callable[[Home], object]] = {
    "a person comes": lambda home: home.people.add(OWNER),
    "a fact is kept": remember,
    "lessons are given": teach,
    "a version is published": lambda home: publish(home, "first"),
    "a passphrase is set": lambda home: home.people.set_passphrase(home.owner.id, PASSPHRASE),
    "a sealed version is published": lambda home: publish(home, "second"),
    "another one comes": lambda home: home.people.add(GUEST, GUESTS_OWN),
    "a key for a program is made": lambda home: api_keys.make(home.store, home.owner.id, "Editor", memory=False),
    "the passphrase is changed": lambda home: home.people.set_passphrase(home.owner.id, ANOTHER, PASSPHRASE),
    "the first version serves again": lambda home: home.adapters.point(home.owner.id, "2026-01-05.1"),
    "the other version is removed": lambda home: home.adapters.remove(home.owner.id, "2026-01-05.2"),
    "the other one leaves": leave,
    "the passphrase is removed": lambda home: home.people.remove_passphrase(home.owner.id, ANOTHER),
}


def state(home: Home) -> State:
    """All that the story changes, as people would see it."""
    people = {person.name: person.id for person in home.store.people()}
    found: State = {"people": sorted(people), "guest": GUEST in people and _opens(home, people[GUEST], GUESTS_OWN)}
    if owner := people.get(OWNER):
        found["passphrase"] = [word for word in (PASSPHRASE, ANOTHER) if _opens(home, owner, word)]
        found["sealed"] = home.store.is_sealed(owner)
        if home.people.is_locked(owner):
            return found
        found["memories"] = [memory.text for memory in home.store.memories(owner)]
        found["lessons"] = len(home.store.feedback(owner))
        found["programs"] = len(home.store.api_keys(owner))
        found["versions"] = sorted(version.name for version in home.adapters.versions(owner))
        name, folder = home.adapters.current(owner)
        if folder:
            with home.adapters.opened(folder) as place:
                found["serves"] = [name, json.loads((place / "adapter.json").read_text(encoding="utf-8"))["opening"]]
    return found


def _opens(home: Home, person: str, passphrase: str) -> bool:
    """Without signing in."""
    try:
        Keys(home.folder, CHEAP).unlock(person, passphrase)
    except (Locked, StorageTrouble):
        return False
    return True


def run(folder: Path, tries: Sequence[int], every: int = 1) -> Generator[Result, None, None]:
    """A try is a round: the story again and again, and each time another of its changes (each `every`th) is refused."""
    refusing = Refusing()
    for number in tries:
        code = ERRORS[number % len(ERRORS)]
        states = _undisturbed(folder / "whole")
        refused: dict[str, int] = {}
        wrong: list[str] = []
        for place in count(0, every):
            trial = Trial(folder / f"home {place}", refusing, states)
            found = trial.run(place, code)
            shutil.rmtree(trial.folder)
            if not refusing.refused:
                break
            refused[trial.at] = refused.get(trial.at, 0) + 1
            wrong += [f"{place} ({refusing.refused}, while {trial.at}): {what}" for what in found]
        yield {"try": number, "error": errno.errorcode[code], "refused": refused, "wrong": wrong}


def _undisturbed(folder: Path) -> list[State]:
    """What is so before the story, and after each step of it."""
    home = open_home(folder, SCRIPTED)
    states = [state(home)]
    for act in STORY.values():
        act(home)
        states.append(state(home))
    home.close()
    shutil.rmtree(folder)
    return states


class Trial:
    """The story with one refusal. Whoever is told of it tries again, and if need be starts the app again before."""

    def __init__(self, folder: Path, refusing: Refusing, states: Sequence[State]) -> None:
        self.folder, self._refusing, self._states = folder, refusing, states
        self._home = open_home(folder, SCRIPTED)
        self.at = ""  # the step that met the refusal
        self._wrong: list[str] = []

    def run(self, place: int, code: int) -> list[str]:
        """What was wrong: nothing should be."""
        with self._refusing.at(place, code):
            for number, (self.at, act) in enumerate(STORY.items(), start=1):
                self._take(act, *self._states[number - 1 : number + 1])
                if self._wrong or self._refusing.refused:
                    break
        if self._refusing.refused and not self._wrong:
            self._examine(self._states[number])
        self._home.close()
        return self._wrong

    def _take(self, act: Callable[[Home], object], before: State, after: State) -> None:
        self._refusing.armed = True
        try:
            act(self._home)
        except LeftOver:
            self._refusing.armed = False
            self._restart()
        except HomegrownError as error:
            self._refusing.armed = False
            self._again(act, before, after, str(error))
        except OSError as error:
            self._wrong.append(f"nobody was told: {error!r}")
        finally:
            self._refusing.armed = False

    def _again(self, act: Callable[[Home], object], before: State, after: State, told: str) -> None:
        now_so = state(self._home)
        if now_so == after != before:
            self._wrong.append(f"told {told!r}, and it was done")
            return
        may_be = (before, after) if self.at in BY_STEPS else (before,)
        kept = KEPT if self.at in BY_STEPS else now_so
        if differing := [key for key in now_so if key in kept and all(now_so[key] != one.get(key) for one in may_be)]:
            self._wrong.append(f"told {told!r}, and {', '.join(f'{key} {now_so[key]}' for key in differing)}")
        try:
            act(self._home)
        except HomegrownError:
            self._restart()
            if state(self._home) == before:
                try:
                    act(self._home)
                except HomegrownError as error:
                    self._wrong.append(f"told {told!r}, and after another start {str(error)!r}")

    def _restart(self) -> None:
        """Another start of the app; whoever has a passphrase signs in."""
        self._home.close()
        self._home = home = open_home(self.folder, SCRIPTED)
        home.people.sweep()
        home.adapters.sweep()
        adopt_reports(home.store, home.adapters)
        for person in home.store.people():
            if home.people.is_locked(person.id):
                words = (PASSPHRASE, ANOTHER, GUESTS_OWN)
                home.people.unlock(person.id, next(word for word in words if _opens(home, person.id, word)))

    def _examine(self, after: State) -> None:
        """Now, and after another start, all is as it would be without the refusal; nothing unfinished lies about."""
        for when in ("afterwards", "after another start"):
            found = state(self._home)
            if differing := [key for key in {*after, *found} if after.get(key) != found.get(key)]:
                self._wrong.append(f"{when}: {', '.join(f'{key} {found.get(key)}' for key in sorted(differing))}")
                return
            self._restart()
        left = [
            path for path in self.folder.rglob("*") if path.name.endswith(UNFINISHED) or path.name.startswith(PREFIX)
        ]
        self._wrong += [f"left behind: {path.relative_to(self.folder)}" for path in left]


def goals(results: Sequence[Result], tries: int) -> list[Goal]:
    refused = sum(sum(one["refused"].values()) for one in results)
    met = {step for one in results for step in one["refused"]}
    wrong = sum(len(one["wrong"]) for one in results)
    return [
        Goal(
            "changes of files that were refused",
            refused,
            "every one, with two errors",
            len(results) >= tries and refused > 0,
        ),
        Goal("steps in which none was refused", len(STORY) - len(met), "0", len(met) == len(STORY)),
        Goal("refusals after which something was wrong", wrong, "0", wrong == 0),
    ]
