"""How often a passphrase may be guessed: five times freely, then ever more slowly, and never often in one hour."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5  # wrong guesses of one address before it has to wait
FIRST_WAIT, LONGEST_WAIT = 15.0, 900.0  # seconds; doubled with each wrong guess
HOUR, AN_HOUR = 3600.0, 12  # wrong guesses for one account within an hour, whoever makes them


@dataclass(slots=True, eq=False)
class _Guess:
    at: float
    address: str
    forgiven: bool = False  # the same address has got it right since: it need not wait, but the hour counts on


class Throttle:
    """Counts the guesses that reach the key derivation, per account and address. For any number of threads.

    An account never holds more than AN_HOUR guesses; the caller sees to it that there are not too many accounts.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._guesses: dict[str, list[_Guess]] = {}

    def guess(self, account: str, address: str) -> float:
        """Seconds until a guess may be made. 0: it may be made now, and counts as wrong until `right` is called."""
        with self._lock:
            now = self._clock()
            recent = [guess for guess in self._guesses.get(account, ()) if guess.at > now - HOUR]
            wait = _wait(recent, address, now)
            self._guesses[account] = recent if wait else [*recent, _Guess(now, address)]
            return wait

    def right(self, account: str, address: str) -> None:
        """The latest guess from this address was right."""
        with self._lock:
            own = [guess for guess in self._guesses.get(account, ()) if guess.address == address]
            if own:
                self._guesses[account].remove(own.pop())
            for guess in own:
                guess.forgiven = True


def _wait(recent: list[_Guess], address: str, now: float) -> float:
    wrong = [guess.at for guess in recent if guess.address == address and not guess.forgiven]
    waits = [0.0]
    if len(recent) >= AN_HOUR:
        waits.append(recent[-AN_HOUR].at + HOUR - now)
    if len(wrong) >= FREE:
        waits.append(wrong[-1] + min(FIRST_WAIT * 2 ** (len(wrong) - FREE), LONGEST_WAIT) - now)
    return max(waits)
