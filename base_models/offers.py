"""The models of the catalogue as this machine can have them: how each would run here, and where its file comes from."""

from __future__ import annotations

from dataclasses import dataclass

from backends import catalog
from backends.hardware import Machine
from backends.plan import Fit, fit, for_backend, recommended
from backends.source import Source


@dataclass(frozen=True, slots=True)
class Offer:
    """`bytes` of the download. `source` None: it comes with Homegrown.

    `runs` False: it does not fit this machine, and `verdict` says why. `suits`: it answers fast enough and can learn.
    """

    name: str
    title: str
    licence: str
    bytes: int
    verdict: str
    runs: bool
    recommended: bool
    source: Source | None
    suits: bool = True


def offers(machine: Machine, backend: str | None = None) -> list[Offer]:
    """`backend` None, or the scripted one, which has no weights: as for the backend that suits the machine."""
    backend = None if backend == "scripted" else backend
    mlx = backend == "mlx" if backend else machine.apple_silicon
    listed = catalog.entries()
    fits = {entry.name: fit(entry, machine, backend) for entry in listed}
    best = recommended(fits, listed)
    return [_offer(entry, fits[entry.name], entry.name == best, mlx) for entry in listed]


def _offer(entry: catalog.Entry, found: Fit, best: bool, mlx: bool) -> Offer:
    verdict = f"{found.runs[0].upper()}{found.runs[1:]}. {found.why} {found.learns}".rstrip()
    size = for_backend(entry, "mlx").bytes if mlx else entry.bytes
    about = (entry.name, entry.title, entry.licence, size)
    if entry.repository is None:
        return Offer(*about, f"It came with Homegrown. {verdict}", True, best, None)
    runs, suits = found.runs != "does not fit", found.can_learn and found.runs != "runs slowly"
    return Offer(*about, verdict, runs, best, _source(entry, entry.repository, mlx), suits)


def _source(entry: catalog.Entry, repository: str, mlx: bool) -> Source:
    """Of 4-bit weights for MLX no digest is cited anywhere: the hub's own are held to, and pinned at first sight."""
    terms = (entry.licence, entry.gated)
    if mlx and entry.mlx:
        return Source(entry.mlx, None, None, None, *terms)
    return Source(repository, entry.file, entry.bytes, entry.sha256, *terms, entry.revision)
