"""Where a model comes from, how far its download is, and what arrived: what app and downloader speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from errors import BadInput

PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # of a repository's or a file's name


@dataclass(frozen=True, slots=True)
class Source:
    """A file at the hub, or a whole folder in MLX's format (`file` None).

    `sha256` None: never seen in a source we can cite; then the hub's own is held to.
    """

    repository: str  # owner/name
    file: str | None
    bytes: int | None
    sha256: str | None
    licence: str
    gated: bool = False
    revision: str | None = None  # a commit of the repository; None: the newest

    def __post_init__(self) -> None:
        if self.repository.count("/") != 1 or not all(PART.fullmatch(part) for part in self.address.split("/")):
            raise BadInput(f"{self.address} is no address of a model file; it is owner/name/file.gguf.")

    @property
    def address(self) -> str:
        """Where it lies at the hub."""
        return self.repository if self.file is None else f"{self.repository}/{self.file}"

    @property
    def what(self) -> str:
        """Its name for people."""
        return self.repository if self.file is None else self.file

    @property
    def key(self) -> str:
        """Its name on this machine's disk: no path in it."""
        return self.address.replace("/", "--")


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is. `doing`: "asking", "loading", "waiting" or "checking"; `rate` in bytes per second, 0: unknown."""

    doing: str
    done: int = 0
    total: int = 0
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file or folder that is whole. `verified`: its digest is the one of a source that Homegrown cites."""

    path: str
    bytes: int
    sha256: str
    revision: str
    verified: bool
