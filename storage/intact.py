"""Which published versions are as they were published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage.vault import Vault

State = tuple[tuple[str, int, int], ...]  # of each file: name, size, time of change (ns)


class Intact:
    """Every byte of a version is looked at once a start, and again when a file of it has another time or size."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[State, bool]] = {}

    def holds(self, version: Path, manifest: Mapping[str, Any], vault: Vault) -> bool:
        try:
            state = _state(version)
        except OSError:
            return False
        known = self._seen.get(version)
        if known is None or known[0] != state:
            known = self._seen[version] = (state, vault.is_intact(version, manifest))
        return known[1]

    def forget(self, versions: Path) -> None:
        """What is known of one person's versions."""
        self._seen = {version: known for version, known in self._seen.items() if version.parent != versions}


def _state(version: Path) -> State:
    found = ((path.name, path.stat()) for path in version.iterdir())
    return tuple(sorted((name, state.st_size, state.st_mtime_ns) for name, state in found))
