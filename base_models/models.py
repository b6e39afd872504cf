"""The base models of a home: which there are, fetching one, and letting another one serve from the next reply on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from backends.base import Sampling
from backends.engine import Engine
from backends.hardware import Machine
from backends.source import Fetched, Source
from base_models.bases import Base, base_of, header_of
from base_models.downloads import Downloads
from base_models.entries import Entry, entries, is_here
from base_models.offers import offers
from base_models.succession import Succession
from conversation.chat import Chat
from conversation.prompt import reserve
from domain import Message
from errors import BadInput, Deferred, Gone, HomegrownError, ModelUnusable, NothingSound
from learning.nights import Nights
from storage.shelf import BUNDLED, Pin, Shelf, Stored

LOAD_SECONDS = 600.0  # a large model from a slow disk
REPLY_SECONDS = 60.0  # for replies that are being written
MAKE_WAY_SECONDS = 30.0  # for a night that is called off
PAUSE = 0.1
SAMPLES = ("Hello", "Good night")
DEAF = "The model's chat template leaves out what is asked; choose another model file."
CHANGE = "A change of the model"
LEAVES = "{trouble} Until it is there again the bundled model serves; conversations, and what you taught, are kept."
BACK = "{trouble} {name} goes on serving; nothing was changed."
NEXT = "{title} is to serve next; let it serve at once, or keep the present model, before you remove it."
KEPT = "{title} goes on serving, and no other model waits."
KINDS = ("a .gguf file", "a .gguf file, or of a folder in MLX's format")
NO_NEXT = "No other model waits to serve; nothing was changed."
SUCCEEDED = "{title} has learnt what you taught, passed its exam and serves now."
SOON = "{title} has passed its exam and serves as soon as nobody is being answered."

log = logging.getLogger("homegrown.models")


def at_start(
    home: Path, backend: str, machine: Machine, given: str, grown: Callable[[str], bool] = lambda digest: False
) -> tuple[Base, str]:
    """The base to begin with: the one that is `given`, else the one chosen last; and what is wrong with that one.

    A candidate that has passed its exam (`grown` tells it by its digest) takes its place: a kill had come in between.
    """
    shelf = Shelf(home)
    if (name := shelf.kept().candidate) and not given:
        try:
            candidate = base_of(name, backend, machine, home)
            if grown(candidate.digest):
                shelf.choose(name)
        except (BadInput, ModelUnusable, NothingSound):  # told when the candidacy is taken up again
            pass
    chosen = given or shelf.kept().chosen
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
            lambda source: pin.sha256 if (pin := self.shelf.pinned(source.address)) else None,
            self._arrived,
        )
        self.changing = ""  # to which model, while it is loaded
        self._home, self._backend = home, backend
        self._chat, self._nights, self._engine = parts
        told = (lambda: self.serving, self._succeed, self._say)
        self.succession = Succession(home, self.shelf, backend, machine, self._nights, *told)
        self.succession.resume()

    def entries(self) -> list[Entry]:
        """Those of the catalogue, then those that were added by path."""
        following = self.succession.base.name if self.succession.base else ""
        return entries(offers(self.machine, self._backend), self.shelf, self.serving.name, following)

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
        pin = self.shelf.pinned(offer.source.address)
        revision = offer.source.revision or (pin.revision if pin else "")  # its maker may have changed it since
        self.downloads.start(name, replace(offer.source, revision=revision or None))

    @property
    def kinds(self) -> str:
        """What can be added, in words."""
        return KINDS[self._backend == "mlx"]

    def add(self, path: str) -> str:
        """Lists a GGUF file, or with MLX a folder in its format, if its header is in order; returns its name."""
        place = Path(path.strip()).expanduser()
        if not path.strip() or not place.is_absolute():
            raise BadInput(f"Give the whole path of {self.kinds}, from the root of the disk on.")
        header_of(place, self._backend)
        self.shelf.add(str(place))
        return str(place)

    def remove(self, name: str) -> None:
        """Deletes a downloaded model, or takes an added one off the list."""
        if name == self.serving.name:
            raise BadInput("This model serves now; let another one serve first.")
        if (candidate := self.succession.base) and name == candidate.name:
            raise BadInput(NEXT.format(title=candidate.title))
        self.shelf.remove(name)

    def begin(self, name: str, at_once: bool = False) -> None:
        """`use` in the background; how it ended stands in `notice`."""
        self._claim(name)
        threading.Thread(target=self._change_quietly, args=(name, at_once), name="model", daemon=True).start()

    def use(self, name: str, at_once: bool = False) -> Base:
        """Lets another model serve; returns when it does. Raises what is in the way; then the old one goes on.

        Where it must be taught first (see Succession) it becomes the candidate instead, unless it is to serve
        `at_once`.
        """
        self._claim(name)
        return self._change(name, at_once)

    def keep(self) -> None:
        """The present model goes on serving, and no other waits. Raises Gone if none did."""
        if self.succession.base is None:
            raise Gone(NO_NEXT)
        running = self.succession.running()
        self.succession.withdraw()
        if running:
            self.succession.call_off()
        self.notice = KEPT.format(title=self.serving.title)

    def settle(self) -> None:
        """Lets a candidate serve that has passed and could not yet. Raises nothing: it is tried again later."""
        if (base := self.succession.base) and self.succession.has_passed():
            try:
                self._claim(base.name)
            except Deferred:
                return
            try:
                self._succeed(base)
            finally:
                self._nights.place.leave("")

    def before(self) -> str:
        """The model that served before this one, if it is still there; else ""."""
        name = self.shelf.kept().before
        return name if name and name != self.serving.name and is_here(name, self.shelf) else ""

    def _claim(self, name: str) -> None:
        """Takes the place of a night; that of a candidate makes way. Raises Deferred."""
        patience = time.monotonic()
        if self.succession.running():
            self.succession.call_off()
            patience += MAKE_WAY_SECONDS
        while True:
            try:
                self._nights.place.take("", CHANGE)
                break
            except Deferred:
                if time.monotonic() > patience:
                    raise
                time.sleep(PAUSE)
        self.changing, self.notice = name, ""

    def _change_quietly(self, name: str, at_once: bool) -> None:
        try:
            self._change(name, at_once)
        except HomegrownError as error:
            self.notice = str(error)
        except Exception:
            self.notice = "Something went wrong in Homegrown itself; see the log."
            log.exception("the model could not be changed")

    def _change(self, name: str, at_once: bool) -> Base:
        try:
            base = base_of(name, self._backend, self.machine, self._home)
            if base.digest == self.serving.digest:
                raise BadInput("This model serves already.")
            if base.too_large:
                raise BadInput(base.too_large)
            if self.succession.comes_first(base) and not at_once:
                self.succession.nominate(base)
            else:
                self._let_serve(base)
            if not any(entry.name == base.name for entry in self.entries()):
                self.shelf.add(base.name)
            return base
        finally:
            self.changing = ""
            self._nights.place.leave("")

    def _let_serve(self, base: Base) -> None:
        before = self.serving
        self._swap(base)
        try:
            self._engine.wait_ready(LOAD_SECONDS)
            self._try_template()
        except HomegrownError as trouble:
            self._swap(before)
            raise ModelUnusable(BACK.format(trouble=trouble, name=before.title)) from trouble
        self.shelf.choose(base.name)
        self.succession.withdraw()

    def _try_template(self) -> None:
        """A chat template can be unusable though the model loads. Raises ModelUnusable."""
        first, second = (self._engine.encode([Message("user", text)]) for text in SAMPLES)
        if first == second:
            raise ModelUnusable(DEAF)

    def _succeed(self, base: Base) -> None:
        """The candidate has passed: it serves between two replies; what keeps it from that is told."""
        self.changing = base.name
        try:
            self._let_serve(base)
            self.notice = SUCCEEDED.format(title=base.title)
        except Deferred:
            self.notice = SOON.format(title=base.title)
        except HomegrownError as trouble:
            self.succession.withdraw()
            self.notice = str(trouble)
        finally:
            self.changing = ""

    def _say(self, notice: str) -> None:
        self.notice = notice

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
        self.shelf.pin(source.address, Pin(fetched.sha256, fetched.revision))
        self.shelf.store(name, Stored(fetched.path, fetched.sha256, fetched.verified))

    def _entry(self, name: str) -> Entry:
        found = next((entry for entry in self.entries() if entry.name == name), None)
        if found is None:
            raise Gone(f"There is no model called {name}; “models list” shows those there are.")
        return found
