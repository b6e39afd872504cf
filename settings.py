"""Settings: one frozen value, read once from the command line and the environment, validated here."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from errors import BadInput

BACKENDS = ("auto", "llama_cpp", "mlx", "scripted")
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may choose at start. `model` is a catalogue name or a path to a GGUF file."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 7861
    model: str = "bundled"
    backend: str = "auto"
    browser: bool = True
    owner: str = "Me"  # what the first person is called until they say otherwise

    def __post_init__(self) -> None:
        if self.host not in LOCAL_HOSTS:
            raise BadInput(f"Homegrown listens on this machine only; use --host 127.0.0.1 instead of {self.host}.")
        if not 0 < self.port < 65536:
            raise BadInput(f"A port is a number from 1 to 65535, not {self.port}.")
        if self.backend not in BACKENDS:
            raise BadInput(f"There is no backend {self.backend!r}; choose one of {', '.join(BACKENDS)}.")
        if self.backend == "mlx":
            raise BadInput(
                "The MLX backend is not built yet; use --backend llama_cpp, which also runs on Apple Silicon."
            )

    @classmethod
    def from_args(cls, args: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> Settings:
        given = {name: getattr(args, name, None) for name in ("host", "port", "model", "backend")}
        chosen = {name: value for name, value in given.items() if value is not None}
        if getattr(args, "demo", False):
            chosen["backend"] = "scripted"
        return cls(
            home=home_folder(getattr(args, "home", None), environ),
            browser=not getattr(args, "no_browser", False),
            **chosen,
        )


def home_folder(given: str | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The only folder the product writes to: --home, else HOMEGROWN_HOME, else the platform's data folder."""
    chosen = given or environ.get("HOMEGROWN_HOME")
    return Path(chosen).expanduser().absolute() if chosen else Path(platformdirs.user_data_dir("Homegrown", False))
