"""Who signs out, is locked, idle or removed: what is written for them ends, in a sentence, also for programs."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import openai
import pytest

from command_line import commands
from errors import Locked
from homegrown import Homegrown
from storage.wrap import Cost
from tests.serving_api import Answer, Served, request, served
from web import vote

WORDS = "correct horse battery"
QUESTION: list[Any] = [{"role": "user", "content": "How do I poach an egg?"}]
ALL_WORDS = 20  # every scripted reply is longer
TOLD = "was locked, signed out or removed|sign in to Homegrown first|was revoked while"  # whichever is noticed first


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A model that takes seconds to answer. Ada owns it."""
    with served(tmp_path_factory.mktemp("slow"), delay=0.2) as app:
        app.home.people.keys._cost = Cost(memory=32, passes=1, lanes=1)
        app.home.people.add("Ada", WORDS)
        yield app


@pytest.fixture
def ben(app: Served) -> Iterator[str]:
    person, _ = app.home.people.add("Ben", WORDS)
    yield person.id
    if any(known.id == person.id for known in app.home.store.people()):
        app.home.people.remove(person.id)


def form(app: Served, path: str, cookie: str = "", **fields: str) -> Answer:
    headers = {"origin": app.base, "content-type": "application/x-www-form-urlencoded"}
    return request(
        "POST", app.base + path, headers | ({"cookie": cookie} if cookie else {}), urlencode(fields).encode()
    )


def signed_in(app: Served) -> str:
    return form(app, "/sign-in", name="Ben", passphrase=WORDS).headers["set-cookie"].partition(";")[0]


def sign_out(app: Served, ben: str, cookie: str) -> None:
    assert form(app, "/sign-out", cookie).status == 303


def lock(app: Served, ben: str, cookie: str) -> None:
    assert form(app, "/lock", cookie).status == 303


def remove(app: Served, ben: str, cookie: str) -> None:
    app.home.people.remove(ben)


def stay_idle(app: Served, ben: str, cookie: str) -> None:
    sessions = app.guard.sessions
    sessions._clock = lambda: time.monotonic() + 31 * 60
    try:
        assert app.get("/pulse", {"cookie": cookie}).status == 401  # an open page asks this every few seconds
    finally:
        sessions._clock = time.monotonic


ENDS = [sign_out, lock, remove, stay_idle]
End = Callable[[Served, str, str], None]


def stopped_early(app: Served) -> bool:
    """Whether the newest reply was not written to its end."""
    recent = app.home.engine.status().recent
    return not app.home.chat.busy() and bool(recent) and recent[-1].tokens < ALL_WORDS


@pytest.mark.parametrize("end", ENDS)
def test_a_programs_stream_ends_with_a_sentence_and_the_engine_writes_no_more(app: Served, ben: str, end: End) -> None:
    client, cookie = app.client(app.key(ben)), signed_in(app)
    stream = client.chat.completions.create(model="homegrown", messages=QUESTION, stream=True)
    next(iter(stream))
    end(app, ben, cookie)
    with pytest.raises(openai.APIError, match=TOLD):
        for chunk in stream:
            assert chunk.choices[0].finish_reason is None  # it never looks as if it were complete
    app.until(lambda: stopped_early(app))


@pytest.mark.parametrize("end", ENDS)
def test_a_whole_answer_is_refused_instead_of_cut_short(app: Served, ben: str, end: End) -> None:
    client, cookie, told = app.client(app.key(ben)), signed_in(app), list[object]()

    def ask() -> None:
        try:
            told.append(client.chat.completions.create(model="homegrown", messages=QUESTION))
        except openai.APIError as error:
            told.append(error)

    program = threading.Thread(target=ask)
    program.start()
    app.until(app.home.chat.busy)
    end(app, ben, cookie)
    program.join()
    assert isinstance(told[0], openai.APIStatusError)
    assert any(sentence in str(told[0]) for sentence in TOLD.split("|"))


@pytest.mark.parametrize("end", ENDS)
def test_the_reply_on_the_page_ends_and_what_there_is_of_it_is_kept(app: Served, ben: str, end: End) -> None:
    cookie = signed_in(app)
    writing = app.home.chat.start(ben, None, "How do I bake bread?")
    app.until(lambda: bool(writing.turn.reply))
    end(app, ben, cookie)
    turn = writing.result()
    assert turn.finish == "stopped" and 0 < len(turn.reply.split()) < ALL_WORDS
    if end is not remove:
        app.home.people.unlock(ben, WORDS)
        assert app.home.store.turn(ben, turn.id) == turn


def test_somebody_elses_reply_goes_on(app: Served, ben: str) -> None:
    ada = app.home.store.people()[0].id
    writing = app.home.chat.start(ada, None, "How do I bake bread?")
    app.until(lambda: bool(writing.turn.reply))
    for end in (sign_out, lock):
        end(app, ben, signed_in(app))
        assert not writing.cancel.is_set()
    app.home.chat.stop(ada)
    assert writing.result().finish == "stopped"


def test_after_signing_out_a_programs_key_still_opens_and_after_locking_it_does_not(app: Served, ben: str) -> None:
    client, cookie = app.client(app.key(ben)), signed_in(app)
    sign_out(app, ben, cookie)
    client.models.list()
    lock(app, ben, signed_in(app))
    with pytest.raises(openai.PermissionDeniedError, match="sign in to Homegrown first"):
        client.models.list()


def test_a_command_that_is_answered_is_told_too(app: Served, ben: str) -> None:
    said: list[str] = []

    def tell(news: dict[str, Any]) -> None:
        said.append(news["piece"])
        if len(said) == 2:
            app.home.chat.hush(ben)

    given = {"person": "Ben", "text": "How do I poach an egg?", "greedy": True, "passphrases": [WORDS]}
    with pytest.raises(Locked, match="signed out"):
        commands.run(app.home, "chat", given, tell)
    assert len(said) == 2


def test_a_vote_that_is_written_ends(parts: Homegrown, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = parts.store.add_person("Ada").id
    parts.engine.start()
    pair = (vote.Rival("new", None, newer=True), vote.Rival("old", None, newer=False))
    monkeypatch.setattr(vote, "rivals", lambda home, person: pair)
    monkeypatch.setattr(vote, "UPDATE_SECONDS", 0.0)
    ballots = vote.answers(parts, ada, "How do I poach an egg?", random.Random(1))
    next(ballots)
    parts.chat.hush(ada)
    with pytest.raises(Locked, match="signed out"):
        next(ballots)
