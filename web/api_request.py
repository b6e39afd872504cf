"""Reads the body of a chat completion: what is asked, or a sentence about what is wrong with it.

Fields that would change the reply and that we cannot honour are refused; others that are not ours are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from backends.base import Sampling
from domain import Message, Role
from web import api_texts as words
from web.api_errors import ApiError

MOST_STOPS = 4
ROLES: Mapping[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
UNSUPPORTED: Mapping[str, tuple[Any, ...]] = {  # field -> the values that ask for nothing
    "n": (1,),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "modalities": (["text"],),
    "audio": (),
    "prediction": (),
    "web_search_options": (),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `usage`: a stream ends with the count of tokens."""

    model: str
    messages: tuple[Message, ...]
    sampling: Sampling
    stops: tuple[str, ...]
    stream: bool
    usage: bool


def read(body: bytes, usual: Sampling) -> Asked:
    """What is not said is as `usual`. Raises ApiError."""
    fields = _object(body)
    for name, harmless in UNSUPPORTED.items():
        if (value := fields.get(name)) is not None and value not in harmless:
            raise ApiError(400, words.UNSUPPORTED.format(param=name), param=name, code="unsupported_parameter")
    model = fields.get("model")
    if not isinstance(model, str) or not model:
        _wrong("model", "the name of a model", model)
    stream = _flag(fields, "stream", "stream")
    options = fields.get("stream_options") or {}
    if not isinstance(options, dict):
        _wrong("stream_options", "an object", options)
    usage = _flag(options, "include_usage", "stream_options.include_usage")
    return Asked(model, _messages(fields), _sampling(fields, usual), _stops(fields), stream, usage)


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ApiError(400, words.NOT_JSON) from None
    if not isinstance(value, dict):
        raise ApiError(400, words.NOT_JSON)
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _messages(fields: Mapping[str, Any]) -> tuple[Message, ...]:
    listed = fields.get("messages")
    if not isinstance(listed, list) or not listed:
        raise ApiError(400, words.NO_MESSAGES, param="messages")
    messages = tuple(_message(value, f"messages[{place}]") for place, value in enumerate(listed))
    last = f"messages[{len(messages) - 1}]"
    if messages[-1].role == "assistant":
        raise ApiError(400, words.ENDS_WITH_REPLY, param=last)
    if not messages[-1].content.strip():
        raise ApiError(400, words.NOTHING_TO_ANSWER, param=last)
    return messages


def _message(value: Any, place: str) -> Message:
    if not isinstance(value, dict):
        _wrong(place, "an object", value)
    role = value.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise ApiError(400, words.WRONG_ROLE.format(param=f"{place}.role"), param=f"{place}.role")
    for name in ("tool_calls", "function_call", "audio"):
        if value.get(name):
            param = f"{place}.{name}"
            raise ApiError(400, words.UNSUPPORTED.format(param=param), param=param, code="unsupported_parameter")
    content = value.get("content")
    if isinstance(content, list):
        content = "\n".join(_part(part, f"{place}.content[{number}]") for number, part in enumerate(content))
    if not isinstance(content, str):
        _wrong(f"{place}.content", "text", content)
    return Message(ROLES[role], _whole(content, f"{place}.content"))


def _part(value: Any, place: str) -> str:
    if isinstance(value, dict) and value.get("type") == "text" and isinstance(value.get("text"), str):
        return str(value["text"])
    raise ApiError(400, words.NO_PARTS.format(param=place), param=place, code="unsupported_parameter")


def _sampling(fields: Mapping[str, Any], usual: Sampling) -> Sampling:
    name = "max_tokens" if fields.get("max_completion_tokens") is None else "max_completion_tokens"
    return replace(
        usual,
        temperature=_number(fields, "temperature", usual.temperature, 2.0),
        top_p=_number(fields, "top_p", usual.top_p, 1.0),
        max_tokens=_whole_number(fields, name, 1) or usual.max_tokens,
        seed=_whole_number(fields, "seed"),
    )


def _number(fields: Mapping[str, Any], name: str, usual: float, most: float) -> float:
    value = fields.get(name)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        _wrong(name, f"a number from 0 to {most:g}", value)
    return float(value)


def _whole_number(fields: Mapping[str, Any], name: str, least: int | None = None) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or (least is not None and value < least):
        _wrong(name, "a whole number" + ("" if least is None else f" from {least} on"), value)
    return int(value)


def _stops(fields: Mapping[str, Any]) -> tuple[str, ...]:
    value = fields.get("stop")
    listed = [] if value is None else [value] if isinstance(value, str) else value
    if (
        not isinstance(listed, list)
        or len(listed) > MOST_STOPS
        or not all(isinstance(stop, str) and stop for stop in listed)
    ):
        _wrong("stop", f"a text, or a list of at most {MOST_STOPS} texts that are not empty", value)
    return tuple(_whole(stop, "stop") for stop in listed)


def _flag(fields: Mapping[str, Any], name: str, param: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool | None):
        _wrong(param, "true or false", value)
    return bool(value)


def _whole(text: str, param: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ApiError(400, words.HALF_CHARACTER.format(param=param), param=param) from None
    return text


def _wrong(param: str, wanted: str, value: Any) -> NoReturn:
    sentence = (
        words.MISSING.format(param=param) if value is None else words.WRONG_TYPE.format(param=param, wanted=wanted)
    )
    raise ApiError(400, sentence, param=param)
