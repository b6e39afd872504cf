"""Whose program speaks to us: our own account's, or somebody else's on this machine."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from tests.door import Door
from web.peer import account_of, is_foreign

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")


@linux
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_connection_of_ours_is_known_as_ours(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener, socket.socket(family) as client:
        try:
            listener.bind((host, 0))
        except OSError:
            pytest.skip("there is no IPv6 here")
        listener.listen()
        client.connect(listener.getsockname())
        ends = client.getsockname()[:2], listener.getsockname()[:2]
        assert account_of(*ends) == os.getuid()
        assert not is_foreign(*ends)


@linux
def test_an_ipv4_connection_from_an_ipv6_socket_is_known_too() -> None:
    with socket.socket() as listener, socket.socket(socket.AF_INET6) as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        try:
            client.connect(("::ffff:127.0.0.1", listener.getsockname()[1]))
        except OSError:
            pytest.skip("there is no IPv6 here")
        assert account_of(("127.0.0.1", client.getsockname()[1]), listener.getsockname()) == os.getuid()


@pytest.mark.parametrize("client", [("10.1.2.3", 5), ("testclient", 5), ("", 0)])
def test_what_cannot_be_told_is_not_held_against_anybody(client: tuple[str, int]) -> None:
    assert account_of(client, ("127.0.0.1", 7861)) is None
    assert not is_foreign(client, ("127.0.0.1", 7861))


@pytest.mark.parametrize(
    ("account", "refused"), [(os.getuid() if hasattr(os, "getuid") else 0, False), (0, False), (4242, True)]
)
def test_a_launch_link_is_of_no_use_to_another_account(
    monkeypatch: pytest.MonkeyPatch, account: int, refused: bool
) -> None:
    if not hasattr(os, "getuid"):
        pytest.skip("Windows does not tell whose a connection is")
    monkeypatch.setattr("web.peer.account_of", lambda client, server: account)
    door = Door()
    link = f"/?token={door.sessions.token('ada')}"
    assert door.ask(link).status == (403 if refused else 303)
    monkeypatch.setattr("web.peer.account_of", lambda client, server: None)
    assert door.ask(link).status == (303 if refused else 401)  # what was refused is not used up
