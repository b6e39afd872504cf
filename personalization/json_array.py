"""The elements of a JSON array one by one: what is exported may be larger than what should lie in memory at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

CHUNK = 1 << 20  # characters that are read at a time
LONGEST = 1 << 25  # characters of one element
MOST = 1 << 29  # characters of them all


class NotJson(ValueError):
    """It is no JSON array, or is larger than the limits above."""


def elements(text: TextIO) -> Iterator[Any]:
    """Raises NotJson where it breaks off; commas are not insisted on."""
    decoder, held = json.JSONDecoder(), text.read(CHUNK).lstrip()
    if not held.startswith("["):
        raise NotJson("no array")
    place, read = 1, len(held)
    while True:
        while place < len(held) and held[place] in " \t\r\n,":
            place += 1
        if held.startswith("]", place):
            return
        try:
            value, place = decoder.raw_decode(held, place)
        except json.JSONDecodeError as error:
            rest = held[place:]
            more = text.read(max(CHUNK, len(rest)))  # twice as much each time, or one long element would take for ever
            read += len(more)
            if not more or len(rest) > LONGEST or read > MOST:
                raise NotJson(str(error)) from error
            held, place = rest + more, 0
        except (ValueError, RecursionError) as error:  # a number or brackets without end
            raise NotJson(str(error)) from error
        else:
            yield value
