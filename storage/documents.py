"""Domain values as JSON rows and back, and the table of a journal in which each kind is kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from domain import ApiKey, Attachment, Conversation, Export, Feedback, Memory, Night, Person, Proposal, Turn
from errors import Gone, StorageTrouble
from storage.tables import Row

T = TypeVar("T")

TABLES: dict[Any, str] = {
    Person: "people",
    Conversation: "conversations",
    Memory: "memories",
    Feedback: "feedback",
    Night: "nights",
    ApiKey: "api keys",
    Export: "exports",
    Proposal: "proposals",
    Attachment: "attachments",
}
DOCUMENTS: dict[Any, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (*TABLES, Turn)}
CHANGED = (
    "What lies in {folder} was changed by another program. To return to the newest backup, close Homegrown, move "
    "store.*.snap and store.*.log out of that folder, and run: python app.py doctor --restore"
)
TURNS = "turns/"  # begins the names of tables of turns
NO_CONVERSATION = "That conversation is not there any more; choose another one from the list."


def turns_table(conversation: str) -> str:
    """A table for each conversation's turns, so that reading costs in proportion to one conversation."""
    if not conversation.isalnum():
        raise Gone(NO_CONVERSATION)
    return f"{TURNS}{conversation}"


def parsed(kind: type[T], row: Any, whose: Path) -> T:
    """A value from its row in the journal of a folder. Raises StorageTrouble.

    It never quotes the row, nor does its cause: pydantic's error does, and errors reach the log.
    """
    try:
        return cast(T, DOCUMENTS[kind].validate_python(row))
    except ValidationError:
        raise StorageTrouble(CHANGED.format(folder=whose)) from None


def row_of(value: Any) -> Row:
    row: Row = DOCUMENTS[type(value)].dump_python(value, mode="json")
    return row


def rows_of(values: Iterable[Any]) -> dict[str, dict[str, Row]]:
    """Values of any kinds as changes of a journal: table -> id -> row."""
    changes: dict[str, dict[str, Row]] = {}
    for value in values:
        table = turns_table(value.conversation) if isinstance(value, Turn) else TABLES[type(value)]
        changes.setdefault(table, {})[value.id] = row_of(value)
    return changes
