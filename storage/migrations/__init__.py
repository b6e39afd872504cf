"""Brings what earlier versions have written to the present schema: numbered, append-only, one file each.

A migration gets a folder that holds its schema and leaves the next one, with a copy of what it found in
`backups/schema-N/`. A crash at any moment leaves the old state or the new one, and it is run again. Migrations never
change once they are released; tests/golden/ holds a home of every schema.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from storage.migrations.m001_one_journal_instead_of_many_files import m001_one_journal_instead_of_many_files

MIGRATIONS: tuple[Callable[[Path, str], None], ...] = (m001_one_journal_instead_of_many_files,)


def migrate(folder: Path, name: str) -> None:
    """`folder` is a home or a person's; `name` says whose. Raises StorageTrouble; then it is as it was."""
    for migration in MIGRATIONS:
        migration(folder, name)
