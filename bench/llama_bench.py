"""llama.cpp's own benchmark, linked with the very libraries that serve: the yardstick for what our layers cost.

Only the few files of the program itself are compiled, from the source archive of llama-cpp-python; the libraries are
those of the installed package, so both sides run the same machine code. Linux and macOS (the latter untested).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from backends.engine import ServeOptions
from errors import Trouble

PACKAGE = "llama-cpp-python"
SOURCES = (
    "tools/llama-bench/llama-bench.cpp",
    "common/common.cpp",
    "common/log.cpp",
    "common/fit.cpp",
    "common/arg.cpp",
)
INCLUDES = ("common", "include", "ggml/include", "vendor")
# Stands in for the file that llama.cpp's build fills in from git.
BUILD_INFO = """
#include "build-info.h"
int llama_build_number(void) { return 0; }
const char * llama_commit(void) { return "unknown"; }
const char * llama_compiler(void) { return "unknown"; }
const char * llama_build_target(void) { return "unknown"; }
const char * llama_build_info(void) { return "unknown"; }
void llama_print_build_info(const char *, FILE *) {}
"""


def build(cache: Path) -> Path:
    """The program, compiled once per version into `cache` (about a minute; the archive is fetched with pip)."""
    folder = cache / version(PACKAGE)
    program = folder / "llama-bench"
    if program.exists():
        return program
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None or sys.platform == "win32":
        raise Trouble("llama-bench can be built on Linux and macOS with a C++ compiler only; set CXX or install one.")
    folder.mkdir(parents=True, exist_ok=True)
    source = _unpack(folder) / "vendor" / "llama.cpp"
    (folder / "build-info.cpp").write_text(BUILD_INFO, encoding="utf-8")
    (folder / "main.cpp").write_text(
        "int llama_bench(int, char **);\nint main(int n, char ** a) { return llama_bench(n, a); }\n"
    )
    flags = ["-O2", "-DNDEBUG", "-fPIC", "-std=c++17", *(f"-I{source / name}" for name in INCLUDES)]
    objects = []
    for file in [*(source / name for name in SOURCES), folder / "build-info.cpp"]:
        objects.append(str(folder / f"{file.stem}.o"))
        _run(compiler, *flags, "-c", str(file), "-o", objects[-1])
    # The parts that fetch models from the network stay out: a library may leave symbols open that nobody calls.
    lazy = ["-Wl,-undefined,dynamic_lookup"] if sys.platform == "darwin" else ["-Wl,-z,lazy"]
    open_symbols = [] if sys.platform == "darwin" else ["-Wl,--allow-shlib-undefined"]
    libraries = [f"-L{libraries_folder()}", "-lllama", "-lggml", "-lggml-cpu", "-lggml-base", "-lpthread"]
    _run(compiler, "-shared", *objects, *libraries, *lazy, "-o", str(folder / "libllama-bench.so"))
    linked = [f"-L{folder}", "-lllama-bench", f"-Wl,-rpath,{folder}", *lazy, *open_symbols]
    _run(compiler, str(folder / "main.cpp"), *linked, "-o", str(program))
    return program


def run(program: Path, model: Path, options: ServeOptions, prompt: int, tokens: int) -> dict[str, float]:
    """Tokens per second of reading `prompt` tokens and of writing `tokens`, one run each: {"prompt", "decode"}."""
    arguments = ["-m", model, "-t", options.threads, "-b", options.batch, "-ub", options.batch, "-r", 1, "-o", "json"]
    arguments += ["-fa", int(options.flash_attention), "--repack", int(not options.safe_mode)]
    arguments += ["-p", prompt, "-n", tokens]
    variable = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
    environment = {**os.environ, variable: str(libraries_folder())}
    answer: list[dict[str, Any]] = json.loads(_run(str(program), *map(str, arguments), environment=environment))
    return {"prompt" if row["n_prompt"] else "decode": float(row["avg_ts"]) for row in answer}


def libraries_folder() -> Path:
    spec = find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        raise Trouble(f"{PACKAGE} is not installed; run: pip install -r requirements.txt")
    return Path(spec.origin).parent / "lib"


def _unpack(folder: Path) -> Path:
    name = f"{distribution(PACKAGE).metadata['Name'].replace('-', '_')}-{version(PACKAGE)}"
    archive = folder / f"{name}.tar.gz"
    if not archive.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
        _run(*pip, "--no-binary", PACKAGE, f"{PACKAGE}=={version(PACKAGE)}", "--dest", str(folder))
    if not (folder / name).exists():
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    return folder / name


def _run(*command: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise Trouble(f"{Path(command[0]).name} failed ({done.returncode}): {done.stderr.strip()[-500:]}")
    return done.stdout
