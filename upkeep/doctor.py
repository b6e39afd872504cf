"""Looks whether everything that Homegrown needs is there, and says in a sentence what to do where it is not."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backends.base import BackendInfo
from backends.plan import Plan
from errors import HomegrownError
from network.offline import Outbound, outbound

DISK_LEAST = 2 * 2**30  # bytes
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """`attempts`: how often each process has tried to reach another machine, where that was looked at."""

    name: str
    ok: bool
    sentence: str
    attempts: Mapping[str, int] | None = None


def examine(home: Path, wait_ready: Callable[[float], BackendInfo], *, offline: bool = False) -> list[Finding]:
    """All findings, good and bad. With `offline`, also what this home's processes have tried since they started."""
    findings = [_python(), _folder(home), _disk(home), _engine(wait_ready)]
    return [*findings, sealed(outbound(), {"app", "engine"}, "since the start")] if offline else findings


def planned(plan: Plan | None) -> list[Finding]:
    """What was decided for this machine and the model that serves; nothing for the scripted backend."""
    return [Finding("plan", plan.runs != "does not fit", " ".join(plan.sentences))] if plan else []


def stored(troubles: Mapping[str, str], restored: Sequence[str]) -> Finding:
    """Whether everybody's words can be read and written; `restored`: whose were damaged until now."""
    told = [f"Damaged files were set aside, and what is sound goes on: {', '.join(restored)}."] if restored else []
    told += [f"{name}: {trouble}" for name, trouble in troubles.items()]
    return Finding("storage", not troubles, " ".join(told) or "Everything that is stored can be read and written.")


def sealed(found: Outbound | None, expected: set[str], when: str, name: str = "sealed") -> Finding:
    """Whether the `expected` processes are sealed off the network, and none has tried to leave."""
    counts = found.counts if found else {}
    if missing := expected - counts.keys():
        text = f"The network seal is not in place ({', '.join(sorted(missing))}); please report this as a defect."
        return Finding(name, False, text, counts)
    told = ", ".join(f"{process} {count}" for process, count in sorted(counts.items()))
    text = f"Connections to other machines that were tried {when}: {sum(counts.values())} ({told})."
    if found is None or not any(counts.values()):
        return Finding(name, True, text, counts)
    last = found.attempts[-1]
    fate = "and was refused" if last.refused else "which was open"
    return Finding(name, False, f"{text} The last was to {last.to}, {fate}; please report this.", counts)


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
