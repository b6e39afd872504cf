"""HTTP/1.1 by hand: requests that no well-behaved client would send."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 256 * 1024  # bytes of an answer that are read
PATIENCE = 20.0  # seconds without a byte of an answer
SILENCE = 0.4  # seconds without a byte after which a stream is left

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    port: int,
    method: str,
    target: str,
    headers: Headers,
    body: bytes = b"",
    patience: float = PATIENCE,
    silence: float = SILENCE,
) -> Answer:
    """One request on a connection of its own; `headers` are all there are. After so many seconds it is left."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "Connection: close"]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return send(port, "\r\n".join([*lines, "", ""]).encode() + body, patience, silence)


def send(port: int, raw: bytes, patience: float = PATIENCE, silence: float = SILENCE) -> Answer:
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        connection.sendall(raw)
        said = b""
        while len(said) < LONGEST:
            if b"\r\n\r\n" in said and "event-stream" in _headers(said).get("content-type", ""):
                connection.settimeout(silence)
            try:
                piece = connection.recv(65536)
            except (TimeoutError, ConnectionResetError):
                break
            if not piece:
                break
            said += piece
    if b"\r\n\r\n" not in said:
        return Answer(0, {}, said)
    status = int(said.split(b" ", 2)[1])
    return Answer(status, _headers(said), said.partition(b"\r\n\r\n")[2])


def _headers(said: bytes) -> dict[str, str]:
    head = said.partition(b"\r\n\r\n")[0].decode("latin-1")
    pairs = (line.partition(":") for line in head.split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
