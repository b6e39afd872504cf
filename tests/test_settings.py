"""Settings are read once and validated; each refusal names what may be chosen."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from command_line.arguments import build_parser
from errors import BadInput
from settings import Settings, home_folder


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"host": "0.0.0.0"}, "127.0.0.1"),
        ({"host": "example.org"}, "127.0.0.1"),
        ({"allow_hosts": ("box.home.arpa",)}, "--host 0.0.0.0"),
        ({"idle_minutes": -1}, "0 \\(never\\) to 1440"),
        ({"rest_minutes": 1441}, "--rest-minutes .*0 \\(never\\) to 1440"),
        ({"port": 0}, "1 to 65535"),
        ({"port": 65536}, "1 to 65535"),
        ({"port": -1}, "1 to 65535"),
        ({"backend": "magic"}, "auto, llama_cpp"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_can(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Settings(tmp_path, **fields)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_may_be_named_in_three_ways(tmp_path: Path, host: str) -> None:
    assert Settings(tmp_path, host=host).host == host


def test_what_is_not_given_keeps_its_default(tmp_path: Path) -> None:
    assert Settings.from_args(Namespace(home=str(tmp_path)), {}) == Settings(tmp_path)
    given = build_parser().parse_args(["serve", "--home", str(tmp_path)])
    assert Settings.from_args(given, {}) == Settings(tmp_path)


def test_what_is_given_counts(tmp_path: Path) -> None:
    words = ["serve", "--home", str(tmp_path), "--host", "::1", "--port", "80", "--model", "m.gguf", "--no-browser"]
    settings = Settings.from_args(build_parser().parse_args([*words, "--backend", "llama_cpp"]), {})
    assert settings == Settings(tmp_path, "::1", 80, "m.gguf", "llama_cpp", browser=False)
    assert Settings.from_args(build_parser().parse_args(["--demo"]), {}).backend == "scripted"


def test_what_listening_beyond_this_machine_takes_is_read(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).touch()
    words = ["serve", "--home", str(tmp_path), "--host", "0.0.0.0", "--allow-host", "Box", "--allow-host", "box.lan"]
    words += ["--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"), "--idle-minutes", "5"]
    settings = Settings.from_args(build_parser().parse_args(words), {})
    assert settings.beyond
    assert settings.allow_hosts == ("box", "box.lan")
    assert (settings.tls_cert, settings.tls_key) == (tmp_path / "cert.pem", tmp_path / "key.pem")
    assert settings.idle_minutes == 5
    assert not Settings(tmp_path).beyond


def test_the_home_is_the_option_then_the_environment_then_the_platforms_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"HOMEGROWN_HOME": str(tmp_path / "environment")}
    assert home_folder(str(tmp_path / "given"), environ) == tmp_path / "given"
    assert home_folder(None, environ) == tmp_path / "environment"
    assert home_folder("", {}).name == "Homegrown"
    monkeypatch.chdir(tmp_path)
    assert home_folder("here", {}) == tmp_path / "here"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert home_folder("~/mine", {}) == tmp_path / "mine"
