"""Where a model file comes from, how far its download is, and what arrived: what app and downloader speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from errors import BadInput

PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # of a repository's or a file's name


@dataclass(frozen=True, slots=True)
class Source:
    """A file at the hub. `sha256` None: never seen in a source we can cite; then the hub's own is held to."""

    repository: str  # owner/name
    file: str
    bytes: int | None
    sha256: str | None
    licence: str
    gated: bool = False
    revision: str | None = None  # a commit of the repository; None: the newest

    def __post_init__(self) -> None:
        parts = [*self.repository.split("/"), *self.file.split("/")]
        if self.repository.count("/") != 1 or not all(PART.fullmatch(part) for part in parts):
            raise BadInput(f"{self.repository}/{self.file} is no address of a model file; it is owner/name/file.gguf.")

    @property
    def key(self) -> str:
        """Its name among files: one folder, no path in it."""
        return f"{self.repository}/{self.file}".replace("/", "--")


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is. `doing`: "asking", "loading", "waiting" or "checking"; `rate` in bytes per second, 0: unknown."""

    doing: str
    done: int = 0
    total: int = 0
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is whole. `verified`: its digest is the one of a source that Homegrown cites."""

    path: str
    bytes: int
    sha256: str
    revision: str
    verified: bool


def partial_of(source: Source, folder: Path) -> tuple[Path, Path]:
    """Where an unfinished file lies, and what was promised of it."""
    part = folder / "partial" / f"{source.key}.part"
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return part, part.with_suffix(".json")
