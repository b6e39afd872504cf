"""An app on a socket, as serving.py puts it together: the door and the programming interface, without Gradio."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest
import uvicorn

from app import build
from homegrown import Homegrown
from people import api_keys
from serving import guarded, sessions_of
from settings import Settings
from web.guard import PERSON, Guard
from web.listen import listen
from web.protocol import Protocol


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # lower-case names
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


def request(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
    """One request as a plain program makes it, without a client's own headers."""
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=60)) as connection:
        connection.request(method, parts.path, body or None, dict(headers or {}))
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, answer.read().decode())


class Served:
    """`pages` stand behind the door and say whom it let in."""

    def __init__(self, home: Homegrown, guard: Guard, port: int) -> None:
        self.home, self.guard, self.port = home, guard, port
        self.api: Any = guard.api
        self.base = f"http://127.0.0.1:{port}"
        self.clients: list[openai.OpenAI] = []

    def key(self, person: str, *, memory: bool = False) -> str:
        return api_keys.make(self.home.store, person, "a test", memory=memory)[1]

    def client(self, key: str) -> openai.OpenAI:
        """OpenAI's own client, which tries nothing twice here."""
        client = openai.OpenAI(base_url=f"{self.base}/v1", api_key=key, max_retries=0, timeout=60)
        self.clients.append(client)
        return client

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return request("GET", self.base + path, headers)

    def until(self, true: Callable[[], bool]) -> None:
        """Waits for what will be so soon."""
        deadline = time.monotonic() + 60
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.02)


async def pages(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": f"page of {scope[PERSON]}".encode()})


@contextmanager
def served(folder: Path, delay: float, **settings: Any) -> Iterator[Served]:
    """`delay`: seconds for each word of the scripted model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOMEGROWN_SCRIPTED_DELAY", str(delay))
        home = build(Settings(folder, **{"backend": "scripted", **settings}))
        home.engine.start()
        home.engine.wait_ready(120)
    listener, port = listen("127.0.0.1", 7961)
    guard = guarded(home, pages, sessions_of(home), port)
    server = uvicorn.Server(
        uvicorn.Config(
            guard, log_level="warning", ws="none", http=Protocol, lifespan="off", timeout_graceful_shutdown=2
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    app = Served(home, guard, port)
    try:
        yield app
    finally:
        for client in app.clients:
            client.close()
        server.should_exit = True
        thread.join()
        listener.close()
        home.close()
