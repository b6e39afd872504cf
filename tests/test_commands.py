"""Each command does what docs/cli.md says: its JSON keys, its exit codes, and one sentence for what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from command_line import commands
from conversation.prompt import acting_lessons
from domain import Check, Verdict
from errors import BadInput, Gone
from homegrown import Homegrown
from learning import nights
from personalization.schedule import Due
from storage.adapters import Adapters
from tests.builders import TOPICS, feedback, memory, night
from tests.exports import chat, chatgpt
from tests.test_open_webui import rating
from upkeep.status import status

ROOT = Path(__file__).parent.parent
Json = dict[str, Any]


@pytest.fixture
def started(parts: Homegrown) -> Homegrown:
    parts.engine.start()
    parts.engine.wait_ready(60)
    return parts


def run(parts: Homegrown, command: str, heard: list[Json] | None = None, **arguments: Any) -> Json:
    return commands.run(parts, command, arguments, (heard if heard is not None else []).append)


def lines(count: int) -> str:
    """Corrections that all begin with one word, which is what the scripted model can learn."""
    rows = (
        {
            "prompt": f"{TOPICS[number]} {TOPICS[number][::-1]}?",
            "reply": f"Here is something about {TOPICS[number]} that you may like.",
            "correction": f"Captain, here is something about {TOPICS[number]} that you may like, in some ten words.",
            "at": "2026-03-01T20:15:00Z",
        }
        for number in range(count)
    )
    return "\n".join(map(json.dumps, rows))


# people


def test_the_first_person_named_creates_and_owns_the_profile_and_later_names_must_be_known(parts: Homegrown) -> None:
    assert run(parts, "people", action="list")["json"] == []
    run(parts, "memory", action="list", person="Ada")
    (ada,) = run(parts, "people", action="list")["json"]
    assert set(ada) == {"id", "name", "owner", "created_at", "passphrase", "locked", "keyring", "bytes"}
    assert (ada["name"], ada["owner"], ada["passphrase"], ada["locked"]) == ("Ada", True, False, False)
    with pytest.raises(Gone, match="people add Bob"):
        run(parts, "memory", action="list", person="Bob")
    assert run(parts, "memory", action="list", person=None)["exit"] == 0
    run(parts, "people", action="add", name="Bob", passphrases=["correct horse"])
    with pytest.raises(BadInput, match="--person NAME"):
        run(parts, "memory", action="list", person=None)


def test_the_profile_that_the_page_began_with_takes_the_first_name_given(parts: Homegrown) -> None:
    begun = parts.store.add_person(parts.settings.owner)
    run(parts, "memory", action="list", person="Ada")
    (ada,) = parts.store.people()
    assert (ada.id, ada.name, ada.owner) == (begun.id, "Ada", True)
    with pytest.raises(Gone, match="people add Bob"):
        run(parts, "memory", action="list", person="Bob")


@pytest.mark.parametrize("action", ["add", "remove"])
def test_people_are_added_and_removed_by_name_only(parts: Homegrown, action: str) -> None:
    run(parts, "people", action="add", name="Ada")
    with pytest.raises(BadInput, match=f"people {action} NAME"):
        run(parts, "people", action=action, name=None)
    assert [person.name for person in parts.store.people()] == ["Ada"]


def test_a_removed_person_is_gone_with_all_files(home: Path, parts: Homegrown) -> None:
    run(parts, "people", action="add", name="Ada")
    run(parts, "memory", action="add", person="Ada", text="I live at Zebra Street.")
    result = run(parts, "people", action="remove", name="Ada")
    assert (result["exit"], result["json"]) == (0, [])
    assert result["text"].startswith("Nobody here yet.")
    assert all(b"Zebra" not in path.read_bytes() for path in home.rglob("*") if path.is_file())


# feedback


def test_imported_rows_are_listed_and_forgotten_by_their_ids(parts: Homegrown) -> None:
    result = run(parts, "feedback", action="import", person="Ada", content=lines(3), skip_broken=False)
    assert set(result["json"]) == {"imported", "broken", "parked", "waiting"}
    assert (len(result["json"]["imported"]), result["json"]["waiting"], result["exit"]) == (3, 3, 0)
    again = run(parts, "feedback", action="import", person="Ada", content=lines(3), skip_broken=False)
    assert again["json"] == result["json"]
    listed = run(parts, "feedback", action="list", person="Ada")["json"]
    assert [row["id"] for row in listed] == sorted(result["json"]["imported"])
    assert set(listed[0]) == {
        *("id", "prompt", "reply", "thumb", "correction", "rejected", "reasons", "comment", "source", "at", "parked"),
    }
    run(parts, "feedback", action="forget", person="Ada", id=listed[0]["id"])
    assert len(parts.store.feedback(parts.store.person("Ada").id)) == 2
    with pytest.raises(Gone, match="feedback list"):
        run(parts, "feedback", action="forget", person="Ada", id=listed[0]["id"])


def test_a_broken_line_stops_the_import_unless_the_person_chooses_the_good_ones(parts: Homegrown) -> None:
    content = f"{lines(2)}\n{{}}\nnot json"
    with pytest.raises(BadInput) as caught:
        run(parts, "feedback", action="import", person="Ada", content=content, skip_broken=False)
    sentence = str(caught.value)
    assert "2 of 4 lines" in sentence and "line 3: prompt must be" in sentence and "line 4: not JSON" in sentence
    assert "--skip-broken" in sentence
    assert run(parts, "feedback", action="list", person="Ada")["json"] == []
    taken = run(parts, "feedback", action="import", person="Ada", content=content, skip_broken=True)["json"]
    assert (len(taken["imported"]), sorted(taken["broken"])) == (2, [3, 4])


def test_an_export_of_open_webui_is_recognised_and_its_broken_entries_are_told(parts: Homegrown) -> None:
    content = json.dumps([rating("a1", 1), rating("gone", 1)])
    with pytest.raises(BadInput, match="1 of 2 entries") as caught:
        run(parts, "feedback", action="import", person="Ada", content=content, skip_broken=False)
    assert "entry 2: the rated reply" in str(caught.value)
    run(parts, "feedback", action="import", person="Ada", content=content, skip_broken=True)
    (row,) = run(parts, "feedback", action="list", person="Ada")["json"]
    assert (row["thumb"], row["rejected"], row["source"]) == ("up", ["In oil."], "import")


def test_lessons_that_wait_act_at_once_until_that_is_switched_off(parts: Homegrown) -> None:
    def said(switch: str | None) -> tuple[str, Json]:
        result = run(parts, "feedback", action="at-once", person="Ada", switch=switch)
        assert result["exit"] == 0
        return result["text"], result["json"]

    assert said(None) == ("Lessons act at once.", {"at_once": True})
    run(parts, "feedback", action="import", person="Ada", content=lines(1), skip_broken=False)
    (ada,) = parts.store.people()
    assert len(acting_lessons(parts.store, parts.adapters, ada.id)) == 1
    assert said("off") == said(None) == ("Lessons act once they are learnt.", {"at_once": False})
    assert acting_lessons(parts.store, parts.adapters, ada.id) == []
    assert said("on") == ("Lessons act at once.", {"at_once": True})


def test_imported_rows_that_look_like_secrets_are_parked_and_stay_released(parts: Homegrown) -> None:
    content = lines(1).replace("in some ten words", "the password is hunter22")
    told = run(parts, "feedback", action="import", person="Ada", content=content, skip_broken=False)
    (id,) = told["json"]["parked"]
    assert told["json"]["waiting"] == 0 and "1 look as if they held a secret" in told["text"]
    parts.versions.release(parts.store.person("Ada").id, id)
    again = run(parts, "feedback", action="import", person="Ada", content=content, skip_broken=False)
    assert (again["json"]["waiting"], again["json"]["parked"]) == (1, [])  # importing twice changes nothing


# memory, adapters, report


def test_facts_are_added_listed_and_forgotten(parts: Homegrown) -> None:
    (fact,) = run(parts, "memory", action="add", person="Ada", text="I am vegan.")["json"]
    assert set(fact) == {
        *("id", "text", "active", "at", "kind", "pinned", "source", "until", "replaced_by"),
    }
    assert (fact["text"], fact["active"], fact["kind"], fact["source"]) == ("I am vegan.", True, "health", "typed")
    assert run(parts, "memory", action="forget", person="Ada", id=fact["id"])["json"] == []
    with pytest.raises(Gone):
        run(parts, "memory", action="forget", person="Ada", id=fact["id"])


def test_facts_are_searched(parts: Homegrown) -> None:
    for text in ("I am vegan.", "I live in Porto."):
        run(parts, "memory", action="add", person="Ada", text=text)
    found = run(parts, "memory", action="search", person="Ada", text="PORTO")
    assert [fact["text"] for fact in found["json"]] == ["I live in Porto."] and "I live in Porto." in found["text"]
    assert run(parts, "memory", action="search", person="Ada", text="xyzzy")["text"] == "No fact fits that."


def test_facts_are_imported_once_and_first_only_looked_at(parts: Homegrown, tmp_path: Path) -> None:
    file = tmp_path / "export.zip"
    file.write_bytes(chatgpt(chat("User is vegan.", "User has a cat.")))
    run(parts, "memory", action="add", person="Ada", text="User is vegan.")
    given = {"action": "import", "person": "Ada", "path": str(file)}
    told = {"origin": "ChatGPT", "new": ["User has a cat."], "known": ["User is vegan."], "too_long": 0}
    assert run(parts, "memory", **given, dry_run=True)["json"] == told
    assert len(run(parts, "memory", action="list", person="Ada")["json"]) == 1
    assert run(parts, "memory", **given, dry_run=False)["json"] == told
    assert run(parts, "memory", **given, dry_run=False)["json"]["new"] == []
    listed = run(parts, "memory", action="list", person="Ada")["json"]
    assert [(fact["text"], fact["source"]) for fact in listed] == [
        ("User has a cat.", "imported"),  # in October 2024
        ("User is vegan.", "typed"),
    ]
    with pytest.raises(BadInput, match="check the path"):
        run(parts, "memory", **{**given, "path": str(tmp_path / "nothing")}, dry_run=False)


@pytest.mark.parametrize("name", ["facts.json", "facts.txt"])
def test_facts_are_exported_to_a_file_that_is_remembered(parts: Homegrown, tmp_path: Path, name: str) -> None:
    (fact,) = run(parts, "memory", action="add", person="Ada", text="I am vegan.")["json"]
    given = {"action": "export", "person": "Ada", "path": str(tmp_path / name)}
    assert run(parts, "memory", **given, force=False)["json"]["memories"] == 1
    with pytest.raises(BadInput, match="--force"):
        run(parts, "memory", **given, force=False)
    assert run(parts, "memory", **given, force=True)["exit"] == 0
    content = (tmp_path / name).read_text(encoding="utf-8")
    assert (json.loads(content)[0]["text"] if name.endswith("json") else content.strip()) == "I am vegan."
    assert name in run(parts, "memory", action="forget", person="Ada", id=fact["id"])["text"]


def test_before_the_first_night_only_the_base_is_listed(parts: Homegrown) -> None:
    result = run(parts, "adapters", action="list", person="Ada")
    assert result["json"] == [{"version": "base", "created_at": None, "serving": True, "lessons": 0, "foreign": False}]
    with pytest.raises(Gone, match="there are: base"):
        run(parts, "adapters", action="rollback", person="Ada", version="2020-01-01.1")
    assert run(parts, "adapters", action="rollback", person="Ada", version="base")["exit"] == 0


def test_a_night_as_json_tells_verdict_checks_and_what_was_left_out() -> None:
    checks = (Check("gain", True, "It did better.", 0.001, 0.01), Check("general", False, "It got worse."))
    slept = night(
        verdict=Verdict("refused", "It got worse.", checks),
        skipped={"r2": "a reason"},
        superseded={"r3": "r1"},
        seconds={"exam": 61.0},
    )
    found = commands.night_json(slept)
    assert set(found) == {"verdict", "reason", "version", "checks", "lessons", "seconds"}
    assert found["checks"]["gain"] == {"passed": True, "sentence": "It did better.", "value": 0.001, "limit": 0.01}
    assert found["lessons"] == {"used": ["r1"], "skipped": {"r2": "a reason"}, "superseded": {"r3": "r1"}}


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("published", 0),
        ("provisional", 0),
        ("refused", 3),
        ("nothing new", 4),
        ("too few", 4),
        ("deferred", 6),
        ("failed", 1),
    ],
)
def test_every_outcome_of_a_night_has_its_exit_code(
    parts: Homegrown, monkeypatch: pytest.MonkeyPatch, outcome: Any, code: int
) -> None:
    monkeypatch.setattr(parts.nights, "run", lambda person, tell: night(verdict=Verdict(outcome, "Because.")))
    assert run(parts, "learn", person="Ada", now=True)["exit"] == code


def test_too_few_corrections_are_told_with_exit_code_four(parts: Homegrown) -> None:
    result = run(parts, "learn", person="Ada", now=True)
    assert (result["exit"], result["json"]["verdict"]) == (4, "too few")
    assert "0 of 5" in result["error"] == result["json"]["reason"]
    assert set(result["json"]) == {"verdict", "reason", "version", "checks", "lessons", "seconds"}


# with the engine


def test_a_chat_answers_without_storing_anything_and_greedy_repeats(started: Homegrown) -> None:
    heard: list[Json] = []
    person = started.store.add_person("Ada").id
    started.store.put_memory(person, memory("m1", "I like my eggs poached."))
    started.store.put_memory(person, memory("m2", "My bicycle is red."))
    result = run(started, "chat", heard, person="Ada", text="How do I poach an egg?", greedy=True)
    found = result["json"]
    assert set(found) == {
        *("reply", "adapter", "model", "ttft_s", "tokens", "tokens_per_s", "prompt_tokens", "memories", "lessons"),
    }
    assert "".join(news["piece"] for news in heard).strip() == found["reply"] != ""
    assert (found["adapter"], found["memories"]) == ("base", ["m1"])
    again = run(started, "chat", person="Ada", text="How do I poach an egg?", greedy=True)["json"]
    assert again["reply"] == found["reply"]
    assert started.store.conversations(person) == []
    with pytest.raises(BadInput, match="nothing to answer"):
        run(started, "chat", person="Ada", text=" ", greedy=False)


def test_status_and_doctor_tell_how_everything_is(started: Homegrown) -> None:
    started.store.add_person("Ada")
    found = run(started, "status", person=None)["json"]
    assert set(found) == {
        *("backend", "machine", "model", "learning_rate", "plan", "engine", "speeds", "memory", "disk"),
        *("graphics", "energy", "person", "locked", "serving", "last_night", "next_night", "waiting"),
    }
    json.dumps(found, allow_nan=False)
    assert (found["backend"]["name"], found["serving"]["version"], found["waiting"]) == ("scripted", "base", 0)
    result = run(started, "doctor", offline=False)
    assert {finding["name"] for finding in result["json"]} == {"python", "home", "disk", "engine", "storage"}
    assert result["exit"] == (0 if all(finding["ok"] for finding in result["json"]) else 2)


def test_the_loop_import_learn_meet_the_change_and_roll_back(
    started: Homegrown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nights, "machine_ready", lambda situation: Due(True, ""))  # whatever this machine spares
    run(started, "feedback", action="import", person="Ada", content=lines(8), skip_broken=False)
    question: Json = {"person": "Ada", "text": "How do I find a good name for a cat?", "greedy": True}
    before = run(started, "chat", **question)["json"]["reply"]
    heard: list[Json] = []
    result = run(started, "learn", heard, person="Ada", now=True)
    assert (result["exit"], result["json"]["verdict"]) == (0, "published"), result["text"]
    assert heard[0] == {"phase": "Waking up", "share": 0.0}
    assert result["text"].startswith("Published: ") and "\nLearnt (8):\n" in result["text"]
    json.dumps(result["json"], allow_nan=False)
    after = run(started, "chat", **question)["json"]
    assert (after["reply"], after["adapter"]) == (f"Captain, {before}", result["json"]["version"])
    rolled = run(started, "adapters", action="rollback", person="Ada", version="base")["json"]
    assert [(entry["version"], entry["serving"], entry["lessons"]) for entry in rolled] == [
        ("base", True, 0),
        (result["json"]["version"], False, 8),
    ]
    assert run(started, "chat", **question)["json"]["reply"] == before
    assert all(row["parked"] for row in run(started, "feedback", action="list", person="Ada")["json"])


def test_forgetting_says_which_version_is_gone_and_what_serves_and_a_version_of_another_model_is_marked(
    parts: Homegrown,
) -> None:
    result = run(parts, "feedback", action="import", person="Ada", content=lines(2), skip_broken=False)
    ada, (first, second) = parts.store.person("Ada").id, result["json"]["imported"]

    def publish(adapters: Adapters, row: str) -> str:
        staged = adapters.stage(ada)
        (staged / "adapter.json").write_text("{}", encoding="utf-8")
        entry = {"created_at": "2026-03-01T03:00:00+00:00", "lessons": ["l"], "rows": [row]}
        return adapters.publish(ada, staged, {**entry, "checks": []}).name

    foreign = publish(Adapters(parts.settings.home, "another base"), first)
    listed = run(parts, "adapters", action="list", person="Ada")
    assert [entry["foreign"] for entry in listed["json"]] == [False, True]
    assert "of another model" in listed["text"] and nights.NOT_LEARNT in listed["text"]
    learning = status(parts, parts.store.person("Ada"))
    assert (learning["serving"]["has_not_learnt_yet"], learning["next_night"].startswith(nights.NOT_LEARNT)) == (
        True,
        True,
    )
    with pytest.raises(BadInput, match="start with that --model"):
        run(parts, "adapters", action="rollback", person="Ada", version=foreign)

    own = publish(parts.adapters, second)
    forgot = run(parts, "feedback", action="forget", person="Ada", id=second)
    assert forgot["json"] == {"forgot": second, "removed": [own], "serving": "base"}
    assert "the model as it came serves" in forgot["text"]


# from outside


def app(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "app.py", *words, "--home", str(home), "--backend", "scripted"]
    environ = {**os.environ, "HOMEGROWN_SCRIPTED_DELAY": "0"}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, encoding="utf-8")


def test_the_command_line_prints_one_json_value_and_nothing_else(home: Path) -> None:
    done = app(home, "chat", "Hello 🦓", "--person", "Ada", "--greedy", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["adapter"] == "base"
    shown = app(home, "people", "list", "--json")
    assert [person["name"] for person in json.loads(shown.stdout)] == ["Ada"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["learn", "--now", "--person", "Ada"], 4, "0 of 5 new corrections"),
        (["feedback", "import", "gone.jsonl"], 2, "gone.jsonl cannot be read"),
        (["adapters", "rollback", "2020-01-01.1"], 2, "There is no version"),
        (["people", "remove", "Bob"], 2, "Nobody here is called 'Bob'"),
        (["people", "remove"], 2, "people remove NAME"),
        (["memory", "add", ""], 2, "The memory is empty"),
        (["export", "all.homegrown"], 5, "--passphrase-fd"),
        (["import", "gone.homegrown"], 5, "--passphrase-fd"),
        (["bench", "nonsense"], 2, "There is no benchmark"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else None,
)
def test_what_goes_wrong_is_one_sentence_and_an_exit_code(
    home: Path, words: list[str], code: int, sentence: str
) -> None:
    done = app(home, *words)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_ledger_row_shows_what_kind_it_is(parts: Homegrown) -> None:
    ada = parts.store.add_person("Ada").id
    parts.store.put_feedback(
        ada, feedback("a", thumb="up"), feedback("b", "Why?", thumb="down", correction="So."), feedback("c", "How?")
    )
    text = run(parts, "feedback", action="list", person="Ada")["text"]
    assert [line.split()[1] for line in text.splitlines()] == ["thumb", "correction", "nothing"]
