"""Persona texts lie under their hash: turns refer to the one they were made with. A text goes with its last use."""

from __future__ import annotations

from collections.abc import Mapping

from storage.documents import TURNS
from storage.tables import Row

PERSONAS = "personas"


def unused(tables: Mapping[str, Mapping[str, Row]], present: str, going: str = "") -> dict[str, Row | None]:
    """The changes that take along each text but the present one that no turn was made with.

    `present` is a key; `going` names a table of turns that do not count any more.
    """
    turns = (rows.values() for name, rows in tables.items() if name.startswith(TURNS) and name != going)
    used = {present, *(row["persona"] for rows in turns for row in rows)}
    return dict.fromkeys(tables.get(PERSONAS, {}).keys() - used)
