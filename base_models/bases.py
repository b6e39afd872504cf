"""A base model as it is served and taught: its file, its digest, how it is loaded, and its learning rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from backends import catalog, gguf_header, mlx_folder
from backends.engine import ServeOptions
from backends.hardware import GIB, Machine
from backends.plan import Plan, beside, converted, plan
from backends.shape import shape_of
from domain import Recipe
from errors import ModelUnusable
from learning.probes import bundled_suite, shipped_calibrations
from personalization.rate import LearningRate
from personalization.recipe import recipe_for
from personalization.schedule import Need
from storage.remembered import Remembered
from storage.shelf import BUNDLED, Pin, Shelf

CHANGED = (
    "{path} has changed since it was added (its SHA-256 differs). If that was you, add it again, on the Models page or "
    "with: python app.py models add {path}"
)
SCRIPTED = ServeOptions(context=4096, threads=1, flash_attention=False, batch=512, kv_budget=0)


@dataclass(frozen=True, slots=True)
class Base:
    """`name` is one of the catalogue or an absolute path; `digest` is the SHA-256 of the weights."""

    name: str
    model: Path | None  # None: the scripted backend, which has none
    digest: str
    options: ServeOptions
    rate: LearningRate | None
    plan: Plan | None = None  # None: the scripted backend, which needs next to nothing

    @property
    def title(self) -> str:
        known = catalog.MODELS.get(self.name)
        return known.title if known else Path(self.name).name

    @property
    def parameters(self) -> int:
        """How many weights it has; 0 for the scripted backend."""
        return self.rate.parameters if self.rate else 0

    @property
    def too_large(self) -> str:
        """Why this machine cannot carry it; "" if it can."""
        if not self.plan or self.plan.runs != "does not fit":
            return ""
        needed = f"{self.title} needs {self.plan.bytes / GIB:.1f} GB of memory"
        return f"{needed}, more than this machine has for it; nothing was changed, choose a smaller model."

    @property
    def taught(self) -> Path | None:
        """What the learner reads: the model as the engine serves it."""
        return Path(self.options.converted) if self.options.converted else self.model

    @property
    def need(self) -> Need:
        """What its nights take here."""
        if not self.plan:
            return Need()
        night = self.plan.night
        return Need(night.need, night.row_tokens) if night else Need(cannot=self.plan.no_night)

    def beside(self, other: Base, machine: Machine) -> Base:
        """The same model as it is taught and examined while the other one serves."""
        planned = beside(self.plan, other.plan, machine) if self.plan and other.plan else self.plan
        return replace(self, plan=planned)

    def recipe(self, lessons: int) -> Recipe:
        recipe = self.rate.recipe(lessons) if self.rate else recipe_for(0, lessons, self.options.threads)
        return replace(recipe, rows_at_once=self.plan.night.rows) if self.plan and self.plan.night else recipe


def header_of(path: Path, backend: str) -> gguf_header.GgufHeader:
    """What a model says of itself. Raises ModelUnusable for one that this backend cannot read."""
    if backend == "mlx" and path.is_dir():
        return mlx_folder.read_header(path)
    return gguf_header.read_header(path)


def base_of(name: str, backend: str, machine: Machine, home: Path) -> Base:
    """Looks at the file of a model. Raises BadInput for an unknown name, ModelUnusable for a file that cannot serve."""
    if backend == "scripted" and name == BUNDLED:
        return Base(name, None, "scripted", SCRIPTED, None)
    shelf = Shelf(home)
    path, known = shelf.path(name), None
    if path is None:
        path, known = catalog.find(name)
    header, in_folder = header_of(path, backend), backend == "mlx" and path.is_dir()
    digest = (mlx_folder if in_folder else catalog).digest(path, home / "cache" / "digests.json")
    stored = shelf.kept().stored.get(name)
    if known:
        catalog.verify(known, digest)
    elif not stored:
        _recognise(shelf, str(path), digest)
    if stored and stored.sha256 != digest:
        raise ModelUnusable(
            f"The model {name} is not the one that was downloaded (its SHA-256 differs); remove it, and download it "
            "again."
        )
    if backend == "scripted":
        return Base(name, path, digest, SCRIPTED, None)
    shape = shape_of(header)
    if backend == "mlx" and not in_folder:
        shape = converted(shape, header.quantisation)
    planned = plan(shape, machine, backend)
    options = replace(planned.options, model_hash=digest)
    if backend == "mlx" and not in_folder:
        options = replace(options, converted=str(mlx_folder.conversion(home / "cache" / "mlx", digest)))
    found = Remembered(home / "cache" / "learning-rate")
    rate = LearningRate(digest, header.parameters, options.threads, bundled_suite(), found, shipped_calibrations())
    return Base(name if known or stored else str(path), path, digest, options, rate, planned)


def _recognise(shelf: Shelf, path: str, digest: str) -> None:
    """A model of the person's own is pinned when it is first looked at. Raises ModelUnusable if it has changed."""
    pin = shelf.pinned(path)
    if pin is None:
        shelf.pin(path, Pin(digest))
    elif pin.sha256 != digest:
        raise ModelUnusable(CHANGED.format(path=path))
