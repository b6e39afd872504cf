"""One short night again and again: at each change of a file in turn it is killed, or the disk is full from there on.

Run by test_night_kills.py, in a process of its own because it forks: `python -m tests.faults.night_with_faults FOLDER`.
Prints how many places each fault was tried at; ends with a traceback and exit code 1 if one left more than nothing.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from domain import Night
from errors import HomegrownError, NothingToLearn, Trouble
from learning import nights as nights_module
from learning.nights import Nights
from learning.unreported import adopt_reports
from storage.adapters import Adapters
from storage.store import Store
from tests.builders import corrections
from tests.fake_model import GOOD
from tests.machine import Machine, make_nights, means

CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate")
TAKES_ROOM = ("open", "os.mkdir")
OLD, ALL = corrections(5), corrections(10)
DONE = 3  # exit code of a night that came to its end before the fault
Fault = Callable[[str], None]


class Learner(Machine):
    """Tells of a full disk as the learner process does."""

    def train(self, *given: Any) -> Iterator[Any]:
        try:
            yield from super().train(*given)
        except OSError as error:
            raise Trouble(f"The adapter cannot be written ({error.strerror}); free some space.") from error


def awake(home: Path) -> tuple[Store, str, Nights]:
    """A home as the app finds it when it starts, with a model that learns more than the version before."""
    store, adapters = Store(home), Adapters(home, "base hash")
    adapters.sweep()
    adopt_reports(store, adapters)
    machine = Learner({**GOOD, "gain": 2.0}, known=-1.0)
    return store, store.people()[0].id, make_nights(store, machine, adapters)


def prepare(home: Path) -> None:
    """Somebody with a version that serves and five lessons more."""
    store = Store(home)
    ada = store.add_person("Ada").id
    store.put_feedback(ada, *OLD)
    assert make_nights(store, Machine(), Adapters(home, "base hash")).run(ada).verdict.serves
    store.put_feedback(ada, *ALL[len(OLD) :])
    store.close()


def at_change(place: int, fault: Fault) -> None:
    """Calls `fault` before each change of a file from number `place` on."""
    changes = count()

    def hook(event: str, given: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in CHANGES) and next(changes) >= place:
            fault(event)

    sys.addaudithook(hook)


def killed(home: Path, place: int) -> None:
    _, ada, nights = awake(home)
    at_change(place, lambda event: os.kill(os.getpid(), signal.SIGKILL))
    nights.run(ada)
    os._exit(DONE)


def without_room(home: Path, place: int) -> None:
    """The night ends with a sentence and has changed nothing, or only its report comes later; the same app goes on."""
    store, ada, nights = awake(home)
    full, before = [False], looks(store, ada, nights)

    def fault(event: str) -> None:
        if full[0] and event in TAKES_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    at_change(place, fault)
    full[0] = True
    try:
        nights.run(ada)
    except HomegrownError as error:
        full[0] = False
        assert str(error).endswith("."), error
        published = looks(store, ada, nights) != before
        assert published == ("serves; its report comes later" in str(error)), error
        store.close()
    else:
        os._exit(DONE)


def looks(store: Store, ada: str, nights: Nights) -> tuple[Any, ...]:
    """What serves, the versions, the ledger."""
    versions = [(version.name, version.serving) for version in nights.adapters.versions(ada)]
    return nights.adapters.current(ada), versions, store.feedback(ada)


def check(home: Path, place: int) -> None:
    """After the next start: nothing is lost, what serves is whole, and the lessons are learnt or will be now."""
    store, ada, nights = awake(home)
    assert store.feedback(ada) == ALL
    first, *more = nights.adapters.versions(ada)
    name, folder = nights.adapters.current(ada)
    assert folder is not None and name in [first.name, *(version.name for version in more)]
    assert len(more) <= 1
    if name == first.name:
        night: Night = nights.run(ada)
        assert night.verdict.serves, night.verdict
    else:
        try:
            raise AssertionError(nights.run(ada))
        except NothingToLearn:
            pass
    assert nights.adapters.current(ada)[0] in [night.version for night in store.nights(ada)]
    manifest = nights.adapters.manifest(ada)
    assert manifest and set(manifest["rows"]) == {row.id for row in ALL}
    left = [path.name for path in (home / "people" / ada / "adapters").iterdir() if path.name.startswith("staging-")]
    assert not left, left
    store.close()


def forked(work: Callable[[Path, int], None], home: Path, place: int) -> int:
    """The exit code of a process that does the work; negative: the signal that ended it."""
    child = os.fork()
    if child == 0:
        sys.excepthook = lambda *error: (traceback.print_exception(*error), os._exit(1))
        work(home, place)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def tried(folder: Path, work: Callable[[Path, int], None], expected: int) -> int:
    """At how many places the fault was tried."""
    for place in count():
        home = folder / f"{work.__name__} {place}"
        shutil.copytree(folder / "prepared", home)
        code = forked(work, home, place)
        if code == DONE:
            return place
        if code != expected or forked(check, home, place) != 0:
            raise SystemExit(f"{work.__name__} at change {place}: exit code {code}")
        shutil.rmtree(home)
    raise AssertionError


if __name__ == "__main__":
    nights_module.psutil = means().psutil  # type: ignore[attr-defined]
    base = Path(sys.argv[1])
    if forked(lambda home, _: prepare(home), base / "prepared", 0) != 0:
        raise SystemExit("the home could not be prepared")
    places = {"killed": tried(base, killed, -signal.SIGKILL), "without room": tried(base, without_room, 0)}
    print(json.dumps(places))
