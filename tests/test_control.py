"""Commands travel to the running app and their errors back; strangers and vanishing clients harm nobody."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import pytest

import errors
from control import ControlServer, ask
from errors import BadInput, Deferred, Gone, HomegrownError, NothingToLearn

Json = dict[str, Any]
PATIENCE = 20.0


class App:
    """What answers: a test sets `answer`."""

    def __init__(self) -> None:
        self.answer: Callable[[str, Json, Callable[[Json], None]], Json] = lambda command, given, tell: {
            "command": command,
            "given": given,
        }

    def __call__(self, command: str, given: Json, tell: Callable[[Json], None]) -> Json:
        return self.answer(command, given, tell)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def server(tmp_path: Path, app: App) -> Iterator[ControlServer]:
    server = ControlServer(tmp_path, app)
    yield server
    server.close()


def ignore(news: Json) -> None:
    pass


@pytest.mark.usefixtures("server")
def test_a_command_gets_its_result_and_the_news_on_the_way(tmp_path: Path, app: App) -> None:
    def answer(command: str, given: Json, tell: Callable[[Json], None]) -> Json:
        for piece in ("One 🥚", "\n\u2028"):
            tell({"piece": piece})
        return {"exit": 0, "text": f"{command} {given['text']}"}

    app.answer = answer
    heard: list[Json] = []
    assert ask(tmp_path, "chat", {"text": "🦓"}, heard.append) == {"exit": 0, "text": "chat 🦓"}
    assert heard == [{"piece": "One 🥚"}, {"piece": "\n\u2028"}]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("kind", [BadInput, Gone, NothingToLearn, Deferred, HomegrownError, errors.EngineDied])
def test_an_error_arrives_as_the_class_that_was_raised(tmp_path: Path, app: App, kind: type[HomegrownError]) -> None:
    def answer(*_: object) -> Json:
        raise kind("Plug it in 🔌.")

    app.answer = answer
    with pytest.raises(HomegrownError, match=r"^Plug it in 🔌\.$") as caught:
        ask(tmp_path, "learn", {}, ignore)
    assert type(caught.value) is kind


@pytest.mark.usefixtures("server")
def test_a_defect_is_told_as_one_and_raised_on_to_the_log(
    tmp_path: Path, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[type[BaseException]] = []
    logged = threading.Event()

    def hook(args: threading.ExceptHookArgs) -> None:
        seen.append(args.exc_type)
        logged.set()

    monkeypatch.setattr(threading, "excepthook", hook)
    app.answer = lambda *_: {"result": 1 / 0}
    with pytest.raises(HomegrownError, match="went wrong in Homegrown itself") as caught:
        ask(tmp_path, "learn", {}, ignore)
    assert caught.value.exit_code == 1
    assert logged.wait(PATIENCE) and seen == [ZeroDivisionError]


@pytest.mark.usefixtures("server")
def test_the_key_lies_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "control.json"
    entry = json.loads(file.read_text(encoding="utf-8"))
    assert len(bytes.fromhex(entry["key"])) == 32
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.usefixtures("server")
def test_a_wrong_key_is_refused_and_the_next_command_is_answered(tmp_path: Path) -> None:
    file = tmp_path / "control.json"
    right = file.read_text(encoding="utf-8")
    file.write_text(json.dumps({**json.loads(right), "key": "00" * 32}), encoding="utf-8")
    with pytest.raises(Deferred):
        ask(tmp_path, "status", {}, ignore)
    file.write_text(right, encoding="utf-8")
    assert ask(tmp_path, "status", {}, ignore)["command"] == "status"


@pytest.mark.usefixtures("server")
@pytest.mark.skipif(os.name == "nt", reason="a Unix socket")
@pytest.mark.parametrize(
    "greeting", [b"", b"\x00\x00", b"\x00\x00\x00\x05ab", b"\x7f\xff\xff\xff", b"GET / HTTP/1.0\r\n"]
)
def test_a_stranger_who_says_nonsense_and_goes_harms_nobody(tmp_path: Path, greeting: bytes) -> None:
    address = json.loads((tmp_path / "control.json").read_text(encoding="utf-8"))["address"]
    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(address)
            stranger.sendall(greeting)
    assert ask(tmp_path, "status", {}, ignore)["command"] == "status"


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("ending", ["result", "error", "tell"])
def test_a_client_that_vanishes_in_the_middle_harms_nobody(tmp_path: Path, app: App, ending: str) -> None:
    gone, done = threading.Event(), threading.Event()

    def answer(command: str, given: Json, tell: Callable[[Json], None]) -> Json:
        if command == "status":
            return {"command": command}
        assert gone.wait(PATIENCE)
        try:
            if ending == "tell":
                for _ in range(100):
                    tell({"piece": "x" * 10_000})
            if ending == "error":
                raise BadInput("No.")
            return {"text": "x" * 1_000_000}
        finally:
            done.set()

    app.answer = answer
    entry = json.loads((tmp_path / "control.json").read_text(encoding="utf-8"))
    with Client(entry["address"], authkey=bytes.fromhex(entry["key"])) as client:
        client.send_bytes(json.dumps({"command": "learn", "arguments": {}}).encode())
    gone.set()
    assert done.wait(PATIENCE)
    assert ask(tmp_path, "status", {}, ignore) == {"command": "status"}


@pytest.mark.usefixtures("server")
def test_two_commands_are_answered_at_the_same_time(tmp_path: Path, app: App) -> None:
    together = threading.Barrier(2, timeout=PATIENCE)

    def answer(command: str, given: Json, tell: Callable[[Json], None]) -> Json:
        together.wait()
        return {"command": command}

    app.answer = answer
    found: list[Json] = []
    threads = [threading.Thread(target=lambda: found.append(ask(tmp_path, "chat", {}, ignore))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"command": "chat"}] * 2


def test_a_closed_server_leaves_no_file_and_is_told_as_busy(tmp_path: Path, app: App) -> None:
    server = ControlServer(tmp_path, app)
    server.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Deferred):
        ask(tmp_path, "status", {}, ignore)


@pytest.mark.parametrize(
    "content", ["", "{", "{}", '{"address": "x", "key": "zz"}', '{"address": "/nowhere", "key": "00"}']
)
def test_a_control_file_that_leads_nowhere_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "control.json").write_text(content, encoding="utf-8")
    with pytest.raises(Deferred, match="try again"):
        ask(tmp_path, "status", {}, ignore)


def test_a_home_with_a_long_path_has_its_socket_elsewhere_and_leaves_nothing(tmp_path: Path, app: App) -> None:
    home = tmp_path / ("long" * 30)
    home.mkdir()
    server = ControlServer(home, app)
    address = Path(json.loads((home / "control.json").read_text(encoding="utf-8"))["address"])
    assert ask(home, "status", {}, ignore)["command"] == "status"
    server.close()
    assert not address.exists()
    if os.name != "nt":
        assert not address.parent.exists()
