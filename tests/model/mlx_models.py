"""Models for the tests of both backends: the tiny GGUF and the bundled one, with their folders in MLX's format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backends.catalog import find, hash_file
from backends.mlx.convert import convert
from backends.mlx_folder import conversion
from tests.model.tiny import write_gguf


@dataclass(frozen=True)
class Both:
    """The same model for both backends: `gguf` serves llama.cpp and PyTorch, `folder` serves MLX."""

    gguf: Path
    folder: Path
    sha256: str

    def of(self, backend: str) -> Path:
        return self.folder if backend == "mlx" else self.gguf


def tiny(folder: Path, kind: str = "llama", seed: int = 0) -> Both:
    folder.mkdir(parents=True, exist_ok=True)
    write_gguf(kind, folder / f"tiny {kind}.gguf", seed)
    return both(folder / f"tiny {kind}.gguf", folder)


def bundled(folder: Path) -> Both:
    return both(find("bundled")[0], folder)


def both(model: Path, folder: Path) -> Both:
    sha256 = hash_file(model)
    place = conversion(folder, sha256)
    convert(model, sha256, place)
    return Both(model, place, sha256)
