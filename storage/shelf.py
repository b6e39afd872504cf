"""Which models lie in this home or were added from elsewhere, and which one was chosen to serve.

models/<name>          what was downloaded, whole and checked: a file, or a folder in MLX's format
models/partial/*       what is still under way
models/shelf.json      what each of them is, the models added by path, the chosen one, the one before, and the next one
models/pins.json       address at the hub -> commit and SHA-256 of the first download: a later one must be the same;
                       path of a model of the person's own -> SHA-256 when it was added
"""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from storage.atomic import write_whole

BUNDLED = "bundled"  # what serves until something else is chosen


@dataclass(frozen=True, slots=True)
class Stored:
    """A file or folder on the shelf. `verified`: its digest stands in the catalogue, else it was only pinned."""

    file: str
    sha256: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Pin:
    """What came from an address when it was first asked for. `revision` "": not known."""

    sha256: str
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What shelf.json holds. Names are those of the catalogue, or absolute paths."""

    chosen: str = BUNDLED
    before: str = ""
    candidate: str = ""  # is to serve next, once a night has taught and examined it
    stored: dict[str, Stored] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    served: tuple[str, ...] = (BUNDLED,)  # at some time, so that nights may have taught them


class Shelf:
    """Can be used from any thread. A damaged or missing file counts as empty: the bundled model always serves."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "models"
        self._lock = threading.Lock()

    def kept(self) -> Kept:
        found = _read(self.folder / "shelf.json")
        try:
            stored = {str(name): Stored(**entry) for name, entry in found.get("stored", {}).items()}
            added = tuple(map(str, found.get("added", ())))
            served = tuple(map(str, found.get("served", (BUNDLED,))))
            chosen, before, candidate = (str(found.get(key, "")) for key in ("chosen", "before", "candidate"))
            return Kept(chosen or BUNDLED, before, candidate, stored, added, served)
        except (TypeError, AttributeError):
            return Kept()

    def path(self, name: str) -> Path | None:
        """Of a model that was downloaded; None if it was not, or the file is gone."""
        stored = self.kept().stored.get(name)
        path = self.folder / stored.file if stored else None
        return path if path and path.exists() else None

    def choose(self, name: str) -> None:
        """It serves from now on, and nothing waits to follow it."""
        with self._lock:
            now = self.kept()
            if name != now.chosen:
                served = (*(other for other in now.served if other != name), name)
                now = replace(now, chosen=name, before=now.chosen, served=served)
            self._write(replace(now, candidate=""))

    def nominate(self, name: str) -> None:
        """It is to serve next; "": nothing is."""
        with self._lock:
            self._write(replace(self.kept(), candidate=name))

    def store(self, name: str, stored: Stored) -> None:
        with self._lock:
            now = self.kept()
            self._write(replace(now, stored={**now.stored, name: stored}))

    def add(self, path: str) -> None:
        """A model that stays where it lies. It is pinned as it is when it is next looked at."""
        with self._lock:
            if path in (pins := _read(self.folder / "pins.json")):
                self._put("pins.json", {address: pin for address, pin in pins.items() if address != path})
            now = self.kept()
            self._write(replace(now, added=(*(other for other in now.added if other != path), path)))

    def remove(self, name: str) -> None:
        """Deletes a downloaded model; one that was added is only taken off the list."""
        with self._lock:
            now = self.kept()
            if stored := now.stored.get(name):
                _delete(self.folder / stored.file)
            left = {other: entry for other, entry in now.stored.items() if other != name}
            added = tuple(path for path in now.added if path != name)
            self._write(replace(now, stored=left, added=added, before="" if now.before == name else now.before))

    def pinned(self, address: str) -> Pin | None:
        found = _read(self.folder / "pins.json").get(address)
        if isinstance(found, str):  # of a home from before commits were kept
            return Pin(found)
        try:
            return Pin(**found) if found else None
        except TypeError:
            return None

    def pin(self, address: str, pin: Pin) -> None:
        with self._lock:
            pins = _read(self.folder / "pins.json")
            if pins.get(address) != asdict(pin):
                self._put("pins.json", {**pins, address: asdict(pin)})

    def _write(self, kept: Kept) -> None:
        self._put("shelf.json", asdict(kept))

    def _put(self, name: str, content: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self.folder / name, json.dumps(content, indent=1))


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
