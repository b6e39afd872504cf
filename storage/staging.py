"""A night's work before it is published: folders beside the versions, which never serve and do not stay."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import psutil

from domain import new_id
from errors import Gone, LeftOver, StorageTrouble
from storage.atomic import sync_folder
from storage.vault import MANIFEST

PREFIX = "staging-"
MEMORY = Path("/dev/shm")  # Linux: a folder whose files are never on a disk
IN_MEMORY = "homegrown-"  # begins the names of our folders there
ROOM = 4 << 30  # bytes of memory that must be free: a learner and an engine work beside it


def is_published(folder: Path) -> bool:
    return not folder.name.startswith(PREFIX) and (folder / MANIFEST).exists()


def stage(versions: Path, private: bool) -> Path:
    """A fresh folder for one training run. Raises Gone if the person's folder is not there any more.

    A `private` one is a link into memory, if the system has that and it has room; else it is on the disk, too.
    """
    folder = versions / f"{PREFIX}{new_id()}"
    try:
        versions.mkdir(exist_ok=True, mode=0o700)
        if private and _has_room():
            _link(folder)
        else:
            folder.mkdir(mode=0o700)
    except FileNotFoundError as error:  # nothing may bring a removed person's folder back
        raise Gone("That person is not here any more.") from error
    except OSError as error:
        raise StorageTrouble(f"{versions} cannot be written ({error.strerror}); free some space.") from error
    return folder


def remove(folder: Path) -> None:
    """Deletes an unfinished folder, as far as it can be."""
    if not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
        return
    place = folder.readlink()
    if place.parent == MEMORY and place.name.startswith(IN_MEMORY):  # else the link is not ours
        shutil.rmtree(place, ignore_errors=True)
    folder.unlink(missing_ok=True)


def bury(version: Path) -> None:
    """Deletes a published folder: first its name goes, so that it never serves again.

    Raises StorageTrouble: then nothing has changed. Raises LeftOver: the next start deletes the rest.
    """
    doomed = version.with_name(f"{PREFIX}{new_id()}")
    try:
        version.rename(doomed)
    except OSError as error:
        raise StorageTrouble(f"{version} could not be removed ({error.strerror}); try again.") from error
    try:
        sync_folder(version.parent)
        shutil.rmtree(doomed)
    except OSError as error:
        raise LeftOver(f"Not all of {version} could be removed ({error.strerror}); start again.") from error


def remove_unfinished(versions: Path) -> None:
    """Deletes every folder that is no published version. Raises StorageTrouble if one stays."""
    for folder in versions.glob("*"):
        if (folder.is_dir() or folder.is_symlink()) and not is_published(folder):
            remove(folder)  # a night that is breaking off does the same
            if folder.exists():
                raise StorageTrouble(f"Not all of {folder} could be removed; check its permissions, and try again.")


def _has_room() -> bool:
    return MEMORY.is_dir() and min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) >= ROOM


def _link(folder: Path) -> None:
    place = Path(tempfile.mkdtemp(prefix=IN_MEMORY, dir=MEMORY))
    try:
        folder.symlink_to(place, target_is_directory=True)
    except OSError:
        place.rmdir()
        raise
