"""Three people in one running app, each with words of every kind that no other may ever be given."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn

from app import build
from domain import now
from homegrown import Homegrown
from people import api_keys
from serving import guarded, sessions_of
from settings import Settings
from storage.wrap import Cost
from tests.builders import attachment, conversation, corrections, memory, turn
from tests.machine import means
from web.listen import listen
from web.page import build_pages
from web.protocol import Protocol

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
IDS = ("talk", "talk.1", "fact", "row00", "paper", "page", "event")


@dataclass
class Resident:
    name: str
    id: str = ""
    key: str = ""  # of a program
    cookie: str = ""
    taken: list[str] = field(default_factory=list)  # everything this person was given

    @property
    def canary(self) -> str:
        return f"canary{self.name.lower()}7c1d"

    @property
    def passphrase(self) -> str:
        return f"correct horse battery {self.name}"

    def names(self) -> dict[str, str]:
        """What somebody else may have learnt to call what is this person's."""
        return {kind: self.name.lower() + kind for kind in IDS}


class Shared:
    """Ada owns the home; Ben and Cleo live there. Everybody is signed in, so every key is in memory."""

    def __init__(self, home: Homegrown, port: int) -> None:
        self.home, self.port = home, port
        self.base = f"http://127.0.0.1:{port}"
        self.people = [Resident(name) for name in ("Ada", "Ben", "Cleo")]

    def fill(self) -> None:
        store = self.home.store
        for one in self.people:
            one.id = self.home.people.add(one.name, one.passphrase)[0].id
            names, said = one.names(), one.canary
            store.put_conversation(one.id, conversation(names["talk"], title=said, head=names["talk.1"]))
            store.put_turn(one.id, turn(names["talk.1"], conversation=names["talk"], text=said, reply=f"{said}."))
            store.attached.put(one.id, attachment(names["paper"], said, conversation=names["talk"], name=f"{said}.txt"))
            store.put_memory(one.id, memory(names["fact"], said))
            rows = [replace(row, id=one.name.lower() + row.id, comment=said) for row in corrections(6, said)]
            store.put_feedback(one.id, *rows)
            store.set_persona(one.id, said)
            store.put_export(one.id, f"/somewhere/{said}", now())
            one.key = api_keys.make(store, one.id, said, memory=True)[1]
            self.home.nights.run(one.id, lambda progress: None)

    def kept(self, one: Resident) -> list[Any]:
        """Everything that is stored about a person."""
        store = self.home.store
        talks = store.conversations(one.id)
        turns = [(store.turns(one.id, talk.id), store.attached.of(one.id, talk.id)) for talk in talks]
        lists = (store.memories, store.feedback, store.nights, store.api_keys, store.exports, store.persona)
        return [talks, turns, *(listed(one.id) for listed in lists), self.home.adapters.current(one.id)]

    def leaks(self) -> list[str]:
        """Who was given whose words. Everybody was given their own: else nothing would be shown here."""
        for one in self.people:
            assert any(one.canary in text for text in one.taken), f"{one.name} was not even given their own words"
        pairs = [(one, other) for one in self.people for other in self.people if other is not one]
        return [
            f"{one.name} was given {other.name}'s: {text[:300]}"
            for one, other in pairs
            for text in one.taken
            if other.canary in text
        ]

    def sign_in(self) -> None:
        for one in self.people:
            answer = self.ask("POST", "/sign-in", one, {"name": one.name, "passphrase": one.passphrase}, kind=FORM)
            one.cookie = answer[1]["set-cookie"].partition(";")[0]
            for handler in self.handlers(one):
                if any(kind == "load" for _, kind in handler["targets"]):
                    self.call(one, handler, [], one.names()["page"])

    def handlers(self, one: Resident) -> list[dict[str, Any]]:
        """Every handler, as Gradio tells them, with its "page"; "wish": whether it takes one (web/parts.py) first."""
        config = json.loads(self.ask("GET", "/config", one)[2])
        wishes = {part["id"] for part in config["components"] if part["props"].get("elem_id") == "wish"}
        pages = {number: name for name, page in config["page"].items() for number in page["dependencies"]}
        return [
            {**made, "wish": bool({*made["inputs"][:1]} & wishes), "page": pages[made["id"]]}
            for made in config["dependencies"]
        ]

    def call(self, one: Resident, handler: dict[str, Any], data: list[Any], page: str) -> None:
        """Asks a handler as this person's page does, and takes down what comes until it is done."""
        body = {"data": data, "fn_index": handler["id"], "session_hash": page, "event_data": None, "trigger_id": None}
        if self.ask("POST", "/gradio_api/queue/join", one, body)[0] == 200:
            self.ask("GET", f"/gradio_api/queue/data?session_hash={page}", one)

    def ask(
        self, method: str, path: str, one: Resident, value: Any = None, *, kind: str = JSON, key: str = ""
    ) -> tuple[int, dict[str, str], bytes]:
        """One request as this person's browser makes it, or with `key` a program; what comes of it is taken down."""
        headers = {"Authorization": f"Bearer {key}"} if key else {"Origin": self.base, "Cookie": one.cookie}
        body = urlencode(value) if kind == FORM else json.dumps(value)
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            told = {**headers, "Content-Type": kind} if value is not None else headers
            connection.request(method, path, body if value is not None else None, told)
            answer = connection.getresponse()
            whole = answer.read()
        named = {name.lower(): text for name, text in answer.getheaders()}
        one.taken.append(f"{named} {whole.decode('utf-8', 'replace')}")
        return answer.status, named, whole


@contextmanager
def shared(folder: Path) -> Iterator[Shared]:
    """The whole app on a socket, as serving.py puts it together, with the scripted model."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_OFFLINE"):
            patch.setenv(name, "")  # put back afterwards
        patch.setattr("tempfile.tempdir", None)
        (folder.parent / "temporary").mkdir()
        patch.setenv("TMPDIR", str(folder.parent / "temporary"))
        patch.setenv("HOMEGROWN_SCRIPTED_DELAY", "0")
        home = build(Settings(folder, backend="scripted"))
        home.people.keys._cost = Cost(memory=32, passes=1, lanes=1)
        patch.setattr("learning.nights.psutil", means().psutil)
        home.engine.start()
        home.engine.wait_ready(120)
        listener, port = listen("127.0.0.1", 8361)
        there = Shared(home, port)
        there.fill()

        async def made() -> Any:  # in an event loop: without one, Gradio makes its own and leaves it open
            return guarded(home, build_pages(home, port), sessions_of(home), port)

        guard = asyncio.run(made())
        config = uvicorn.Config(guard, log_level="warning", ws="none", http=Protocol, timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            there.sign_in()
            yield there
        finally:
            server.should_exit = True
            thread.join()
            listener.close()
            home.close()
