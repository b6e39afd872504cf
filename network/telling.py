"""What a child process says of the network on its pipe to the app, and how the app takes it into its record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from network.offline import Attempt, note, note_sealed

SEALED: dict[str, None] = {"network": None}  # the first message: the seal is in place


def told(attempt: Attempt) -> dict[str, Any]:
    """The message about one attempt."""
    fields = {"to": attempt.to, "refused": attempt.refused, "asked": attempt.asked}
    return {"network": {"at": attempt.at.isoformat(), **fields}}


def heard(process: str, message: Mapping[str, Any]) -> bool:
    """Whether a message of this process is about the network; then it is recorded."""
    if "network" not in message:
        return False
    said = message["network"]
    if said is None:
        note_sealed(process)
    else:
        note(Attempt(datetime.fromisoformat(said["at"]), process, said["to"], said["refused"], said["asked"]))
    return True
