"""What the tests of journals share: small changes, and a look at what the files hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from errors import StorageTrouble
from storage.journal import JournalStorage
from storage.seal import AesGcm, Seal

SEALS = {"in the clear": None, "sealed": AesGcm(b"k" * 32)}


def row(text: str = "zebra", id: str = "1") -> dict[str, Any]:
    return {"rows": {id: {"id": id, "text": text}}}


def opened(folder: Path, seal: Seal | None = None, **parts: Any) -> JournalStorage:
    return JournalStorage(folder, "ada", seal, **parts)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def holds(folder: Path, word: bytes = b"zebra") -> list[str]:
    """The files that hold a word."""
    return sorted(name for name, data in contents(folder).items() if word in data)


def ruin(folder: Path) -> None:
    """Leaves no sound snapshot or backup of a journal."""
    for path in folder.rglob("*.snap"):
        path.write_bytes(b"")


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(StorageTrouble) as caught:
        call()
    return str(caught.value)
