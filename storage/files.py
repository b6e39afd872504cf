"""Which files a journal has, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SNAPSHOT, LOG, ASIDE = "snap", "log", ".tmp"


@dataclass(frozen=True, slots=True)
class Files:
    """store.7.snap, store.7.log      generation 7: a snapshot, and the log that goes on from it
    store.6.snap, store.6.log      the generation before, kept in case that snapshot 7 is damaged
    backups/2026-11-22.snap        copies of snapshots, one a day, seven days
    backups/schema-1/              what a migration found
    quarantine/                    copies of files that were found damaged
    """

    folder: Path

    def snapshot(self, generation: int) -> Path:
        return self.folder / f"store.{generation}.{SNAPSHOT}"

    def log(self, generation: int) -> Path:
        return self.folder / f"store.{generation}.{LOG}"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def quarantine(self) -> Path:
        return self.folder / "quarantine"

    def backup(self, day: str) -> Path:
        return self.backups / f"{day}.{SNAPSHOT}"

    def snapshots(self) -> list[int]:
        """Generations, newest first."""
        return self._generations(SNAPSHOT)

    def logs(self) -> list[int]:
        """Generations, newest first."""
        return self._generations(LOG)

    def daily(self) -> list[Path]:
        """Backups, the latest date first."""
        return sorted(self.backups.glob(f"*.{SNAPSHOT}"), reverse=True)

    def copies(self) -> list[Path]:
        """Every file below `backups` and `quarantine`."""
        return [path for place in (self.backups, self.quarantine) for path in place.rglob("*") if path.is_file()]

    def leftovers(self) -> list[Path]:
        """Files that were never finished."""
        return [*self.folder.glob(f"store.*{ASIDE}"), *self.backups.glob(f"*{ASIDE}")]

    def _generations(self, kind: str) -> list[int]:
        names = [path.name.split(".") for path in self.folder.glob(f"store.*.{kind}")]
        return sorted((int(name[1]) for name in names if len(name) == 3 and name[1].isdecimal()), reverse=True)
