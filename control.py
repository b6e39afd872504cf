"""How the command line talks to a running app: JSON messages over a Unix socket or a named pipe, never pickle.

The address and the key lie in `control.json` below the home folder, readable by its owner alone.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import errors
from errors import Deferred, HomegrownError, StorageTrouble
from storage.atomic import write_whole

Json = dict[str, Any]
Run = Callable[[str, Json, Callable[[Json], None]], Json]  # command, arguments, tell -> result
DEFECT = "Something went wrong in Homegrown itself; see the log in the home folder."
BREATH = 0.05  # seconds before the next try to listen, should the system have run out of something
LONGEST_SOCKET_PATH = 90  # Unix allows about 104 bytes


class ControlServer:
    """Answers commands, each in a thread of its own: any number of {"tell"}, then {"result"} or {"error"}."""

    def __init__(self, home: Path, run: Run) -> None:
        self._file = home / "control.json"
        self._run = run
        key = secrets.token_hex(32)
        self._address = _fresh_address(home)
        self._listener = Listener(self._address, authkey=bytes.fromhex(key))
        self._closed = threading.Event()
        write_whole(self._file, json.dumps({"address": self._address, "key": key}))
        threading.Thread(target=self._listen, name="control", daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        self._file.unlink(missing_ok=True)
        self._listener.close()
        folder = Path(self._address).parent
        if os.name != "nt" and folder != self._file.parent:
            folder.rmdir()

    def _listen(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except (EOFError, OSError, AuthenticationError):
                if self._closed.wait(BREATH):
                    return
                continue  # a stranger, or somebody who went away
            threading.Thread(target=self._answer, args=(connection,), name="command", daemon=True).start()

    def _answer(self, connection: Connection[Any, Any]) -> None:
        def send(message: Json) -> None:
            connection.send_bytes(json.dumps(message).encode())

        with connection, suppress(EOFError, ConnectionError):  # when the command line goes away
            try:
                request = json.loads(connection.recv_bytes())
                result = self._run(request["command"], request["arguments"], lambda news: send({"tell": news}))
                send({"result": result})
            except HomegrownError as error:
                send({"error": {"kind": type(error).__name__, "text": str(error)}})
            except (EOFError, ConnectionError):
                raise
            except BaseException:
                send({"error": {"kind": "HomegrownError", "text": DEFECT}})
                raise  # to threading.excepthook, which logs it


def ask(home: Path, command: str, arguments: Json, tell: Callable[[Json], None]) -> Json:
    """Runs a command in the app that owns `home`. Raises the errors of the command, or Deferred if nobody answers."""
    try:
        entry = json.loads((home / "control.json").read_text(encoding="utf-8"))
        connection = Client(entry["address"], authkey=bytes.fromhex(entry["key"]))
    except (OSError, ValueError, KeyError, EOFError, AuthenticationError) as error:
        raise Deferred("Another Homegrown command is using this home; try again when it is done.") from error
    with connection:
        connection.send_bytes(json.dumps({"command": command, "arguments": arguments}).encode())
        while True:
            try:
                message = json.loads(connection.recv_bytes())
            except (EOFError, ConnectionError) as error:
                raise Deferred("Homegrown was closed before it could answer; try again.") from error
            if "tell" in message:
                tell(message["tell"])
            elif "error" in message:
                raise getattr(errors, message["error"]["kind"])(message["error"]["text"])
            else:
                return dict(message["result"])


def _fresh_address(home: Path) -> str:
    if os.name == "nt":
        return rf"\\.\pipe\homegrown-{secrets.token_hex(8)}"
    path = home / "control.sock"
    if len(bytes(path)) > LONGEST_SOCKET_PATH:
        path = Path(tempfile.mkdtemp(prefix="homegrown-")) / "control.sock"
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageTrouble(f"{home} cannot be written ({error.strerror}); check its permissions.") from error
    return str(path)
