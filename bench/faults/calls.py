"""Each call that changes a file fails once, with a full disk and with a broken one: what was acknowledged stays."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.faults.story import Memory, Step, count, story
from bench.result import Goal
from errors import HomegrownError
from storage.disk import Disk
from storage.journal import JournalStorage
from storage.seal import AesGcm

NAME, SEAL = "calls", AesGcm(b"k" * 32)
ERRORS = (errno.ENOSPC, errno.EIO)
STEPS, FORGET_EVERY, LONGEST_LOG = 30, 11, 2_000  # a story with checkpoints, forgettings, backups and a new seal


class FailingDisk(Disk):
    """Fails at one call, the `at`th. A failing write leaves half of its bytes, as full disks do."""

    def __init__(self, at: int, code: int) -> None:
        self.calls, self.failed, self._at, self._code = 0, "", at, code

    def _count(self, what: str) -> None:
        self.calls += 1
        if self.calls == self._at:
            self.failed = what
            raise OSError(self._code, os.strerror(self._code))

    def open(self, path: Path, flags: int) -> int:
        self._count("open")
        return super().open(path, flags)

    def write(self, handle: int, data: bytes) -> None:
        try:
            self._count("write")
        except OSError:
            super().write(handle, data[: len(data) // 2])
            raise
        super().write(handle, data)

    def sync(self, handle: int) -> None:
        self._count("fsync")
        super().sync(handle)

    def truncate(self, handle: int, size: int) -> None:
        self._count("truncate")
        super().truncate(handle, size)

    def replace(self, source: Path, target: Path) -> None:
        self._count("replace")
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        self._count("unlink")
        super().unlink(path)

    def sync_folder(self, folder: Path) -> None:
        self._count("fsync of the folder")
        super().sync_folder(folder)


@dataclass(slots=True)
class Calls:
    points: int = 0
    kinds: dict[str, int] = field(default_factory=dict)  # what failed, how often
    told: int = 0  # points at which somebody was told; at the others a checkpoint or a sweep was put off
    wrong: list[str] = field(default_factory=list)  # lost, changed, unreadable or remembered: there must be none


def run(folder: Path, tell: Callable[[str], None], every: int = 1) -> Calls:
    """Tries each `every`th call of the story with each error."""
    found, at = Calls(), 1
    while True:
        for code in ERRORS:
            home = folder / f"{at}-{code}"
            home.mkdir(parents=True)
            disk = FailingDisk(at, code)
            trouble = _Trial(home, disk).run()
            if not disk.failed:
                return found
            found.points += 1
            found.kinds[disk.failed] = found.kinds.get(disk.failed, 0) + 1
            found.told += trouble.told > 0
            found.wrong += [f"call {at} ({disk.failed}, {errno.errorcode[code]}): {what}" for what in trouble.wrong]
        if found.points % 50 == 0:
            tell(f"{found.points} failing calls: {asdict(found)}")
        at += every


class _Trial:
    """The story on one disk. Whoever is told that something failed does what the sentence says, and tries again."""

    def __init__(self, folder: Path, disk: FailingDisk) -> None:
        self.folder = folder
        self.disk: Disk = disk
        self.told, self.wrong = 0, list[str]()
        self.seal: AesGcm | None = None

    def run(self) -> _Trial:
        try:
            JournalStorage.found(self.folder, NAME, {}, disk=self.disk)
        except HomegrownError:
            self.told += 1
            JournalStorage.found(self.folder, NAME, {})
        storage, memory = self._opened(), Memory(7, FORGET_EVERY)
        for step in story(7, FORGET_EVERY):
            if step.number > STEPS:
                break
            storage = self._take(storage, step, memory)
            if step.number == STEPS // 2:
                storage = self._reseal(storage)
            if step.number % 10 == 0:
                storage = self._opened()
        self._examine(memory)
        return self

    def _opened(self) -> JournalStorage:
        return JournalStorage(self.folder, NAME, self.seal, disk=self.disk, longest_log=LONGEST_LOG)

    def _take(self, storage: JournalStorage, step: Step, memory: Memory) -> JournalStorage:
        while count(storage.tables) < step.number:  # the disk fails once: the second time succeeds
            try:
                storage.commit(step.changes, forget=step.forget)
            except HomegrownError:
                self.told += 1
            if storage.tables != memory.reach(count(storage.tables)):
                self.wrong.append(f"during step {step.number} the tables in memory were wrong")
            if storage.trouble:
                storage = self._opened()
            if self.told > 3:
                self.wrong.append(f"step {step.number} could not be done")
                break
        return storage

    def _reseal(self, storage: JournalStorage) -> JournalStorage:
        while not storage.sealed and self.told <= 3:
            try:
                storage.reseal(SEAL)
            except HomegrownError:
                self.told += 1
            self.seal = SEAL if storage.sealed else None
            if storage.trouble:
                storage = self._opened()
        return storage

    def _examine(self, memory: Memory) -> None:
        """The next start: all is there, all can be written, and no file says what is gone."""
        self.disk = Disk()
        try:
            storage = self._opened()
            storage.commit({"later": {"1": {"id": "1"}}})
            after = self._opened()
        except HomegrownError as error:
            self.wrong.append(f"the next start: {error}")
            return
        if after.damaged or after.tables != {**memory.reach(STEPS), "later": {"1": {"id": "1"}}}:
            self.wrong.append("the next start holds something else")
        words = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        self.wrong += [f"{word} is still in a file" for word in memory.gone if word.encode() in words]


def goals(found: Calls) -> list[Goal]:
    return [
        Goal("failing calls tried", found.points, "every one", found.points > 0),
        Goal("failing calls after which something was wrong", len(found.wrong), "0", not found.wrong),
    ]
