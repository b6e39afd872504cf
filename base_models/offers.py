"""The models of the catalogue as this machine can have them: how each would run here, and where its file comes from."""

from __future__ import annotations

from dataclasses import dataclass

from backends import catalog
from backends.hardware import Machine
from backends.plan import Fit, fit, recommended
from backends.source import Source


@dataclass(frozen=True, slots=True)
class Offer:
    """`source` None: it comes with Homegrown. `runs` False: it does not fit this machine, and `verdict` says why."""

    name: str
    title: str
    licence: str
    bytes: int
    verdict: str
    runs: bool
    recommended: bool
    source: Source | None


def offers(machine: Machine) -> list[Offer]:
    listed = catalog.entries()
    fits = {entry.name: fit(entry, machine) for entry in listed}
    best = recommended(fits, listed)
    return [_offer(entry, fits[entry.name], entry.name == best) for entry in listed]


def _offer(entry: catalog.Entry, found: Fit, best: bool) -> Offer:
    verdict = f"{found.runs[0].upper()}{found.runs[1:]}. {found.why} {found.learns}"
    about = (entry.name, entry.title, entry.licence, entry.bytes)
    if entry.repository is None:
        return Offer(*about, f"It came with Homegrown. {verdict}", True, best, None)
    place = (entry.repository, entry.file, entry.bytes, entry.sha256, entry.licence, entry.gated, entry.revision)
    return Offer(*about, verdict, found.runs != "does not fit", best, Source(*place))
