"""A model hub on this machine that speaks the real one's protocol, and misbehaves as a test wants."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REVISION = "0123456789abcdef0123456789abcdef01234567"
IN_LFS = (".safetensors", ".gguf", ".bin")


@dataclass
class Hub:
    """Files by "owner/name/file". Each test changes the fields that it is about."""

    files: dict[str, bytes] = field(default_factory=dict)
    announced: int | None = None  # X-Linked-Size, if not the truth
    etag: str | None = None  # X-Linked-Etag, if not the file's SHA-256
    statuses: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)  # (method, status, fields), used up
    cuts: list[int] = field(default_factory=list)  # bytes after which each of the next answers breaks off
    extra: bytes = b""  # sent after the file
    ranges: bool = True
    shift: int = 0  # where an answer to a range begins, if not where it was asked to
    token: str = ""  # needed for everything
    pause: threading.Event = field(default_factory=threading.Event)  # while set, nobody waits
    slow: int = 0  # bytes after which an answer waits for `pause`
    storage: str = ""  # where the files themselves lie: another origin
    circles: bool = False
    listing: Callable[[Any], Any] = lambda told: told  # what is said of a repository, of the truth; bytes as they are
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def asked(self, method: str) -> list[dict[str, str]]:
        return [fields for how, _, fields in self.seen if how == method]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _serve(self) -> None:
        hub = self.hub
        hub.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
        if hub.statuses and hub.statuses[0][0] == self.command:
            _, status, fields = hub.statuses.pop(0)
            self._head(status, {**fields, "Content-Length": "0"})
            return
        stored = self.path.startswith("/stored/")
        listing = self.path.startswith("/api/models/")
        if hub.token and not stored and self.headers.get("Authorization") != f"Bearer {hub.token}":
            self._head(401, {"X-Error-Code": "GatedRepo", "Content-Length": "0"})
            return
        if listing:
            self._list(self.path.removeprefix("/api/models/").partition("/revision/")[0])
            return
        name = self.path.removeprefix("/stored/").lstrip("/")
        if not stored:
            owner, repository, _, _, *rest = name.split("/")
            name = "/".join((owner, repository, *rest))
        content = hub.files.get(name)
        if content is None:
            self._head(404, {"X-Error-Code": "EntryNotFound", "Content-Length": "0"})
            return
        if not stored and name.endswith(IN_LFS):
            digest = hub.etag if hub.etag is not None else hashlib.sha256(content).hexdigest()
            announced = len(content) if hub.announced is None else hub.announced
            fields = {"X-Repo-Commit": REVISION, "X-Linked-Size": str(announced), "X-Linked-Etag": f'"{digest}"'}
            where = self.path if hub.circles and self.command == "GET" else f"{hub.storage}/stored/{name}"
            self._head(302, {**fields, "Location": where, "Content-Length": "0"})
            return
        self._send(content + hub.extra)

    def _list(self, repository: str) -> None:
        files = self.hub.files.items()
        siblings = [
            sibling(name.removeprefix(f"{repository}/"), content) for name, content in files if repository in name
        ]
        if not siblings:
            self._head(401, {"X-Error-Code": "RepoNotFound", "Content-Length": "0"})
            return
        told = self.hub.listing({"id": repository, "sha": REVISION, "siblings": siblings})
        text = told if isinstance(told, bytes) else json.dumps(told).encode()
        self._head(200, {"Content-Type": "application/json", "Content-Length": str(len(text))})
        self.wfile.write(text)

    def _send(self, content: bytes) -> None:
        hub, start = self.hub, 0
        asked = self.headers.get("Range", "")
        if asked and hub.ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-")) + hub.shift
            of = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._head(206, {"Content-Range": of, "Content-Length": str(len(content) - start)})
        else:
            self._head(200, {"Content-Length": str(len(content))})
        if self.command == "HEAD":
            return
        rest = content[start:]
        cut = hub.cuts.pop(0) if hub.cuts else len(rest)
        if cut < len(rest):  # a whole answer leaves the connection open: the client may have gone on with it already
            self.wfile.write(rest[:cut])
            self.close_connection = True
            return
        if 0 < hub.slow < len(rest):
            self.wfile.write(rest[: hub.slow])
            self.wfile.flush()
            hub.pause.wait(60)
            rest = rest[hub.slow :]
        self.wfile.write(rest)

    def _head(self, status: int, fields: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()


def sibling(name: str, content: bytes) -> dict[str, Any]:
    """What the hub tells of a file: git's name of its content, or of the pointer to it."""
    told: dict[str, Any] = {"rfilename": name, "size": len(content)}
    if not name.endswith(IN_LFS):
        return {**told, "blobId": hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()}
    lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return {**told, "blobId": "5" * 40, "lfs": lfs}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away in the middle are what many tests are about."""


@contextmanager
def hub_server(hub: Hub | None = None) -> Iterator[Hub]:
    """Serves a hub until the end."""
    hub = hub or Hub()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    hub.storage = hub.storage or f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.pause.set()
        server.shutdown()
        server.server_close()
        thread.join()
