"""Adapters on disk: staged, published with the manifest last, pointed at by one small file, rolled back.

people/<id>/adapters/2026-11-22.1/{adapter files, manifest.json}     a published version never changes
people/<id>/adapters/staging-*/                                      a night's work; swept at the next start
people/<id>/adapters/current                                         the version that serves, or "base"
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain import BASE, new_id
from errors import Gone, StorageTrouble
from storage.atomic import make_durable, sync_folder, write_whole

NEEDED = {"created_at", "base", "parent", "files", "lessons", "rows"}  # what every manifest has

log = logging.getLogger("homegrown.adapters")


@dataclass(frozen=True, slots=True)
class Version:
    """A published adapter: where it lies, and its manifest (base hash, lessons, recipe, exam, parent ...)."""

    name: str
    folder: Path
    manifest: Mapping[str, Any]
    serving: bool

    @property
    def created_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["created_at"])


class Adapters:
    """The adapters of everybody in one home, for one base model (`base`: SHA-256 of its weights).

    Adapters of other bases are kept and listed but never serve.
    """

    def __init__(self, home: Path, base: str) -> None:
        self.home = home
        self.base = base
        self._intact: dict[Path, bool] = {}

    def current(self, person: str) -> tuple[str, Path | None]:
        """(version, folder) that serves; a missing or damaged one gives way to its parent, at last to the base."""
        pointer = self._root(person) / "current"
        name = pointer.read_text(encoding="utf-8", errors="replace").strip() if pointer.exists() else BASE
        while name != BASE:
            folder = self._root(person) / name
            try:
                manifest = _manifest(folder)
            except StorageTrouble:  # then nobody knows its parent
                return BASE, None
            if manifest["base"] == self.base and self._is_intact(folder, manifest):
                return name, folder
            name = manifest["parent"]
        return BASE, None

    def manifest(self, person: str) -> Mapping[str, Any] | None:
        """The manifest of what serves; None for the base."""
        folder = self.current(person)[1]
        return _manifest(folder) if folder else None

    def versions(self, person: str) -> list[Version]:
        """Published versions, oldest first. One whose manifest is damaged is left out: it can never serve again."""
        serving, found = self.current(person)[0], []
        for folder in self._root(person).glob("*"):
            if _published(folder):
                try:
                    found.append(Version(folder.name, folder, _manifest(folder), folder.name == serving))
                except StorageTrouble as error:
                    log.warning("%s", error)
        return sorted(found, key=lambda version: version.created_at)

    def stage(self, person: str) -> Path:
        """A fresh folder for one training run."""
        folder = self._root(person) / f"staging-{new_id()}"
        try:
            folder.parent.mkdir(exist_ok=True, mode=0o700)
            folder.mkdir(mode=0o700)
        except FileNotFoundError as error:  # nothing may bring a removed person's folder back
            raise Gone("That person is not here any more.") from error
        except OSError as error:
            raise StorageTrouble(f"{folder.parent} cannot be written ({error.strerror}); free some space.") from error
        return folder

    def discard(self, staged: Path) -> None:
        shutil.rmtree(staged, ignore_errors=True)

    def publish(self, person: str, staged: Path, manifest: Mapping[str, Any]) -> Version:
        """Makes a staged folder the serving version: files durable, manifest last, then the pointer.

        Raises StorageTrouble if that fails; then nothing of it is left and nothing has changed.
        """
        root, day = self._root(person), str(manifest["created_at"])[:10]
        taken = [path.name.removeprefix(f"{day}.") for path in root.glob(f"{day}.*")]
        number = 1 + max((int(name) for name in taken if name.isdecimal()), default=0)
        files = {path.name: _sha256(path) for path in sorted(staged.iterdir())}
        entry = {**manifest, "parent": self.current(person)[0], "base": self.base, "files": files}
        folder = root / f"{day}.{number}"
        try:
            for path in staged.iterdir():
                _sync(path)
            staged.rename(folder)
            write_whole(folder / "manifest.json", json.dumps(entry, ensure_ascii=False, indent=1))
            sync_folder(root)
            self.point(person, folder.name)
        except (OSError, StorageTrouble) as error:
            self.discard(folder)
            raise StorageTrouble(f"The new version was not published: {error}") from error
        return Version(folder.name, folder, entry, serving=True)

    def point(self, person: str, version: str) -> None:
        """Lets a published version, or the base, serve from the next turn on. Raises Gone if it is not there."""
        root = self._root(person)
        names = [BASE, *(entry.name for entry in self.versions(person))]
        if version not in names:
            raise Gone(f"There is no version {version!r}; there are: {', '.join(names)}.")
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(root / "current", version)

    def sweep(self) -> None:
        """Removes what an interrupted night has left."""
        for folder in self.home.glob("people/*/adapters/*"):
            if folder.is_dir() and not _published(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def _root(self, person: str) -> Path:
        return self.home / "people" / person / "adapters"

    def _is_intact(self, folder: Path, manifest: Mapping[str, Any]) -> bool:
        """Whether every file is as it was published; looked at once a start."""
        if folder not in self._intact:
            self._intact[folder] = all(
                (folder / name).is_file() and _sha256(folder / name) == digest
                for name, digest in manifest["files"].items()
            )
        return self._intact[folder]


def _published(folder: Path) -> bool:
    return not folder.name.startswith("staging-") and (folder / "manifest.json").exists()


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
        if missing := NEEDED - manifest.keys():
            raise ValueError(f"without {', '.join(sorted(missing))}")
        return manifest
    except (OSError, ValueError, TypeError) as error:
        raise StorageTrouble(
            f"{folder / 'manifest.json'} is damaged; move the folder away to go on without it."
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        make_durable(file.fileno())
