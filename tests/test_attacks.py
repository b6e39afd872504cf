"""A sample of `make bench-attacks` against the real app on a socket, and the same app behind TLS."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path

import psutil
import pytest

from bench.attacks.__main__ import attacked, sampled
from bench.attacks.families import PINNED, all_attacks, routes
from bench.attacks.victim import ROOT, Victim, free_port
from tests.certificate import certificate

EVERY = 29  # a prime: the sample meets other attacks on each route


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with Victim(tmp_path_factory.mktemp("victim")) as made:
        yield made


def test_a_sample_of_all_attacks_gets_nowhere(victim: Victim) -> None:
    figures, goals = attacked(victim, EVERY)
    assert figures["through"] == []
    assert figures["leaks"] == []
    assert figures["handler_calls"] > 10
    assert [goal.name for goal in goals if not goal.reached] == []


def test_the_sample_is_of_every_route_and_every_family(victim: Victim) -> None:
    attacks = list(all_attacks(victim))
    assert len(attacks) > 5000
    assert {attack.route for attack in attacks} == set(routes())
    assert {attack.family[:2] for attack in attacks} == {"T1", "T2", "T3", "T4", "T5"}
    assert {attack.route for attack in attacks[::EVERY]} == set(routes())
    assert {attack.route for attack in sampled(victim, EVERY) if attack.family.startswith("T5")} >= set(PINNED)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("store.1.log", True),  # the list of people
        ("chosen.json", True),
        ("models/shelf.json", True),
        ("models/pins.json", True),
        ("control.json", True),
        ("anything", True),
        ("people/ada/store.1.log", True),
        ("people/ben/store.1.log", False),  # not asked about
        ("logs/homegrown.log", False),
        ("cache/digests.json", False),
        ("tmp/upload", False),
        ("engine.json", False),
    ],
)
def test_a_change_that_no_attack_may_make_would_be_seen(tmp_path: Path, name: str, seen: bool) -> None:
    victim = Victim(tmp_path)
    victim.ada.id = "ada"
    planted = victim.home / name
    planted.parent.mkdir(parents=True)
    before = victim.fingerprint(victim.ada)
    planted.write_text("new", encoding="ascii")
    made = victim.fingerprint(victim.ada)
    planted.write_text("old", encoding="ascii")
    assert (made != before, victim.fingerprint(victim.ada) != made) == (seen, seen)


@pytest.mark.skipif(os.name == "nt", reason="POSIX has permissions and /proc")
def test_nothing_below_home_is_open_to_other_accounts(victim: Victim) -> None:
    assert victim.process
    found = [path for path in [victim.home, *victim.home.rglob("*")] if path.lstat().st_mode & 0o077]
    assert [path for path in found if not path.is_symlink()] == []
    if sys.platform == "linux":
        here = Path(f"/proc/{victim.process.pid}/cwd").resolve()
        assert here.is_relative_to(victim.home)
        assert not list(here.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pipes cores to programs")
def test_a_core_of_the_running_app_would_hold_no_memory(victim: Victim) -> None:
    assert victim.process
    kinds = Path(f"/proc/{victim.process.pid}/coredump_filter").read_text(encoding="ascii")
    assert int(kinds, 16) == 0
    assert psutil.Process(victim.process.pid).rlimit(psutil.RLIMIT_CORE) == (0, 0)


def test_behind_tls_a_link_signs_in_over_tls_alone(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    port = free_port()
    words = ["serve", "--demo", "--no-browser", "--home", str(tmp_path / "home"), "--host", "localhost"]
    words += ["--port", str(port), "--tls-cert", str(cert), "--tls-key", str(key)]
    command = [sys.executable, str(ROOT / "app.py"), *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            url = process.stdout.readline().strip()
            assert url.startswith(f"https://127.0.0.1:{port}/?token=")
            connection = HTTPSConnection("localhost", port, context=ssl.create_default_context(cafile=str(cert)))
            connection.request("GET", url.partition(str(port))[2])
            answer = connection.getresponse()
            cookie = answer.headers["set-cookie"]
            answer.read()
            assert answer.status == 303
            assert cookie.startswith(f"__Host-homegrown-{port}=")
            assert "; Secure" in cookie
            for origin, status in {f"https://localhost:{port}": 204, f"http://localhost:{port}": 403}.items():
                connection.request("POST", "/here", headers={"Cookie": cookie.partition(";")[0], "Origin": origin})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == status
            connection.close()
        finally:
            process.terminate()
