"""Every call by which journals change files. Tests hand in a disk that fails or breaks off at a chosen call."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from storage.atomic import make_durable, sync_folder

APPEND = os.O_WRONLY | os.O_APPEND
CREATE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class Disk:
    """Raises OSError. Files belong to their owner alone (mode 0600)."""

    def open(self, path: Path, flags: int) -> int:
        return os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)

    def write(self, handle: int, data: bytes) -> None:
        """All of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]

    def sync(self, handle: int) -> None:
        make_durable(handle)

    def truncate(self, handle: int, size: int) -> None:
        os.ftruncate(handle, size)

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)

    def unlink(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        sync_folder(folder)


def write_new(disk: Disk, path: Path, pieces: Iterable[bytes]) -> None:
    """A whole new file, durable but for its name: that is the folder's."""
    handle = disk.open(path, CREATE)
    try:
        for piece in pieces:
            disk.write(handle, piece)
        disk.sync(handle)
    finally:
        os.close(handle)
