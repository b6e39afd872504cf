"""What this machine has for installing: its Pythons, its processor, a compiler, and which web pages answer.

Standard library only and in the syntax of Python 3.8, as install.py.
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from installing.choices import PYTHONS, Interpreter, processor

PROBE = """
import importlib.util, json, platform, struct, sys, sysconfig
print(json.dumps([platform.python_implementation(), "%d.%d" % sys.version_info[:2], struct.calcsize("P") * 8,
    platform.machine(), bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    importlib.util.find_spec("venv") is not None and importlib.util.find_spec("ensurepip") is not None]))
"""


def probe(*command: str) -> Interpreter | None:
    """Ask a Python about itself; None if it is not there or does not run."""
    try:
        answer = subprocess.run([*command, "-c", PROBE], capture_output=True, text=True, timeout=30)
        return Interpreter(tuple(command), *json.loads(answer.stdout))
    except (OSError, ValueError, TypeError, subprocess.TimeoutExpired):
        return None


def find_pythons(system: str) -> list[Interpreter]:
    """The running Python first, then those on PATH, then those of the Windows launcher."""
    commands = [(sys.executable,), *((f"python{version}",) for version in PYTHONS), ("python3",)]
    launcher = [("py", f"-{version}") for version in PYTHONS] if system == "Windows" else []
    answers = [probe(*command) for command in [*commands, *launcher]]
    return [answer for answer in answers if answer]


def native_chip(system: str) -> str:
    """The machine's processor. The system is asked, because an Intel Python on Apple Silicon names the wrong one."""
    if system == "Darwin":
        asked = subprocess.run(["/usr/sbin/sysctl", "-n", "hw.optional.arm64"], capture_output=True, text=True)
        return "arm64" if asked.stdout.strip() == "1" else "x86_64"
    return processor(platform.machine())


def has_nvidia() -> bool:
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()


def visual_cpp_there() -> bool:
    programs = Path(os.environ.get("PROGRAMFILES(X86)", "C:/Program Files (x86)"))
    where = programs / "Microsoft Visual Studio/Installer/vswhere.exe"
    if shutil.which("cl") or not where.exists():
        return shutil.which("cl") is not None
    tools = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    asked = [str(where), "-latest", "-products", "*", "-requires", tools, "-property", "installationPath"]
    return bool(subprocess.run(asked, capture_output=True, text=True).stdout.strip())


def compiler_works(system: str) -> bool:
    """Whether some C++ compiler accepts a small program; on Windows, whether Visual C++ is installed."""
    if system == "Windows":
        return visual_cpp_there()
    named = os.environ.get("CXX")
    program = "#include <vector>\nint main() { return static_cast<int>(std::vector<int>{}.size()); }\n"
    for command in [shlex.split(named)] if named else [["c++"], ["g++"], ["clang++"]]:
        check = [*command, "-x", "c++", "-std=c++17", "-fsyntax-only", "-"]
        if (
            shutil.which(command[0])
            and not subprocess.run(check, input=program, capture_output=True, text=True).returncode
        ):
            return True
    return False


def fetch_pages(urls: list[str], seconds: float) -> dict[str, str]:
    """The pages that answer within `seconds`. In threads, because looking a host up knows no time limit of its own."""
    pages: dict[str, str] = {}

    def fetch(url: str) -> None:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                pages[url] = answer.read().decode("utf-8", "replace")
        except (OSError, ValueError):
            return

    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=fetch, args=(url,), daemon=True) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(pages)
