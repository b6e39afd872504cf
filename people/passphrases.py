"""How the command line comes by passphrases: typed in a terminal, unseen, or read from an open file descriptor."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from errors import BadInput

UNLIKE = "The two differ; run the command again and type the same passphrase twice."
NO_FD = "--passphrase-fd {handle} cannot be read; give the number of an open file, such as 3 with 3<FILE."


def read_from(handle: int) -> list[str]:
    """The lines of an open file, one passphrase each. Raises BadInput."""
    try:
        with open(handle, encoding="utf-8", newline="\n", closefd=handle > 2) as file:
            lines = [line.rstrip("\r\n") for line in file]
    except (OSError, TypeError, ValueError) as error:  # a number too large, a negative one, no UTF-8
        raise BadInput(NO_FD.format(handle=handle)) from error
    if not lines:
        raise BadInput(NO_FD.format(handle=handle))
    return lines


def can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def asked(command: str, given: dict[str, Any]) -> list[str]:
    """What a command wants to know, typed by the person. Raises BadInput if a new passphrase was mistyped."""
    match command, given.get("action"):
        case "people", "add":
            return [twice(f"Passphrase for {given['name']}")]
        case "people", "passphrase" if given.get("recover"):
            return [getpass.getpass("Recovery code: "), twice("New passphrase")]
        case "people", "passphrase" if not (given.get("remove") or given.get("keyring")):
            return [getpass.getpass("Present passphrase (only Enter if there is none): "), twice("New passphrase")]
        case "export", _ if not given.get("plain"):
            own = getpass.getpass("Your passphrase (only Enter if there is none): ")
            return [own, twice("Passphrase for the file")]
        case "import", _:
            new = "Passphrase to sign in with from now on (only Enter: that of the file)"
            return [getpass.getpass("Passphrase of the file: "), twice(new)]
    return [getpass.getpass("Passphrase: ")]


def twice(prompt: str) -> str:
    """A new passphrase, typed two times. Raises BadInput if they differ."""
    first = getpass.getpass(f"{prompt}: ")
    if getpass.getpass(f"{prompt}, once more: ") != first:
        raise BadInput(UNLIKE)
    return first
