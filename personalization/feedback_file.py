"""Feedback from a file: rows for the ledger, and for each broken line or entry its number and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from domain import Feedback, Message, content_hash
from personalization.ledger import holds_secret
from personalization.open_webui import Broken, as_row, entries, is_export, parsed

LONGEST = 64 * 1024  # characters of one text
ROLES = ("system", "user", "assistant")


def read_feedback(content: str) -> tuple[list[Feedback], dict[int, str]]:
    """(rows, number of the line, or of the entry in an Open WebUI export -> what is wrong).

    A row's id is a hash of its content: importing twice changes nothing. A row that looks as if it would teach a
    secret comes parked.
    """
    rows: dict[str, Feedback] = {}
    broken: dict[int, str] = {}
    convert: Callable[[Any], dict[str, Any]]
    try:
        found, convert = (entries(content), as_row) if is_export(content) else (_lines(content), _fields)
    except Broken as error:
        return [], {1: str(error)}
    for number, entry in enumerate(found, start=1):
        if entry != "":
            try:
                row = _row(convert(entry))
                rows[row.id] = replace(row, parked=holds_secret(row))
            except Broken as error:
                broken[number] = str(error)
    return list(rows.values()), broken


def _lines(content: str) -> list[Any]:
    return [line.strip() for line in content.removeprefix("\ufeff").split("\n")]  # splitlines() splits texts too


def _fields(line: str) -> dict[str, Any]:
    found = parsed(line)
    if not isinstance(found, dict):
        raise Broken("not an object with prompt and reply")
    return found


def _row(found: dict[str, Any]) -> Feedback:
    prompt, reply = _prompt(found.get("prompt")), _text(found, "reply")
    thumb, correction = found.get("thumb"), found.get("correction")
    if thumb not in ("up", "down", None):
        raise Broken('thumb must be "up", "down" or null')
    if correction is not None:
        correction = _text(found, "correction")
        if correction == reply:
            raise Broken("the correction is the reply itself")
    rejected, reasons = _texts(found, "rejected"), _texts(found, "reasons")
    if thumb is None and correction is None and not rejected:
        raise Broken("no thumb, no correction and nothing rejected: there is nothing to learn from")
    comment = _text(found, "comment") if found.get("comment") else ""
    at = _time(found.get("at"))
    try:
        key = content_hash([[[m.role, m.content] for m in prompt], reply, thumb, correction, rejected, reasons])[:16]
        content_hash(comment)
    except UnicodeEncodeError as error:
        raise Broken("a text holds half of a character") from error
    return Feedback(key, None, prompt, reply, thumb, correction, tuple(rejected), tuple(reasons), comment, "import", at)


def _prompt(value: Any) -> tuple[Message, ...]:
    if isinstance(value, str):
        value = [{"role": "user", "content": value}]
    if not isinstance(value, list) or not value:
        raise Broken("prompt must be a text or a list of messages")
    messages = []
    for entry in value:
        if not isinstance(entry, dict) or entry.get("role") not in ROLES or not isinstance(entry.get("content"), str):
            raise Broken(f"each message of prompt needs a role ({', '.join(ROLES)}) and a content")
        if len(entry["content"]) > LONGEST:
            raise Broken(f"a message of prompt is longer than {LONGEST:,} characters")
        messages.append(Message(entry["role"], entry["content"]))
    if messages[-1].role != "user" or not messages[-1].content.strip():
        raise Broken("the last message of prompt must be the user's, and not empty")
    return tuple(messages)


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Broken(f"{name} must be a text that is not empty")
    if len(value) > LONGEST:
        raise Broken(f"{name} is longer than {LONGEST:,} characters")
    return value.strip()


def _texts(found: dict[str, Any], name: str) -> list[str]:
    values = found.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Broken(f"{name} must be a list of texts")
    return [value.strip() for value in values if value.strip()]


def _time(value: Any) -> datetime:
    """The moment of the verdict in UTC, which is also taken for a time without zone."""
    if not isinstance(value, str):
        raise Broken("at must be a time such as 2026-03-01T20:15:00Z")
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Broken(f"at is not a time: {value[:40]!r}") from error
