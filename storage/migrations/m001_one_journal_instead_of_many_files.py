"""Schema 1 to 2: one JSON file for each kind and conversation becomes one journal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from errors import StorageTrouble
from storage.atomic import not_saved, private_folder, sync_folder, write_whole
from storage.files import Files
from storage.journal import JournalStorage

OLD = 1
MOVED = '{"schema":2}'  # left in people.json: a Homegrown that knows no journals then says that it is too old
Rows = dict[str, dict[str, Any]]
PEOPLE = "people.json"
TABLES = {  # file -> its tables -> what they are called now
    PEOPLE: {"people": "people"},
    "conversations.json": {"conversations": "conversations"},
    "memory.json": {"memories": "memories"},
    "ledger.json": {"feedback": "feedback"},
    "nights.json": {"nights": "nights"},
    "personas.json": {"texts": "personas", "current": "choices"},
    "choices.json": {"choices": "choices"},
}


def m001_one_journal_instead_of_many_files(folder: Path, name: str) -> None:
    """The journal's first snapshot is the point of no return; the old files go after it."""
    files, old = Files(folder), _old_files(folder)
    backup = files.backups / f"schema-{OLD}"
    if not old:
        return
    if not files.snapshots():
        tables = _tables(folder, old)
        _keep(folder, old, backup)
        for person in tables.get("people", {}):
            _begin_if_empty(folder / "people" / person, person)
        JournalStorage.found(folder, name, tables)
    try:
        for path in old:
            copy = backup / path.relative_to(folder)
            if not copy.exists() or copy.read_bytes() != path.read_bytes():
                continue  # somebody has put it there since: it is not ours to remove
            if path.name == PEOPLE:
                write_whole(path, MOVED)
            else:
                path.unlink()
        if not list(folder.glob("conversations/*.json")):
            shutil.rmtree(folder / "conversations", ignore_errors=True)
        sync_folder(folder)
    except OSError as error:
        raise not_saved(folder, error) from error


def _old_files(folder: Path) -> list[Path]:
    known = [folder / name for name in TABLES if (folder / name).exists()]
    moved = [path for path in known if path.name == PEOPLE and path.read_bytes() == MOVED.encode()]
    return [*(path for path in known if path not in moved), *sorted(folder.glob("conversations/*.json"))]


def _begin_if_empty(folder: Path, person: str) -> None:
    """Somebody who has never said a word had no file yet."""
    if folder.is_dir() and not _old_files(folder) and not Files(folder).snapshots():
        JournalStorage.found(folder, person, {})


def _tables(folder: Path, paths: list[Path]) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for path in paths:
        names = TABLES.get(path.relative_to(folder).as_posix(), {"turns": f"turns/{path.stem}"})
        for name, rows in _content(path, names).items():
            found.setdefault(name, {}).update(rows)
    if current := found.get("choices", {}).pop("current", None):  # which of the persona texts is the present one
        found["choices"]["persona"] = {"id": "persona", "key": current["key"]}
    return found


def _content(path: Path, names: dict[str, str]) -> dict[str, Rows]:
    """The tables of one old file under their new names, the rows under their own ids."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = content.pop("schema")
        if schema > OLD:
            raise StorageTrouble(f"{path} was written by a newer Homegrown (schema {schema}); update this one.")
        return {
            names[name]: {str(row["id"]): dict(row.items()) for row in rows.values()} for name, rows in content.items()
        }
    except OSError as error:
        raise StorageTrouble(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:  # no JSON, or not of our making
        told = f"{path} is damaged; nothing was changed. Put a good copy of it in its place, or move it away"
        raise StorageTrouble(f"{told}, and start again.") from error


def _keep(folder: Path, paths: list[Path], backup: Path) -> None:
    """Copies what is there, so that a mistake of ours can be mended."""
    try:
        for path in paths:
            copy = backup / path.relative_to(folder)
            private_folder(copy.parent)
            write_whole(copy, path.read_bytes())
    except OSError as error:
        raise not_saved(folder, error) from error
