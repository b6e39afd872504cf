"""A TinyDB storage that is always whole on disk: write aside, fsync, rename, fsync the folder."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from errors import BadInput, StorageTrouble

SCHEMA = 1  # the version of what the files hold; a newer one is refused and left untouched


class AtomicJSONStorage(Storage):
    """One JSON file, owned by this process. What `write` returned from survives a crash, whole.

    The parsed content is kept, so that only writes cost time in proportion to the file's size.
    Raises StorageTrouble if the file is damaged, newer than this program, or cannot be written; memory then still
    holds what the disk holds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._content = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            schema = content.pop("schema")
            if schema > SCHEMA:
                raise StorageTrouble(
                    f"{self.path} was written by a newer Homegrown (schema {schema}); update this one."
                )
            return {
                name: {str(int(key)): dict(row.items()) for key, row in rows.items()} for name, rows in content.items()
            }
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StorageTrouble(f"{self.path} cannot be read ({error.strerror}); check its permissions.") from error
        except (ValueError, KeyError, AttributeError, TypeError) as error:  # no JSON, or not of our making
            raise StorageTrouble(damaged(self.path)) from error

    def read(self) -> dict[str, Any]:
        """A copy of tables and documents: TinyDB changes what it is given, and then the write may fail."""
        return {name: {key: dict(row) for key, row in rows.items()} for name, rows in self._content.items()}

    def write(self, data: dict[str, Any]) -> None:
        write_whole(self.path, json.dumps({"schema": SCHEMA, **data}, ensure_ascii=False, separators=(",", ":")))
        self._content = data


def write_whole(path: Path, text: str) -> None:
    """Replaces a file so that readers and crashes see the old content or the new, never a mix. Mode 0600."""
    aside = path.with_name(path.name + ".tmp")
    try:
        data = text.encode()
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
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        remedy = "the disk is full; free some space" if full else f"{error.strerror}; check the folder's permissions"
        raise StorageTrouble(f"Nothing was saved to {path.parent}: {remedy} and try again.") from error


def make_durable(handle: int) -> None:
    """Returns when a file's bytes would survive a power cut. On macOS fsync stops at the drive's cache."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder durable. Windows has no such call; its file system journals renames."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def damaged(path: Path) -> str:
    """The sentence for a file that does not hold what it should."""
    return f"{path} is damaged; it was left untouched. Put a good copy of it in its place, or move it away."
