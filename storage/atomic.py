"""Files that are always whole on disk: write aside, fsync, rename, fsync the folder."""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from errors import BadInput, LeftOver, StorageTrouble

UNFINISHED = ".homegrown.tmp"  # ends the names of files that are to replace others, until they do
NAME = 40  # signs of a file's name in that of the one that is to replace it: a folder takes 255 bytes

log = logging.getLogger("homegrown.atomic")


def write_whole(path: Path, content: str | bytes) -> None:
    """Replaces a file so that readers and crashes see the old content or the new, never a mix. Mode 0600.

    Raises StorageTrouble, then the old content is there as before, or BadInput.
    """
    try:
        data = content if isinstance(content, bytes) else content.encode()
    except UnicodeEncodeError as error:
        raise BadInput("The text holds broken characters that no file can keep; type it again.") from error
    try:
        before = content_of(path)
        _put(path, data)
    except OSError as error:
        raise not_saved(path.parent, error) from error
    try:
        sync_folder(path.parent)
    except OSError as error:
        put_back(path, before)
        raise not_saved(path.parent, error) from error


def content_of(path: Path) -> bytes | None:
    """None: there is no such file. Raises OSError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def put_back(path: Path, before: bytes | None) -> None:
    """Undoes `write_whole`, as far as the disk lets it. `before`: what `content_of` gave then."""
    try:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            _put(path, before)
        sync_folder(path.parent)
    except OSError as error:
        log.warning("%s may hold what was said not to be saved: %s", path, error)


def _put(path: Path, data: bytes) -> None:
    handle, aside = beside(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            make_durable(file.fileno())
        aside.replace(path)
    except OSError:
        with suppress(OSError):  # `sweep` finds it
            aside.unlink(missing_ok=True)
        raise


def beside(path: Path) -> tuple[int, Path]:
    """A new file in the folder of `path`, which it is to replace: open for writing, mode 0600. Raises OSError.

    Its name is made up and was nobody's: whatever lies there, also a link, is left alone.
    """
    handle, name = tempfile.mkstemp(prefix=f"{path.name[:NAME]}.", suffix=UNFINISHED, dir=path.parent)
    return handle, Path(name)


def sweep(folder: Path) -> None:
    """Removes what was left, anywhere below a folder, by writes that a kill cut off. Only while nobody writes there."""
    names = (Path(place) / name for place, _, files in os.walk(folder) for name in files)
    for left in (name for name in names if name.name.endswith(UNFINISHED)):
        try:
            remove_durably(left)
        except StorageTrouble as error:
            log.warning("%s", error)


def remove_durably(path: Path) -> None:
    """Deletes a file, if it is there; a crash does not bring it back.

    Raises StorageTrouble: then it is still there. Raises LeftOver: then a crash may bring it back.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageTrouble(f"{path} stays ({error.strerror}); check the folder's permissions.") from error
    try:
        sync_folder(path.parent)
    except OSError as error:
        left = f"{path} is deleted, but a power cut could bring it back ({error.strerror})"
        raise LeftOver(f"{left}; check the disk, then start Homegrown again.") from error


def not_saved(folder: Path, error: OSError) -> StorageTrouble:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    remedy = "the disk is full; free some space" if full else f"{error.strerror}; check the folder's permissions"
    return StorageTrouble(f"Nothing was saved to {folder}: {remedy} and try again.")


def make_durable(handle: int) -> None:
    """Returns when a file's bytes would survive a power cut. On macOS fsync stops at the drive's cache."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fsync(handle)


def sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        make_durable(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder durable. Windows has no such call; its file system journals renames."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def private_folder(folder: Path) -> None:
    """Makes it if it is not there, for its owner alone. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
