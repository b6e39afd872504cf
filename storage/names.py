"""What people, and keys for other programs, may be called."""

from __future__ import annotations

from collections.abc import Iterable

from domain import Person
from errors import BadInput


def checked_name(name: str) -> str:
    """The name without spaces around it. Raises BadInput for one that cannot be shown."""
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise BadInput("A name has 1 to 60 printable characters.")
    return name


def free_name(name: str, people: Iterable[Person], own: str | None = None) -> str:
    """A name that none of the people has, but for the one whose id is `own`. Raises BadInput."""
    name = checked_name(name)
    if any(one.name.casefold() == name.casefold() and one.id != own for one in people):
        raise BadInput(f"There is already somebody called {name}; choose another name.")
    return name
