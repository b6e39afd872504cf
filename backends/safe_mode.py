"""Remembers which builds of a runtime crash on which processor, so that the next start goes straight to safe mode."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path

from domain import content_hash

PACKAGES = {"llama_cpp": "llama-cpp-python", "mlx": "mlx"}
# Arm's own cores as Linux tells them; part numbers from Arm's manuals.
ARM_CORES = {
    "0xd03": "Cortex-A53", "0xd05": "Cortex-A55", "0xd08": "Cortex-A72", "0xd0b": "Cortex-A76", "0xd0c": "Neoverse-N1",
    "0xd40": "Neoverse-V1", "0xd49": "Neoverse-N2",
}  # fmt: skip
LIBRARIES = (".so", ".dylib", ".dll")


def build(backend: str) -> str:
    """Names a backend's native build and this processor: a new version, build or machine is tried afresh."""
    package = PACKAGES.get(backend)
    if package is None:
        return content_hash([backend, processor()])
    try:
        distribution = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return content_hash([backend, processor()])
    paths = [Path(str(distribution.locate_file(file))) for file in distribution.files or () if file.suffix in LIBRARIES]
    libraries = sorted((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.exists())
    return content_hash([backend, distribution.version, libraries, processor()])


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The model name of the CPU; of Arm's the kind of its last core."""
    told: dict[str, str] = {}  # Linux; platform.processor() is often empty there
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            told[name.strip()] = value.strip()
    core = ARM_CORES.get(told.get("CPU part", ""), "")
    return told.get("model name") or core or platform.processor() or platform.machine()


def is_needed(state: Path, build: str) -> bool:
    return build in crashing(state)


def remember(state: Path, build: str) -> None:
    """Adds the build to the file, which is replaced whole."""
    state.parent.mkdir(parents=True, exist_ok=True)
    aside = state.with_suffix(".tmp")
    aside.write_text(json.dumps({"safe_mode": sorted({*crashing(state), build})}), encoding="utf-8")
    aside.replace(state)


def crashing(state: Path) -> list[str]:
    """The builds in the file. A damaged file counts as empty: the worst is one more crash at start."""
    try:
        builds = json.loads(state.read_text(encoding="utf-8"))["safe_mode"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return []
    return builds if isinstance(builds, list) else []
