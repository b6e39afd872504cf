"""Sealed adapters, open for the engine: in memory files where the system has them, else in files that do not stay."""

from __future__ import annotations

import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from errors import StorageTrouble


class Opened:
    """Folders of open files below `folder`, which nobody else on this machine may read.

    With memory files (Linux) such a folder holds links into this process, `/proc/<pid>/fd/<n>`, which children of the
    same user can open; they stay until `shut`. Elsewhere the files are real, and deleted as soon as no request of the
    engine needs them. A name always gets the same path and the same time of change, by which the engine knows an
    adapter again.
    """

    def __init__(self, folder: Path, in_memory: bool = hasattr(os, "memfd_create")) -> None:
        self._folder = folder
        self._in_memory = in_memory
        self._lock = threading.RLock()  # never held while the engine works
        self._users: Counter[str] = Counter()
        self._open: dict[str, list[int]] = {}  # name -> memory files; none: real ones

    @contextmanager
    def opened(self, name: str, read: Callable[[], Mapping[str, bytes]], changed_ns: int) -> Iterator[Path]:
        """The folder in which the engine finds what `read` returns. Raises StorageTrouble if it cannot be made."""
        place = self._folder / name
        with self._lock:
            if name not in self._open:
                self._open[name] = self._made(place, read(), changed_ns)
            self._users[name] += 1
        try:
            yield place
        finally:
            with self._lock:
                self._users[name] -= 1
                if self._users[name] <= 0 and not self._open.get(name):
                    self._shut(name)

    def shut(self, wanted: Callable[[str], bool]) -> None:
        """Closes all with such a name, also those in use: the engine then says that it cannot read them."""
        with self._lock:
            for name in [name for name in self._open if wanted(name)]:
                self._shut(name)

    def sweep(self) -> None:
        """Removes what a process that was killed has left. Only at the start, before anything is opened."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _made(self, place: Path, files: Mapping[str, bytes], changed_ns: int) -> list[int]:
        shutil.rmtree(place, ignore_errors=True)
        memory: list[int] = []
        try:
            self._folder.mkdir(exist_ok=True, mode=0o700)
            place.mkdir(mode=0o700)
            for name, data in files.items():
                if self._in_memory:
                    memory.append(_memory_file(place / name, data, changed_ns))
                else:
                    _real_file(place / name, data, changed_ns)
        except OSError as error:
            for handle in memory:
                os.close(handle)
            shutil.rmtree(place, ignore_errors=True)
            raise StorageTrouble(f"The adapter cannot be opened ({error.strerror}); free some space.") from error
        return memory

    def _shut(self, name: str) -> None:
        for handle in self._open.pop(name, ()):
            os.close(handle)
        self._users.pop(name, None)
        shutil.rmtree(self._folder / name, ignore_errors=True)


def _memory_file(path: Path, data: bytes, changed_ns: int) -> int:
    handle = os.memfd_create(path.name)
    try:
        with open(handle, "wb", closefd=False) as file:
            file.write(data)
        os.utime(handle, ns=(changed_ns, changed_ns))
        path.symlink_to(f"/proc/{os.getpid()}/fd/{handle}")
    except BaseException:
        os.close(handle)
        raise
    return handle


def _real_file(path: Path, data: bytes, changed_ns: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    os.utime(path, ns=(changed_ns, changed_ns))
