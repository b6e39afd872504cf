"""The network seal: after `seal()`, this process cannot look up or reach anything but this machine.

The app, the engine and the learner each seal themselves first thing. The seal hooks Python's audit events (PEP 578),
which no library can get around by importing `socket` itself; a hook cannot be removed. Native code that makes system
calls of its own is not covered.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1", "", None}
TALKS = ("socket.connect", "socket.sendto", "socket.sendmsg")  # their arguments: the socket, the address
LOOKS_UP = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")  # the first argument: the host
_SEALED = "homegrown.sealed"


def seal() -> None:
    """Refuses every look-up and connection to other machines with PermissionError, for good."""
    if not sealed():
        sys.addaudithook(_refuse)


def sealed() -> bool:
    """Whether the seal is in place: it answers to an event of its own."""
    answer: list[bool] = []
    sys.audit(_SEALED, answer)
    return bool(answer)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == _SEALED:
        arguments[0].append(True)
    elif event in TALKS:
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            raise PermissionError(f"Homegrown is sealed: it does not talk to {address[0]}.")
    elif event in LOOKS_UP or event == "socket.getnameinfo":
        host = arguments[0] if event in LOOKS_UP else arguments[0][0]
        if not is_local(host):
            raise PermissionError(f"Homegrown is sealed: it does not look up {host!r}.")


def is_local(host: str | bytes | None) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False
