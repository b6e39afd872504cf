"""TinyDB's table over a journal: a change costs one record, whatever the size of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from tinydb.table import Document, Table

from storage.tables import Row


class JournalTable(Table):
    """The whole API of TinyDB. Ids are strings; what is read are copies, so that nobody changes what others read.

    Raises what `JournalStorage.commit` raises; then nothing has changed.
    """

    document_id_class = str
    _next_id: int | None

    def search(self, cond: Any) -> list[Any]:
        """Without TinyDB's cache of results: changes may also come through the storage."""
        return [Document(copied(row), key) for key, row in self._read_table().items() if cond(row)]

    def get(self, cond: Any = None, doc_id: Any = None, doc_ids: Any = None) -> Any:
        found = super().get(cond, doc_id, doc_ids)
        if isinstance(found, list):
            return [_own(document) for document in found]
        return None if found is None else _own(found)

    def __iter__(self) -> Iterator[Any]:
        return map(_own, super().__iter__())

    def _read_table(self) -> Mapping[str, Row]:
        rows: Mapping[str, Row] = self._storage.tables.get(self.name, {})
        return rows

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        """TinyDB's one way to change a table."""
        changed = _Changed(self._read_table())
        updater(changed)
        if changes := changed.changes():
            self._storage.commit({self.name: changes})
        self.clear_cache()

    def _get_next_id(self) -> str:
        free = self._next_id
        if free is None:
            free = 1 + max((int(key) for key in self._read_table() if key.isdecimal()), default=0)
        self._next_id = free + 1
        return str(free)


class _Changed(MutableMapping[str, Any]):
    """A table as an updater sees it: what is touched is copied first, and the rows beneath stay as they are."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._rows = rows
        self._touched: dict[str, Any] = {}  # None: deleted

    def changes(self) -> dict[str, Any]:
        return {key: row for key, row in self._touched.items() if row != self._rows.get(key)}

    def __getitem__(self, key: str) -> Any:
        if key not in self._touched and key in self._rows:
            self._touched[key] = copied(self._rows[key])
        if (row := self._touched.get(key)) is None:
            raise KeyError(key)
        return row

    def __setitem__(self, key: str, row: Any) -> None:
        self._touched[key] = row

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._touched[key] = None

    def clear(self) -> None:
        self._touched = dict.fromkeys(self._rows)

    def __contains__(self, key: object) -> bool:
        return self._touched[str(key)] is not None if key in self._touched else key in self._rows

    def __iter__(self) -> Iterator[str]:
        yield from (key for key in self._rows if key in self)
        yield from (key for key, row in self._touched.items() if row is not None and key not in self._rows)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def copied(value: Any) -> Any:
    """A deep copy of a JSON value."""
    if isinstance(value, dict):
        return {key: copied(part) for key, part in value.items()}
    if isinstance(value, list):
        return [copied(part) for part in value]
    return value


def _own(document: Any) -> Any:
    return Document(copied(document), document.doc_id)
