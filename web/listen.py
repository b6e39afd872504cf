"""A listening socket on the wanted port, or on the next free one."""

from __future__ import annotations

import errno
import socket
import sys

from errors import Trouble

PORTS = 50  # how many ports after the wanted one are tried


def listen(host: str, port: int) -> tuple[socket.socket, int]:
    """A listening socket on the wanted port, or on the next free one, which is then told."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, min(port + PORTS, 65536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform == "win32":  # there, another program could take the port over while we have it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                reason = error.strerror or "refused"
                raise Trouble(f"{host} port {candidate} cannot be used ({reason}); choose others.") from error
            continue
        if candidate != port:
            print(f"Port {port} is in use by another program; using {candidate}.", file=sys.stderr, flush=True)
        listener.listen(128)
        return listener, candidate
    raise Trouble(f"No port from {port} to {port + PORTS - 1} is free; choose another one with --port.")
