"""Settings: one frozen value, read once from the command line and the environment, validated here."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from errors import BadInput

BACKENDS = ("auto", "llama_cpp", "mlx", "scripted")
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")  # of a machine, or an IPv4 address: as browsers write it in Host


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may choose at start. `model` is a catalogue name or a path to a GGUF file; "": as last chosen."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 7861
    model: str = ""
    backend: str = "auto"
    browser: bool = True
    owner: str = "Me"  # what the first person is called until they say otherwise
    allow_hosts: tuple[str, ...] = ()  # names under which other machines may ask for the pages
    tls_cert: Path | None = None  # PEM files
    tls_key: Path | None = None
    idle_minutes: int = 30  # after so long without use, who has a passphrase is signed out; 0: never
    rest_minutes: int | None = None  # after so long without use the model is unloaded; 0: never; None: as chosen before

    def __post_init__(self) -> None:
        self._check_reach()
        if not 0 < self.port < 65536:
            raise BadInput(f"A port is a number from 1 to 65535, not {self.port}.")
        if not 0 <= (self.rest_minutes or 0) <= 24 * 60:
            raise BadInput(f"--rest-minutes is a number from 0 (never) to 1440, not {self.rest_minutes}.")
        if self.backend not in BACKENDS:
            raise BadInput(f"There is no backend {self.backend!r}; choose one of {', '.join(BACKENDS)}.")

    @property
    def beyond(self) -> bool:
        """Whether other machines can reach the pages."""
        return self.host not in LOCAL_HOSTS

    def _check_reach(self) -> None:
        """Beyond this machine only encrypted, and under names that were given; each refusal says what is missing."""
        for name in self.allow_hosts:
            if not NAME.fullmatch(name):
                raise BadInput(f"{name!r} cannot be allowed: give --allow-host one plain name such as box.home.arpa.")
        if bool(self.tls_cert) != bool(self.tls_key):
            raise BadInput("A certificate and its key belong together; give both --tls-cert FILE and --tls-key FILE.")
        for path in (self.tls_cert, self.tls_key):
            if path and not path.is_file():
                raise BadInput(f"There is no file {path}; give --tls-cert and --tls-key a PEM file each.")
        if not 0 <= self.idle_minutes <= 24 * 60:
            raise BadInput(f"--idle-minutes is a number from 0 (never) to 1440, not {self.idle_minutes}.")
        if self.beyond and not self.tls_cert:
            raise BadInput(
                f"On {self.host} others could read along; add --tls-cert FILE and --tls-key FILE, "
                "or stay on this machine with --host 127.0.0.1."
            )
        if self.beyond and not self.allow_hosts:
            raise BadInput(
                f"Name the host that browsers will ask {self.host} for: --allow-host NAME, once for each name "
                "(it must be in the certificate); or stay on this machine with --host 127.0.0.1."
            )
        if self.allow_hosts and not self.beyond:
            raise BadInput("--allow-host is for other machines; add --host 0.0.0.0 (or an address of this machine).")

    @classmethod
    def from_args(cls, args: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> Settings:
        names = ("host", "port", "model", "backend", "idle_minutes", "rest_minutes")
        given = {name: getattr(args, name, None) for name in names}
        chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if hosts := getattr(args, "allow_host", None):
            chosen["allow_hosts"] = tuple(host.lower() for host in hosts)
        for name in ("tls_cert", "tls_key"):
            if path := getattr(args, name, None):
                chosen[name] = Path(path).expanduser().absolute()
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
