"""What the owner alone may do: each such handler, wish and form refuses a member, and nothing in the home changes."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn
from starlette.routing import Mount

from app import build
from bench.attacks.victim import Person, Victim
from bench.attacks.wire import Answer, ask
from homegrown import Homegrown
from serving import guarded, sessions_of
from settings import Settings
from storage.wrap import Cost
from web import door_texts, machine_texts
from web.listen import listen
from web.page import build_pages
from web.protocol import Protocol

# Gradio sums up its queue with an option of pandas that warns, which a test run takes for an error.
pytestmark = pytest.mark.filterwarnings("ignore:.*no_silent_downcasting")

WEB = Path(__file__).parent.parent / "web"
PASSPHRASE, HERE, ELSEWHERE = "correct horse battery", "/elsewhere/a.gguf", "/elsewhere/b.gguf"
PAGES = ("admin_page", "models_page", "resting")  # whose handlers are the owner's
FOR_ALL = {"admin_page.load", "resting.load"}  # of these: members are shown less
WISHES = re.findall(r'case "(\w+)":', (WEB / "models_page.py").read_text(encoding="utf-8"))
FORBIDDEN = [
    ("admin_page.begin", []),
    ("admin_page.roll_back", []),
    ("admin_page.start_again", []),
    ("resting.choose", [60]),
    ("resting.rest", []),
    ("models_page.load", []),
    ("models_page.keep", [ELSEWHERE]),
    *(("models_page.act", [json.dumps({"do": do, "on": HERE, "text": "", "number": 1})]) for do in [*WISHES, "?"]),
]


@dataclass(frozen=True)
class House:
    """Its `victim` is the client: Ada owns the home, Ben lives there too; both are signed in."""

    home: Homegrown
    victim: Victim
    handlers: dict[str, dict[str, Any]]

    def call(self, person: Person, handler: str, data: list[Any]) -> str:
        return self.victim.call(person, self.handlers[handler], data, f"page-of-{person.name}")

    def submit(self, person: Person, **fields: str) -> Answer:
        headers = [("Host", self.victim.host), self.victim.cookie_of(person), ("Origin", self.victim.origin)]
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        return ask(self.victim.port, "POST", "/people", headers, urlencode(fields).encode())

    def state(self) -> tuple[Any, ...]:
        """Whatever the owner's pages can change: what is stored, and what is under way."""
        home, models = self.home, self.home.models
        stored = self.victim.fingerprint(self.victim.ada, self.victim.ben)
        chosen = home.store.people(), models.shelf.kept(), models.serving.name, home.rest.minutes
        under_way = models.changing, models.notice, models.downloads.now(), home.engine.status()
        return stored, *chosen, *under_way, [home.nights.progress(one.id) for one in home.store.people()]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    victim = Victim(tmp_path_factory.mktemp("house"))
    home = build(Settings(victim.home, backend="scripted"))
    home.people.keys._cost = Cost(memory=32, passes=1, lanes=1)
    home.models.shelf.add(HERE)
    listener, victim.port = listen("127.0.0.1", 7981)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_OFFLINE"):
            patch.setenv(name, "")  # put back afterwards
        patch.setattr("tempfile.tempdir", None)

        async def built() -> Any:  # in an event loop: without one, Gradio makes its own and leaves it open
            return build_pages(home, victim.port)

        pages, sessions = asyncio.run(built()), sessions_of(home)
        for person in (victim.ada, victim.ben):
            person.id = home.people.add(person.name, PASSPHRASE)[0].id
            person.cookie = sessions.begin(person.id)
        guard = guarded(home, pages, sessions, victim.port)
        told = uvicorn.Config(guard, log_level="warning", ws="none", http=Protocol, timeout_graceful_shutdown=2)
        server = uvicorn.Server(told)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield House(home, victim, handlers_of(pages))
        server.should_exit = True
        thread.join()
        listener.close()
        home.close()


def handlers_of(pages: Any) -> dict[str, dict[str, Any]]:
    """The handlers of the owner's pages, as "file.function"."""
    (gradio,) = (route.app for route in pages.routes if isinstance(route, Mount) and hasattr(route.app, "get_blocks"))
    named = {
        f"{known.fn.__module__.removeprefix('web.')}.{known.fn.__name__}": {"id": number}
        for number, known in gradio.get_blocks().fns.items()
    }
    return {name: handler for name, handler in named.items() if name.partition(".")[0] in PAGES}


def test_every_handler_of_the_owners_pages_is_tried_here(house: House) -> None:
    assert {name for name, _ in FORBIDDEN} | FOR_ALL == house.handlers.keys()
    assert len(WISHES) > 8


def test_no_other_file_of_the_pages_asks_for_the_owner() -> None:
    asking = {path.stem for path in WEB.glob("*.py") if re.search(r"owner_of\(|OWNER_ONLY\)", path.read_text("utf-8"))}
    assert asking == set(PAGES)


@pytest.mark.parametrize(("handler", "data"), FORBIDDEN)
def test_a_member_is_refused_what_the_owner_may_and_nothing_changes(
    house: House, handler: str, data: list[Any]
) -> None:
    before = house.state()
    assert machine_texts.OWNER_ONLY in house.call(house.victim.ben, handler, data)
    assert house.state() == before


@pytest.mark.parametrize("handler", sorted(FOR_ALL))
def test_what_a_member_is_shown_of_the_machine_is_nothing_but_a_sentence(house: House, handler: str) -> None:
    shown = house.call(house.victim.ben, handler, [])
    assert "process_completed" in shown
    assert 'class=\\"cards' not in shown and '"visible": true' not in shown and '"choices"' not in shown


def test_a_member_neither_adds_nor_removes_nor_lists_people(house: House) -> None:
    victim, before = house.victim, house.state()
    answers = [
        victim.ours("GET", "/people", victim.ben),
        house.submit(victim.ben, name="Eve", passphrase=PASSPHRASE, again=PASSPHRASE),
        *(house.submit(victim.ben, remove=person.id, typed=person.name) for person in (victim.ada, victim.ben)),
    ]
    for answer in answers:
        assert answer.status == 403
        assert door_texts.OWNERS_PAGE.encode() in answer.body and victim.ada.id.encode() not in answer.body
    assert house.state() == before


def test_the_owner_may_and_then_it_is_seen_that_something_changed(house: House) -> None:
    ada, before = house.victim.ada, house.state()
    assert machine_texts.REST_CHOSEN in house.call(ada, "resting.choose", [60])
    stored = house.victim.fingerprint(ada)
    assert house.home.rest.minutes == 60 and house.state() != before
    wish = {"do": "remove", "on": HERE, "text": "", "number": 1}
    assert machine_texts.OWNER_ONLY not in house.call(ada, "models_page.act", [json.dumps(wish)])
    assert house.home.models.shelf.kept().added == ()
    assert house.victim.fingerprint(ada) != stored
    assert 'class=\\"cards' in house.call(ada, "admin_page.load", [])
