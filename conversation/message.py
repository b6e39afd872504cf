"""What a person sends: how long it may be, and what a conversation that begins with it is called."""

from __future__ import annotations

from errors import BadInput

LONGEST = 64 * 1024  # bytes of one message


def check_size(text: str) -> None:
    """Refuses what cannot be stored, or is longer than anybody types."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise BadInput("That text holds half of a character, which cannot be stored; type it again.") from error
    if size > LONGEST:
        raise BadInput(f"That is too long to send ({size // 1024:,} KB); keep it below {LONGEST // 1024} KB.")


def title_of(text: str) -> str:
    """A conversation's title: the first words said in it."""
    line = " ".join(text.split())
    return line if len(line) <= 48 else line[:47].rsplit(" ", 1)[0] + "…"
