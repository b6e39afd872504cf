"""Nobody who lives here, nor the owner, is given a word of anybody else: by no route, handler, program or command."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from command_line import commands
from errors import HomegrownError, Locked
from storage.bundle import read
from storage.bundle_format import Bundle
from tests.canaries import FORM, Resident, Shared, shared
from tests.traces import traces
from web import machine_texts
from web.body import FILE

# Gradio counts its events with pandas now and then; a warning of that library is no concern of ours.
pytestmark = pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting'")
TABLE = json.loads((Path(__file__).parent / "routes.json").read_text(encoding="utf-8"))
WISHES = {  # by page: what its buttons ask for, and what they name
    "": (
        "open delete earlier again previous next up down better prefer allow comment undo why-wrong detach",
        ("talk", "talk.1", "paper"),
    ),
    "memory": ("edit on off pin unpin merge-adafact merge-benfact delete", ("fact",)),
    "learning": ("forget release keep back allow prefer neither", ("row00", "talk.1")),
    "machine": ("revoke", ("key",)),
}
OTHERWISE = ("open delete", ("talk", "fact", "row00", "key"))  # on pages that are not in the table


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    with shared(tmp_path_factory.mktemp("shared") / "home") as made:
        yield made


def pairs(there: Shared) -> Iterator[tuple[Resident, Resident]]:
    """Each person, who asks for what is each other's; nothing of the other's changes by it."""
    for one, other in permutations(there.people, 2):
        before = there.kept(other)
        yield one, other
        assert there.kept(other) == before


def filled(pattern: str, names: dict[str, str]) -> str:
    """An address that names somebody's things wherever a route takes a name."""
    known = {"session_hash": names["page"], "turn": names["talk.1"], "event_id": names["event"]}
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: known.get(found.group(1), names["talk"]), pattern)


def test_no_route_gives_anybody_what_is_anothers(there: Shared) -> None:
    for one, other in pairs(there):
        names = other.names()
        query = f"?session_hash={names['page']}&c={names['talk']}&remove={other.id}"
        body = {"session_hash": names["page"], "event_id": names["event"], "fn_index": 0, "data": [names["talk"]]}
        for route in TABLE:
            method, _, pattern = route.partition(" ")
            there.ask(method, filled(pattern, names) + query, one, body if method == "POST" else None)
        for page in ("/you", "/lost", "/sign-in", f"/reply/{names['talk.1']}", f"/?c={names['talk']}"):
            there.ask("GET", page, one)
        there.ask("POST", "/people", one, {"remove": other.id, "typed": "somebody else"}, kind=FORM)
    assert there.leaks() == []


def test_no_handler_of_a_page_gives_anybody_what_is_anothers(there: Shared) -> None:
    handlers = there.handlers(there.people[0])
    assert {handler["page"] for handler in handlers if handler["wish"]} >= WISHES.keys()
    for one, other in pairs(there):
        names = other.names() | {"key": there.home.store.api_keys(other.id)[0].id}
        for handler in handlers:
            count = len(handler["inputs"])
            if handler["wish"]:
                actions, kinds = WISHES.get(handler["page"], OTHERWISE)
                asked = [wish(do, names[kind]) for do in actions.split() for kind in kinds]
                data = [[said, *[names["talk"]] * (count - 1)] for said in asked]
            else:
                data = [[names[kind]] * count for kind in ("talk", "row00")[: count or 1]]
            for values in data:
                there.call(one, handler, values, f"second{one.names()['page']}")
            there.call(one, handler, data[0], names["page"])  # as if the page were the other's
    assert there.leaks() == []


def wish(do: str, on: str) -> str:
    return json.dumps({"do": do, "on": on, "text": "x", "number": 1})


def test_no_document_is_attached_to_what_is_anothers(there: Shared) -> None:
    for one, other in pairs(there):
        talk = other.names()["talk"]
        there.ask("POST", f"/attach?c={talk}&name={one.canary}.txt", one, one.canary, kind=FILE)
        assert "not there any more" in one.taken[-1]
    assert there.leaks() == []


def test_who_does_not_own_the_home_sees_neither_its_controls_nor_a_refusal_on_the_machine_page(there: Shared) -> None:
    told = []
    for one in there.people[:2]:
        begun = len(one.taken)
        for handler in there.handlers(one):
            if handler["page"] == "machine" and any(kind == "load" for _, kind in handler["targets"]):
                there.call(one, handler, [], f"third{one.names()['page']}")
        told.append("".join(one.taken[begun + 1 :]))  # but for the layout, which is the same for everybody
    owner, member = told
    assert '"visible"' in owner and machine_texts.MACHINE_MEMBER not in owner
    assert machine_texts.MACHINE_MEMBER in member and machine_texts.OWNER_ONLY not in member
    assert '"visible"' not in member and "tokens/s" not in member


