"""Whose program it is that speaks to us, among the accounts of this machine. Only Linux tells, by /proc/net.

A launch token stands in the command line of the browser that is opened, where every account can read it: so whoever
redeems it must belong to our own.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

Address = tuple[str, int]
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
LOCAL, REMOTE, ACCOUNT = 1, 2, 7  # columns


def is_foreign(client: Address, server: Address) -> bool:
    """Whether a connection to us comes from another account of this machine, and not from root. False: not known."""
    account = account_of(client, server)
    return account not in (None, 0) and hasattr(os, "getuid") and account != os.getuid()


def account_of(client: Address, server: Address) -> int | None:
    """The user id that owns the client's end of a connection; None: it is not of this machine, or cannot be told."""
    ends = {(_written(client, wide), _written(server, wide)) for wide in (False, True)}
    for table in TABLES:
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for columns in map(str.split, lines):
            if (columns[LOCAL], columns[REMOTE]) in ends:
                return int(columns[ACCOUNT])
    return None


def _written(address: Address, wide: bool) -> str:
    """As the kernel writes it: words of four bytes, each in the order of this processor (all that we run on: little
    end first). `wide`: an IPv4 address as the IPv6 one that stands for it."""
    try:
        host = ipaddress.ip_address(address[0])
    except ValueError:
        return ""
    packed = ipaddress.ip_address(f"::ffff:{host}").packed if wide and host.version == 4 else host.packed
    words = [packed[at : at + 4][::-1].hex().upper() for at in range(0, len(packed), 4)]
    return f"{''.join(words)}:{address[1]:04X}"
