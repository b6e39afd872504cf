"""The base models as they are listed: those of the catalogue, and those that were added from this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from base_models.offers import Offer
from storage.shelf import BUNDLED, Shelf

ADDED = "Added from this machine, not verified by us."
MISSING = "It is not there any more."


@dataclass(frozen=True, slots=True)
class Entry:
    """A model as it is listed. `verified`: its digest is one that Homegrown can cite, not the hub's word alone."""

    offer: Offer
    here: bool  # on this machine
    verified: bool
    serving: bool
    added: bool = False
    next: bool = False  # it is to serve next

    @property
    def name(self) -> str:
        return self.offer.name


def entries(offered: Sequence[Offer], shelf: Shelf, serving: str, following: str) -> list[Entry]:
    """What is offered first, then what was added by path; the last two are names."""
    listed = [_offered(offer, shelf, serving, following) for offer in offered]
    return [*listed, *(_added(path, serving, following) for path in shelf.kept().added)]


def is_here(name: str, shelf: Shelf) -> bool:
    return name == BUNDLED or shelf.path(name) is not None or (Path(name).is_absolute() and Path(name).exists())


def _offered(offer: Offer, shelf: Shelf, serving: str, following: str) -> Entry:
    stored, path = shelf.kept().stored.get(offer.name), shelf.path(offer.name)
    here = path is not None or offer.source is None
    cited = offer.source is None or offer.source.sha256 is not None
    verified = stored.verified if stored else cited
    return Entry(offer, here, verified, offer.name == serving, next=offer.name == following)


def _added(path: str, serving: str, following: str) -> Entry:
    place = Path(path)
    here = place.exists()
    size, verdict = (_size(place), ADDED) if here else (0, MISSING)
    offer = Offer(path, place.name, "", size, verdict, here, False, None)
    return Entry(offer, here, False, path == serving, added=True, next=path == following)


def _size(place: Path) -> int:
    files = place.iterdir() if place.is_dir() else (place,)
    return sum(file.stat().st_size for file in files if file.is_file())
