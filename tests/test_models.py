"""Another model serves from one reply to the next, and nothing is lost: the talk, what was taught, the old model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import build
from backends.catalog import entry
from backends.plan import plan
from base_models import models as module
from base_models.bases import Base, base_of
from base_models.entries import MISSING, Entry
from domain import BASE
from errors import BadInput, Deferred, EngineDied, Gone, ModelUnusable
from homegrown import Homegrown
from settings import Settings
from storage.shelf import Shelf
from tests.builders import corrections
from tests.machine import wait_until
from tests.test_gguf_header import model
from tests.test_plan import LAPTOP


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A model file somewhere on this machine."""
    path = tmp_path / "other.gguf"
    path.write_bytes(model())  # type: ignore[no-untyped-call]
    return path


@pytest.fixture
def running(parts: Homegrown) -> Iterator[Homegrown]:
    parts.engine.start()
    parts.engine.wait_ready(60)
    yield parts


def listed(home: Homegrown) -> dict[str, Entry]:
    return {entry.name: entry for entry in home.models.entries()}


def added(home: Homegrown) -> list[str]:
    return [entry.name for entry in home.models.entries() if entry.added]


def test_another_model_serves_and_the_talk_goes_on(running: Homegrown, other: Path) -> None:
    ada = running.store.add_person("Ada").id
    first = running.chat.start(ada, None, "How do I poach an egg?").result()
    base = running.models.use(running.models.add(str(other)))
    second = running.chat.start(ada, first.conversation, "And how long?").result()
    assert [turn.id for turn in running.chat.path(ada, first.conversation)] == [first.id, second.id]
    assert (first.model, second.model) == ("scripted", base.digest[:12])
    assert second.finish == "stop"
    assert [entry.name for entry in running.models.entries() if entry.serving] == [str(other)]


def test_the_choice_outlives_a_restart_and_one_step_leads_back(running: Homegrown, other: Path) -> None:
    running.models.use(str(other))
    again = build(Settings(running.settings.home, backend="scripted"))
    assert (again.models.serving.name, again.models.notice) == (str(other), "")
    assert (again.adapters.base, again.models.before()) == (running.models.serving.digest, "bundled")
    running.models.use(running.models.before())
    assert (running.adapters.base, running.models.before()) == ("scripted", str(other))


def test_a_model_that_is_given_at_the_start_wins_over_the_chosen_one(running: Homegrown, other: Path) -> None:
    running.models.use(str(other))
    given = build(Settings(running.settings.home, backend="scripted", model="bundled"))
    assert given.models.serving.name == "bundled"
    assert Shelf(running.settings.home).kept().chosen == str(other)


@pytest.mark.usefixtures("spare")
def test_what_was_taught_stays_and_the_next_night_teaches_it_the_new_model(running: Homegrown, other: Path) -> None:
    ada = running.store.add_person("Ada").id
    running.store.put_feedback(ada, *corrections(8))
    learnt = running.nights.run(ada).version
    assert running.adapters.current(ada)[0] == learnt
    running.models.use(str(other))
    assert running.adapters.current(ada) == (BASE, None)
    assert running.adapters.has_not_learnt(ada)
    assert "has not learnt you yet" in running.nights.plan(ada)
    night = running.nights.run(ada)
    assert (night.verdict.outcome, len(night.used)) == ("published", 8)
    running.models.use("bundled")
    assert running.adapters.current(ada)[0] == learnt


def test_a_chosen_model_whose_file_is_gone_gives_way_to_the_bundled_one(running: Homegrown, other: Path) -> None:
    running.models.use(str(other))
    other.unlink()
    again = build(Settings(running.settings.home, backend="scripted"))
    assert again.models.serving.name == "bundled"
    assert "Until it is there again the bundled model serves" in again.models.notice
    other.write_bytes(model())  # type: ignore[no-untyped-call]
    assert build(Settings(running.settings.home, backend="scripted")).models.serving.name == str(other)


def test_a_model_deleted_while_it_serves_is_told_and_answers_on(running: Homegrown, other: Path) -> None:
    running.models.use(str(other))
    other.unlink()
    assert listed(running)[str(other)].offer.verdict == MISSING
    ada = running.store.add_person("Ada").id
    assert running.chat.start(ada, None, "Are you there?").result().finish == "stop"


