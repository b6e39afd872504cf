"""The network seal: after `seal()`, this process cannot look up or reach other machines, and every try is counted.

The app, the engine and the learner each seal themselves first thing. The seal hooks Python's audit events (PEP 578),
which no library can get around by importing `socket` itself; a hook cannot be removed. Native code that makes system
calls of its own is not covered: connections.py looks for what it has opened.
"""

from __future__ import annotations

import ipaddress
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1", "", None}
TALKS = ("socket.connect", "socket.sendto", "socket.sendmsg")  # their arguments: the socket, the address
LOOKS_UP = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")  # the first argument: the host
KEPT = 200  # attempts that are kept in full; all of them are counted
_SEALED = "homegrown.sealed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way out that was tried. `refused`: before a byte left; else it was found open by a look at the system's list.

    `process` is "app", "engine", "learner", "download" or "reader"; `to` an address, or a name that was to be looked
    up. `asked`: let through, for a model that the person asked for.
    """

    at: datetime
    process: str
    to: str
    refused: bool
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Outbound:
    """What this process and its children have tried since the start: how often each, and the last attempts."""

    since: datetime
    counts: Mapping[str, int]  # of every process that has said that it is sealed; without those that were asked for
    attempts: tuple[Attempt, ...]
    asked: int = 0  # those that were let through for a model


@dataclass(slots=True)
class _Seal:
    """The audit hook, and its record of what it and others have refused or seen."""

    process: str
    report: Callable[[Attempt], None] | None
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    counts: dict[str, int] = field(default_factory=dict)
    attempts: deque[Attempt] = field(default_factory=lambda: deque(maxlen=KEPT))
    lock: threading.RLock = field(default_factory=threading.RLock)
    outside: bool = False  # the one process that may reach hosts which were named to it
    expected: set[str] = field(default_factory=set)
    asked: int = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == _SEALED:
            arguments[0].append(self)
        elif event in TALKS:
            address = arguments[1]
            if isinstance(address, tuple) and not is_local(address[0]):
                if self.outside and self.expected and event == "socket.connect":
                    self.let(f"{address[0]} port {address[1]}")
                    return
                self.refuse(f"{address[0]} port {address[1]}", f"talk to {address[0]}")
        elif event in LOOKS_UP or event == "socket.getnameinfo":
            host = arguments[0] if event in LOOKS_UP else arguments[0][0]
            if not is_local(host):
                name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
                if event == "socket.getaddrinfo" and name.lower() in self.expected:
                    self.let(name)
                    return
                self.refuse(name, f"look up {host!r}")

    def let(self, to: str) -> None:
        self.keep(Attempt(datetime.now(UTC), self.process, to, refused=False, asked=True))

    def refuse(self, to: str, what: str) -> None:
        self.keep(Attempt(datetime.now(UTC), self.process, to, refused=True))
        raise PermissionError(f"Homegrown is sealed: it does not {what}.")

    def keep(self, attempt: Attempt) -> None:
        with self.lock:
            if attempt.asked:
                self.asked += 1
            else:
                self.counts[attempt.process] = self.counts.get(attempt.process, 0) + 1
            self.attempts.append(attempt)
        if self.report:
            self.report(attempt)


def seal(process: str = "app", report: Callable[[Attempt], None] | None = None, *, outside: bool = False) -> None:
    """Refuses every look-up and connection to other machines with PermissionError, for good.

    `report` is told each attempt, in the thread that made it. `outside`: names given to `expect`, and the addresses
    they lead to, are let through and told; any other name is refused.
    """
    if not sealed():
        sys.addaudithook(_Seal(process, report, counts={process: 0}, outside=outside))


def expect(host: str) -> None:
    """Lets the process that is sealed with `outside` look up this host; elsewhere it changes nothing."""
    hook = _found()
    if hook and hook.outside and host:
        hook.expected.add(host)


def sealed() -> bool:
    """Whether the seal is in place: it answers to an event of its own."""
    return _found() is not None


def note_sealed(process: str) -> None:
    """A child has sealed itself: from now on it is counted."""
    if hook := _found():
        with hook.lock:
            hook.counts.setdefault(process, 0)


def note(attempt: Attempt) -> None:
    """Adds to the record what the hook itself did not see: an attempt of a child, or an open connection."""
    if hook := _found():
        hook.keep(attempt)


def outbound() -> Outbound | None:
    """The record so far; None if this process is not sealed."""
    hook = _found()
    if hook is None:
        return None
    with hook.lock:
        return Outbound(hook.since, dict(hook.counts), tuple(hook.attempts), hook.asked)


def is_local(host: str | bytes | None) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _found() -> _Seal | None:
    answer: list[_Seal] = []
    sys.audit(_SEALED, answer)
    return answer[0] if answer else None
