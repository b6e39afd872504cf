"""The process that reads one document: its bytes come in, JSON lines go out. It may be killed at any moment."""

from __future__ import annotations

import faulthandler
import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from documents.limits import EMPTY, SECONDS, Unreadable
from documents.splitting import passages
from network.offline import seal
from network.telling import SEALED, told

READERS = {
    "text": ("documents.plain", "text"),
    "markdown": ("documents.plain", "markdown"),
    "pdf": ("documents.pdf", "pages"),
    "docx": ("documents.docx", "sections"),
}


def main() -> None:
    """What it says of the network, then {"passages", "note"} or {"trouble"}. Any other end means: damaged."""
    faulthandler.dump_traceback_later(2 * SECONDS, exit=True)  # if the app, which watches the time, is gone
    seal("reader", lambda attempt: say(told(attempt)))
    say(SEALED)
    module, name = READERS[sys.argv[1]]
    read = getattr(importlib.import_module(module), name)
    data = sys.stdin.buffer.read()
    try:
        sections, note = read(data)
        found = passages(sections)
        if not found:
            raise Unreadable(EMPTY)
        answer = {"passages": [asdict(passage) for passage in found], "note": note}
    except Unreadable as trouble:
        answer = {"trouble": str(trouble)}
    say(answer)


def say(message: Mapping[str, Any]) -> None:
    """At once: what was said counts, however this process ends."""
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
