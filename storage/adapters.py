"""Adapters on disk: staged, published with the manifest last, pointed at by one small file, rolled back, removed.

people/<id>/adapters/2026-11-22.1/{adapter files, manifest.json}     a published version never changes
people/<id>/adapters/2026-11-22.2.removed                            empty: a name that must not be given again
people/<id>/adapters/staging-*/                                      a night's work; swept at the next start
people/<id>/adapters/current                                         JSON: base model -> the version that serves on it
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain import BASE, new_id
from errors import BadInput, Gone, StorageTrouble
from storage.atomic import make_durable, sync_folder, write_whole

REMOVED = ".removed"
NEEDED = {"created_at", "base", "parent", "files", "lessons", "rows"}  # what every manifest has

log = logging.getLogger("homegrown.adapters")


@dataclass(frozen=True, slots=True)
class Version:
    """A published adapter: where it lies, and its manifest (base hash, lessons, recipe, exam, parent ...).

    `foreign`: it was made for another base model, and serves again when that one does.
    """

    name: str
    folder: Path
    manifest: Mapping[str, Any]
    serving: bool
    foreign: bool = False

    @property
    def created_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["created_at"])


class Adapters:
    """The adapters of everybody in one home, for one base model (`base`: SHA-256 of its weights).

    Adapters of other bases are kept and listed but never serve; each base has its own pointer. Hold `changing` while
    what is published rests on something that must not change meanwhile.
    """

    def __init__(self, home: Path, base: str) -> None:
        self.home = home
        self.base = base
        self.changing = threading.RLock()
        self._intact: dict[Path, bool] = {}

    def current(self, person: str) -> tuple[str, Path | None]:
        """(version, folder) that serves; a missing or damaged one gives way to its parent, at last to the base."""
        name = self._pointers(person).get(self.base, BASE)
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
                    manifest = _manifest(folder)
                except StorageTrouble as error:
                    log.warning("%s", error)
                    continue
                foreign = manifest["base"] != self.base
                found.append(Version(folder.name, folder, manifest, folder.name == serving, foreign))
        return sorted(found, key=lambda version: version.created_at)

    def has_not_learnt(self, person: str) -> bool:
        """Whether somebody whom another base model has learnt meets this one for the first time."""
        versions = self.versions(person)
        return bool(versions) and all(version.foreign for version in versions)

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
        taken = [path.name.removeprefix(f"{day}.").removesuffix(REMOVED) for path in root.glob(f"{day}.*")]
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
        root, versions = self._root(person), self.versions(person)
        names = [BASE, *(entry.name for entry in versions if not entry.foreign)]
        if version in [entry.name for entry in versions if entry.foreign]:
            raise BadInput(
                f"Version {version} was made for another model; start Homegrown with that --model to use it."
            )
        if version not in names:
            raise Gone(f"There is no version {version!r}; there are: {', '.join(names)}.")
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.changing:
            write_whole(root / "current", json.dumps({**self._pointers(person), self.base: version}))

    def remove(self, person: str, version: str) -> None:
        """Deletes a version for good; its name is not given again. What serves must be pointed elsewhere first."""
        folder, root = self._root(person) / version, self._root(person)
        write_whole(root / f"{version}{REMOVED}", "")
        doomed = root / f"staging-{new_id()}"  # whatever happens next, it never serves again
        try:
            folder.rename(doomed)
            sync_folder(root)
            shutil.rmtree(doomed)
        except OSError as error:
            raise StorageTrouble(f"Not all of {folder} could be removed ({error.strerror}); start again.") from error

    def unreadable(self, person: str) -> list[str]:
        """Published versions of which nobody can tell what they have learnt: their manifest is damaged."""
        readable = {version.name for version in self.versions(person)}
        folders = [folder for folder in self._root(person).glob("*") if folder.is_dir() and _published(folder)]
        return [folder.name for folder in folders if folder.name not in readable]

    def sweep(self) -> None:
        """Removes what an interrupted night has left."""
        for folder in self.home.glob("people/*/adapters/*"):
            if folder.is_dir() and not _published(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def _pointers(self, person: str) -> dict[str, str]:
        """Base model -> serving version. Homes of the first release hold the version alone, which names its base."""
        try:
            text = (self._root(person) / "current").read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return {}
        try:
            return {str(base): str(name) for base, name in json.loads(text).items()}
        except (ValueError, AttributeError):
            pass
        try:
            return {str(_manifest(self._root(person) / text)["base"]): text}
        except StorageTrouble:
            return {}

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
