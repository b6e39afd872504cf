"""What installing decides, as pure functions: which Python fits, which packages come ready-made, what to tell a person.

Standard library only and in the syntax of Python 3.8, as install.py.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import NamedTuple

PYTHONS = ("3.11", "3.12", "3.13")
OLDEST_MACOS = 14  # of the MLX wheels
PROCESSORS = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
TAG_STARTS = {"Linux": ("linux", "manylinux"), "Windows": ("win",), "Darwin": ("macosx",)}
TAG_ENDS: dict[
    str, dict[str, tuple[str, ...]]
] = {  # of a wheel's platform tag, by system and processor; what is not here is not supported
    "Linux": {"x86_64": ("x86_64",), "arm64": ("aarch64",)},
    "Windows": {"x86_64": ("amd64",)},
    "Darwin": {"arm64": ("arm64", "universal2")},
}


class CannotInstall(Exception):
    """Installing stops here; the message is one sentence that names the remedy."""


class Interpreter(NamedTuple):
    """What a Python says about itself. `pip`: it can make an environment that has pip."""

    command: tuple[str, ...]
    implementation: str
    version: str
    bits: int
    machine: str
    free_threaded: bool
    pip: bool


def processor(machine: str) -> str:
    """`x86_64`, `arm64`, or what the machine calls itself."""
    return PROCESSORS.get(machine.lower(), machine)


def fits(python: Interpreter, system: str) -> bool:
    """Whether the packages that Homegrown needs are made for this Python."""
    chip = processor(python.machine)
    ordinary = python.implementation == "CPython" and python.bits == 64 and not python.free_threaded
    return ordinary and python.version in PYTHONS and chip in TAG_ENDS.get(system, {})


def check_machine(system: str, chip: str, macos: str) -> None:
    """CannotInstall if nothing runs models there; `chip` is the machine's own, `macos` a version or empty."""
    if system == "Darwin" and chip == "x86_64":
        raise CannotInstall(
            "Intel Macs are not supported, because PyTorch no longer ships for them; "
            "use a Mac with Apple Silicon, or Linux or Windows."
        )
    if chip not in TAG_ENDS.get(system, {}):
        raise CannotInstall(
            f"{system} on {chip} is not supported; use Linux or Windows on x86-64, Linux on arm64, "
            "or a Mac with Apple Silicon."
        )
    if macos and int(macos.split(".")[0]) < OLDEST_MACOS:
        raise CannotInstall(f"MLX needs macOS {OLDEST_MACOS} and this is {macos}; update macOS, then run this again.")


def backend_of(system: str) -> str:
    """What runs the models here; the other one's packages are not installed."""
    return "mlx" if system == "Darwin" else "llama_cpp"


def needs_mlx(system: str, dev: bool) -> bool:
    """Whether MLX is installed: where it runs the models, and on Linux for the tests of it."""
    return backend_of(system) == "mlx" or (dev and system == "Linux")


def choose_python(found: list[Interpreter], system: str, chip: str) -> Interpreter:
    """The first Python that fits; CannotInstall says what to get instead."""
    fitting = [python for python in found if fits(python, system)]
    for python in fitting:
        if python.pip:
            return python
    if fitting:
        raise CannotInstall(
            f"Python {fitting[0].version} lacks its venv module; install it "
            f"(Debian, Ubuntu: sudo apt install python{fitting[0].version}-venv) and run the same command again."
        )
    remedy = {
        "Darwin": "brew install python@3.12, or the macOS installer of python.org",
        "Windows": "winget install Python.Python.3.12, or the 64-bit installer of python.org",
    }.get(system, "Debian, Ubuntu: sudo apt install python3 python3-venv; Fedora: sudo dnf install python3.12")
    versions = ", ".join(dict.fromkeys(f"{python.version} ({python.bits}-bit {python.machine})" for python in found))
    raise CannotInstall(
        f"Homegrown needs Python 3.11, 3.12 or 3.13, the ordinary 64-bit build for {chip}; "
        f"found: {versions or 'none'}; install one ({remedy}) and run the same command again."
    )


def compiler_sentence(system: str, named: str | None) -> str:
    """What to do when no C++ compiler works; `named` is the one that CXX asks for."""
    if named:
        return f"The compiler that CXX names ({named}) does not work; unset CXX or name another, then run this again."
    remedy = {
        "Darwin": "run xcode-select --install",
        "Windows": 'run winget install Microsoft.VisualStudio.2022.BuildTools, choose "Desktop development with C++"',
    }.get(system, "install one (Debian, Ubuntu: sudo apt install g++; Fedora: sudo dnf install gcc-c++)")
    return f"llama.cpp must be compiled here and no working C++ compiler was found; {remedy}, then run this again."


def lists_wheel(page: str, pin: str, python: Interpreter, system: str) -> bool:
    """Whether an index page offers `pin` (name==version) ready-made for this Python on this system."""
    name, version = pin.split("==")
    starts, ends = TAG_STARTS[system], TAG_ENDS[system][processor(python.machine)]
    tag = "cp" + python.version.replace(".", "")
    for file in re.findall(r"[\w.+%-]+\.whl", page):
        parts = urllib.parse.unquote(file)[: -len(".whl")].split("-")
        if len(parts) != 5:
            continue
        its_name, its_version, its_pythons, its_abi, its_platforms = parts
        if (
            (its_name.replace("_", "-").lower(), its_version.split("+")[0]) == (name, version)
            and {"py3", tag} & set(its_pythons.split("."))
            and its_abi in ("none", "abi3", tag)
            and any(one.startswith(starts) and one.endswith(ends) for one in its_platforms.split("."))
        ):
            return True
    return False


def pins(requirements: str) -> dict[str, str]:
    """Name -> exact version, from the text of a requirements file."""
    rows = (line.split("#")[0].split(";")[0].strip() for line in requirements.splitlines())
    return {name.strip().lower(): version.strip() for name, version in (row.split("==") for row in rows if row)}


def is_current(stamp: dict[str, str], wanted: dict[str, str], dev: bool) -> bool:
    """Whether a stamp records what is wanted now; the tools for tests count only if `dev`."""
    return all(stamp.get(part) == wanted[part] for part in (("run", "dev") if dev else ("run",)))
