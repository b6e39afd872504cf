"""The edge of the pages: identity from the guard alone, errors as one sentence, the machine page for its owner."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from domain import now
from errors import BadInput, Gone
from learning.versions import Versions
from storage.adapters import Adapters
from storage.store import Store
from tests.builders import calm, feedback
from web import texts
from web.admin_page import machine_html, owner_of
from web.edge import at_the_edge, person_of
from web.parts import Wish, read_wish
from web.verdict import act


def asked_by(person: str | None) -> Any:
    return SimpleNamespace(username=person)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    made = Store(home)
    yield made
    made.close()


def test_a_request_without_a_session_is_nobody() -> None:
    with pytest.raises(BadInput):
        person_of(asked_by(None))


def test_only_the_owner_sees_the_machine(store: Store) -> None:
    ada, ben = store.add_person("Ada"), store.add_person("Ben")
    assert owner_of(store, asked_by(ada.id)) == ada
    with pytest.raises(BadInput, match="Only the owner"):
        owner_of(store, asked_by(ben.id))
    with pytest.raises(Gone):
        owner_of(store, asked_by("nobody"))


def test_an_error_for_people_is_shown_as_it_is() -> None:
    notice = gr.Markdown()

    @at_the_edge(notice)
    def broken() -> Iterator[dict[Any, Any]]:
        raise Gone("That <reply> is gone.")
        yield {}

    assert "That &lt;reply&gt; is gone." in next(broken())[notice]


def test_a_defect_is_logged_and_told_in_one_sentence(caplog: pytest.LogCaptureFixture) -> None:
    notice = gr.Markdown()

    @at_the_edge(notice)
    def broken() -> Iterator[dict[Any, Any]]:
        yield {notice: "first"}
        raise ZeroDivisionError("secret")

    with caplog.at_level(logging.ERROR):
        *_, last = broken()
    assert texts.DEFECT in last[notice]
    assert "secret" not in last[notice]
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("wish", ["", "[]", "{}", '{"do": "up", "on": "", "text": ""}', "nonsense"])
def test_a_wish_that_no_page_sends_is_refused(wish: str) -> None:
    with pytest.raises(BadInput):
        read_wish(wish)


@pytest.mark.parametrize("comment, sentence", [("\ud800", "half of a character"), ("x" * 70_000, "too long")])
def test_a_comment_that_cannot_be_kept_is_refused_in_a_sentence(store: Store, comment: str, sentence: str) -> None:
    home: Any = SimpleNamespace(store=store, ratings=None)
    with pytest.raises(BadInput, match=sentence):
        act(home, store.add_person("Ada").id, Wish("comment", "t", comment, 1))


def test_a_rating_that_is_taken_back_names_the_exports_that_may_still_hold_it(store: Store) -> None:
    ada = store.add_person("Ada").id
    store.put_feedback(ada, feedback("talk.1", correction="Aye."), feedback("talk.2", correction="Aye, aye."))
    adapters = Adapters(store.home, "base")
    versions = Versions(store, adapters, calm, lambda person: None, lambda prefix: None)
    home: Any = SimpleNamespace(store=store, ratings=None, versions=versions)
    assert act(home, ada, Wish("undo", "talk.1", "", 1)) == ""
    store.put_export(ada, "/mnt/stick/ada.homegrown", now())
    assert "/mnt/stick/ada.homegrown" in act(home, ada, Wish("undo", "talk.2", "", 2))


def test_the_machine_page_shows_everything_of_the_status() -> None:
    speed = {"ttft_s": 0.12, "tokens_per_s": 61.5}
    made = machine_html(
        {
            "backend": {"name": "llama_cpp", "reason": "the usual one"},
            "model": {
                "model": "small.gguf",
                "quantisation": "Q8_0",
                "model_hash": "abcdef0123456789",
                "context": 8192,
                "threads": 2,
                "flash_attention": True,
            },
            "engine": {"state": "ready", "reason": "SIGSEGV", "restarts": 3, "safe_mode": True, "waiting": 2},
            "speeds": {"last": speed, "median": speed, "recent": [speed, speed]},
            "memory": {"app_bytes": 1, "engine_bytes": 2_500_000_000, "learner_bytes": 0},
            "graphics": {"used_bytes": 3_000_000_000, "total_bytes": 8_000_000_000},
            "energy": {"measured": True, "joules_per_1000_tokens": 1234.4, "source": "the processor's own counter"},
            "disk": {"home_bytes": 12_000_000, "free_bytes": 5},
            "serving": {
                "version": "2026-05-01.1",
                "created_at": "2026-05-01T00:00:00+00:00",
                "checks": [{"passed": True}, {"passed": False}, {"passed": None}],
            },
            "last_night": {"verdict": "refused", "reason": "It <forgot>.", "energy": {"joules": 5400.0}},
            "learning_rate": {"rate": 0.002, "source": "shipped", "tried": 3},
            "next_night": "Tonight.",
            "waiting": 4,
        }
    )
    for shown in (
        "llama_cpp",
        "the usual one",
        "<strong>0.002</strong>",
        "chosen among 3 that were tried on this model",
        "small.gguf",
        "abcdef012345",
        "8,192 tokens",
        "safe mode, 3 restarts, 2 waiting. SIGSEGV",
        "61.5 tokens/s",
        "2.5 GB",
        "12 MB",
        "of 8.0 GB, in use",
        "1,234 J for 1,000 tokens",
        "It took 1.50 Wh.",
        "2026-05-01.1",
        "1 of 2 checks passed",
        "It &lt;forgot&gt;.",
        "Tonight.",
        "4 lessons wait",
    ):
        assert shown in made
    assert made.count("<svg") == 2
