"""Who is signed in: one-time launch tokens, sessions, and what in the pages belongs to whom. Gone with the app."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

TOKEN_SECONDS = 600.0
KEPT = 10_000  # names of open pages and of their events, per person


@dataclass(slots=True)
class _Session:
    person: str
    used: float  # monotonic seconds: when the person last did something


class Sessions:
    """For any number of threads. `welcome` says whether a person may be signed in at all, now: it is asked every time,
    so that a session ends with the person's being removed or locked, wherever that was done. `idle_after` gives the
    seconds without use after which a person's session ends. `left` is told when somebody's last session has ended.
    """

    def __init__(
        self,
        welcome: Callable[[str], bool],
        idle_after: Callable[[str], float],
        clock: Callable[[], float] = time.monotonic,
        left: Callable[[str], None] = lambda person: None,
    ) -> None:
        self._welcome = welcome
        self._idle_after = idle_after
        self._left = left
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, float]] = {}  # digest of a token -> person, expiry
        self._sessions: dict[str, _Session] = {}  # by the digest of the session's id

    def token(self, person: str) -> str:
        """What signs a browser in as `person` without a passphrase: valid once, for ten minutes."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._tokens = {key: entry for key, entry in self._tokens.items() if entry[1] > now}
            self._tokens[_digest(token)] = (person, now + TOKEN_SECONDS)
        return token

    def redeem(self, token: str) -> str | None:
        """The person a valid token was made for; it is used up."""
        with self._lock:
            person, expiry = self._tokens.pop(_digest(token), ("", 0.0))
        return person if person and expiry > self._clock() else None

    def begin(self, person: str) -> str:
        """The id of a fresh session."""
        session = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_digest(session)] = _Session(person, self._clock())
        return session

    def person(self, session: str, *, using: bool = False) -> str | None:
        """Whose session it is, if it still holds. `using`: this is the person's own doing, so they are not idle."""
        key, now = _digest(session), self._clock()
        with self._lock:
            found = self._sessions.get(key)
        if found is None:
            return None
        if now - found.used >= self._idle_after(found.person) or not self._welcome(found.person):
            with self._lock:
                self._sessions.pop(key, None)
                last = all(other.person != found.person for other in self._sessions.values())
            if last:
                self._left(found.person)
            return None
        if using:
            found.used = now
        return found.person

    def end(self, person: str) -> None:
        """Ends all sessions of a person; their open streams end within a second."""
        with self._lock:
            self._tokens = {key: entry for key, entry in self._tokens.items() if entry[0] != person}
            self._sessions = {key: entry for key, entry in self._sessions.items() if entry.person != person}
        self._left(person)


class Belongings:
    """Which pages and events of Gradio belong to whom: Gradio itself lets everybody use what they can name."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._names: dict[str, dict[str, None]] = {}  # person -> names, the one used longest ago first

    def claim(self, names: Iterable[str], person: str) -> bool:
        """Whether all of these are the person's; those that were nobody's become so."""
        wanted = list(names)
        if any(self._owners.get(name, person) != person for name in wanted):
            return False
        held = self._names.setdefault(person, {})
        for name in wanted:
            self._owners[name] = person
            held.pop(name, None)
            held[name] = None
        while len(held) > KEPT:
            oldest = next(iter(held))
            del held[oldest], self._owners[oldest]
        return True


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
