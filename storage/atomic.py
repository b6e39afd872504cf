"""Files that are always whole on disk: write aside, fsync, rename, fsync the folder."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from errors import BadInput, StorageTrouble


def write_whole(path: Path, content: str | bytes) -> None:
    """Replaces a file so that readers and crashes see the old content or the new, never a mix. Mode 0600."""
    aside = path.with_name(path.name + ".tmp")
    try:
        data = content if isinstance(content, bytes) else content.encode()
    except UnicodeEncodeError as error:
        raise BadInput("The text holds broken characters that no file can keep; type it again.") from error
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            make_durable(file.fileno())
        aside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise not_saved(path.parent, error) from error


def remove_durably(path: Path) -> None:
    """Deletes a file, if it is there; a crash does not bring it back."""
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise StorageTrouble(f"{path} stays ({error.strerror}); check the folder's permissions.") from error


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
