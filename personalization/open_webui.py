"""Open WebUI's export of ratings (Admin, Evaluations, Feedbacks): one JSON list, each entry with a copy of its chat."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

# Its reasons for a thumb, in our words where we have the same; others keep theirs.
REASONS = {
    "too_verbose": "too long",
    "not_factually_correct": "wrong",
    "dont_like_the_style": "not my style",
    "didnt_fully_follow_instructions": "did not follow",
    "refused_when_it_shouldnt_have": "refused",
    "accurate_information": "accurate",
}
# What a model thought or ran before it spoke is kept inside its message; it is no part of the reply.
ASIDES = re.compile(r'<details type="(?:reasoning|tool_calls|code_interpreter)".*?</details>\s*', re.DOTALL)


class Broken(ValueError):
    """What is wrong with an entry, in a few words."""


def is_export(content: str) -> bool:
    """Whether a file is a JSON list; our own format begins each line with an object."""
    return content.lstrip("\ufeff \t\r\n").startswith("[")


def entries(content: str) -> list[Any]:
    """Raises Broken for what is not JSON."""
    found: list[Any] = parsed(content.removeprefix("\ufeff"))
    return found


def parsed(text: str) -> Any:
    """What a JSON text holds. Raises Broken."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"character {error.colno}" + (f" of line {error.lineno}" if "\n" in text else "")
        raise Broken(f"not JSON ({error.msg} at {place})") from error
    except ValueError as error:
        raise Broken("not JSON (a number is too long)") from error
    except RecursionError as error:
        raise Broken("nested too deeply") from error


def as_row(entry: Any) -> Json:
    """A rating in the fields of our own format; its values are still to be checked. Raises Broken.

    A thumb up beside other models' replies counts there as a win over them, so they are rejected, unless they were
    thumbed up too; so is every reply to the same words that was thumbed down. A thumb down stands alone.
    """
    data, meta = _part(entry, "data"), _part(entry, "meta")
    thumb = {"1": "up", "-1": "down"}.get(str(data.get("rating")))
    if thumb is None:
        raise Broken("no rating of 1 or -1")
    messages = _part(entry, "snapshot", "chat", "chat", "history", "messages")
    rated = messages.get(str(meta.get("message_id")))
    if not isinstance(rated, dict) or rated.get("role") != "assistant":
        raise Broken("the rated reply is not in the copy of its chat")
    reason, comment = data.get("reason"), data.get("comment")
    return {
        "prompt": _path(messages, rated),
        "reply": _said(rated),
        "thumb": thumb,
        "rejected": _worse(messages, rated) if thumb == "up" else [],
        "reasons": [REASONS.get(reason, reason.replace("_", " "))] if isinstance(reason, str) and reason else [],
        "comment": comment if isinstance(comment, str) else "",
        "at": _time(entry.get("updated_at") or entry.get("created_at")),
    }


def _path(messages: Mapping[str, Any], rated: Json) -> list[Json]:
    """What was said up to the rated reply, oldest first."""
    path: list[Json] = []
    seen: set[str] = set()
    parent = rated.get("parentId")
    while parent is not None:
        message = messages.get(str(parent))
        if not isinstance(message, dict) or str(parent) in seen:
            raise Broken("the copy of its chat has a gap before the rated reply")
        seen.add(str(parent))
        path.append({"role": message.get("role"), "content": _said(message)})
        parent = message.get("parentId")
    return path[::-1]


def _worse(messages: Mapping[str, Any], best: Json) -> list[str]:
    found = []
    for message in messages.values():
        if not isinstance(message, dict) or message is best or message.get("role") != "assistant":
            continue
        rating = _part(message, "annotation").get("rating")
        rivals = _model(message) != _model(best) and str(rating) != "1"
        if message.get("parentId") == best.get("parentId") and (rivals or str(rating) == "-1"):
            found.append(_said(message))
    return found


def _model(message: Json) -> Any:
    return message.get("selectedModelId") or message.get("model")  # in an arena, the second is only its name


def _said(message: Json) -> str:
    content = message.get("content")
    if not isinstance(content, str):
        raise Broken("a message of its chat is not a text")
    return ASIDES.sub("", content).strip() if message.get("role") == "assistant" else content


def _part(value: Any, *names: str) -> Json:
    """The object under these names; {} if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _time(seconds: Any) -> str:
    try:
        return datetime.fromtimestamp(float(seconds), UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise Broken("it has no time") from error
