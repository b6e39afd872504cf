"""How the command line reads files and shows results, replies as they are written, and progress."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from errors import BadInput

Json = dict[str, Any]


def speak_utf8() -> None:
    """Windows consoles may be set to a code page without our letters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}); check the path.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not a text file in UTF-8; save it as UTF-8 JSON lines.") from error


def print_piece(news: Json) -> None:
    print(news["piece"], end="", flush=True)


def print_progress(news: Json) -> None:
    if "share" in news:
        done = round(20 * news["share"])
        print(f"\r\033[K[{'#' * done}{'.' * (20 - done)}] {news['phase']}", end="", file=sys.stderr, flush=True)


def say_nothing(news: Json) -> None:
    pass
