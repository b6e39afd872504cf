"""A file that a person attaches, as passages: read in a process of its own, which a hostile file cannot leave."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import psutil

from documents import limits
from documents.splitting import tidy
from domain import Passage
from errors import BadInput
from network.telling import heard

ROOT = Path(__file__).resolve().parent.parent
KINDS = {
    ".txt": "text",
    ".text": "text",
    ".csv": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".pdf": "pdf",
    ".docx": "docx",
}
PDF, ZIP, OLE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # how files begin; the last is Word's before 2007
LONGEST_NAME, LONGEST_SUFFIX = 80, 12  # characters
LOOK_EVERY = 0.1  # seconds between two looks at the process


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document holds. `note`: a sentence for the person about what was not read, or ""."""

    passages: tuple[Passage, ...]
    note: str


def read(name: str, data: bytes) -> Reading:
    """The text of a file. Raises BadInput with what to do if it is too large, protected, damaged or holds no text."""
    try:
        if len(data) > limits.BYTES:
            raise limits.Unreadable(limits.TOO_LARGE)
        answer = _asked(kind_of(name, data), data)
        if "trouble" in answer:
            raise limits.Unreadable(answer["trouble"])
    except limits.Unreadable as trouble:
        raise BadInput(str(trouble).format(name=name)) from trouble
    return Reading(tuple(Passage(**passage) for passage in answer["passages"]), answer["note"])


def plain_name(name: str) -> str:
    """A file's name as it is shown to people and to the model: without folders, quotes and brackets, not too long."""
    last = PurePosixPath(" ".join(tidy(name).replace("\\", "/").split())).name
    plain = "".join(sign for sign in last if sign not in '"[]<>{}').strip()
    if not plain.strip("."):
        return "document"
    suffix = PurePosixPath(plain).suffix[-LONGEST_SUFFIX:]
    return plain if len(plain) <= LONGEST_NAME else f"{plain[: LONGEST_NAME - len(suffix) - 1]}…{suffix}"


def kind_of(name: str, data: bytes) -> str:
    """Which reader a file gets: what it begins with counts before what its name says. Raises Unreadable."""
    named = KINDS.get(PurePosixPath(name).suffix.lower(), "")
    if PDF in data[:1024] and named in ("pdf", "text", ""):
        return "pdf"
    if data.startswith(OLE):
        raise limits.Unreadable(limits.OLD_WORD)
    if not named or (data.startswith(ZIP) and named != "docx"):
        raise limits.Unreadable(limits.UNKNOWN)
    return named


def _asked(kind: str, data: bytes) -> dict[str, Any]:
    """What the reading process answers. Raises Unreadable if it breaks off, or takes too much time or memory.

    What it says of the network goes to the record in offline.py.
    """
    command = [sys.executable, "-m", "documents.read_main", kind]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    stopped = threading.Event()
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        threading.Thread(target=_watch, args=(process, stopped), name="reading", daemon=True).start()
        whole, _, _ = process.communicate(data)[0].rpartition(b"\n")  # a line that was cut off is dropped
    messages = [json.loads(line) for line in whole.splitlines()]
    answers = [message for message in messages if not heard("reader", message)]
    if stopped.is_set():
        raise limits.Unreadable(limits.TOO_SLOW)
    if process.returncode or not answers:
        raise limits.Unreadable(limits.BROKEN)
    found: dict[str, Any] = answers[-1]
    return found


def _watch(process: subprocess.Popen[bytes], stopped: threading.Event) -> None:
    """Ends the process when it has had its time, or takes too much memory."""
    ends = time.monotonic() + limits.SECONDS
    while process.poll() is None:
        if time.monotonic() > ends or _memory(process.pid) > limits.MEMORY:
            stopped.set()
            process.kill()
        time.sleep(LOOK_EVERY)


def _memory(pid: int) -> int:
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0
