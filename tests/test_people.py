"""On the command line somebody who is locked is asked for the passphrase, and nobody gets in without it."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import app
import control
from command_line import commands
from errors import BadInput, Gone, Locked, StorageTrouble
from homegrown import Homegrown
from people import passphrases
from storage.wrap import Cost
from tests.builders import memory
from tests.journal_files import ruin

WORDS, OTHER = "correct horse battery", "another passphrase"
Json = dict[str, Any]


@pytest.fixture
def parts(parts: Homegrown) -> Homegrown:
    parts.people.keys._cost = Cost(memory=32, passes=1, lanes=1)
    return parts


@pytest.fixture
def ada(parts: Homegrown) -> str:
    """Locked, as after a restart, with something to be read."""
    person = parts.store.add_person("Ada").id
    parts.store.put_memory(person, memory(text="I like plums."))
    parts.people.set_passphrase(person, WORDS)
    parts.people.lock(person)
    return person


def run(parts: Homegrown, command: str, *given: str, **arguments: Any) -> Json:
    return commands.run(parts, command, {**arguments, "passphrases": list(given)}, lambda news: None)


def entry(result: Json, name: str) -> Json:
    found: Json = next(one for one in result["json"] if one["name"] == name)
    return found


@pytest.mark.parametrize(
    "command, arguments",
    [
        ("chat", {"text": "Hello?", "greedy": True}),
        ("memory", {"action": "list"}),
        ("memory", {"action": "add", "text": "I like pears."}),
        ("feedback", {"action": "list"}),
        ("feedback", {"action": "import", "content": "", "skip_broken": False}),
        ("adapters", {"action": "list"}),
        ("learn", {"now": True}),
        ("learn", {"scheduled": True, "person": "Ada"}),
    ],
)
def test_a_command_about_somebody_who_is_locked_needs_their_passphrase(
    parts: Homegrown, ada: str, command: str, arguments: Json
) -> None:
    with pytest.raises(Locked, match="Ada is locked") as caught:
        run(parts, command, **{"person": "Ada", **arguments})
    assert caught.value.exit_code == 5
    with pytest.raises(Locked):
        run(parts, command, "not the passphrase", **{"person": "Ada", **arguments})
    assert parts.people.is_locked(ada)


def test_with_the_passphrase_a_command_does_its_work_and_the_running_app_then_knows_the_key(
    parts: Homegrown, ada: str
) -> None:
    assert run(parts, "memory", WORDS, action="list", person=None)["text"].endswith("I like plums.")
    assert run(parts, "memory", action="list", person=None)["exit"] == 0


def test_a_locked_person_is_not_renamed_by_the_first_name_that_somebody_gives(parts: Homegrown) -> None:
    begun = parts.store.add_person(parts.settings.owner)
    parts.people.set_passphrase(begun.id, WORDS)
    parts.people.lock(begun.id)
    with pytest.raises(Locked):
        run(parts, "memory", action="list", person="Eve")
    assert [person.name for person in parts.store.people()] == [parts.settings.owner]


def test_the_list_tells_who_is_locked_and_how_much_they_have_but_no_text(parts: Homegrown, ada: str) -> None:
    result = run(parts, "people", action="list")
    found = entry(result, "Ada")
    assert (found["passphrase"], found["locked"], found["bytes"] > 500) == (True, True, True)
    assert "nights wait" in result["text"] and "plums" not in json.dumps(result)


def test_status_tells_that_a_person_is_locked_and_nothing_else_of_them(parts: Homegrown, ada: str) -> None:
    parts.engine.start()
    result = run(parts, "status", person=None)
    assert result["exit"] == 0 and result["json"]["locked"] is True
    assert result["json"]["serving"] is result["json"]["waiting"] is result["json"]["last_night"] is None
    assert "wait until this person signs in" in result["text"]
    assert run(parts, "status", WORDS, person=None)["json"]["locked"] is False


def test_a_timer_says_that_nights_of_locked_people_wait_and_looks_at_the_others(parts: Homegrown, ada: str) -> None:
    result = run(parts, "learn", scheduled=True, person=None)
    assert (result["exit"], result["json"]["nights"]) == (5, [])
    assert "Ada" in result["error"] and "sign in" in result["error"]
    bob, _ = parts.people.add("Bob", OTHER)
    result = run(parts, "learn", scheduled=True, person=None)
    assert result["exit"] == 6 and "new corrections" in result["error"]
    assert parts.people.is_locked(ada) and not parts.people.is_locked(bob.id)


def test_a_timer_passes_by_whose_words_are_damaged_and_tells_it_if_there_is_nobody_else(
    parts: Homegrown, ada: str
) -> None:
    bob, _ = parts.people.add("Bob", OTHER)
    ruin(parts.settings.home / "people" / bob.id)
    parts.store.drop(bob.id)
    with pytest.raises(StorageTrouble, match="no sound snapshot"):
        run(parts, "learn", scheduled=True, person=None)
    parts.people.add("Cleo", OTHER)
    result = run(parts, "learn", scheduled=True, person=None)
    assert result["exit"] == 6 and "new corrections" in result["error"]


def test_somebody_gets_another_name_with_their_passphrase_while_others_live_here(parts: Homegrown, ada: str) -> None:
    parts.people.add("Bob", OTHER)
    with pytest.raises(Locked):
        run(parts, "people", action="rename", name="Ada", new_name="Eve")
    with pytest.raises(BadInput, match="already somebody called bob"):
        run(parts, "people", WORDS, action="rename", name="Ada", new_name="bob")
    result = run(parts, "people", WORDS, action="rename", name="Ada", new_name=" Eve ")
    assert (entry(result, "Eve")["id"], entry(result, "Eve")["owner"]) == (ada, True)
    assert [person.name for person in parts.store.people()] == ["Eve", "Bob"]


@pytest.mark.parametrize("action, new", [("rename", None), ("rename", ""), ("add", "Maria"), ("remove", "Ada")])
def test_one_name_too_many_or_too_few_changes_nobody(parts: Homegrown, ada: str, action: str, new: str | None) -> None:
    with pytest.raises(BadInput, match="only rename takes two"):
        run(parts, "people", OTHER, action=action, name="Ada", new_name=new)
    assert [person.name for person in parts.store.people()] == ["Ada"]


def test_the_clock_passes_by_who_is_locked(parts: Homegrown, ada: str, caplog: pytest.LogCaptureFixture) -> None:
    parts.nights.look(ada)
    assert not caplog.records


def test_somebody_is_added_with_a_passphrase_and_told_their_recovery_code_once(parts: Homegrown, ada: str) -> None:
    with pytest.raises(Locked, match="give one for Bob"):
        run(parts, "people", action="add", name="Bob")
    result = run(parts, "people", OTHER, action="add", name="Bob")
    code = entry(result, "Bob")["recovery_code"]
    assert code in result["text"] and "recovery_code" not in entry(result, "Ada")
    assert code not in json.dumps(run(parts, "people", action="list"))
    bob = parts.store.person("Bob").id
    parts.people.lock(bob)
    fresh = run(parts, "people", code, WORDS, action="passphrase", name="Bob", recover=True)
    assert entry(fresh, "Bob")["recovery_code"] != code and not parts.people.is_locked(bob)


def test_a_passphrase_is_set_changed_and_removed(parts: Homegrown) -> None:
    person = run(parts, "people", action="add", name="Ada")["json"][0]["id"]
    with pytest.raises(Locked, match="--passphrase-fd"):
        run(parts, "people", action="passphrase", name="Ada")
    with pytest.raises(BadInput, match="set one first"):
        run(parts, "people", WORDS, action="passphrase", name="Ada", remove=True)
    for given in ([WORDS], ["", WORDS]):  # from a file; from a terminal, which asks for the present one too
        set_ = run(parts, "people", *given, action="passphrase", name="Ada")
        assert entry(set_, "Ada")["passphrase"] and entry(set_, "Ada")["recovery_code"]
        with pytest.raises(Locked):
            run(parts, "people", action="passphrase", name="Ada", remove=True)
        removed = run(parts, "people", WORDS, action="passphrase", name="Ada", remove=True)
        assert not entry(removed, "Ada")["passphrase"] and "recovery_code" not in entry(removed, "Ada")
    run(parts, "people", WORDS, action="passphrase", name="Ada")
    for given in ([], [WORDS], [OTHER, OTHER]):
        with pytest.raises(Locked):
            run(parts, "people", *given, action="passphrase", name="Ada")
    run(parts, "people", WORDS, OTHER, action="passphrase", name="Ada")
    parts.people.lock(person)
    parts.people.unlock(person, OTHER)
    with pytest.raises(Gone):
        run(parts, "people", WORDS, action="passphrase", name="Eve")


def test_removing_a_person_needs_no_passphrase(parts: Homegrown, ada: str) -> None:
    gone = run(parts, "people", action="remove", name="Ada")
    assert gone["json"] == [] and "Files that Ada exported" in gone["text"]
    assert list((parts.settings.home / "people").iterdir()) == []


# from the shell


@pytest.fixture
def shell(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """app.py in this process, on the scripted backend, with what is typed into its terminal (None: there is none)."""
    monkeypatch.setenv("HOMEGROWN_SCRIPTED_DELAY", "0")
    monkeypatch.setattr(app, "seal", lambda: None)
    monkeypatch.setattr(app, "prepare", lambda home: home.mkdir(exist_ok=True))
    build = app.build

    def cheap(settings: Any) -> Homegrown:
        parts = build(settings)
        parts.people.keys._cost = Cost(memory=32, passes=1, lanes=1)
        return parts

    monkeypatch.setattr(app, "build", cheap)

    def run(*words: str, typed: list[str] | None = None) -> int:
        answers: Iterator[str] = iter(typed or [])
        monkeypatch.setattr(passphrases, "can_ask", lambda: typed is not None)
        monkeypatch.setattr(getpass, "getpass", lambda prompt: next(answers))
        try:
            return app.main([*words, "--home", str(home), "--backend", "scripted"])
        finally:
            assert list(answers) == [], "not everything typed was asked for"

    return run


def from_file(folder: Path, *lines: str) -> int:
    path = folder / "secrets"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return os.open(path, os.O_RDONLY)


def test_from_file_or_terminal_the_passphrase_reaches_the_command_and_without_it_the_exit_code_is_5(
    shell: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell("people", "add", "Ada") == 0
    assert shell("memory", "add", "I like plums.") == 0
    assert shell("people", "passphrase", "Ada", "--passphrase-fd", str(from_file(tmp_path, WORDS))) == 0
    assert "Recovery code of Ada, shown this once: " in capsys.readouterr().out
    assert shell("memory", "list") == 5
    said = capsys.readouterr()
    assert "plums" not in said.out and said.err.startswith("homegrown: Ada is locked: ")
    assert shell("memory", "list", "--passphrase-fd", str(from_file(tmp_path, WORDS))) == 0
    assert "plums" in capsys.readouterr().out
    assert shell("memory", "list", "--passphrase-fd", str(from_file(tmp_path, "wrong"))) == 5
    assert shell("memory", "list", typed=[WORDS]) == 0
    assert shell("memory", "list", typed=["wrong"]) == 5
    assert shell("people", "add", "Bob") == 5
    assert shell("people", "add", "Bob", typed=[OTHER, "something else"]) == 2
    assert shell("people", "add", "Bob", typed=[OTHER, OTHER]) == 0
    assert shell("people", "passphrase", "Bob", typed=[OTHER, WORDS, WORDS]) == 0
    assert shell("people", "passphrase", "Bob", "--remove", typed=[WORDS]) == 2
    assert shell("people", "remove", "Bob") == 0
    assert shell("people", "passphrase", "Ada", "--remove", typed=[WORDS]) == 0
    assert shell("memory", "list") == 0


def test_beside_a_running_app_that_has_the_key_none_is_asked_for_and_a_locked_one_is(
    shell: Callable[..., int], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Json] = []

    def running(home: Path, alone: Callable[[], Json], beside: Callable[[], Json], patience: float) -> Json:
        return beside()

    def ask(home: Path, command: str, arguments: Json, tell: object) -> Json:
        asked.append(dict(arguments))
        if not arguments["passphrases"]:
            raise Locked("Ada is locked.")
        return {"exit": 0, "text": "", "json": []}

    monkeypatch.setattr(control, "alone_or_beside", running)
    monkeypatch.setattr(control, "ask", ask)
    assert shell("memory", "list", typed=[WORDS]) == 0
    assert [given["passphrases"] for given in asked] == [[], [WORDS]]
    assert all("passphrase_fd" not in given for given in asked)


@pytest.mark.parametrize("handle", ["-1", "999", "99999999999999999999"])
def test_a_file_that_is_not_open_is_bad_input(shell: Callable[..., int], handle: str) -> None:
    assert shell("people", "list", "--passphrase-fd", handle) == 2


def test_lines_of_any_system_are_passphrases_and_no_lines_are_none(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    path.write_bytes("one passphrase\r\ntwo\u2028 of them".encode())
    assert passphrases.read_from(os.open(path, os.O_RDONLY)) == ["one passphrase", "two\u2028 of them"]
    for content in (b"", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(BadInput, match="--passphrase-fd"):
            passphrases.read_from(os.open(path, os.O_RDONLY))


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_what_is_typed_in_a_real_terminal_is_not_shown(home: Path) -> None:
    import pty
    import subprocess

    parent, child = pty.openpty()
    code = (
        "from people import passphrases; assert passphrases.can_ask(); print(len(passphrases.asked('memory', {})[0]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=child, stdout=subprocess.PIPE, stderr=child, start_new_session=True
    )
    os.close(child)
    shown = b""
    while b"Passphrase: " not in shown:
        shown += os.read(parent, 1000)
    os.write(parent, WORDS.encode() + b"\n")
    out, _ = process.communicate(timeout=60)
    assert out.strip() == str(len(WORDS)).encode()
    try:
        shown += os.read(parent, 1000)
    except OSError:  # everybody has closed it
        pass
    os.close(parent)
    assert WORDS.encode() not in shown
