"""What the owner has set for a home on its pages: one small file; what cannot be read counts as not set."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

from storage.atomic import write_whole

log = logging.getLogger("homegrown.chosen")


class Chosen:
    """Whole numbers by name, in `home/chosen.json`."""

    def __init__(self, home: Path) -> None:
        self._path = home / "chosen.json"
        self._lock = threading.Lock()  # a page may tell one choice twice at the same moment

    def get(self, name: str) -> int | None:
        found = self._read().get(name)
        return found if type(found) is int else None

    def put(self, name: str, value: int) -> None:
        """Raises StorageTrouble if it cannot be written."""
        with self._lock:
            write_whole(self._path, json.dumps({**self._read(), name: value}))

    def _read(self) -> dict[str, object]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("%s counts as empty: %s", self._path.name, error)
            return {}
        return found if isinstance(found, dict) else {}
