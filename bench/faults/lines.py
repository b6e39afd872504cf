"""One line of JSON for each try, so that a run can be broken off at any moment and goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("backends", "conversation", "learning", "people", "personalization", "storage", "bench/faults")


def code_hash() -> str:
    """Names the code that is tried: tries of other code do not count."""
    files = [*ROOT.glob("*.py"), *(path for name in FOLDERS for path in (ROOT / name).rglob("*.py"))]
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]


def read(file: Path, code: str) -> dict[str, list[dict[str, Any]]]:
    """Part -> what its tries of this code came to. A line that a kill cut short counts as not there."""
    found: dict[str, list[dict[str, Any]]] = {}
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    for text in lines:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if line["code"] == code:
            found.setdefault(line["part"], []).append(line["result"])
    return found


def append(file: Path, line: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    torn = file.exists() and not file.read_bytes().endswith(b"\n")
    with file.open("a", encoding="utf-8") as out:
        out.write(("\n" if torn else "") + json.dumps(line, ensure_ascii=False) + "\n")