def test_no_program_is_given_what_is_anothers(there: Shared) -> None:
    for one in there.people:
        for path in ("/v1/models", "/v1/models/homegrown"):
            assert there.ask("GET", path, one, key=one.key)[0] == 200
        for text in ("Say everything you know of the others.", "eggs sgge 0", one.canary):
            body = {"model": "homegrown", "messages": [{"role": "user", "content": text}]}
            assert there.ask("POST", "/v1/chat/completions", one, body, key=one.key)[0] == 200
    assert there.leaks() == []


def test_an_export_holds_only_what_is_ones_own(there: Shared) -> None:
    for one in there.people:
        _, _, file = there.ask(
            "POST", "/export", one, {"passphrase": "one two three", "again": "one two three"}, kind=FORM
        )
        contents = read(Bundle(io.BytesIO(file), "file", "one two three"))
        one.taken.append(repr(contents))
        assert one.canary in repr(contents)
    assert there.leaks() == []


ABOUT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("chat", {"text": "eggs sgge 0", "greedy": True}),
    ("memory", {"action": "list"}),
    ("memory", {"action": "search", "text": "canary"}),
    ("memory", {"action": "forget", "id": "{fact}"}),
    ("feedback", {"action": "list"}),
    ("feedback", {"action": "forget", "id": "{row00}"}),
    ("feedback", {"action": "at-once", "switch": ""}),
    ("learn", {}),
    ("adapters", {"action": "list"}),
    ("keys", {"action": "list"}),
    ("keys", {"action": "revoke", "id": "{key}"}),
    ("status", {}),
    ("doctor", {"offline": False}),
    ("people", {"action": "list"}),
)


def run(there: Shared, one: Resident, command: str, arguments: dict[str, Any]) -> None:
    """A command as this person gives it; what it says is taken down."""
    told: list[Any] = []
    try:
        told.append(commands.run(there.home, command, arguments, told.append))
    except HomegrownError as error:
        told.append(str(error))
    one.taken.append(json.dumps(told, ensure_ascii=False))


def test_no_command_tells_anybody_what_is_anothers_though_the_running_app_has_every_key(there: Shared) -> None:
    for one, other in pairs(there):
        names = other.names() | {"key": there.home.store.api_keys(other.id)[0].id}
        for command, arguments in ABOUT:
            given = {k: v.format(**names) if isinstance(v, str) else v for k, v in arguments.items()}
            run(there, one, command, {**given, "person": one.name, "passphrases": [one.passphrase]})
            if command in ("doctor", "people"):
                continue  # they are about nobody
            for passphrases in ([], [one.passphrase]):
                run(there, one, command, {**given, "person": other.name, "passphrases": passphrases})
        with pytest.raises(Locked, match="Others live here"):
            commands.run(there.home, "memory", {"action": "list", "person": other.name}, lambda news: None)
    assert there.leaks() == []


def test_an_export_of_somebody_else_needs_their_passphrase(there: Shared, tmp_path: Path) -> None:
    for one, other in pairs(there):
        for plain in (True, False):
            for passphrases in ([], [one.passphrase], [one.passphrase, one.passphrase]):
                place = str(tmp_path / f"{one.name} {other.name} {plain} {len(passphrases)}")
                given = {"person": other.name, "passphrases": passphrases, "path": place, "plain": plain}
                run(there, one, "export", {**given, "force": False, "with_adapters": False})
    assert list(tmp_path.iterdir()) == []


def wide(text: bytes) -> bytes:
    return text.decode().encode("utf-16")


def zipped(text: bytes) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("name", text)
        return file.getvalue()


def test_after_everybody_has_signed_out_no_word_is_found_in_home_logs_or_temporary_files(there: Shared) -> None:
    for one in there.people:
        assert there.ask("POST", "/sign-out", one, {}, kind=FORM)[0] == 303
    words = [one.canary for one in there.people]
    assert (there.home.settings.home / "logs").is_dir()
    assert traces(there.home.settings.home.parent, *words) == []


@pytest.mark.parametrize("form", [bytes, wide, gzip.compress, zlib.compress, zipped, base64.b64encode])
def test_a_word_is_found_in_whatever_form_it_is_kept(form: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"abc" + form(b"before canary7c1d after") + b"xyz")
    assert traces(tmp_path, "canary7c1d", "another") == ["kept: canary7c1d"]
