"""What a night costs: processor time and energy, from its beginning on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from backends.hardware import processor_seconds
from backends.power import Meter, watched
from domain import Night


@contextmanager
def measured(meter: Meter) -> Iterator[Callable[[Night], Night]]:
    """Yields what writes into a report the cost so far. Ask it before the learner's process goes."""
    began = processor_seconds()
    with watched(meter) as watch:

        def costed(night: Night) -> Night:
            spent = max(processor_seconds() - began, 0.0)
            return replace(night, cpu_seconds=round(spent, 1), energy=watch.energy())

        yield costed
