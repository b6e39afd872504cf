"""The clock of a home: looks twice a minute how busy the machine is, and whether it is time for somebody's night."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import psutil

from errors import Deferred, StorageTrouble
from learning.nights import QUIET_SAMPLES, Nights
from learning.place import CALLED_OFF

LOOK_SECONDS = 30.0
ASLEEP_SECONDS = 4 * LOOK_SECONDS  # a longer gap between two looks: the machine slept, or its clock was set

log = logging.getLogger("homegrown.clock")


class Clock:
    """Stops with its nights."""

    def __init__(
        self,
        nights: Nights,
        also: Callable[[str], None] = lambda person: None,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        """At each look `before` is called first, and `also` for each person."""
        self._nights, self._also, self._before = nights, also, before

    def start(self) -> None:
        """Nights begin by themselves from now on, in a thread."""
        self._nights.clocked = True
        threading.Thread(target=self._watch, name="clock", daemon=True).start()

    def listen(self) -> None:
        """Looks for five minutes, for a command that runs one night if it is due. Raises Deferred if it is stopped."""
        psutil.cpu_percent()
        for _ in range(QUIET_SAMPLES):
            if self._nights.closing.wait(LOOK_SECONDS):
                raise Deferred(CALLED_OFF)
            self._sample()

    def _watch(self) -> None:
        psutil.cpu_percent()
        looked = time.time()
        while not self._nights.closing.wait(LOOK_SECONDS):
            if not 0 <= time.time() - looked < ASLEEP_SECONDS:
                self._nights.others.clear()  # that it was quiet before the machine slept says nothing about now
            looked = time.time()
            self._sample()
            try:
                self._before()
                people = self._nights.store.people()
            except StorageTrouble as error:  # the next look may find it mended
                log.warning("no night for anybody: %s", error)
                continue
            for person in people:
                self._also(person.id)
                self._nights.look(person.id)

    def _sample(self) -> None:
        self._nights.others.append(psutil.cpu_percent() / 100)
