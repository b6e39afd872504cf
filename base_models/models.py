"""The base models of a home: which there are, fetching one, and letting another one serve from the next reply on."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from backends import catalog, gguf_header
from backends.base import Sampling
from backends.engine import Engine
from backends.hardware import Machine
from backends.source import Fetched, Source
from base_models.bases import Base, base_of
from base_models.downloads import Downloads
from base_models.offers import Offer, offers
from conversation.chat import Chat
from conversation.prompt import reserve
from errors import BadInput, Deferred, Gone, HomegrownError, ModelUnusable
from learning.nights import Nights
from storage.shelf import BUNDLED, Shelf, Stored

LOAD_SECONDS = 600.0  # a large model from a slow disk
REPLY_SECONDS = 60.0  # for replies that are being written
PAUSE = 0.1
CHANGE = "A change of the model"
LEAVES = "{trouble} Until it is there again the bundled model serves; conversations, and what you taught, are kept."
ADDED = "Added from this machine, not verified by us."
MISSING = "The file is not there any more."
BACK = "{trouble} {name} goes on serving; nothing was changed."

log = logging.getLogger("homegrown.models")


@dataclass(frozen=True, slots=True)
class Entry:
    """A model as it is listed. `verified`: its digest is one that Homegrown can cite, not the hub's word alone."""

    offer: Offer
    here: bool  # its file is on this machine
    verified: bool
    serving: bool
    added: bool = False

    @property
    def name(self) -> str:
        return self.offer.name


def at_start(home: Path, backend: str, machine: Machine, given: str) -> tuple[Base, str]:
    """The base to begin with: the one that is `given`, else the one chosen last; and what is wrong with that one."""
    chosen = given or Shelf(home).kept().chosen
    try:
        return base_of(chosen, backend, machine, home), ""
    except (BadInput, ModelUnusable) as trouble:
        if given or chosen == BUNDLED:
            raise
        return base_of(BUNDLED, backend, machine, home), LEAVES.format(trouble=trouble)


