"""What of a download lies here already, and what the hub promised of it, so that it can be gone on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from backends.source import Source


@dataclass(frozen=True, slots=True)
class Promised:
    """What the hub said when it began: the commit, and of each file how the hub names its content, and its bytes.

    A source of one file has the name "".
    """

    revision: str = ""
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def partial_of(source: Source, folder: Path) -> tuple[Path, Path]:
    """Where an unfinished file, or folder of files, lies; and where it is noted what was promised of it."""
    part = folder / "partial" / f"{source.key}.part"
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return part, part.with_suffix(".json")


def promised(note: Path) -> Promised:
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        files = {str(name): (str(etag), int(size)) for name, (etag, size) in told["files"].items()}
        return Promised(str(told["revision"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none yet, or damaged: it is begun anew
        return Promised()


def promise(note: Path, made: Promised) -> None:
    note.write_text(json.dumps(asdict(made)), encoding="utf-8")


def so_far(source: Source, folder: Path) -> tuple[int, int]:
    """Bytes that have arrived, and bytes that will in all (0: not known yet)."""
    part, note = partial_of(source, folder)
    files = list(part.iterdir()) if part.is_dir() else [part]
    total = sum(size for _, size in promised(note).files.values())
    return sum(map(size_of, files)), total or source.bytes or 0


def size_of(file: Path) -> int:
    """0 if it is not there (any more)."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def discard(source: Source, folder: Path) -> None:
    part, note = partial_of(source, folder)
    if part.is_dir():
        shutil.rmtree(part)
    part.unlink(missing_ok=True)
    note.unlink(missing_ok=True)
