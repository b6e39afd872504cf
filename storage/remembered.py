"""Figures that could be computed again, kept in files of their own; one that cannot be read counts as absent."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from storage.atomic import write_whole

log = logging.getLogger("homegrown.remembered")


class Remembered:
    """One file for each key (a content hash) in `folder`, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> Any:
        """The value, None if there is none."""
        try:
            return json.loads(self._path(key).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("%s will be made anew: %s", self._path(key).name, error)
            return None

    def put(self, key: str, value: Any) -> None:
        """Raises StorageTrouble if it cannot be written."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self._path(key), json.dumps(value, ensure_ascii=False))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key[:32]}.json"
