"""A person's memories as a file of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence

from domain import Memory
from storage.documents import row_of


def as_text(memories: Sequence[Memory]) -> str:
    """Those that are switched on, one a line, the oldest first."""
    return "".join(f"{memory.text}\n" for memory in memories if memory.active)


def as_json(memories: Sequence[Memory]) -> str:
    """All of them with everything that is kept about them, as a list."""
    return json.dumps([row_of(memory) for memory in memories], ensure_ascii=False, indent=1) + "\n"
