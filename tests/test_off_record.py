"""Off the record: nothing said in a conversation is learnt or remembered, and what is known is not told in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain import Person
from errors import BadInput
from homegrown import Homegrown
from tests.builders import conversation, turn
from web import texts
from web.proposed import record_html, set_record


@pytest.fixture
def bea(parts: Homegrown) -> Person:
    return parts.store.add_person("Bea")


def test_no_verdict_is_taken_off_the_record(parts: Homegrown, bea: Person) -> None:
    parts.store.put_conversation(bea.id, conversation(head="talk.1"))
    parts.store.put_turn(bea.id, turn("talk.1"))
    set_record(parts, bea.id, "talk", off=True)
    with pytest.raises(BadInput, match="off the record"):
        parts.ratings.rate(bea.id, "talk.1", "up")
    with pytest.raises(BadInput, match="off the record"):
        parts.ratings.correct(bea.id, "talk.1", "In milk.")
    assert parts.store.feedback(bea.id) == []


def test_what_is_known_is_not_told_off_the_record(parts: Homegrown, bea: Person) -> None:
    fact = parts.memories.add(bea.id, "I am allergic to nuts.")
    parts.memories.pin(bea.id, fact.id, True)
    parts.engine.start()
    talk = set_record(parts, bea.id, "", off=True)
    secret = parts.chat.start(bea.id, talk, "What can I eat with my allergic reaction to nuts?").result()
    open_ = parts.chat.start(bea.id, None, "What can I eat with my allergic reaction to nuts?").result()
    assert (secret.memories, secret.inserted, secret.about, secret.reminders) == ((), "", "", ())
    assert "nuts" in open_.inserted + open_.about
    parts.ratings.correct(bea.id, open_.id, "Captain, apples.")
    again = [parts.chat.start(bea.id, where, "And figs?").result() for where in (talk, None)]
    assert [len(said.reminders) for said in again] == [0, 1], "what was taught is known, too"
    assert [one.title for one in parts.store.conversations(bea.id) if one.id == talk] == [
        "What can I eat with my allergic reaction to…"
    ]


def test_what_was_said_off_the_record_stays_so(parts: Homegrown, bea: Person) -> None:
    talk = set_record(parts, bea.id, "", off=True)
    assert texts.ON_RECORD_AGAIN in record_html(parts.store.conversations(bea.id), talk)
    assert set_record(parts, bea.id, talk, off=False) == talk
    assert texts.GO_OFF_RECORD in record_html(parts.store.conversations(bea.id), talk)
    set_record(parts, bea.id, talk, off=True)
    parts.store.put_conversation(bea.id, replace(parts.store.conversation(bea.id, talk), head=f"{talk}.1"))
    with pytest.raises(BadInput):
        set_record(parts, bea.id, talk, off=False)
    shown = record_html(parts.store.conversations(bea.id), talk)
    assert texts.OFF_RECORD in shown and texts.ON_RECORD_AGAIN not in shown
