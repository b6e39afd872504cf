"""The process ends before each call that changes a file: by a kill, or by a power cut that takes what is not synced."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.faults.story import Memory, count, story
from bench.result import Goal
from errors import HomegrownError
from storage.disk import CREATE, Disk
from storage.journal import JournalStorage
from storage.seal import AesGcm

NAME, SEAL = "crashes", AesGcm(b"k" * 32)
STEPS, FORGET_EVERY, LONGEST_LOG = 30, 11, 2_000  # a story with checkpoints, forgettings, backups and a new seal


class Stop(BaseException):
    """The process is gone: nothing that it would have done afterwards is done."""


@dataclass(slots=True)
class _Synced:
    """One file, whatever its name: what a power cut leaves of it."""

    content: bytes = b""


class StoppingDisk(Disk):
    """Stops at one call, the `at`th, and knows what would survive a power cut: at the worst, only what was synced.

    A file's bytes survive once the file was synced, its name, new, changed or gone, once its folder was.
    """

    def __init__(self, at: int) -> None:
        self.calls, self._at = 0, at
        self._files: dict[int, _Synced] = {}  # inode -> file
        self._names: dict[Path, _Synced] = {}  # that would survive
        self._paths: dict[int, Path] = {}  # open handle -> file

    @property
    def stopped(self) -> bool:
        return self.calls >= self._at

    def cut_power(self, folder: Path) -> None:
        """Leaves in `folder` what would survive."""
        for path in [path for path in folder.rglob("*") if path.is_file()]:
            path.unlink()
        for path, file in self._names.items():
            path.write_bytes(file.content)

    def _count(self) -> None:
        self.calls += 1
        if self.stopped:
            raise Stop

    def open(self, path: Path, flags: int) -> int:
        self._count()
        handle = super().open(path, flags)
        self._paths[handle] = path
        if flags == CREATE:
            self._files.setdefault(os.fstat(handle).st_ino, _Synced())
        return handle

    def write(self, handle: int, data: bytes) -> None:
        self._count()
        half = len(data) // 2
        super().write(handle, data[:half])
        self._count()  # in the middle
        super().write(handle, data[half:])

    def sync(self, handle: int) -> None:
        self._count()
        self._files[os.fstat(handle).st_ino].content = self._paths[handle].read_bytes()

    def truncate(self, handle: int, size: int) -> None:
        self._count()
        super().truncate(handle, size)

    def replace(self, source: Path, target: Path) -> None:
        self._count()
        if target.exists():
            del self._files[target.stat().st_ino]
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        self._count()
        if path.exists():
            del self._files[path.stat().st_ino]
        super().unlink(path)

    def sync_folder(self, folder: Path) -> None:
        self._count()
        self._names = {path: file for path, file in self._names.items() if path.parent != folder}
        self._names |= {path: self._files[path.stat().st_ino] for path in folder.iterdir() if path.is_file()}


@dataclass(slots=True)
class Crashes:
    points: int = 0
    acknowledged: int = 0
    wrong: list[str] = field(default_factory=list)  # lost, changed, unreadable or remembered: there must be none


def run(folder: Path, tell: Callable[[str], None], every: int = 1) -> Crashes:
    """Stops before each `every`th call of the story, once by a kill and once by a power cut."""
    found, at = Crashes(), 1
    while True:
        for power in (False, True):
            home = folder / f"{at}-{power}"
            home.mkdir(parents=True)
            disk, trial = StoppingDisk(at), _Trial(home)
            try:
                trial.run(disk)
            except Stop:
                pass
            if not disk.stopped:
                return found
            if power:
                disk.cut_power(home)
            found.points += 1
            found.acknowledged += trial.acknowledged
            what = "power cut" if power else "kill"
            found.wrong += [f"{what} at call {at}: {wrong}" for wrong in trial.examined()]
        if found.points % 100 == 0:
            tell(f"{found.points} crashes: {asdict(found)}")
        at += every


class _Trial:
    """The story on a disk that stops, and a look at what it left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.acknowledged = 0
        self.begun = False
        self.seals: list[AesGcm | None] = [None]  # that may be in place: the last one, while it changes also the next

    def run(self, disk: Disk) -> None:
        JournalStorage.found(self.folder, NAME, {}, disk=disk)
        self.begun = True
        storage = self._opened(None, disk)
        for step in story(7, FORGET_EVERY):
            if step.number > STEPS:
                break
            storage.commit(step.changes, forget=step.forget)
            self.acknowledged = step.number
            if step.number == STEPS // 2:
                self.seals = [SEAL, None]
                storage.reseal(SEAL)
                self.seals = [SEAL]
            if step.number % 10 == 0:
                storage = self._opened(self.seals[0], disk)

    def examined(self) -> list[str]:
        if not self.begun:
            return []
        try:
            storage = self._reopened()
            held = count(storage.tables)
            memory = Memory(7, FORGET_EVERY)
            if storage.trouble or held not in (self.acknowledged, self.acknowledged + 1):
                return [f"holds {held} of {self.acknowledged} changes; {storage.trouble}"]
            if storage.tables != memory.reach(held):
                return [f"holds another state than the one after {held} changes"]
            storage.commit({"later": {"1": {"id": "1"}}})
        except HomegrownError as error:
            return [f"the next start: {error}"]
        words = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        found = [f"{word} is still in a file" for word in memory.gone if word.encode() in words]
        if self.seals == [SEAL] and b"word-" in words:
            found.append("words lie in the clear after the seal was set")
        return found

    def _reopened(self) -> JournalStorage:
        """Under the first seal that fits: which of the two counts while it changes, the files tell."""
        for seal in self.seals[:-1]:
            try:
                return self._opened(seal, Disk())
            except HomegrownError:
                continue
        return self._opened(self.seals[-1], Disk())

    def _opened(self, seal: AesGcm | None, disk: Disk) -> JournalStorage:
        return JournalStorage(self.folder, NAME, seal, disk=disk, longest_log=LONGEST_LOG)


def goals(found: Crashes) -> list[Goal]:
    return [
        Goal("calls before which the process ended", found.points, "every one", found.points > 0),
        Goal("ends after which something was wrong", len(found.wrong), "0", not found.wrong),
    ]
