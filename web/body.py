"""Bodies of requests: read whole, within bounds, and only in the forms that our pages send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Message, Receive

from web import texts
from web.headers import Fields

BODY_BYTES = 1024 * 1024
BODY_SECONDS = 30.0
JSON, FORM, FILE = "application/json", "application/x-www-form-urlencoded", "application/octet-stream"


class Refusal(Exception):
    """A request that goes no further: an HTTP status, and a sentence for the person."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        self.sentence = sentence


class Left(Exception):
    """The browser went away before it had sent everything."""


async def whole_body(fields: Fields, receive: Receive, most: int = BODY_BYTES) -> bytes:
    """The body of a request. Refuses one that is larger than a page of ours ever sends, or comes too slowly."""
    declared = fields.get("content-length", ["0"])[0]
    if not declared.isdecimal() or int(declared) > most:
        raise Refusal(413, texts.TOO_LARGE)
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Left
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > most:
                    raise Refusal(413, texts.TOO_LARGE)
    except TimeoutError:
        raise Refusal(408, texts.TOO_SLOW) from None
    return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives this body once, and then what else comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def json_of(fields: Fields, body: bytes) -> Mapping[str, Any]:
    """A body as the JSON object that it must be. It must read the same to whoever parses it after us."""
    if not body:
        return {}
    if _media_type(fields) != JSON:
        raise Refusal(415, texts.STRANGE_REQUEST)
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Refusal(400, texts.STRANGE_REQUEST) from None
    if not isinstance(value, dict):
        raise Refusal(400, texts.STRANGE_REQUEST)
    return value


def form_of(fields: Fields, body: bytes) -> Mapping[str, str]:
    """The fields of a form. They are few, and each is there once."""
    if not body:
        return {}
    if _media_type(fields) != FORM:
        raise Refusal(415, texts.STRANGE_REQUEST)
    try:
        return _once(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=8, errors="strict"))
    except ValueError:
        raise Refusal(400, texts.STRANGE_REQUEST) from None


def file_of(fields: Fields, body: bytes) -> Mapping[str, Any]:
    """A file as the page's script sends it: it names nothing. A form of another origin cannot send this type."""
    if _media_type(fields) != FILE:
        raise Refusal(415, texts.STRANGE_REQUEST)
    return {}


def names_in(query: Mapping[str, list[str]], told: Mapping[str, Any]) -> Iterator[str]:
    """Gradio's sessions and events that a request speaks for: in its query or its JSON."""
    yield from query.get("session_hash", [])
    for key in ("session_hash", "event_id"):
        if (name := told.get(key)) is None:
            continue
        if not isinstance(name, str):
            raise Refusal(400, texts.STRANGE_REQUEST)
        yield name


def _media_type(fields: Fields) -> str:
    return ",".join(fields.get("content-type", [])).partition(";")[0].strip().lower()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name that stands twice")
    return found