class Models:
    """`notice` is what the owner should know: why the chosen model does not serve, or how the last change ended."""

    def __init__(
        self,
        home: Path,
        backend: str,
        machine: Machine,
        base: Base,
        notice: str,
        parts: tuple[Chat, Nights, Engine],
    ) -> None:
        self.serving, self.notice, self.machine = base, notice, machine
        self.shelf = Shelf(home)
        self.downloads = Downloads(
            self.shelf.folder,
            home / "logs" / "download.log",
            lambda source: self.shelf.pinned(_address(source)),
            self._arrived,
        )
        self.changing = ""  # to which model, while it is loaded
        self._home, self._backend = home, backend
        self._chat, self._nights, self._engine = parts

    def entries(self) -> list[Entry]:
        """Those of the catalogue, then those that were added by path."""
        listed = [self._offered(offer) for offer in offers(self.machine)]
        return [*listed, *(self._added(path) for path in self.shelf.kept().added)]

    def download(self, name: str) -> None:
        """Begins in the background. Raises BadInput, Gone, Deferred."""
        entry = self._entry(name)
        offer = entry.offer
        if entry.here:
            raise BadInput(f"{offer.title} is here already; let it serve.")
        if offer.source is None:
            raise BadInput(f"{offer.title} cannot be downloaded; add its file by path.")
        if not offer.runs:
            raise BadInput(f"{offer.title} would not run here. {offer.verdict}")
        self.downloads.start(name, offer.source)

    def add(self, path: str) -> str:
        """Lists a GGUF file that lies on this machine, if its header is in order; returns its name."""
        place = Path(path.strip()).expanduser()
        if not path.strip() or not place.is_absolute():
            raise BadInput("Give the whole path of a .gguf file, from the root of the disk on.")
        gguf_header.read_header(place)
        self.shelf.add(str(place))
        return str(place)

    def remove(self, name: str) -> None:
        """Deletes a downloaded file, or takes an added one off the list."""
        if name == self.serving.name:
            raise BadInput("This model serves now; let another one serve first.")
        self.shelf.remove(name)

    def begin(self, name: str) -> None:
        """Lets another model serve, in the background; how it ended stands in `notice`."""
        self._claim(name)
        threading.Thread(target=self._change_quietly, args=(name,), name="model", daemon=True).start()

    def use(self, name: str) -> Base:
        """Lets another model serve; returns when it does. Raises what is in the way; then the old one goes on."""
        self._claim(name)
        return self._change(name)

    def before(self) -> str:
        """The model that served before this one, if it is still there; else ""."""
        name = self.shelf.kept().before
        return name if name and name != self.serving.name and self._there(name) else ""

    def _claim(self, name: str) -> None:
        self._nights.take_place("", CHANGE, lambda person: None)
        self.changing, self.notice = name, ""

    def _change_quietly(self, name: str) -> None:
        try:
            self._change(name)
        except HomegrownError as error:
            self.notice = str(error)
        except Exception:
            self.notice = "Something went wrong in Homegrown itself; see the log."
            log.exception("the model could not be changed")

    def _change(self, name: str) -> Base:
        before = self.serving
        try:
            base = base_of(name, self._backend, self.machine, self._home)
            if base.digest == before.digest:
                raise BadInput("This model serves already.")
            self._swap(base)
            try:
                self._engine.wait_ready(LOAD_SECONDS)
            except HomegrownError as trouble:
                self._swap(before)
                raise ModelUnusable(BACK.format(trouble=trouble, name=_title(before))) from trouble
            self.shelf.choose(base.name)
            if not any(entry.name == base.name for entry in self.entries()):
                self.shelf.add(base.name)
            return base
        finally:
            self.changing = ""
            self._nights.leave_place("")

    def _swap(self, base: Base) -> None:
        """Between two replies: adapters, learning rate and engine change together. Raises Deferred."""
        patience = time.monotonic() + REPLY_SECONDS
        while True:
            try:
                with self._chat.still():
                    self._nights.adapters.base = base.digest
                    self._nights.rate, self._nights.need = base.rate, base.need
                    self._chat.sampling = Sampling(max_tokens=reserve(base.options.context))
                    self.serving = base
                    self._engine.load(self._backend, base.model, base.options)
                    return
            except Deferred:
                if time.monotonic() > patience:
                    raise
                time.sleep(PAUSE)

    def _arrived(self, name: str, source: Source, fetched: Fetched) -> None:
        self.shelf.pin(_address(source), fetched.sha256)
        self.shelf.store(name, Stored(fetched.path, fetched.sha256, fetched.verified))

    def _entry(self, name: str) -> Entry:
        found = next((entry for entry in self.entries() if entry.name == name), None)
        if found is None:
            raise Gone(f"There is no model called {name}; “models list” shows those there are.")
        return found

    def _offered(self, offer: Offer) -> Entry:
        stored, path = self.shelf.kept().stored.get(offer.name), self.shelf.path(offer.name)
        here = path is not None or offer.source is None
        cited = offer.source is None or offer.source.sha256 is not None
        return Entry(offer, here, stored.verified if stored else cited, offer.name == self.serving.name)

    def _added(self, path: str) -> Entry:
        place = Path(path)
        here = place.is_file()
        size, verdict = (place.stat().st_size, ADDED) if here else (0, MISSING)
        offer = Offer(path, place.name, "", size, verdict, here, False, None)
        return Entry(offer, here, False, path == self.serving.name, added=True)

    def _there(self, name: str) -> bool:
        return name == BUNDLED or self.shelf.path(name) is not None or Path(name).is_file()


def _address(source: Source) -> str:
    return f"{source.repository}/{source.file}"


def _title(base: Base) -> str:
    known = catalog.MODELS.get(base.name)
    return known.title if known else Path(base.name).name
