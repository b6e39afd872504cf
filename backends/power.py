"""The energy that this computer's own counters tell: of processors, of graphics cards, or of a battery that is used."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from domain import Energy

LOOK_SECONDS = 30.0  # processors' counters begin anew after 262 kJ: a quarter of an hour of a large one
WATT_HOUR = 3600.0  # joules

PROCESSOR = "the processor's own counter, with all that ran beside"
BATTERY = "what the battery gave, for the whole computer"
NO_COUNTER = "this computer tells no energy counter"
ROOT_ONLY = "this system lets only its administrator read the processor's energy counter"
LINUX_ONLY = "Homegrown reads energy counters on Linux, and those of NVIDIA cards"
PLUGGED = "this computer tells only what its battery gives, and it was plugged in"


class Counter(Protocol):
    @property
    def told(self) -> str:
        """What it counts."""
        ...

    def joules(self) -> float | None:
        """Since some moment; only differences count. None: it cannot tell just now."""
        ...


class Package:
    """One processor package (RAPL, docs of the kernel: power/powercap); its counter begins anew at `wrap`."""

    told = PROCESSOR

    def __init__(self, zone: Path) -> None:
        """Raises OSError if it may not be read."""
        self._file = zone / "energy_uj"
        self._wrap = _number(zone / "max_energy_range_uj") + 1
        self._last, self._total = _number(self._file), 0

    def joules(self) -> float | None:
        now = _number(self._file)
        self._total += (now - self._last) % self._wrap
        self._last = now
        return self._total / 1e6


class Battery:
    """Linux: what is left, in microwatt hours, or in microampere hours and microvolts."""

    told = BATTERY

    def __init__(self, supply: Path) -> None:
        """Raises OSError if it may not be read."""
        self._supply = supply
        self._last, self._total = self._left(), 0.0

    def joules(self) -> float | None:
        if (self._supply / "status").read_text(encoding="ascii").strip() != "Discharging":
            self._last = self._left()
            return None
        now = self._left()
        self._total += max(self._last - now, 0.0)
        self._last = now
        return self._total

    def _left(self) -> float:
        if (self._supply / "energy_now").exists():
            return _number(self._supply / "energy_now") / 1e6 * WATT_HOUR
        charge, voltage = (_number(self._supply / name) for name in ("charge_now", "voltage_now"))
        return charge / 1e6 * voltage / 1e6 * WATT_HOUR


class Meter:
    """All counters together; can be used from any thread. `why_not` says why there are none."""

    def __init__(self, counters: Sequence[Counter] = (), why_not: str = NO_COUNTER) -> None:
        self._counters, self._why_not = tuple(counters), why_not
        self._lock = threading.Lock()

    @property
    def counts(self) -> bool:
        return bool(self._counters)

    @property
    def told(self) -> str:
        """What is measured, or why nothing is."""
        return "; ".join(dict.fromkeys(counter.told for counter in self._counters)) or self._why_not

    def joules(self) -> float | None:
        """Since some moment. To be asked every LOOK_SECONDS while a difference is wanted. None: not just now."""
        with self._lock:
            try:
                found = [counter.joules() for counter in self._counters]
            except (OSError, ValueError):  # taken away, or in the middle of a change
                return None
        known = [joules for joules in found if joules is not None]
        return sum(known) if known and len(known) == len(found) else None


class Watch:
    """The energy from its beginning on, looked at often enough for counters that begin anew."""

    def __init__(self, meter: Meter) -> None:
        self._meter, self._ended = meter, threading.Event()
        self._began = meter.joules()
        self._whole = self._began is not None

    def look(self) -> float | None:
        now = self._meter.joules()
        self._whole = self._whole and now is not None
        return now

    def energy(self) -> Energy:
        now = self.look()
        if not self._whole or now is None or self._began is None:
            why = PLUGGED if self._meter.told == BATTERY else self._meter.told
            return Energy(None, why)
        return Energy(round(now - self._began, 1), self._meter.told)

    def watch(self) -> None:
        """Runs in a thread until `end`."""
        while not self._ended.wait(LOOK_SECONDS):
            self.look()

    def end(self) -> None:
        self._ended.set()


@contextmanager
def watched(meter: Meter) -> Iterator[Watch]:
    watch = Watch(meter)
    if meter.counts:
        threading.Thread(target=watch.watch, name="energy", daemon=True).start()
    try:
        yield watch
    finally:
        watch.end()


class PerToken:
    """The energy of replies, from the first token read to the last written, against the tokens written."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self._lock = threading.Lock()
        self._joules, self._tokens = 0.0, 0

    def add(self, began: float | None, tokens: int) -> None:
        """A reply has ended; `began`: what the meter said when it began."""
        now = self.meter.joules()
        if began is None or now is None:
            return
        with self._lock:
            self._joules += now - began
            self._tokens += tokens

    def per_thousand(self) -> float | None:
        """Joules per 1,000 tokens written; None: nothing was measured yet."""
        with self._lock:
            return round(self._joules / self._tokens * 1000, 1) if self._tokens else None


def find_meter(cards: Sequence[Counter] = (), system: str = sys.platform, root: Path = Path("/sys/class")) -> Meter:
    """What can be read here; a battery only where nothing else tells. `cards`: those of nvidia.py."""
    if system != "linux":
        return Meter(cards, LINUX_ONLY)
    why_not = NO_COUNTER
    try:
        if packages := [Package(zone) for zone in _packages(root)]:
            return Meter([*packages, *cards])
    except PermissionError:
        why_not = ROOT_ONLY
    except (OSError, ValueError):
        why_not = NO_COUNTER
    if cards:
        return Meter(cards)
    try:
        return Meter([Battery(supply) for supply in _batteries(root)], why_not)
    except (OSError, ValueError):
        return Meter((), why_not)


def _packages(root: Path) -> list[Path]:
    """Whole packages only: their parts would count twice, and so would "psys", the whole board."""
    found = sorted((root / "powercap").glob("intel-rapl:*"))
    return [zone for zone in found if (zone / "name").read_text(encoding="ascii").startswith("package")]


def _batteries(root: Path) -> list[Path]:
    found = sorted((root / "power_supply").glob("*"))
    return [supply for supply in found if (supply / "type").read_text(encoding="ascii").strip() == "Battery"]


def _number(file: Path) -> int:
    return int(file.read_text(encoding="ascii"))
