"""A running app with two people in it, each with words that the other must never read."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from bench.attacks.wire import SILENCE, Answer, ask
from domain import Feedback, Memory, Message, new_id, now
from storage.store import Store

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse battery {name}"
CANARY = "canary-of-{name}-5f1e"
HANDLED = 20.0  # seconds between two pieces of what a handler answers
CLOSES = 30.0  # seconds that stopping may take
# What changes in a home without anybody's doing: logs grow, digests of models and uploads come and go, the engine notes
# its own crashes and restarts, and adapters lie opened for it while it has them.
BY_ITSELF = ("logs", "cache", "tmp", "engine.json", "opened")


@dataclass
class Person:
    """Who lives in the victim's home, and what an attacker may have learnt of them."""

    name: str
    id: str = ""
    memory: str = field(default_factory=new_id)
    row: str = field(default_factory=new_id)
    conversation: str = ""
    turn: str = ""
    page: str = ""  # Gradio's name of their open page
    event: str = ""  # ... and of what it asked for last
    cookie: str = ""

    @property
    def canary(self) -> str:
        return CANARY.format(name=self.name.lower())


class Victim:
    """`python app.py serve --demo` on a port of its own; Ada owns it, Ben lives there too."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.ada, self.ben = Person("Ada"), Person("Ben")
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Victim:
        try:
            self._people()
            self._start()
            for person in (self.ada, self.ben):
                self._arrive(person)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.communicate(timeout=CLOSES)
            self.process = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    def cookie_of(self, person: Person) -> tuple[str, str]:
        return "Cookie", f"homegrown-{self.port}={person.cookie}"

    def ours(self, method: str, target: str, person: Person, value: Any = None, silence: float = SILENCE) -> Answer:
        """A request as a page of ours makes it."""
        headers = [("Host", self.host), self.cookie_of(person)]
        if method == "POST":
            headers += [("Origin", self.origin), ("Content-Type", "application/json")]
        return ask(
            self.port,
            method,
            target,
            headers,
            json.dumps(value).encode() if value is not None else b"",
            silence=silence,
        )

    def sign_in(self, name: str, passphrase: str) -> Answer:
        body = urlencode({"name": name, "passphrase": passphrase}).encode()
        headers = [("Host", self.host), ("Origin", self.origin), ("Content-Type", "application/x-www-form-urlencoded")]
        return ask(self.port, "POST", "/sign-in", headers, body)

    def handlers(self, person: Person) -> list[dict[str, Any]]:
        """Every handler of every page, as Gradio tells them; "wish": whether the first value is one (web/parts.py)."""
        config = json.loads(_unchunked(self.ours("GET", "/config", person)))
        wishes = {part["id"] for part in config["components"] if part["props"].get("elem_id") == "wish"}
        return [
            {**known, "wish": known["inputs"][:1] and known["inputs"][0] in wishes} for known in config["dependencies"]
        ]

    def call(self, person: Person, handler: dict[str, Any], data: list[Any], page: str) -> str:
        """What a handler answers to a page: everything that comes until it is done."""
        body = {"data": data, "fn_index": handler["id"], "session_hash": page, "event_data": None, "trigger_id": None}
        joined = self.ours("POST", "/gradio_api/queue/join", person, body)
        if joined.status != 200:
            return ""
        person.event = json.loads(_unchunked(joined))["event_id"]
        stream = f"/gradio_api/queue/data?session_hash={page}"  # Gradio closes it when the handler is done
        return self.ours("GET", stream, person, silence=HANDLED).body.decode("utf-8", "replace")

    def fingerprint(self, *people: Person) -> dict[str, str]:
        """File -> digest of everything that is stored about these people, and of what is everybody's.

        That is the list of people, what the owner has set, which models are here and which one was chosen: whatever
        lies in the home outside `people`, but for BY_ITSELF.
        """
        shared = [path for path in self.home.iterdir() if path.name not in ("people", *BY_ITSELF)]
        roots = [*shared, *(self.home / "people" / person.id for person in people)]
        files = [path for root in roots for path in (root, *root.rglob("*")) if path.is_file()]
        return {path.relative_to(self.home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def cpu_seconds(self) -> float:
        assert self.process
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def _people(self) -> None:
        store = Store(self.home)
        for person in (self.ada, self.ben):
            person.id, at = store.add_person(person.name).id, now()
            store.put_memory(person.id, Memory(person.memory, person.canary, True, "typed", at, at))
            asked = (Message("user", person.canary),)
            row = Feedback(person.row, None, asked, "No.", "up", None, (), (), person.canary, "import", at)
            store.put_feedback(person.id, row)
        store.close()
        for person in (self.ada, self.ben):
            self._run("people", "passphrase", person.name, typed=PASSPHRASE.format(name=person.name))

    def _run(self, *words: str, typed: str = "") -> str:
        command = [sys.executable, str(ROOT / "app.py"), *words, "--home", str(self.home), "--backend", "scripted"]
        command += ["--passphrase-fd", "0"] if typed else []
        done = subprocess.run(command, cwd=ROOT, input=typed + "\n", capture_output=True, text=True, encoding="utf-8")
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
        return done.stdout

    def _start(self) -> None:
        command = [sys.executable, str(ROOT / "app.py"), "serve", "--demo", "--no-browser", "--home", str(self.home)]
        with (self.home.parent / "said.log").open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )
        assert self.process.stdout
        if not self.process.stdout.readline().startswith(self.origin):
            raise RuntimeError("the app did not start")

    def _arrive(self, person: Person) -> None:
        """Signs in, has a talk with the canary in it, and leaves a page open."""
        answer = self.sign_in(person.name, PASSPHRASE.format(name=person.name))
        person.cookie = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
        person.page = f"page-of-{person.name.lower()}"
        handlers = self.handlers(person)
        send = next(h for h in handlers if any(target[1] == "submit" for target in h["targets"]))
        said = self.call(person, send, [person.canary, *[""] * (len(send["inputs"]) - 1)], person.page)
        if person.canary not in said:
            raise RuntimeError(f"{person.name} cannot chat, so nothing can be shown: {said[:500]}")
        person.turn = re.findall(r"t-([0-9a-f]+\.[0-9a-f]+)", said)[-1]
        person.conversation = person.turn.partition(".")[0]


def _unchunked(answer: Answer) -> bytes:
    if "chunked" not in answer.headers.get("transfer-encoding", ""):
        return answer.body
    whole, rest = b"", answer.body
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        whole, rest = whole + rest[:length], rest[length + 2 :]
    return whole


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
