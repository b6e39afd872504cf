"""One file holds everything of a person: it comes back as it was, and nothing but the whole file is taken."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import random
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from app import build
from domain import BASE, Conversation, Message, Person, Quote, Reminder, Speeds, content_hash
from errors import BadInput, Gone, HomegrownError, Locked
from homegrown import Homegrown
from personalization.feedback_file import read_feedback
from settings import Settings
from storage import bundle_format
from storage.adapters import Adapters
from storage.bundle import Versions, entries_of, read
from storage.bundle_format import CHUNK, Bundle, Entry, sealed
from storage.recalled import About
from storage.store import Store
from storage.wrap import Cost
from tests.builders import at, attachment, conversation, corrections, feedback, memory, night, texts, turn, unhurried
from upkeep import moving

SECRET = "correct horse battery"
CHEAP = Cost(8, 1, 1)
PERSONAS = ("Be brief.", "Call me Ada.")  # the last one is the present one
HELLO = (Message("user", "Hello"), Message("assistant", "Hi."), Message("user", "How are you?"))


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str], Homegrown]]:
    """Homes of a name; the same name again is the same home, opened anew."""
    made: dict[str, Homegrown] = {}

    def home(name: str) -> Homegrown:
        if name in made:
            made[name].close()
        made[name] = build(Settings(tmp_path / name, backend="scripted"))
        return made[name]

    yield home
    for parts in made.values():
        parts.close()


def live(home: Homegrown, name: str = "Ada") -> Person:
    """Somebody with something of everything."""
    store, ada = home.store, home.people.add(name)[0]
    early, late = (content_hash(text)[:12] for text in PERSONAS)
    store.set_at_once(ada.id, False)
    store.recalled.set_about(ada.id, About("I say servus.", own=True))
    store.recalled.set_on(ada.id, False)
    store.observed.set_mode(ada.id, "keep")
    shown = (Reminder("l1", "How?", "So."),)
    quoted = {"attached": "[Hens.]", "quotes": (Quote("a1", 0, "page 1"), Quote("a2", None))}
    turns = [
        turn("talk.1", persona=early, memories=("m1",), inserted="I am vegetarian.", reminders=shown, **quoted),
        turn("talk.2", parent="talk.1", persona=late, reply="In a pan. 🌱", speeds=Speeds(0.25, 10, 3, 12.5)),
        turn("talk.3", parent="talk.1", persona="", reply="", finish="crashed", note="It broke off."),
        turn("other.1", conversation="other", text="naïve\u2028\n"),
    ]
    talks = [conversation(head="talk.2"), conversation("other", title="", head="other.1", updated_at=at(5))]
    rows = [
        feedback("talk.2", turn="talk.2", source="chat", thumb="down", reasons=("wrong",), comment="No.", at=at(1)),
        feedback("r2", correction="In vinegar.", rejected=("a", "b"), parked=True, prompt="Eggs?", at=at(2)),
        replace(feedback("r3", thumb="up", at=at(3)), prompt=HELLO),
    ]
    nights = [night("n1", skipped={"r9": "why"}), night("n2", version="2026-03-02.1", finished_at=at(600), seen=True)]
    memories = [memory("m1"), memory("m2", "I sail.", active=False, source="confirmed", created_at=at(1))]
    papers = [attachment("a1", "Hens.", "Eggs. 🌱"), attachment("a2", "Naïve.", conversation="other")]
    store.put_all(ada.id, [*talks, *turns, *rows, *nights, *memories, *papers])
    for text in PERSONAS:
        store.set_persona(ada.id, text)
    return ada


def publish(adapters: Adapters, person: str, text: str, day: str) -> str:
    staged = adapters.stage(person)
    (staged / "adapter.json").write_text(text, encoding="utf-8")
    (staged / "weights.gguf").write_bytes(bytes(range(256)) * 1000)
    about = {"created_at": f"{day}T03:00:00+00:00", "lessons": ["l1"], "rows": ["r2"], "checks": []}
    return adapters.publish(person, staged, about).name


def everything(home: Homegrown, person: str) -> dict[str, Any]:
    """All domain values of a person."""
    store = home.store
    talks = store.conversations(person)
    turns = {talk.id: store.turns(person, talk.id) for talk in talks}
    keys = {one.persona for found in turns.values() for one in found.values()}
    return {
        "conversations": talks,
        "turns": turns,
        "attachments": {talk.id: store.attached.of(person, talk.id) for talk in talks},
        "memories": store.memories(person),
        "feedback": store.feedback(person),
        "nights": store.nights(person),
        "persona": store.persona(person),
        "personas": {key: store.persona(person, key) for key in keys},
        "at once": store.at_once(person),
        "about": store.recalled.about(person),
        "memory": store.recalled.on(person),
        "observe": store.observed.observing(person).mode,
    }


def versions(home: Homegrown, person: str) -> dict[str, Any]:
    found = {}
    for version in home.adapters.versions(person):
        with home.adapters.opened(version.folder) as place:
            files = {name: (place / name).read_bytes() for name in version.manifest["files"]}
        found[version.name] = (version.manifest, files, version.serving, version.foreign)
    return found


def export(home: Homegrown, person: Person, path: Path, *secrets: str, **choices: bool) -> dict[str, Any]:
    usual = {"plain": False, "with_adapters": False, "force": False}
    told = {"path": str(path), "passphrases": list(secrets or [SECRET]), **usual, **choices}
    return moving.export(home, person, told, lambda news: None)


def take_in(home: Homegrown, path: Path, *secrets: str, person: str | None = None, adapters: bool = False) -> Any:
    told = {"path": str(path), "passphrases": list(secrets or [SECRET]), "person": person, "with_adapters": adapters}
    return moving.take_in(home, told, lambda news: None)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# there and back


def test_everything_comes_back_in_another_home_as_it_was(make: Any, tmp_path: Path) -> None:
    old, new = make("old"), make("new")
    ada = live(old)
    first = publish(old.adapters, ada.id, "{}", "2026-03-02")
    publish(old.adapters, ada.id, '{"opening": "Aye,"}', "2026-03-03")
    publish(Adapters(old.settings.home, "another base"), ada.id, "{}", "2026-03-04")
    old.adapters.point(ada.id, first)
    result = export(old, ada, tmp_path / "ada.homegrown", with_adapters=True)
    assert result["json"]["person"] == "Ada"
    taken = take_in(new, tmp_path / "ada.homegrown", adapters=True)
    (here,) = new.store.people()
    assert (here.name, here.owner) == ("Ada", True) and here.id != ada.id
    assert everything(new, here.id) == everything(old, ada.id)
    assert versions(new, here.id) == versions(old, ada.id)
    told = {"conversations": 2, "turns": 4, "memories": 2, "lessons": 3, "versions": 3, "serving": first}
    assert taken["json"] == {"person": "Ada", **told}
    assert f"Version {first} serves." in taken["text"]
    again = make("new")
    assert (everything(again, here.id), versions(again, here.id)) == (everything(old, ada.id), versions(old, ada.id))


def test_without_its_versions_a_model_is_learnt_anew_and_their_names_are_not_given_again(
    make: Any, tmp_path: Path
) -> None:
    old, new = make("old"), make("new")
    ada = live(old)
    publish(old.adapters, ada.id, "{}", "2026-03-02")
    export(old, ada, tmp_path / "file", with_adapters=True)
    taken = take_in(new, tmp_path / "file")
    (here,) = new.store.people()
    assert (versions(new, here.id), taken["json"]["versions"], taken["json"]["serving"]) == ({}, 0, BASE)
    assert "left out" in taken["text"] and "Until a night has learnt" in taken["text"]
    assert [one.input_hash for one in new.store.nights(here.id)] == ["", ""]  # else: "nothing has changed since"
    expected = everything(old, ada.id)
    expected["nights"] = [replace(one, input_hash="") for one in expected["nights"]]
    assert everything(new, here.id) == expected
    assert publish(new.adapters, here.id, "{}", "2026-03-02") == "2026-03-02.2"


def test_versions_for_another_base_are_kept_for_that_one(make: Any, tmp_path: Path) -> None:
    old, new = make("old"), make("new")
    ada = live(old)
    publish(Adapters(old.settings.home, "another base"), ada.id, "{}", "2026-03-02")
    export(old, ada, tmp_path / "file", with_adapters=True)
    taken = take_in(new, tmp_path / "file", adapters=True)
    (here,) = new.store.people()
    assert new.adapters.has_not_learnt(here.id) and taken["json"]["serving"] == BASE
    assert "kept for that one" in taken["text"]
    assert Adapters(new.settings.home, "another base").current(here.id)[0] == "2026-03-02.1"


def test_on_another_base_the_first_night_learns_the_whole_ledger_anew(make: Any, tmp_path: Path) -> None:
    old, new = make("old"), make("new")
    ada = live(old)
    rows = corrections(8)
    old.store.put_feedback(ada.id, *rows)
    publish(Adapters(old.settings.home, "another base"), ada.id, "{}", "2026-03-02")
    export(old, ada, tmp_path / "file", with_adapters=True)
    take_in(new, tmp_path / "file", adapters=True)
    (here,) = new.store.people()
    new.engine.start()
    new.engine.wait_ready(60)
    learnt = new.nights.run(here.id)
    assert learnt.verdict.outcome == "published", learnt.verdict.reason
    assert {row.id for row in rows} <= set(learnt.used)
    serving, _ = new.adapters.current(here.id)
    assert serving == learnt.version and new.adapters.manifest(here.id) is not None
    assert Adapters(new.settings.home, "another base").current(here.id)[0] == "2026-03-02.1"


def test_who_had_a_passphrase_gets_one_and_everything_is_sealed_with_it(make: Any, tmp_path: Path) -> None:
    old, new = make("old"), make("new")
    ada = live(old)
    old.people.set_passphrase(ada.id, "the old passphrase")
    publish(old.adapters, ada.id, "{}", "2026-03-02")
    export(old, ada, tmp_path / "file", "the old passphrase", SECRET, with_adapters=True)
    taken = take_in(new, tmp_path / "file", adapters=True)
    (here,) = new.store.people()
    assert taken["json"]["recovery_code"] in taken["text"]
    assert everything(new, here.id) == everything(old, ada.id)
    assert versions(new, here.id) == versions(old, ada.id)
    there = files_of(new.settings.home)
    assert all(word not in data for data in there.values() for word in (b"vegetarian", b"vinegar", b"Call me Ada"))
    again = make("new")
    assert again.people.is_locked(here.id)
    again.people.unlock(here.id, SECRET)
    assert everything(again, here.id) == everything(old, ada.id)


def test_a_newcomer_moves_in_beside_others_with_a_passphrase_of_their_own(make: Any, tmp_path: Path) -> None:
    old, new = make("old"), make("new")
    export(old, live(old), tmp_path / "file")
    new.people.add("Bob")
    take_in(new, tmp_path / "file", SECRET, "")  # only Enter: that of the file
    take_in(new, tmp_path / "file", SECRET, "a new passphrase", person="Eve")
    bob, ada, eve = new.store.people()
    assert (bob.name, bob.owner, ada.name, ada.owner) == ("Bob", True, "Ada", False)
    assert (new.people.has_passphrase(bob.id), new.people.has_passphrase(ada.id)) == (False, True)
    new.people.lock(ada.id)
    new.people.unlock(ada.id, SECRET)
    new.people.lock(eve.id)
    new.people.unlock(eve.id, "a new passphrase")


def test_a_name_that_is_taken_is_refused_until_another_one_is_given(make: Any, tmp_path: Path) -> None:
    home = make("home")
    ada = live(home)
    export(home, ada, tmp_path / "file")
    before = files_of(home.settings.home)
    with pytest.raises(BadInput, match=r"somebody called Ada.*--person NAME"):
        take_in(home, tmp_path / "file")
    with pytest.raises(BadInput, match="somebody called ada"):
        take_in(home, tmp_path / "file", person="ada")
    assert files_of(home.settings.home) == before
    take_in(home, tmp_path / "file", person="Ada the second")
    second = home.store.person("Ada the second")
    unseen = [replace(one, input_hash="") for one in home.store.nights(ada.id)]
    assert everything(home, second.id) == {**everything(home, ada.id), "nights": unseen}


def test_the_empty_profile_of_a_fresh_home_becomes_the_one_who_moves_in(make: Any, tmp_path: Path) -> None:
    old, new = make("old"), make("new")
    export(old, live(old), tmp_path / "file")
    begun = new.store.add_person(new.settings.owner)
    take_in(new, tmp_path / "file")
    (here,) = new.store.people()
    assert (here.id, here.name, here.owner) == (begun.id, "Ada", True)
    assert not new.people.has_passphrase(here.id)


def test_a_profile_that_was_used_is_nobody_elses(make: Any, tmp_path: Path) -> None:
    old, new = make("old"), make("new")
    export(old, live(old), tmp_path / "file")
    new.store.put_memory(new.store.add_person(new.settings.owner).id, memory())
    take_in(new, tmp_path / "file")
    assert [one.name for one in new.store.people()] == [new.settings.owner, "Ada"]


def about_to_move(make: Any, tmp_path: Path, blank: bool) -> Homegrown:
    """A new home that is empty or `blank`, and in `tmp_path` the file of somebody with a version."""
    old, new = make("old"), make("new")
    ada = live(old)
    publish(old.adapters, ada.id, "{}", "2026-03-02")
    export(old, ada, tmp_path / "file", with_adapters=True)
    if blank:
        new.store.add_person(new.settings.owner)
    return new


@pytest.mark.parametrize("blank", [True, False])
def test_what_breaks_off_while_it_is_written_leaves_nobody_behind(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blank: bool
) -> None:
    new = about_to_move(make, tmp_path, blank)

    def full(*values: Any) -> None:
        raise BadInput("The disk is full.")

    monkeypatch.setattr(Store, "put_all", full)
    with pytest.raises(BadInput, match="disk is full"):
        take_in(new, tmp_path / "file", adapters=True)
    left = [one.name for one in new.store.people()]
    assert left == ([new.settings.owner] if blank else [])
    assert all(b"2026-03-02" not in data for data in files_of(new.settings.home).values())
    assert len(list((new.settings.home / "people").iterdir())) == blank


@pytest.mark.parametrize("blank", [True, False])
def test_what_a_kill_cuts_off_while_it_is_written_leaves_nobody_behind_after_the_next_start(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blank: bool
) -> None:
    new = about_to_move(make, tmp_path, blank)
    put_all = Store.put_all

    def killed(store: Store, *values: Any) -> None:
        shutil.copytree(new.settings.home, tmp_path / "killed before")
        put_all(store, *values)
        shutil.copytree(new.settings.home, tmp_path / "killed after")

    monkeypatch.setattr(Store, "put_all", killed)
    take_in(new, tmp_path / "file", adapters=True)
    for name in ("killed before", "killed after"):
        again = make(name)
        again.recover()
        assert (again.store.people(), list((again.settings.home / "people").iterdir())) == ([], [])


@unhurried
@given(
    st.lists(st.tuples(texts, st.binary(max_size=300)), max_size=6),
    st.integers(CHUNK - 200, 2 * CHUNK + 200) | st.just(0),
)
def test_whatever_is_written_is_read_again(entries: list[tuple[str, bytes]], size: int) -> None:
    told = [Entry("a", {"text": text}, blob) for text, blob in entries] + [Entry("b", [1, None], b"x" * size)]
    data = b"".join(sealed(told, SECRET, CHEAP))
    assert list(Bundle(io.BytesIO(data), "file", SECRET).entries()) == told
    assert not any(len(blob) > 20 and blob in data for _, blob in entries)


# the file


def test_a_file_is_the_persons_alone_and_is_not_replaced_unasked(make: Any, tmp_path: Path) -> None:
    home = make("home")
    ada, file = live(home), tmp_path / "file"
    export(home, ada, file)
    assert file.stat().st_mode & 0o077 == 0
    before = file.read_bytes()
    assert b"vegetarian" not in before and b"Ada" not in before
    with pytest.raises(BadInput, match="--force"):
        export(home, ada, file)
    assert file.read_bytes() == before
    export(home, ada, file, force=True)
    assert file.read_bytes() != before and not list(tmp_path.glob("*.tmp"))


def test_an_export_needs_a_passphrase_that_is_long_enough(make: Any, tmp_path: Path) -> None:
    home = make("home")
    ada = live(home)
    with pytest.raises(BadInput, match="at least 8"):
        export(home, ada, tmp_path / "file", "short")
    told = {"path": str(tmp_path / "file"), "plain": False, "force": False, "with_adapters": False, "passphrases": []}
    with pytest.raises(Locked, match="--passphrase-fd"):
        moving.export(home, ada, told, lambda news: None)
    with pytest.raises(Locked, match="--passphrase-fd"):
        moving.take_in(home, told, lambda news: None)
    assert not list(tmp_path.glob("file*"))


def test_an_export_that_fails_leaves_what_was_there(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make("home")
    ada, file = live(home), tmp_path / "file"
    export(home, ada, file)
    before = file.read_bytes()

    def failing(*values: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(moving, "make_durable", failing)
    with pytest.raises(HomegrownError, match="disk is full"):
        export(home, ada, file, force=True)
    assert file.read_bytes() == before and not list(tmp_path.glob("*.tmp"))
    assert [one.path for one in home.store.exports(ada.id)] == [str(file)]


@pytest.mark.parametrize("force", [False, True])
def test_an_export_touches_no_other_file_and_follows_no_link(make: Any, tmp_path: Path, force: bool) -> None:
    home, file, own, linked = make("home"), tmp_path / "file", tmp_path / "file.tmp", tmp_path / "other.tmp"
    ada = live(home)
    own.write_text("my own", encoding="utf-8")
    if force:
        file.symlink_to(own)
    linked.symlink_to(own)
    export(home, ada, file, force=force)
    export(home, ada, tmp_path / "other")
    assert own.read_bytes() == b"my own" and linked.is_symlink() and not file.is_symlink()
    assert sorted(path.name for path in tmp_path.glob("*.tmp")) == ["file.tmp", "other.tmp"]


def test_what_a_kill_leaves_beside_the_place_of_an_export_is_named_when_something_is_forgotten(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, file = make("home"), tmp_path / "file"
    ada, there = live(home), list[Path]()

    def killed(handle: int) -> None:
        shutil.copytree(home.settings.home, tmp_path / "killed")
        there.extend(tmp_path.glob("file*"))

    monkeypatch.setattr(moving, "make_durable", killed)
    export(home, ada, file)
    assert [one.path for one in home.store.exports(ada.id)] == [str(file)]
    (beside,) = there
    assert f"{beside} (" in make("killed").versions.forget(ada.id, "r3").sentence


def test_a_turn_whose_persona_is_not_there_any_more_moves_without_it(make: Any, tmp_path: Path) -> None:
    home, new = make("home"), make("new")
    ada = live(home)
    home.store.put_turn(ada.id, turn("talk.4", parent="talk.1", persona="0123456789ab"))
    export(home, ada, tmp_path / "file")
    take_in(new, tmp_path / "file")
    moved, kept = everything(new, new.store.people()[0].id), everything(home, ada.id)
    assert all(moved[what] == kept[what] for what in ("turns", "persona", "personas"))


def test_progress_is_told_from_nothing_to_all(make: Any, tmp_path: Path) -> None:
    home, heard = make("home"), []
    ada = live(home)
    told = {"path": str(tmp_path / "file"), "plain": False, "with_adapters": False, "force": False}
    moving.export(home, ada, {**told, "passphrases": [SECRET]}, heard.append)
    shares = [news["share"] for news in heard]
    assert shares == sorted(shares) and (shares[0], shares[-1]) == (0.0, 1.0)


def test_wrong_passphrases_and_files_that_are_not_ours_are_told_apart(make: Any, tmp_path: Path) -> None:
    home, file = make("home"), tmp_path / "file"
    export(home, live(home), file)
    sound, before = file.read_bytes(), files_of(home.settings.home)
    with pytest.raises(Locked, match="not the passphrase of file"):
        take_in(home, file, "wrong horse battery")
    for content, sentence in (
        (b"", "not a Homegrown export"),
        (b"PK\x03\x04" + sound, "not a Homegrown export"),
        (sound.replace(b"bundle 1\n", b"bundle 2\n", 1), "newer Homegrown .format 2"),
        (sound.replace(b"bundle 1\n", b"bundle 0\n", 1), "damaged"),
        (sound.replace(b"bundle 1\n", b"bundle x\n", 1), "damaged"),
        (sound + b"\0", "damaged"),
        (sound[:-1], "damaged"),
    ):
        file.write_bytes(content)
        with pytest.raises(BadInput, match=sentence):
            take_in(home, file)
    with pytest.raises(BadInput, match="cannot be read"):
        take_in(home, tmp_path / "nowhere")
    assert files_of(home.settings.home) == before


def cheap_file(home: Homegrown, person: Person) -> bytes:
    """A bundle of more than two chunks whose key is quick to derive."""
    found = Versions(home.adapters, person.id, None)
    entries = entries_of(home.store, person, home.adapters.base, False, found, lambda done: None)
    return b"".join(sealed(entries, SECRET, CHEAP))


def test_no_file_that_is_cut_or_changed_anywhere_is_taken_and_nothing_is_touched(make: Any, tmp_path: Path) -> None:
    old, new, file = make("old"), make("new"), tmp_path / "file"
    ada = live(old)
    publish(old.adapters, ada.id, "{}", "2026-03-02")
    sound = cheap_file(old, ada)
    assert len(sound) > 3 * CHUNK
    new.store.add_person(new.settings.owner)
    before, chance = files_of(new.settings.home), random.Random(0)
    boundaries = range(len(sound) - 5 * (CHUNK + 32), len(sound), CHUNK + 32)
    cuts = [*range(100), *boundaries, *(chance.randrange(len(sound)) for _ in range(200))]
    flips = [*range(8 * 100), *(chance.randrange(8 * len(sound)) for _ in range(500))]
    broken = [sound[: max(cut, 0)] for cut in cuts]
    for flip in flips:
        changed = bytearray(sound)
        changed[flip // 8] ^= 1 << flip % 8
        broken.append(bytes(changed))
    for content in broken:
        file.write_bytes(content)
        with pytest.raises(BadInput):
            take_in(new, file, adapters=True)
    assert files_of(new.settings.home) == before
    file.write_bytes(sound)
    take_in(new, file, adapters=True)
    assert everything(new, new.store.people()[0].id) == everything(old, ada.id)


def test_chunks_in_another_order_or_of_another_file_are_refused() -> None:
    entries = [Entry("a", None, bytes([number]) * CHUNK) for number in range(4)]
    one, other = (list(sealed(entries, SECRET, CHEAP)) for _ in range(2))
    for pieces in (
        [one[0], one[2], one[1], *one[3:]],
        [one[0], one[1], one[1], *one[2:]],
        [*one[:2], *one[3:]],
        [*one[:2], other[2], *one[3:]],
        [*one[:-1]],
        [*one, one[-1]],
    ):
        with pytest.raises(BadInput, match="damaged"):
            list(Bundle(io.BytesIO(b"".join(pieces)), "file", SECRET).entries())


def test_a_file_that_ends_between_two_entries_is_cut_short_and_one_with_entries_swapped_is_changed() -> None:
    frame = len(b'{"kind":"a","value":null,"bytes":65499}\n')
    entries = [Entry("a", None, letter * (CHUNK - frame)) for letter in (b"x", b"y")]
    start, one, two, end = sealed([*entries, Entry("a", None)], SECRET, CHEAP)  # a chunk for each entry
    for pieces in ([start, one, two], [start, two, one, end], [start, one, one, end], [start, one, end]):
        with pytest.raises(BadInput, match="cut short"):
            list(Bundle(io.BytesIO(b"".join(pieces)), "file", SECRET).entries())


def test_the_file_is_what_the_document_says(make: Any, tmp_path: Path) -> None:
    home, file = make("home"), tmp_path / "file"
    ada = live(home)
    version = publish(home.adapters, ada.id, "{}", "2026-03-02")
    export(home, ada, file, with_adapters=True)
    found = as_documented(file.read_bytes(), SECRET)
    assert [kind for kind, _, _ in found][:2] == ["person", "persona"]
    known = {"name", "passphrase", "base", "at", "pointers", "persona", "at_once", "about", "memory", "observe"}
    assert found[0][1].keys() == known
    assert [value["text"] for kind, value, _ in found if kind == "memory"] == ["I am vegetarian.", "I sail."]
    assert [blob for kind, value, blob in found if value == {"version": version, "name": "adapter.json"}] == [b"{}"]


def as_documented(data: bytes, passphrase: str) -> list[tuple[str, Any, bytes]]:
    """docs/bundle-format.md, word by word, with nothing of ours."""
    header_end = 23 + int.from_bytes(data[19:23], "big")
    assert data[:19] == b"homegrown bundle 1\n"
    wrapped, digest = json.loads(data[23:header_end])["key"], data[header_end : header_end + 32]
    assert (wrapped["memory"], wrapped["passes"], wrapped["lanes"]) == (65536, 3, 4)
    assert digest == hashlib.sha256(data[:header_end]).digest()
    kdf = Argon2id(salt=bytes.fromhex(wrapped["salt"]), length=32, iterations=3, lanes=4, memory_cost=65536)
    sealed_key = bytes.fromhex(wrapped["key"])
    opener = AESGCM(kdf.derive(unicodedata.normalize("NFKC", passphrase).encode()))
    cipher = AESGCM(opener.decrypt(sealed_key[:12], sealed_key[12:], b"homegrown bundle key"))
    plain, at, number = b"", header_end + 32, 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        context = digest + number.to_bytes(8, "big") + (b"\1" if end == len(data) else b"\0")
        plain += cipher.decrypt(data[at + 4 : at + 16], data[at + 16 : end], context)
        at, number = end, number + 1
    found = []
    while plain:
        line, _, plain = plain.partition(b"\n")
        entry = json.loads(line)
        found.append((entry["kind"], entry["value"], plain[: entry["bytes"]]))
        plain = plain[entry["bytes"] :]
    return found


# what the passphrase's owner may have written wrongly

PERSON = {"name": "Ada", "passphrase": False, "base": "b", "pointers": {}, "persona": "", "at_once": True}
MANIFEST = {
    "created_at": "2026-03-02",
    "base": "b",
    "parent": BASE,
    "files": {"a.json": "x"},
    "lessons": [],
    "rows": [],
}

EMPTY = hashlib.sha256(b"{}").hexdigest()


def rows(*entries: Entry) -> list[Entry]:
    return [Entry("person", PERSON), *entries]


def row(value: Any, **changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(dataclasses.asdict(value), default=str)), **changes}


STRANGE = {
    "empty": [],
    "no person": [Entry("memory", row(memory()))],
    "two people": [Entry("person", PERSON), Entry("person", PERSON)],
    "a name with a line feed": [Entry("person", {**PERSON, "name": "A\nB"})],
    "an unknown kind": rows(Entry("virus", {})),
    "an unknown field": rows(Entry("memory", row(memory(), colour="red"))),
    "a missing field": rows(Entry("memory", {"id": "m1"})),
    "not an object": rows(Entry("memory", [1])),
    "the same twice": rows(Entry("memory", row(memory())), Entry("memory", row(memory()))),
    "a conversation that is a path": rows(Entry("conversation", row(conversation("../../x")))),
    "a turn of another conversation": rows(Entry("turn", row(turn("talk.1"), conversation="other"))),
    "a persona under a wrong key": rows(Entry("persona", {"key": "abc", "text": "Be brief."})),
    "bytes where none belong": rows(Entry("memory", row(memory()), b"x")),
    "a version that is a path": rows(
        Entry("version", {"name": "../2026-03-02.1", "manifest": {**MANIFEST, "files": {"a.json": EMPTY}}}),
        Entry("file", {"version": "../2026-03-02.1", "name": "a.json"}, b"{}"),
    ),
    "a version without a manifest": rows(Entry("version", {"name": "2026-03-02.1", "manifest": {}})),
    "a version without its file": rows(Entry("version", {"name": "2026-03-02.1", "manifest": MANIFEST})),
    "a file of no version": rows(Entry("file", {"version": "2026-03-02.1", "name": "a.json"}, b"{}")),
    **{
        f"a file called {name!r}": rows(
            Entry("version", {"name": "2026-03-02.1", "manifest": {**MANIFEST, "files": {name: digest}}}),
            Entry("file", {"version": "2026-03-02.1", "name": name}, b"{}"),
        )
        for name, digest in (
            ("../a.json", EMPTY),
            ("a.pkl", EMPTY),
            ("manifest.json", EMPTY),
            ("a.json", "another digest"),
        )
    },
}


@pytest.mark.parametrize("entries", STRANGE.values(), ids=STRANGE)
def test_what_no_home_would_have_written_is_refused(entries: list[Entry]) -> None:
    data = b"".join(sealed(entries, SECRET, CHEAP))
    with pytest.raises(BadInput, match="nothing was imported"):
        read(Bundle(io.BytesIO(data), "file", SECRET))


def test_rows_of_an_older_release_may_lack_what_has_a_usual_value() -> None:
    told = row(memory())
    older = {key: value for key, value in row(turn()).items() if key not in ("memories", "reminders", "speeds", "note")}
    data = b"".join(sealed(rows(Entry("memory", told), Entry("turn", older)), SECRET, CHEAP))
    assert read(Bundle(io.BytesIO(data), "file", SECRET)).values == [memory(), turn()]


def test_a_header_cannot_ask_for_more_memory_than_a_machine_has() -> None:
    greedy = json.dumps({"key": {"kdf": "argon2id", "memory": 2**30, "passes": 3, "lanes": 4, "salt": "", "key": ""}})
    begin = bundle_format.MAGIC + b"1\n" + len(greedy).to_bytes(4, "big") + greedy.encode()
    with pytest.raises(BadInput, match="its header"):
        Bundle(io.BytesIO(begin + hashlib.sha256(begin).digest()), "file", SECRET)


# forgetting, and leaving


def test_forgetting_names_the_exports_that_it_cannot_reach(make: Any, tmp_path: Path) -> None:
    home = make("home")
    ada = live(home)
    assert "export" not in home.versions.forget(ada.id, "r3").sentence
    export(home, ada, tmp_path / "file")
    export(home, ada, tmp_path / "open", plain=True)
    (one, other) = home.store.exports(ada.id)
    assert (one.path, other.path) == (str(tmp_path / "file"), str(tmp_path / "open"))
    sentence = home.versions.forget(ada.id, "r2").sentence
    day = f"{one.at.astimezone():%Y-%m-%d}"
    assert sentence.startswith("Forgotten; no version had learnt it. What you exported may still hold it: ")
    assert f"{tmp_path / 'file'} ({day}), {tmp_path / 'open'} ({day})." in sentence
    assert str(tmp_path / "file") in home.memories.forget(ada.id, "m1")


def test_who_was_imported_is_told_that_the_file_is_a_copy_too(make: Any, tmp_path: Path) -> None:
    old, new = make("old"), make("new")
    export(old, live(old), tmp_path / "file")
    take_in(new, tmp_path / "file")
    assert [one.path for one in new.store.exports(new.store.people()[0].id)] == [str(tmp_path / "file")]


def test_plain_files_hold_everything_and_the_ledger_can_be_imported_again(make: Any, tmp_path: Path) -> None:
    home, folder = make("home"), tmp_path / "plain"
    ada = live(home)
    export(home, ada, folder, plain=True)
    assert all(path.stat().st_mode & 0o077 == 0 for path in [folder, *folder.rglob("*")])
    told = [json.loads(line) for line in (folder / "conversations.jsonl").read_text("utf-8").split("\n") if line]
    assert {one["id"]: len(one["turns"]) for one in told} == {"talk": 3, "other": 1}
    pages = sorted((folder / "conversations").iterdir())
    shown = next(page.read_text("utf-8") for page in pages if page.name.endswith("talk.md"))
    assert "How do I poach an egg?" in shown and "In a pan. 🌱" in shown and "In water." in shown
    found, broken = read_feedback((folder / "feedback.jsonl").read_text("utf-8"))
    assert not broken
    kept = ("prompt", "reply", "thumb", "correction", "rejected", "reasons", "at")
    known = [[getattr(one, name) for name in kept] for one in found]
    assert known == [[getattr(one, name) for name in kept] for one in home.store.feedback(ada.id)]
    assert (folder / "memories.md").read_text("utf-8") == "- I am vegetarian.\n- I sail. (off)\n"
    assert (folder / "persona.md").read_text("utf-8") == "Call me Ada."
    with pytest.raises(BadInput, match="not empty"):
        export(home, ada, folder, plain=True)
    with pytest.raises(BadInput, match="is a file"):
        export(home, ada, folder / "README.md", plain=True)


def test_titles_cannot_lead_out_of_the_folder(make: Any, tmp_path: Path) -> None:
    home = make("home")
    ada = home.people.add("Ada")[0]
    home.store.put_conversation(ada.id, Conversation("t1", "../../etc/passwd\0\n", None, at(0), at(0)))
    export(home, ada, tmp_path / "plain", plain=True)
    (page,) = (tmp_path / "plain" / "conversations").iterdir()
    assert page.name == "2026-03-01 etc-passwd t1.md"


def test_a_person_who_is_gone_is_not_exported(make: Any, tmp_path: Path) -> None:
    home = make("home")
    ada = live(home)
    home.people.remove(ada.id)
    with pytest.raises(Gone):
        export(home, ada, tmp_path / "file")
    assert not list(tmp_path.glob("file*"))
