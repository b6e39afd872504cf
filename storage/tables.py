"""Tables in memory: table -> id -> row, and changes to them, in which None means: gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]
Tables = dict[str, dict[str, Row]]
Changes = Mapping[str, Mapping[str, Row | None] | None]


def merge(tables: Tables, changes: Changes) -> None:
    """A row that is there already keeps its place. Merging the same changes twice is merging them once."""
    for name, rows in changes.items():
        if rows is None:
            tables.pop(name, None)
            continue
        table = tables.setdefault(name, {})
        for key, row in rows.items():
            if row is None:
                table.pop(key, None)
            else:
                table[key] = row


def difference(before: Mapping[str, Mapping[str, Row]], after: Mapping[str, Mapping[str, Row]]) -> dict[str, Any]:
    """The changes that make `after` of `before`."""
    changes: dict[str, Any] = {name: None for name in before if name not in after}
    for name, rows in after.items():
        old = before.get(name)
        changed: dict[str, Row | None] = {key: None for key in old or () if key not in rows}
        changed |= {key: row for key, row in rows.items() if old is None or old.get(key) != row}
        if changed or old is None:
            changes[name] = changed
    return changes
