"""The process that reads one document: its bytes come in, passages go out as JSON. It may be killed at any moment."""

from __future__ import annotations

import faulthandler
import importlib
import json
import sys
from dataclasses import asdict

from documents.limits import EMPTY, SECONDS, Unreadable
from documents.splitting import passages
from network.offline import seal

READERS = {
    "text": ("documents.plain", "text"),
    "markdown": ("documents.plain", "markdown"),
    "pdf": ("documents.pdf", "pages"),
    "docx": ("documents.docx", "sections"),
}


def main() -> None:
    """{"passages", "note"} or {"trouble"}. Any other end means: damaged."""
    faulthandler.dump_traceback_later(2 * SECONDS, exit=True)  # if the app, which watches the time, is gone
    seal("reader")
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
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
