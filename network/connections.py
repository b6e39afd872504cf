"""Looks every few seconds for connections of this process to other machines, which native code may have opened.

A connection that opens and closes between two looks is not seen, and sending without a connection never is.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from ipaddress import ip_address

import psutil

from network.offline import Attempt, is_local, note

LOOK_SECONDS = 5.0

log = logging.getLogger("homegrown.connections")


def watch(process: str) -> None:
    """From now on every connection to elsewhere that is found open is noted, once for as long as it stays."""
    threading.Thread(target=_watch, args=(process,), name="connections", daemon=True).start()


def look() -> set[str]:
    """Where this process has a connection to now, other than this machine, and other than who came to it."""
    found = psutil.Process().net_connections("inet")
    served = {socket.laddr.port for socket in found if socket.status == psutil.CONN_LISTEN}
    return {
        f"{socket.raddr.ip} port {socket.raddr.port}"
        for socket in found
        if socket.raddr and socket.laddr.port not in served and not _here(socket.raddr.ip)
    }


def _watch(process: str) -> None:
    known: set[str] = set()
    while True:
        try:
            found = look()
        except (psutil.Error, OSError) as error:  # some sandboxes hide the list
            log.warning("open connections cannot be seen here: %s", error)
            return
        for to in sorted(found - known):
            note(Attempt(datetime.now(UTC), process, to, refused=False))
        known = found
        threading.Event().wait(LOOK_SECONDS)


def _here(address: str) -> bool:
    """Also in its IPv6 form: ::ffff:127.0.0.1."""
    mapped = getattr(ip_address(address.partition("%")[0]), "ipv4_mapped", None)
    return is_local(str(mapped or address))
