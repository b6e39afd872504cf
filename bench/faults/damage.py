"""Files are cut at every byte, and single bits flipped: what is read is what was written, or it is told."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.faults.story import Memory, count, story
from bench.result import Goal
from errors import HomegrownError
from storage.files import Files
from storage.journal import JournalStorage
from storage.recovery import Recovered, recover
from storage.seal import AesGcm, Seal
from storage.tables import Tables, merge

NAME, KEY = "damaged", b"k" * 32


@dataclass(slots=True)
class Damage:
    """What was read after each point. `last`: without the last record, whose end was taken for an unfinished write."""

    points: int = 0
    whole: int = 0
    last: int = 0
    shorter: int = 0  # an exact earlier state, cut in the middle of the log
    told: int = 0
    silent: list[str] = field(default_factory=list)  # neither the truth nor told: there must be none


class Specimen:
    """A journal with a previous generation and a long log, and every row that it ever held.

    `steps` changes, the last `logged` of them in the log.
    """

    def __init__(self, folder: Path, seed: int, steps: int, logged: int, seal: Seal | None) -> None:
        self.folder, self.seal, self._seed = folder, seal, seed
        folder.mkdir(parents=True)
        JournalStorage.found(folder, NAME, {}, seal)
        storage = JournalStorage(folder, NAME, seal)
        self.first, self.last = steps - logged, steps
        self.rows: set[str] = set()
        for step in story(seed, forget_every=steps + 1):
            storage.commit(step.changes)
            for table, rows in step.changes.items():
                self.rows |= {_text(table, key, row) for key, row in rows.items()}
            if step.number in (self.first // 2, self.first):
                storage.checkpoint()
            if step.number == steps:
                break
        generation = Files(folder).snapshots()[0]
        self.log, self.snapshot = Files(folder).log(generation), Files(folder).snapshot(generation)
        self._states: dict[int, Tables] = {}

    def state(self, number: int) -> Tables:
        """The tables after a step, as far back as the log goes."""
        if not self._states:
            memory = Memory(self._seed, self.last + 1)
            for step in range(self.first, self.last + 1):
                self._states[step] = {name: dict(rows) for name, rows in memory.reach(step).items()}
        return self._states[number]

    def judge(self, what: str, found: Damage) -> Recovered | None:
        """Reads the journal, and counts what came of it."""
        found.points += 1
        try:
            read = recover(Files(self.folder), NAME, self.seal)
        except HomegrownError:
            found.told += 1
            return None
        held = count(read.tables)
        if any(
            _text(table, key, row) not in self.rows for table, rows in read.tables.items() for key, row in rows.items()
        ):
            found.silent.append(f"{what}: a row that nobody wrote")
        elif read.damaged:
            found.told += 1
        elif not self.first <= held <= self.last or read.tables != self.state(held):
            found.silent.append(f"{what}: the state after {held} changes is another one")
        elif held == self.last:
            found.whole += 1
        elif held == self.last - 1:
            found.last += 1
        else:
            found.shorter += 1
        return read


def cut(folder: Path, points: int, seed: int, tell: Callable[[str], None]) -> Damage:
    """Cuts the log behind each byte; every hundredth time the journal is then opened and goes on."""
    found = Damage()
    for number, seal in enumerate((None, AesGcm(KEY))):
        specimen = _long_enough(folder / f"cut-{number}", seed, points // 2, seal)
        data = specimen.log.read_bytes()
        for end in range(min(len(data), points // 2) + 1):
            specimen.log.write_bytes(data[:end])
            before = len(found.silent)
            read = specimen.judge(f"cut at {end}", found)
            if read and not read.damaged and end % 100 == 0 and len(found.silent) == before:
                _goes_on(specimen, count(read.tables), end, found)
            if found.points % 1000 == 0:
                tell(f"{found.points} cuts: {_brief(found)}")
    return found


def flip(folder: Path, points: int, seed: int, tell: Callable[[str], None]) -> Damage:
    """Flips single bits of snapshot and log, in the clear and sealed."""
    found, chance = Damage(), random.Random(seed)
    for number, seal in enumerate((None, AesGcm(KEY))):
        specimen = Specimen(folder / f"flip-{number}", seed, 90, 45, seal)
        files = {path: path.read_bytes() for path in (specimen.log, specimen.snapshot)}
        for _ in range((points + number) // 2):
            path = chance.choice(list(files))
            bit = chance.randrange(8 * len(files[path]))
            data = bytearray(files[path])
            data[bit // 8] ^= 1 << bit % 8
            path.write_bytes(data)
            specimen.judge(f"bit {bit} of {path.name}", found)
            path.write_bytes(files[path])
            if found.points % 1000 == 0:
                tell(f"{found.points} flips: {_brief(found)}")
    return found


def _long_enough(folder: Path, seed: int, size: int, seal: Seal | None) -> Specimen:
    """A specimen whose log has about `size` bytes at least."""
    for logged in (8, 16, 32, 64, 128, 256, 512):
        specimen = Specimen(folder / str(logged), seed, 40 + logged, logged, seal)
        if specimen.log.stat().st_size >= size:
            return specimen
    raise ValueError(f"{size} bytes are more than the story fills")


def _goes_on(specimen: Specimen, held: int, end: int, found: Damage) -> None:
    """The next start cuts the unfinished write off, and the next change lies right behind what was sound."""
    copy = specimen.folder.with_name("copy")
    shutil.copytree(specimen.folder, copy)
    JournalStorage(copy, NAME, specimen.seal).commit({"later": {"1": {"id": "1"}}})
    read = recover(Files(copy), NAME, specimen.seal)
    expected = {name: dict(rows) for name, rows in specimen.state(held).items()}
    merge(expected, {"later": {"1": {"id": "1"}}})
    if read.damaged or read.tables != expected:
        found.silent.append(f"cut at {end}: what came after was lost")
    shutil.rmtree(copy)


def _text(table: str, key: str, row: Any) -> str:
    return json.dumps([table, key, row], sort_keys=True)


def _brief(found: Damage) -> dict[str, Any]:
    return {**asdict(found), "silent": len(found.silent)}


def goals(found: Damage, wanted: int, what: str) -> list[Goal]:
    return [
        Goal(what, found.points, f"at least {wanted}", found.points >= wanted),
        Goal(f"{what}: silent changes", len(found.silent), "0", not found.silent),
    ]
