"""Looks whether everything that Homegrown needs is there, and says in a sentence what to do where it is not."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backends.base import BackendInfo
from errors import HomegrownError
from offline import sealed

DISK_LEAST = 2 * 2**30  # bytes
START_SECONDS = 60.0
OUTSIDE = ("192.0.2.1", 9)  # an address that is reserved for documentation (RFC 5737): nobody is there


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    ok: bool
    sentence: str


def examine(home: Path, wait_ready: Callable[[float], BackendInfo], *, offline: bool = False) -> list[Finding]:
    """All findings, good and bad. With `offline`, also tries to reach the network and reports that it cannot."""
    findings = [_python(), _folder(home), _disk(home), _engine(wait_ready)]
    return [*findings, _offline()] if offline else findings


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    text = f"Python {version} is fine." if fits else f"Python {version} is untested here; install 3.11, 3.12 or 3.13."
    return Finding("python", fits, text)


def _folder(folder: Path) -> Finding:
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("home", False, f"{folder} cannot be written; check its permissions or choose another --home.")
    if os.name != "nt" and folder.stat().st_mode & 0o077:
        return Finding("home", False, f"Other users can look into {folder}; run: chmod 700 '{folder}'")
    return Finding("home", True, f"{folder} belongs to you alone.")


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    text = f"{free / 2**30:.1f} GB of disk are free."
    return Finding("disk", free >= DISK_LEAST, text if free >= DISK_LEAST else f"{text} Free at least 2 GB for nights.")


def _engine(wait_ready: Callable[[float], BackendInfo]) -> Finding:
    try:
        info = wait_ready(START_SECONDS)
    except HomegrownError as error:
        return Finding("engine", False, str(error))
    mode = " in safe mode: the faster code of llama.cpp crashes on this processor" if info.safe_mode else ""
    return Finding("engine", True, f"{info.model} answers through {info.backend} {info.version}{mode}.")


def _offline() -> Finding:
    if not sealed():
        return Finding("offline", False, "The network seal is not in place; please report this as a defect.")
    try:
        socket.create_connection(OUTSIDE, timeout=1).close()
    except PermissionError:
        return Finding("offline", True, "Tried to reach the network from inside: refused before a byte left.")
    except OSError as error:
        return Finding("offline", False, f"The seal let a connection through as far as the system ({error}).")
    return Finding("offline", False, "The seal let a connection out; please report this as a defect.")
