"""The log is cut or blanked behind a byte, or a bit flips: all that was acknowledged is read, or it is told."""

from __future__ import annotations

import json
import random
import shutil
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.faults.story import Memory, count, story
from bench.result import Goal
from errors import HomegrownError
from storage.files import Files
from storage.journal import JournalStorage
from storage.record import scan
from storage.recovery import SECTOR, Recovered, recover
from storage.seal import AesGcm, Seal
from storage.tables import Tables, merge

NAME, KEY = "damaged", b"k" * 32


@dataclass(slots=True)
class Damage:
    """What was read after each point."""

    points: int = 0
    kept: int = 0  # without a word: all but what one unfinished append may have held
    told: int = 0
    wrong: list[str] = field(
        default_factory=list
    )  # more is missing, or changed, or told for nothing: there must be none


class Specimen:
    """A journal with a previous generation and a long log, and every row that it ever held.

    `steps` changes, the last `logged` of them in the log; `ends` are where its head and each of them end.
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
        self.ends = [record.end for record in scan(self.log.read_bytes()).records]
        self._states: dict[int, Tables] = {}

    def state(self, number: int) -> Tables:
        """The tables after a step, as far back as the log goes."""
        if not self._states:
            memory = Memory(self._seed, self.last + 1)
            for step in range(self.first, self.last + 1):
                self._states[step] = {name: dict(rows) for name, rows in memory.reach(step).items()}
        return self._states[number]

    def before(self, byte: int) -> int:
        """How many changes lie whole before a byte of the log."""
        return self.first + bisect_right(self.ends, byte) - 1

    def judge(self, what: str, found: Damage, held: int | None, *, told: bool = True) -> Recovered | None:
        """Reads the journal, and counts what came of it.

        `held`: so many changes may be read without a word (None: it must be told); `told`: it may be told instead.
        """
        found.points += 1
        try:
            read = recover(Files(self.folder), NAME, self.seal)
        except HomegrownError:
            found.told += 1
            return None
        if any(
            _text(table, key, row) not in self.rows for table, rows in read.tables.items() for key, row in rows.items()
        ):
            found.wrong.append(f"{what}: a row that nobody wrote")
        elif read.damaged and told:
            found.told += 1
        elif read.damaged:
            found.wrong.append(f"{what}: told, though only an unfinished append was cut")
        elif held is None or read.tables != self.state(held):
            found.wrong.append(f"{what}: without a word, the state after {count(read.tables)} changes")
        else:
            found.kept += 1
        return read


def cut(folder: Path, points: int, seed: int, tell: Callable[[str], None]) -> Damage:
    """Ends the log behind each byte, then blanks it from each sector on to its end.

    The first is what an append leaves that breaks off there: all changes before it are there, and nobody is told. Every
    hundredth time the journal is then opened and goes on. The second is a bad disk: nothing but the last change may be
    missing without a word.
    """
    found = Damage()
    for number, seal in enumerate((None, AesGcm(KEY))):
        specimen = _long_enough(folder / f"cut-{number}", seed, points // 2, seal)
        data, head = specimen.log.read_bytes(), specimen.ends[0]
        for end in range(min(len(data), points // 2) + 1):
            specimen.log.write_bytes(data[:end])
            before = len(found.wrong)
            held = specimen.before(end) if end >= head else None
            read = specimen.judge(f"cut at {end}", found, held, told=end < head)
            if read and not read.damaged and end % 100 == 0 and len(found.wrong) == before:
                _goes_on(specimen, count(read.tables), end, found)
            if found.points % 1000 == 0:
                tell(f"{found.points} cuts: {_brief(found)}")
        for begin in range(SECTOR, len(data), SECTOR):
            specimen.log.write_bytes(data[:begin] + bytes(len(data) - begin))
            last = begin >= head and specimen.before(begin) == specimen.last - 1
            specimen.judge(f"blank from {begin}", found, specimen.last - 1 if last else None)
        tell(f"{found.points} cuts and blanks: {_brief(found)}")
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
            specimen.judge(f"bit {bit} of {path.name}", found, None)
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
        found.wrong.append(f"cut at {end}: what came after was lost")
    shutil.rmtree(copy)


def _text(table: str, key: str, row: Any) -> str:
    return json.dumps([table, key, row], sort_keys=True)


def _brief(found: Damage) -> dict[str, Any]:
    return {**asdict(found), "wrong": len(found.wrong)}


def goals(found: Damage, wanted: int, what: str) -> list[Goal]:
    return [
        Goal(what, found.points, f"at least {wanted}", found.points >= wanted),
        Goal(f"{what}: wrong recoveries", len(found.wrong), "0", not found.wrong),
    ]
