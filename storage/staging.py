"""A night's work before it is published: folders beside the versions, which never serve and do not stay."""

from __future__ import annotations

import shutil
from pathlib import Path

from domain import new_id
from errors import Gone, StorageTrouble
from storage.vault import MANIFEST

PREFIX = "staging-"


def is_published(folder: Path) -> bool:
    return not folder.name.startswith(PREFIX) and (folder / MANIFEST).exists()


def stage(versions: Path) -> Path:
    """A fresh folder for one training run. Raises Gone if the person's folder is not there any more."""
    folder = versions / f"{PREFIX}{new_id()}"
    try:
        versions.mkdir(exist_ok=True, mode=0o700)
        folder.mkdir(mode=0o700)
    except FileNotFoundError as error:  # nothing may bring a removed person's folder back
        raise Gone("That person is not here any more.") from error
    except OSError as error:
        raise StorageTrouble(f"{versions} cannot be written ({error.strerror}); free some space.") from error
    return folder


def remove_unfinished(versions: Path) -> None:
    """Deletes every folder that is no published version. Raises StorageTrouble if one stays."""
    for folder in versions.glob("*"):
        if folder.is_dir() and not is_published(folder):
            shutil.rmtree(folder, ignore_errors=True)  # a night that is breaking off does the same
            if folder.exists():
                raise StorageTrouble(f"Not all of {folder} could be removed; check its permissions, and try again.")
