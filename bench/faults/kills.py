"""A process that writes a journal is killed (SIGKILL) at random moments, checkpoints and forgettings included."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.faults.story import Memory, count
from bench.result import Goal
from errors import HomegrownError
from storage.files import Files
from storage.journal import JournalStorage
from storage.recovery import recover

ROOT = Path(__file__).parents[2]
LONGEST = 0.15  # seconds between the first acknowledged step and the kill, at most


@dataclass(slots=True)
class Kills:
    kills: int = 0
    acknowledged: int = 0
    lost: int = 0  # acknowledged steps that were not there afterwards
    wrong: int = 0  # kills after which the tables were no state of the story
    unreadable: int = 0  # kills after which the journal could not be opened, or could not be written
    remembered: int = 0  # forgotten words that some file still held
    torn: int = 0  # kills in the middle of writing a record
    generations: int = 0  # checkpoints survived


def run(folder: Path, kills: int, seed: int, tell: Callable[[str], None]) -> Kills:
    """Each writer goes on where the one before was killed."""
    JournalStorage.found(folder, "writer", {})
    found, memory, chance = Kills(), Memory(seed), random.Random(seed)
    while found.kills < kills:
        acknowledged = _killed(folder, seed, chance.uniform(0, LONGEST))
        found.kills += 1
        found.acknowledged += max(0, acknowledged - memory.number)
        _examine(folder, acknowledged, memory, found)
        if found.kills % 50 == 0:
            tell(f"{found.kills} of {kills} kills: {found}")
    found.generations = Files(folder).snapshots()[0]
    return found


def _killed(folder: Path, seed: int, seconds: float) -> int:
    """Starts a writer, lets it write for a while, kills it. Returns the last step that it acknowledged."""
    command = [sys.executable, "-m", "bench.faults.writer", str(folder), str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=os.name != "nt") as writer:
        assert writer.stdout
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.kill() if os.name == "nt" else os.killpg(writer.pid, signal.SIGKILL)
        lines = (first + writer.stdout.read()).split(b"\n")[:-1]  # what is behind the last line end was never said
    return int(lines[-1]) if lines else 0


def _examine(folder: Path, acknowledged: int, memory: Memory, found: Kills) -> None:
    """Looks first as somebody who only reads, then opens the journal as the next start does."""
    found.torn += _is_torn(folder)
    for reading in ("only looking", ""):
        try:
            storage = JournalStorage(folder, "writer", reading=reading)
        except (HomegrownError, OSError) as error:
            print(f"not opened: {error!r}", file=sys.stderr)
            found.unreadable += 1
            return
        if storage.damaged or storage.trouble != reading:
            found.unreadable += 1
            return
    held = count(storage.tables)
    found.lost += max(0, acknowledged - held)
    expected = memory.reach(held) if held >= memory.number else None
    found.wrong += storage.tables != expected or held > acknowledged + 1
    words = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    found.remembered += sum(word.encode() in words for word in memory.gone)


def _is_torn(folder: Path) -> bool:
    """Whether the kill came in the middle of a write, as far as one can see it."""
    return recover(Files(folder), "writer", None).torn


def goals(found: Kills, wanted: int) -> list[Goal]:
    return [
        Goal("kills of the writing process", found.kills, str(wanted), found.kills >= wanted),
        Goal("acknowledged changes lost", found.lost, "0", found.lost == 0),
        Goal("journals unreadable after a kill", found.unreadable, "0", found.unreadable == 0),
        Goal("journals that hold what nobody wrote", found.wrong, "0", found.wrong == 0),
        Goal("forgotten words found in a file", found.remembered, "0", found.remembered == 0),
    ]
