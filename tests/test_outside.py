"""The seal opens for one process, and only towards hosts that were named to it; each connection is told.

It cannot be removed, so each test has its own process.
"""

from __future__ import annotations

import pytest

from network.offline import Attempt, Outbound
from tests.test_doctor import SINCE
from tests.test_offline import run
from web.connections import connections_html

TRY = """
def attempt(do):
    try:
        do()
    except PermissionError as error:
        return "sealed"
    except OSError as error:
        return "let through"
def look_up(name):
    return attempt(lambda: socket.getaddrinfo(name, 443))
def connect():
    return attempt(lambda: socket.create_connection(("192.0.2.1", 9), timeout=0.01))
"""


def test_a_name_that_was_not_named_is_refused_and_one_that_was_is_let_through_and_told() -> None:
    program = f"""{TRY}
offline.seal("download", outside=True)
print(look_up("hub.invalid"), connect())
offline.expect("hub.invalid")
print(look_up("hub.invalid"), look_up("HUB.invalid"), look_up("other.invalid"))
found = offline.outbound()
print(found.counts, found.asked, [one.to for one in found.attempts if one.asked])
"""
    told = ["sealed sealed", "let through let through sealed", "{'download': 3} 2 ['hub.invalid', 'HUB.invalid']"]
    assert run(program).splitlines() == told


def test_an_address_behind_a_name_that_was_named_is_let_through_and_told() -> None:
    program = f"""{TRY}
offline.seal("download", outside=True)
offline.expect("192.0.2.1")
print(connect())
print([one.to for one in offline.outbound().attempts if one.asked])
datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(attempt(lambda: datagram.sendto(b"x", ("192.0.2.1", 9))))
datagram.close()
"""
    assert run(program).splitlines() == ["let through", "['192.0.2.1', '192.0.2.1 port 9']", "sealed"]


def test_nothing_opens_the_seal_of_any_other_process() -> None:
    program = f"""{TRY}
offline.seal()
offline.expect("hub.invalid")
offline.seal("download", outside=True)
offline.expect("hub.invalid")
print(look_up("hub.invalid"), connect())
"""
    assert run(program) == "sealed sealed\n"


@pytest.mark.parametrize("asked", [True, False])
def test_the_page_tells_connections_for_a_model_apart_from_all_others(asked: bool) -> None:
    attempt = Attempt(SINCE, "download", "hub.example", refused=False, asked=asked)
    html = connections_html(Outbound(SINCE, {"app": 0, "download": int(not asked)}, (attempt,), int(asked)))
    assert ("hub.example · for a model that you asked for" in html) == asked
    assert ("Besides, for models that you asked for: 1." in html) == asked
    assert (": 0 (app 0, download 0)." in html) == asked
