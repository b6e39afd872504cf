"""How the command line talks to a running app: JSON messages over a Unix socket or a named pipe, never pickle.

The address and the key lie in `control.json` below the home folder, readable by its owner alone.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

import errors
from errors import Deferred, HomegrownError, StorageTrouble
from storage.atomic import write_whole

T = TypeVar("T")
Json = dict[str, Any]
Run = Callable[[str, Json, Callable[[Json], None]], Json]  # command, arguments, tell -> result
DEFECT = "Something went wrong in Homegrown itself; see the log in the home folder."
BREATH = 0.05  # seconds before the next try to listen, should the system have run out of something
CLOSED = "Homegrown was closed before it could answer; try again."
LONGEST_SOCKET_PATH = 90  # Unix allows about 104 bytes


class Unanswered(Deferred):
    """Somebody owns the home, but does not answer: a command that runs alone, or an app that is still starting."""


class ControlServer:
    """Answers commands, each in a thread of its own: any number of {"tell"}, then {"result"} or {"error"}."""

    def __init__(self, home: Path, run: Run) -> None:
        self._file = home / "control.json"
        self._run = run
        key = secrets.token_hex(32)
        self._address = _fresh_address(home)
        try:
            self._listener = Listener(self._address, authkey=bytes.fromhex(key))
        except OSError as error:
            raise StorageTrouble(f"{self._address} cannot be made ({error}); choose another --home.") from error
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

        def tell(news: Json) -> None:
            with suppress(ConnectionError):  # what was begun goes on when the command line goes away
                send({"tell": news})

        with connection, suppress(EOFError, ConnectionError):
            try:
                request = json.loads(connection.recv_bytes())
                result = self._run(request["command"], request["arguments"], tell)
                send({"result": result})
            except HomegrownError as error:
                send({"error": {"kind": type(error).__name__, "text": str(error)}})
            except (EOFError, ConnectionError):
                raise
            except Exception:
                send({"error": {"kind": "HomegrownError", "text": DEFECT}})
                raise  # to threading.excepthook, which logs it


def alone_or_beside(home: Path, alone: Callable[[], T], beside: Callable[[], T], patience: float) -> T:
    """Calls `alone` as the owner of a home, else `beside` for whoever owns it; waits `patience` s for one that starts.

    Raises StorageTrouble if the home cannot be locked, Unanswered if its owner stays silent.
    """
    deadline = time.monotonic() + patience
    lock = FileLock(home / "lock", mode=0o600)
    while True:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            try:
                return beside()
            except Unanswered:
                if time.monotonic() > deadline:
                    raise
                time.sleep(BREATH)
        except OSError as error:
            raise StorageTrouble(f"{home} cannot be used ({error.strerror}); check it, or choose another.") from error
        else:
            try:
                return alone()
            finally:
                lock.release()


def ask(home: Path, command: str, arguments: Json, tell: Callable[[Json], None]) -> Json:
    """Runs a command in the app that owns `home`. Raises the errors of the command, or Deferred if nobody answers."""
    try:
        entry = json.loads((home / "control.json").read_text(encoding="utf-8"))
        connection = Client(entry["address"], authkey=bytes.fromhex(entry["key"]))
    except (OSError, ValueError, KeyError, EOFError, AuthenticationError) as error:
        raise Unanswered("Another Homegrown command is using this home; try again when it is done.") from error
    with connection:
        for message in _answers(connection, {"command": command, "arguments": arguments}):
            if "tell" in message:
                tell(message["tell"])
            elif "error" in message:
                kind = message["error"]["kind"]
                raise (Unanswered if kind == Unanswered.__name__ else getattr(errors, kind))(message["error"]["text"])
            else:
                return dict(message["result"])
    raise Deferred(CLOSED)


def _answers(connection: Connection[Any, Any], request: Json) -> Iterator[Json]:
    try:
        connection.send_bytes(json.dumps(request).encode())
        while True:
            yield json.loads(connection.recv_bytes())
    except (EOFError, ConnectionError) as error:
        raise Deferred(CLOSED) from error


def _fresh_address(home: Path) -> str:
    if os.name == "nt":
        return rf"\\.\pipe\homegrown-{secrets.token_hex(8)}"
    path = home / "control.sock"
    if len(bytes(path)) > LONGEST_SOCKET_PATH:
        # Not the temporary folder: the pages move that below the home, whose path is too long already.
        path = (
            Path(tempfile.mkdtemp(prefix="homegrown-", dir=os.environ.get("XDG_RUNTIME_DIR", "/tmp"))) / "control.sock"
        )
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageTrouble(f"{home} cannot be written ({error.strerror}); check its permissions.") from error
    return str(path)
