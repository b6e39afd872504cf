"""Where the pages can be reached: this machine alone, or beyond it only with everything that takes."""

from __future__ import annotations

import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import control
import serving
from app import build
from errors import BadInput
from homegrown import Homegrown
from serving import address, check_reach, guarded, leave_folder, sessions_of, tls
from settings import Settings
from storage.wrap import Cost
from tests.certificate import certificate
from tests.machine import PATIENCE, wait_until
from web.listen import listen
from web.page import QUIET

ROOT = Path(__file__).parents[1]
BEYOND: dict[str, Any] = {"host": "0.0.0.0", "allow_hosts": ("box.lan",)}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes the parts of a home; passphrases cost little here."""
    homes: list[Homegrown] = []
    monkeypatch.setattr("app.Keys", lambda home: Keys(home, Cost(64, 1, 1)))
    from storage.keys import Keys

    def make(folder: Path, **more: Any) -> Homegrown:
        folder.mkdir(exist_ok=True)
        homes.append(build(Settings(folder, backend="scripted", **more)))
        return homes[-1]

    yield make
    for home in homes:
        home.close()


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ({"host": "0.0.0.0"}, "--tls-cert FILE and --tls-key FILE"),
        ({"host": "0.0.0.0", "allow_hosts": ("box.lan",)}, "--tls-cert FILE and --tls-key FILE"),
        ({"host": "0.0.0.0", "tls_cert": "cert"}, "both --tls-cert FILE and --tls-key FILE"),
        ({"tls_key": "key"}, "both --tls-cert FILE and --tls-key FILE"),
        ({"host": "0.0.0.0", "tls_cert": "cert", "tls_key": "none"}, "a PEM file each"),
        ({"host": "0.0.0.0", "tls_cert": "cert", "tls_key": "key"}, "--allow-host NAME"),
        ({"host": "::", "tls_cert": "cert", "tls_key": "key", "allow_hosts": ("*",)}, "one plain name"),
        ({"host": "::", "tls_cert": "cert", "tls_key": "key", "allow_hosts": ("https://box",)}, "one plain name"),
        ({"host": "::", "tls_cert": "cert", "tls_key": "key", "allow_hosts": ("box:1",)}, "one plain name"),
        ({"host": "::", "tls_cert": "cert", "tls_key": "key", "allow_hosts": ("",)}, "one plain name"),
        ({"allow_hosts": ("box.lan",)}, "--host 0.0.0.0"),
    ],
    ids=str,
)
def test_listening_beyond_this_machine_is_refused_with_what_is_missing(
    tmp_path: Path, given: dict[str, Any], remedy: str
) -> None:
    cert, key = certificate(tmp_path)
    files = {"cert": cert, "key": key, "none": tmp_path / "none.pem"}
    fields: dict[str, Any] = {name: files[value] if name.startswith("tls") else value for name, value in given.items()}
    with pytest.raises(BadInput, match=remedy):
        Settings(tmp_path, **fields)


def test_with_names_and_a_certificate_it_is_accepted(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    settings = Settings(tmp_path, tls_cert=cert, tls_key=key, **BEYOND)
    assert settings.beyond
    assert tls(settings)
    assert not Settings(tmp_path, tls_cert=cert, tls_key=key).beyond
    assert tls(Settings(tmp_path)) is None


@pytest.mark.parametrize("damage", ["another key", "no certificate", "a key with a passphrase"])
def test_a_certificate_that_cannot_be_used_is_told_before_anything_starts(tmp_path: Path, damage: str) -> None:
    cert, key = certificate(tmp_path)
    if damage == "another key":
        (tmp_path / "other").mkdir()
        key = certificate(tmp_path / "other")[1]
    elif damage == "no certificate":
        cert.write_text("nothing")
    else:
        cert, key = certificate(tmp_path, passphrase=b"secret")
    with pytest.raises(BadInput, match="give a certificate and its own key"):
        tls(Settings(tmp_path, tls_cert=cert, tls_key=key))


def test_beyond_this_machine_everybody_needs_a_passphrase(made: Any, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    home = made(tmp_path / "home", tls_cert=cert, tls_key=key, **BEYOND)
    with pytest.raises(BadInput, match="Nobody is here yet"):
        check_reach(home)
    ada = home.store.add_person("Ada")
    with pytest.raises(BadInput, match="Without a passphrase: Ada"):
        check_reach(home)
    home.people.set_passphrase(ada.id, "correct horse")
    check_reach(home)


def test_beyond_this_machine_only_the_named_hosts_over_tls_are_served(made: Any, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    home = made(tmp_path / "home", tls_cert=cert, tls_key=key, **BEYOND)
    ada = home.store.add_person("Ada")
    guard = guarded(home, None, sessions_of(home), 8443)
    assert guard.hosts == {"box.lan:8443"}
    assert (guard.scheme, guard.cookie) == ("https", "__Host-homegrown-8443")
    sessions = sessions_of(home)
    assert sessions.person(sessions.begin(ada.id)) is None  # without a passphrase nobody is let in from outside
    home.people.set_passphrase(ada.id, "correct horse")
    assert sessions.person(sessions.begin(ada.id)) == ada.id
    assert address(home, sessions, "0.0.0.0", 8443) == "https://box.lan:8443/"


def test_on_this_machine_the_address_is_a_number_and_signs_in_who_has_no_passphrase(made: Any, tmp_path: Path) -> None:
    home = made(tmp_path / "home", host="localhost")
    ada = home.store.add_person("Ada")
    sessions = sessions_of(home)
    url = address(home, sessions, "127.0.0.1", 7861)
    assert url.startswith("http://127.0.0.1:7861/?token=")
    assert sessions.redeem(url.partition("token=")[2]) == ada.id
    assert address(home, sessions, "::1", 7861).startswith("http://[::1]:7861/?token=")
    home.people.set_passphrase(ada.id, "correct horse")
    assert address(home, sessions, "127.0.0.1", 7861) == "http://127.0.0.1:7861/"


def test_an_empty_home_gets_its_first_person(made: Any, tmp_path: Path) -> None:
    home = made(tmp_path / "home")
    sessions = sessions_of(home)
    token = address(home, sessions, "127.0.0.1", 7861).partition("token=")[2]
    assert [person.id for person in home.store.people()] == [sessions.redeem(token)]
    address(home, sessions, "127.0.0.1", 7861)
    assert len(home.store.people()) == 1


def test_sessions_hold_while_the_person_is_here_and_not_locked(made: Any, tmp_path: Path) -> None:
    home = made(tmp_path / "home")
    ada, ben = home.store.add_person("Ada"), home.store.add_person("Ben")
    sessions = sessions_of(home)
    of_ada, of_ben = sessions.begin(ada.id), sessions.begin(ben.id)
    assert sessions.person(of_ada) == ada.id
    home.people.set_passphrase(ada.id, "correct horse")
    assert sessions.person(of_ada) == ada.id
    home.people.lock(ada.id)
    assert sessions.person(of_ada) is None
    home.people.remove(ben.id)
    assert sessions.person(of_ben) is None


@pytest.mark.parametrize(("minutes", "seconds"), [(30, 1800.0), (0, math.inf)])
def test_only_who_has_a_passphrase_is_signed_out_for_being_idle(
    made: Any, tmp_path: Path, minutes: int, seconds: float
) -> None:
    home = made(tmp_path / "home", idle_minutes=minutes)
    ada = home.store.add_person("Ada")
    sessions = sessions_of(home)
    assert sessions._idle_after(ada.id) == math.inf
    home.people.set_passphrase(ada.id, "correct horse")
    assert sessions._idle_after(ada.id) == seconds


def test_a_port_that_somebody_else_has_is_left_to_them(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        wanted = squatter.getsockname()[1]
        listener, port = listen("127.0.0.1", wanted)
        with listener:
            assert port != wanted
            assert listener.getsockname() == ("127.0.0.1", port)
    assert f"using {port}" in capsys.readouterr().err


def test_the_folder_we_work_in_is_empty_and_private(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # put back afterwards
    home = made(tmp_path / "home")
    (tmp_path / "home" / "tmp").mkdir(exist_ok=True)
    leave_folder(home)
    here = Path.cwd()
    assert here.is_relative_to(tmp_path / "home")
    assert not list(here.iterdir())
    if os.name != "nt":
        assert here.stat().st_mode & 0o077 == 0


def test_gradio_is_told_to_send_nothing_and_keep_nothing() -> None:
    assert QUIET["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert QUIET["GRADIO_RUN_HISTORY"] == "False"
    assert QUIET["HF_HUB_DISABLE_TELEMETRY"] == "1"


def starting(home: Path, both: ThreadPoolExecutor) -> tuple[Future[int], Future[dict[str, Any]]]:
    """An app that starts, and somebody who asks it for its page meanwhile."""
    made: Any = SimpleNamespace(close=lambda: None)
    first = both.submit(serving._serve, Settings(home, backend="scripted"), lambda settings: made)
    wait_until((home / "control.json").exists)
    second = both.submit(control.ask, home, "open", {}, print)
    time.sleep(0.2)  # it is connected
    return first, second


def test_whoever_starts_while_the_app_is_still_starting_waits_for_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, stop = threading.Event(), threading.Event()

    def run(settings: Settings, home: Any, encryption: Any, begun: Future[control.Run]) -> int:
        go_on.wait(PATIENCE)
        begun.set_result(lambda name, given, tell: {"answer": name})
        stop.wait(PATIENCE)
        return 0

    monkeypatch.setattr(serving, "_run", run)
    with ThreadPoolExecutor() as both:
        first, second = starting(tmp_path, both)
        assert not second.done()
        go_on.set()
        assert second.result(PATIENCE) == {"answer": "open"}
        stop.set()
        assert first.result(PATIENCE) == 0
    assert not (tmp_path / "control.json").exists()


def test_an_app_that_could_not_start_makes_way_for_those_who_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def run(settings: Settings, home: Any, encryption: Any, begun: Future[control.Run]) -> int:
        go_on.wait(PATIENCE)
        raise BadInput("The port is in use.")

    monkeypatch.setattr(serving, "_run", run)
    with ThreadPoolExecutor() as both:
        first, second = starting(tmp_path, both)
        go_on.set()
        with pytest.raises(control.Unanswered):
            second.result(PATIENCE)
        with pytest.raises(BadInput):
            first.result(PATIENCE)


# the end


ENDED_WHERE_EXCEPTIONS_ARE_LOST = """
import signal, sys, uvicorn
run = uvicorn.Server.run

class Gone:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

def run_after_a_signal(*given, **more):
    Gone()
    return run(*given, **more)

uvicorn.Server.run = run_after_a_signal
import app
sys.exit(app.main())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no such signal")
def test_a_signal_to_end_is_never_lost(tmp_path: Path) -> None:
    words = ("serve", "--no-browser", "--demo", "--home", str(tmp_path / "home"))
    command = [sys.executable, "-c", ENDED_WHERE_EXCEPTIONS_ARE_LOST, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=6 * PATIENCE)
    assert done.returncode == 0, done.stderr
