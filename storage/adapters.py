"""Adapters on disk: staged, published with the manifest last, pointed at by one small file, rolled back, removed.

people/<id>/adapters/2026-11-22.1/{adapter files, manifest.json}     a published version never changes (see vault.py)
people/<id>/adapters/2026-11-22.2.removed                            empty: a name that must not be given again
people/<id>/adapters/staging-*/                                      a night's work (see staging.py); swept at the start
people/<id>/adapters/current                                         JSON: base model -> the version that serves on it
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain import BASE, Night
from errors import BadInput, Gone, Locked, StorageTrouble
from storage import staging
from storage.atomic import remove_durably, sync_file, sync_folder, write_whole
from storage.intact import Intact
from storage.opened import Opened
from storage.recovery import refuse_newer
from storage.seal import Seal
from storage.staging import is_published
from storage.vault import MANIFEST, REPORT, Vault, digests, moved

REMOVED = ".removed"

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
    what is published rests on something that must not change meanwhile. `seal_of` gives what seals a person's files,
    None for somebody without a passphrase, and raises Locked; so does what needs to read them.
    """

    def __init__(
        self,
        home: Path,
        base: str,
        seal_of: Callable[[str], Seal | None] = lambda person: None,
        *,
        opened: Opened | None = None,
    ) -> None:
        self.home, self.base, self._seal_of = home, base, seal_of
        self.changing = threading.RLock()
        self._opened = opened or Opened(home / "opened")
        self._intact = Intact()

    def current(self, person: str) -> tuple[str, Path | None]:
        """(version, folder) that serves; a missing or damaged one gives way to its parent, at last to the base."""
        vault, name = self._vault(person), self._pointers(person).get(self.base, BASE)
        while name != BASE:
            folder = self._root(person) / name
            try:
                manifest = vault.manifest(folder)
            except StorageTrouble:  # then nobody knows its parent
                return BASE, None
            if manifest["base"] == self.base and self._intact.holds(folder, manifest, vault):
                return name, folder
            name = manifest["parent"]
        return BASE, None

    def trouble(self, person: str) -> str:
        """A sentence, if what should serve is damaged and something else answers; else ""."""
        wanted, serving = self._pointers(person).get(self.base, BASE), self.current(person)[0]
        if wanted == serving:
            return ""
        instead = "the model as it came" if serving == BASE else f"version {serving}"
        return f"Version {wanted} is damaged, so {instead} answers. Choose a version on the learning page."

    def manifest(self, person: str) -> Mapping[str, Any] | None:
        """The manifest of what serves; None for the base."""
        folder = self.current(person)[1]
        return self._vault(person).manifest(folder) if folder else None

    def versions(self, person: str) -> list[Version]:
        """Published versions, oldest first. One whose manifest is damaged is left out: it can never serve again."""
        serving, found, vault = self.current(person)[0], [], self._vault(person)
        for folder in self._root(person).glob("*"):
            if is_published(folder):
                try:
                    manifest = vault.manifest(folder)
                except StorageTrouble as error:
                    log.warning("%s", error)
                    continue
                serves, foreign = folder.name == serving, manifest["base"] != self.base
                found.append(Version(folder.name, folder, manifest, serves, foreign))
        return sorted(found, key=lambda version: version.created_at)

    def has_not_learnt(self, person: str) -> bool:
        """Whether somebody whom another base model has learnt meets this one for the first time."""
        versions = self.versions(person)
        return bool(versions) and all(version.foreign for version in versions)

    def grown(self, person: str, base: str) -> bool:
        """Whether a version serves them on a base model (SHA-256); needs no key."""
        name = self._pointers(person).get(base, BASE)
        return name != BASE and is_published(self._root(person) / name)

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Path]:
        """Where the engine can read a version's files for as long as this lasts; any other folder as it is."""
        person = folder.parent.parent.name if folder.parent.name == "adapters" else ""
        ours = bool(person) and folder == self._root(person) / folder.name and is_published(folder)
        if not ours or self._seal_of(person) is None:
            yield folder
            return

        def read() -> dict[str, bytes]:
            vault = self._vault(person)
            try:
                return {name: vault.read(folder, name) for name in vault.manifest(folder)["files"]}
            except (OSError, ValueError) as error:
                raise StorageTrouble(f"Version {folder.name} is damaged; roll back to another one.") from error

        with self._opened.opened(f"{person}.{folder.name}", read, (folder / MANIFEST).stat().st_mtime_ns) as place:
            yield place

    def stage(self, person: str) -> Path:
        """A fresh folder for one training run."""
        return staging.stage(self._root(person), private=self._seal_of(person) is not None)

    def discard(self, staged: Path) -> None:
        staging.remove(staged)

    def publish(self, person: str, staged: Path, manifest: Mapping[str, Any], report: Night | None = None) -> Version:
        """Makes a staged folder the serving version: files durable, manifest last, then the pointer.

        `report` lies beside them until it is `reported`. Raises StorageTrouble if that fails: nothing has changed then.
        """
        root, day, vault = self._root(person), str(manifest["created_at"])[:10], self._vault(person)
        taken = [path.name.removeprefix(f"{day}.").removesuffix(REMOVED) for path in root.glob(f"{day}.*")]
        number = 1 + max((int(name) for name in taken if name.isdecimal()), default=0)
        folder = root / f"{day}.{number}"
        try:
            vault.adopt(self._folders(person))
            entry = {**manifest, "parent": self.current(person)[0], "base": self.base, "files": digests(staged)}
            if self._seal_of(person) is None:
                for path in staged.iterdir():
                    sync_file(path)
                staged.rename(folder)
            else:
                folder.mkdir(mode=0o700)
                for path in staged.iterdir():
                    vault.write(folder, path.name, path.read_bytes())
                self.discard(staged)
            if report:
                vault.write_report(folder, report)
            vault.write_manifest(folder, entry)
            sync_folder(root)
            self.point(person, folder.name)
        except (OSError, StorageTrouble) as error:
            self.discard(folder)
            raise StorageTrouble(f"The new version was not published: {error}") from error
        return Version(folder.name, folder, entry, serving=True)

    def unreported(self, person: str) -> dict[str, Night | None]:
        """Version -> the report left beside it by a kill; None: it is damaged, or the version never served its base."""
        beside, found = [path.parent for path in self._root(person).glob(f"*/{REPORT}")], dict[str, Night | None]()
        for version in self.versions(person) if beside else ():
            if version.folder in beside:
                served = self._pointers(person).get(version.manifest["base"]) == version.name
                found[version.name] = self._vault(person).report(version.folder) if served else None
        return found

    def reported(self, person: str, version: str) -> None:
        """The report of a version is stored, or tells nothing: no copy stays beside it."""
        remove_durably(self._root(person) / version / REPORT)

    def point(self, person: str, version: str) -> None:
        """Lets a published version, or the base, serve from the next turn on. Raises Gone if it is not there."""
        root, versions = self._root(person), self.versions(person)
        names = [BASE, *(entry.name for entry in versions if not entry.foreign)]
        if version in [entry.name for entry in versions if entry.foreign]:
            raise BadInput(f"Version {version} was made for another model; start with that --model to use it.")
        if version not in names:
            raise Gone(f"There is no version {version!r}; there are: {', '.join(names)}.")
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.changing:
            write_whole(root / "current", json.dumps({**self._pointers(person), self.base: version}))

    def remove(self, person: str, version: str) -> None:
        """Deletes a version for good; its name is not given again. What serves must be pointed elsewhere first."""
        self._opened.shut(lambda name: name == f"{person}.{version}")
        write_whole(self._root(person) / f"{version}{REMOVED}", "")
        staging.bury(self._root(person) / version)

    def remove_unfinished(self, person: str) -> None:
        """Deletes what a night that has ended, or was called off, left of its work. Raises StorageTrouble."""
        staging.remove_unfinished(self._root(person))

    def unreadable(self, person: str) -> list[str]:
        """Published versions of which nobody can tell what they have learnt: their manifest is damaged."""
        readable = {version.name for version in self.versions(person)}
        return [folder.name for folder in self._folders(person) if folder.name not in readable]

    def sweep(self) -> None:
        """At the start: removes what an interrupted night or a killed app left; adopts what earlier releases made.

        Whoever's files a newer Homegrown has written stay as they are.
        """
        self._opened.sweep()
        for root in self.home.glob("people/*/adapters"):
            person = root.parent.name
            try:
                for folder in (self.home, root.parent):
                    refuse_newer(folder)
                self.remove_unfinished(person)
                self._vault(person).adopt(self._folders(person))
            except Locked:
                continue
            except StorageTrouble as error:  # until that is put right, the base answers
                log.warning("%s", error)

    def release(self, person: str) -> None:
        """Closes what is open of a person for the engine: they are locked from now on, or gone."""
        self._opened.shut(lambda name: name.startswith(f"{person}."))
        self._intact.forget(self._root(person))

    def reseal(self, person: str, old: Seal | None, new: Seal | None) -> None:
        """Keeps all of a person's versions under another seal. Can be repeated after it broke off, with the same seals.

        Versions that are damaged, or not ours, are removed: nothing may lie about that is neither sealed nor sound.
        """
        before, after = (Vault(self._person(person), person, seal) for seal in (old, new))
        with self.changing:
            self.release(person)
            self.remove_unfinished(person)
            before.adopt(self._folders(person))
            after.adopt(iter(()))
            for folder in list(self._folders(person)):
                if not moved(folder, before, after):
                    log.warning("%s is damaged or foreign, and is removed", folder)
                    self.remove(person, folder.name)
            if new is not None:
                before.forget_tags()

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
            return {str(self._vault(person).manifest(self._root(person) / text)["base"]): text}
        except StorageTrouble:
            return {}

    def _person(self, person: str) -> Path:
        return self.home / "people" / person

    def _root(self, person: str) -> Path:
        return self._person(person) / "adapters"

    def _vault(self, person: str) -> Vault:
        """Raises Locked."""
        return Vault(self._person(person), person, self._seal_of(person))

    def _folders(self, person: str) -> Iterator[Path]:
        return (folder for folder in self._root(person).glob("*") if folder.is_dir() and is_published(folder))