def test_a_model_that_does_not_start_leaves_the_old_one_serving(
    running: Homegrown, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = running.engine.wait_ready

    def broken(timeout: float | None = None) -> Any:
        monkeypatch.setattr(running.engine, "wait_ready", ready)
        raise ModelUnusable("The model cannot be loaded.")

    monkeypatch.setattr(running.engine, "wait_ready", broken)
    with pytest.raises(ModelUnusable, match=r"cannot be loaded\. SmolLM2 135M Instruct goes on serving"):
        running.models.use(str(other))
    assert (running.models.serving.name, running.adapters.base, running.models.changing) == ("bundled", "scripted", "")
    assert Shelf(running.settings.home).kept().chosen == "bundled"
    assert running.engine.wait_ready(60)
    running.models.use(str(other))  # the place is free again


def test_a_model_whose_chat_template_cannot_be_used_leaves_the_old_one_serving(
    running: Homegrown, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It loads, and would fail at the first message."""

    def unusable(messages: Any) -> Any:
        raise ModelUnusable("The model's chat template cannot be used: no; choose another model file.")

    def deaf(messages: Any) -> list[int]:
        return [1, 2, 3]

    for encode, words in ((unusable, "template cannot be used"), (deaf, "template leaves out what is asked")):
        with monkeypatch.context() as patch:
            patch.setattr(running.engine, "encode", encode)
            with pytest.raises(ModelUnusable, match=rf"{words}.*SmolLM2 135M Instruct goes on serving"):
                running.models.use(str(other))
    assert (running.models.serving.name, running.adapters.base) == ("bundled", "scripted")
    assert Shelf(running.settings.home).kept().chosen == "bundled"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("short.gguf", lambda whole: whole[:-100], "cut short"),
        ("renamed.gguf", lambda whole: b"PK\x03\x04" + whole, "a zip archive"),
        ("hostile.gguf", lambda whole: whole[:8] + b"\xff" * 16 + whole[24:], "damaged"),
        ("empty.gguf", lambda whole: b"", "empty"),
    ],
)
def test_what_is_no_model_is_neither_added_nor_served(
    running: Homegrown, tmp_path: Path, name: str, content: Any, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content(model()))  # type: ignore[no-untyped-call]
    for act in (running.models.add, running.models.use):
        with pytest.raises(ModelUnusable, match=words):
            act(str(path))
    assert (added(running), running.models.serving.name) == ([], "bundled")


def test_folders_missing_files_and_half_a_path_are_told_apart(running: Homegrown, tmp_path: Path) -> None:
    for place, words in ((tmp_path, "is a folder"), (tmp_path / "no.gguf", "There is no file")):
        with pytest.raises(ModelUnusable, match=words):
            running.models.add(str(place))
    for half in ("", "model.gguf"):
        with pytest.raises(BadInput, match="whole path"):
            running.models.add(half)
    with pytest.raises(BadInput, match="no model called"):
        running.models.use("nothing-1b")
    with pytest.raises(BadInput, match="serves already"):
        running.models.use("bundled")


def test_a_change_waits_for_a_reply_and_never_cuts_it(
    running: Homegrown, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = running.store.add_person("Ada").id
    writing = running.chat.start(ada, None, "Tell me about owls.")
    running.models.use(str(other))
    assert writing.result().finish == "stop"
    assert writing.turn.model == "scripted"
    monkeypatch.setattr(module, "REPLY_SECONDS", 0.0)
    with running.chat.asking(), pytest.raises(Deferred, match="reply is being written"):
        running.models.use("bundled")
    assert running.models.serving.name == str(other)


def test_nothing_is_changed_under_a_night(running: Homegrown, other: Path) -> None:
    running.nights.place.take("somebody", "A night")
    with pytest.raises(Deferred, match="A night is running"):
        running.models.use(str(other))
    running.nights.place.leave("somebody")
    running.models.use(str(other))


def test_a_change_from_the_page_runs_aside_and_tells_how_it_ended(
    running: Homegrown, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(timeout: float | None = None) -> Any:
        raise EngineDied("The engine does not start.")

    with monkeypatch.context() as patch:
        patch.setattr(running.engine, "wait_ready", died)
        running.models.begin(str(other))
        wait_until(lambda: running.models.changing == "" and running.models.notice != "")
    assert running.models.notice.startswith("The engine does not start. SmolLM2")


def test_what_serves_is_not_removed_and_an_added_file_is_only_taken_off_the_list(
    running: Homegrown, other: Path
) -> None:
    running.models.use(str(other))
    with pytest.raises(BadInput, match="serves now"):
        running.models.remove(str(other))
    running.models.use("bundled")
    running.models.remove(str(other))
    assert (added(running), other.exists(), running.models.before()) == ([], True, "")


def test_a_file_that_was_exchanged_does_not_serve_until_it_is_added_again(running: Homegrown, other: Path) -> None:
    running.models.use(running.models.add(str(other)))
    running.models.use("bundled")
    with other.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelUnusable, match=r"changed since it was added .* models add "):
        running.models.use(str(other))
    assert running.models.serving.name == "bundled"
    assert running.models.use(running.models.add(str(other))).name == str(other)


def test_a_model_that_nobody_knows_cannot_be_downloaded(running: Homegrown) -> None:
    with pytest.raises(Gone, match="no model called nothing-1b"):
        running.models.download("nothing-1b")
    with pytest.raises(BadInput, match="here already"):
        running.models.download("bundled")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"stored": {"x": 5}}', '{"stored": 3}', '{"added": 7}'])
def test_a_damaged_shelf_counts_as_empty(home: Path, content: str) -> None:
    (home / "models").mkdir(parents=True)
    for name in ("shelf.json", "pins.json"):
        (home / "models" / name).write_text(content)
    assert (Shelf(home).kept().chosen, Shelf(home).pinned("maker/tiny/tiny.gguf")) == ("bundled", None)


@pytest.mark.parametrize(("gigabytes", "carries"), [(2, False), (4, False), (32, True)])
def test_a_model_that_the_machine_cannot_carry_is_not_even_tried(
    running: Homegrown, other: Path, monkeypatch: pytest.MonkeyPatch, gigabytes: int, carries: bool
) -> None:
    """A file of eight billion weights, as the planner sees it."""
    machine = replace(LAPTOP, ram_bytes=gigabytes * 2**30)
    planned = plan(entry("qwen3-8b").shape, machine)

    def large(*given: Any) -> Base:
        return replace(base_of(*given), plan=planned)

    monkeypatch.setattr(module, "base_of", large)
    if carries:
        running.models.use(str(other))
    else:
        with pytest.raises(BadInput, match=r"other\.gguf needs 5\.\d GB of memory, more than this machine has for it"):
            running.models.use(str(other))
    assert running.models.serving.name == (str(other) if carries else "bundled")
    assert running.models.changing == ""
