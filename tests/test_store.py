"""What the store has returned from is on the disk, and every person's rows are their own."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import Check, Example, Message, Person, Proposal, Speeds, Verdict, content_hash
from errors import BadInput, Gone, Locked, StorageTrouble
from storage.chain import SCHEMA, Chain, Head
from storage.checkpoint import write_generation
from storage.disk import Disk
from storage.documents import rows_of
from storage.files import Files
from storage.journal import JournalDB, JournalStorage
from storage.seal import AesGcm, Seal
from storage.store import Store
from tests.builders import at, attachment, conversation, feedback, memory, night, texts, turn, unhurried

ROOT = Path(__file__).parent.parent
OF_EACH_KIND = [  # a value, and a field that gets what no release has known yet
    (memory(text="zebra"), "source"),
    (turn(text="zebra"), "finish"),
    (attachment("a1", "zebra"), "size"),
    (Proposal("p1", "zebra", "other", 1.0, "talk.1", None, None, at(0)), "sure"),
]
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and signals")


def test_everything_is_read_back_by_a_fresh_store(home: Path, store: Store, ada: Person) -> None:
    talk = conversation(head="talk.1")
    said = turn(speeds=Speeds(0.1, 20, 5, 12.5), memories=("m1",), inserted="[Notes]", note="Cut.", cut="talk.0")
    row = feedback(thumb="up", rejected=("x",), reasons=("too long",), parked=True, prompt="🥚\r\n\u2028\x00?")
    slept = night(
        verdict=Verdict("published", "Better.", (Check("gain", True, "Yes.", 0.5, None),)),
        skipped={"r2": "why"},
        superseded={"r3": "r1"},
        examples=(Example("p", "b", "a"),),
        seconds={"exam": 1.5},
    )
    store.put_conversation(ada.id, talk)
    store.put_turn(ada.id, said)
    store.put_memory(ada.id, memory())
    store.put_feedback(ada.id, row)
    store.put_night(ada.id, slept)
    key = store.set_persona(ada.id, "Be brief.")

    fresh = Store(home)
    assert fresh.people() == [ada]
    assert fresh.conversations(ada.id) == [talk]
    assert fresh.conversation(ada.id, "talk") == talk
    assert fresh.turns(ada.id, "talk") == {"talk.1": said}
    assert fresh.turn(ada.id, "talk.1") == said
    assert fresh.memories(ada.id) == [memory()]
    assert fresh.feedback(ada.id) == [row]
    assert fresh.nights(ada.id) == [slept]
    assert fresh.persona(ada.id) == (key, "Be brief.")


@unhurried
@given(text=texts, reply=texts, reasons=st.lists(texts, max_size=3))
def test_any_text_that_utf8_can_hold_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, text: str, reply: str, reasons: list[str]
) -> None:
    home = tmp_path_factory.mktemp("home")
    store = Store(home)
    ada = store.add_person("Ada").id
    said = turn(text=text, reply=reply, inserted=text, note=reply)
    row = replace(feedback(correction=reply, reasons=tuple(reasons)), prompt=(Message("user", text),))
    store.put_turn(ada, said)
    store.put_feedback(ada, row)
    store.put_memory(ada, memory(text=text))
    fresh = Store(home)
    assert fresh.turn(ada, said.id) == said
    assert fresh.feedback(ada) == [row]
    assert fresh.memories(ada)[0].text == text


def test_a_row_with_a_known_id_replaces_that_row_and_keeps_its_place(home: Path, store: Store, ada: Person) -> None:
    store.put_feedback(ada.id, feedback("a", thumb="up"), feedback("b", thumb="up", at=at(1)))
    store.put_feedback(ada.id, feedback("a", thumb="down"), feedback("c", thumb="up", at=at(2)))
    rows = Store(home).feedback(ada.id)
    assert [(row.id, row.thumb) for row in rows] == [("a", "down"), ("b", "up"), ("c", "up")]


def test_lists_come_in_their_order_whatever_the_order_of_writing(store: Store, ada: Person) -> None:
    store.put_turn(ada.id, turn("talk.2", created_at=at(2)))
    store.put_turn(ada.id, turn("talk.1", created_at=at(1)))
    store.put_conversation(ada.id, conversation("old"))
    store.put_conversation(ada.id, conversation("new", updated_at=at(9)))
    store.put_night(ada.id, night("late", finished_at=at(9)))
    store.put_night(ada.id, night("early", finished_at=at(1)))
    assert list(store.turns(ada.id, "talk")) == ["talk.1", "talk.2"]
    assert [talk.id for talk in store.conversations(ada.id)] == ["new", "old"]
    assert [slept.id for slept in store.nights(ada.id)] == ["early", "late"]


def test_one_person_sees_nothing_of_another(store: Store, ada: Person) -> None:
    bob = store.add_person("Bob")
    store.put_conversation(ada.id, conversation())
    store.put_turn(ada.id, turn())
    store.put_memory(ada.id, memory())
    store.put_feedback(ada.id, feedback(thumb="up"))
    store.put_night(ada.id, night())
    key = store.set_persona(ada.id, "Be brief.")
    assert (store.conversations(bob.id), store.turns(bob.id, "talk"), store.memories(bob.id)) == ([], {}, [])
    assert (store.feedback(bob.id), store.nights(bob.id), store.persona(bob.id)) == ([], [], ("", ""))
    assert store.persona(bob.id, key) == (key, "")
    for missing in (lambda: store.turn(bob.id, "talk.1"), lambda: store.conversation(bob.id, "talk")):
        with pytest.raises(Gone):
            missing()
    with pytest.raises(Gone):
        store.remove_memory(bob.id, "m1")
    with pytest.raises(Gone):
        store.remove_feedback(bob.id, "r1")
    assert store.memories(ada.id) and store.feedback(ada.id)


def test_removing_a_person_leaves_no_file_and_not_a_word(home: Path, store: Store, ada: Person) -> None:
    bob = store.add_person("Bob")
    store.put_memory(bob.id, memory(text="Bob's own"))
    store.put_turn(ada.id, turn(text="zebra"))
    store.put_feedback(ada.id, feedback(correction="zebra"))
    store.put_memory(ada.id, memory(text="zebra"))
    store.set_persona(ada.id, "zebra")
    store.remove_person(ada.id)
    assert not (home / "people" / ada.id).exists()
    assert all(b"zebra" not in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert Store(home).people() == [replace(bob, owner=True)]
    assert [m.text for m in Store(home).memories(bob.id)] == ["Bob's own"]


def test_what_still_comes_in_for_a_removed_person_is_refused_and_not_written(
    home: Path, store: Store, ada: Person
) -> None:
    store.put_turn(ada.id, turn())
    store.remove_person(ada.id)
    late: list[Callable[[], object]] = [
        lambda: store.put_turn(ada.id, turn(reply="a late reply")),
        lambda: store.put_memory(ada.id, memory()),
        lambda: store.put_feedback(ada.id, feedback(thumb="up")),
        lambda: store.memories(ada.id),
        lambda: store.set_persona(ada.id, "Be brief."),
    ]
    for call in late:
        with pytest.raises(Gone):
            call()
    assert not (home / "people" / ada.id).exists()


def test_removing_a_conversation_removes_its_turns_from_disk(home: Path, store: Store, ada: Person) -> None:
    store.put_conversation(ada.id, conversation())
    store.put_turn(ada.id, turn(text="zebra"))
    store.put_turn(ada.id, turn("other.1"))
    store.remove_conversation(ada.id, "talk")
    assert all(b"zebra" not in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert store.turns(ada.id, "talk") == {}
    assert list(Store(home).turns(ada.id, "other")) == ["other.1"]


def test_a_removed_row_or_memory_is_gone_from_disk_and_cannot_be_removed_twice(
    home: Path, store: Store, ada: Person
) -> None:
    store.put_feedback(ada.id, feedback("r1", correction="zebra"), feedback("r2", thumb="up"))
    store.put_memory(ada.id, memory(text="zebra"))
    store.remove_feedback(ada.id, "r1")
    store.remove_memory(ada.id, "m1")
    assert all(b"zebra" not in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert [row.id for row in Store(home).feedback(ada.id)] == ["r2"]
    with pytest.raises(Gone, match="r1"):
        store.remove_feedback(ada.id, "r1")


def test_personas_are_kept_under_their_hash_so_that_old_turns_find_theirs(store: Store, ada: Person) -> None:
    first = store.set_persona(ada.id, "Be brief.")
    store.put_turn(ada.id, turn(persona=first))
    second = store.set_persona(ada.id, "Be kind.")
    assert store.persona(ada.id) == (second, "Be kind.")
    assert store.persona(ada.id, first) == (first, "Be brief.")
    assert first == content_hash("Be brief.")[:12]
    assert store.set_persona(ada.id, " \n") == ""
    assert store.persona(ada.id) == ("", "")
    assert store.persona(ada.id, first) == (first, "Be brief.")


@pytest.mark.parametrize("then", ["", "Be kind."])
def test_a_persona_that_no_turn_was_made_with_is_gone_from_disk_when_it_is_changed_or_cleared(
    home: Path, store: Store, ada: Person, then: str
) -> None:
    store.set_persona(ada.id, "zebra")
    store = after_a_day(store, ada)
    store.set_persona(ada.id, then)
    assert "zebra" not in on_disk(home)
    assert Store(home).persona(ada.id)[1] == then


def test_a_persona_goes_from_disk_with_the_last_conversation_it_was_used_in(
    home: Path, store: Store, ada: Person
) -> None:
    key = store.set_persona(ada.id, "zebra")
    for talk in ("talk", "other"):
        store.put_conversation(ada.id, conversation(talk))
        store.put_turn(ada.id, turn(f"{talk}.1", persona=key))
    store.set_persona(ada.id, "")
    store = after_a_day(store, ada)
    store.remove_conversation(ada.id, "talk")
    assert store.persona(ada.id, key) == (key, "zebra")
    store.remove_conversation(ada.id, "other")
    assert "zebra" not in on_disk(home)


def test_the_present_persona_outlives_the_conversations_it_was_used_in(home: Path, store: Store, ada: Person) -> None:
    key = store.set_persona(ada.id, "Be brief.")
    store.put_conversation(ada.id, conversation())
    store.put_turn(ada.id, turn(persona=key))
    store.remove_conversation(ada.id, "talk")
    assert Store(home).persona(ada.id) == (key, "Be brief.")


def after_a_day(store: Store, person: Person) -> Store:
    """What is there is in a snapshot and in a backup, too."""
    store.close()
    JournalDB(store.home / "people" / person.id, person.id).storage.purge()
    assert len(list((store.home / "people" / person.id).rglob("*.snap"))) == 2
    return Store(store.home)


def on_disk(home: Path) -> str:
    return "".join(path.read_text("utf-8", "replace") for path in home.rglob("*") if path.is_file())


# people


def test_the_first_person_is_the_owner_and_names_find_people(store: Store, ada: Person) -> None:
    bob = store.add_person("  Bob ")
    assert (ada.owner, bob.owner, bob.name) == (True, False, "Bob")
    assert store.person("Bob") == store.person(bob.id) == bob
    with pytest.raises(Gone, match="people add Carla"):
        store.person("Carla")
    with pytest.raises(BadInput, match="Ada, Bob"):
        store.person(None)
    store.remove_person(bob.id)
    assert store.person(None) == ada


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\nlines", "\x00"])
def test_a_name_that_cannot_be_shown_is_refused(store: Store, name: str) -> None:
    with pytest.raises(BadInput, match="1 to 60"):
        store.add_person(name)
    assert store.people() == []


def test_a_name_is_taken_once_whatever_its_case(store: Store, ada: Person) -> None:
    with pytest.raises(BadInput, match="already"):
        store.add_person("ADA")
    assert store.people() == [ada]


@pytest.mark.parametrize("id", ["../outside", "..", "a/b", "a\\b", "", "/etc", "C:x", ".", "a\x00b"])
def test_an_id_that_is_a_path_is_refused_and_nothing_is_made(home: Path, store: Store, ada: Person, id: str) -> None:
    before = sorted(home.parent.rglob("*"))
    calls: list[Callable[[], object]] = [
        lambda: store.turns(ada.id, id),
        lambda: store.turn(ada.id, f"{id}.1"),
        lambda: store.put_turn(ada.id, replace(turn(), conversation=id)),
        lambda: store.remove_conversation(ada.id, id),
        lambda: store.memories(id),
        lambda: store.put_memory(id, memory()),
        lambda: store.conversations(id),
        lambda: store.remove_person(id),
    ]
    for call in calls:
        with pytest.raises(Gone):
            call()
    assert sorted(home.parent.rglob("*")) == before
    assert store.people() == [ada]


# the disk


@posix
def test_folders_and_files_belong_to_their_owner_alone(home: Path, store: Store, ada: Person) -> None:
    store.put_conversation(ada.id, conversation())
    store.put_turn(ada.id, turn())
    store.put_memory(ada.id, memory())
    for path in [home, *home.rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_a_home_that_cannot_be_made_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageTrouble, match="--home"):
        Store(tmp_path / "file" / "home")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_write_that_fails_is_told_and_the_store_still_holds_the_old(
    home: Path, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    store.put_turn(ada.id, turn(reply="old"))
    store.put_feedback(ada.id, feedback(thumb="up"))

    def full(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    calls: list[Callable[[], object]] = [
        lambda: store.put_turn(ada.id, turn(reply="new")),
        lambda: store.put_turn(ada.id, turn("talk.2")),
        lambda: store.put_feedback(ada.id, feedback(thumb="down"), feedback("r2", thumb="up")),
        lambda: store.remove_feedback(ada.id, "r1"),
        lambda: store.add_person("Bob"),
        lambda: store.set_persona(ada.id, "Be brief."),
    ]
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", full)
        for call in calls:
            with pytest.raises(StorageTrouble, match="try again"):
                call()
    for seen in (store, Store(home)):
        assert [said.reply for said in seen.turns(ada.id, "talk").values()] == ["old"]
        assert [(row.id, row.thumb) for row in seen.feedback(ada.id)] == [("r1", "up")]
        assert seen.people() == [ada]
        assert seen.persona(ada.id) == ("", "")
    store.put_turn(ada.id, turn(reply="new"))  # and once there is room again, it goes on
    assert Store(home).turn(ada.id, "talk.1").reply == "new"


def test_removing_a_person_while_the_disk_is_full_can_be_tried_again(
    home: Path, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_memory(ada.id, memory(text="zebra"))
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        with pytest.raises(StorageTrouble):
            store.remove_person(ada.id)
    store.remove_person(ada.id)
    assert Store(home).people() == []
    assert not (home / "people" / ada.id).exists()


def damage(folder: Path) -> Path:
    """Makes a hole into the log of a journal, with sound records behind it."""
    (log,) = folder.glob("store.*.log")
    data = bytearray(log.read_bytes())
    data[data.index(b"zebra")] ^= 1
    log.write_bytes(data)
    return log


@pytest.mark.parametrize("lost", ["zebra", "Ada"])
def test_whoever_the_list_of_people_has_lost_is_in_it_again_after_restoring_with_everything_of_theirs(
    home: Path, store: Store, ada: Person, lost: str
) -> None:
    people = {one.name: one for one in (ada, store.add_person("zebra"), store.add_person("Bob"))}
    store.put_memory(people[lost].id, memory(text="still here"))
    store.close()
    (log,) = home.glob("store.*.log")
    log.write_bytes(log.read_bytes().replace(f'"name":"{lost}"'.encode(), f'"name":"{lost[::-1]}"'.encode()))
    again, name = Store(home), f"Restored {people[lost].id[:6]}"
    assert lost not in [one.name for one in again.people()]
    assert again.restore() == ["the list of people", name]
    assert again.memories(again.person(name).id)[0].text == "still here"
    assert [one.owner for one in again.people()].count(True) == 1
    again.close()
    assert len(Store(home).people()) == 3


def test_damage_to_the_end_of_the_list_of_people_does_not_let_a_start_take_somebody_away_who_was_whole(
    home: Path, store: Store, ada: Person
) -> None:
    store.put_memory(ada.id, memory())
    store.close()
    (log,) = home.glob("store.*.log")
    log.write_bytes(log.read_bytes()[:-5])  # it looks like a write that was never finished
    again = Store(home)
    assert (again.people(), again.unfinished.people()) == ([], [])
    assert again.restore() == [f"Restored {ada.id[:6]}"]
    assert again.memories(ada.id) == [memory()]


def test_who_is_just_coming_is_nobody_whom_the_list_of_people_has_lost(store: Store, ada: Person) -> None:
    coming = store.unfinished.begin()
    assert (store.restore(), store.people()) == ([], [ada])
    bob = store.add_person("Bob", coming)
    assert (bob.id, bob.owner) == (coming, False)
    assert (store.people(), store.unfinished.people()) == ([ada, bob], [])


def lose(home: Path, *kinds: str) -> dict[str, bytes]:
    """Leaves nothing sound in the files of the list of people that end so; returns what then lies there."""
    for kind in kinds:
        for path in [*home.glob(f"store.*.{kind}"), *home.glob(f"backups/*.{kind}")]:
            path.write_bytes(b"not a journal")
    return {path.name: path.read_bytes() for path in home.glob("store.*.*")}


@pytest.mark.parametrize("kinds", [("snap",), ("snap", "log"), ()], ids=["snapshots", "everything", "no file"])
def test_a_list_of_people_of_which_nothing_is_sound_is_made_anew_of_those_whose_words_are_there(
    home: Path, store: Store, ada: Person, kinds: tuple[str, ...]
) -> None:
    bob = store.add_person("Bob")
    store.put_memory(ada.id, memory())
    store.put_memory(bob.id, memory("m2"))
    store._journals.of_home().storage.checkpoint()  # there are two generations, and a backup
    store.close()
    before = lose(home, *kinds)
    for path in [*home.glob("store.*.*"), *home.glob("backups/*")] if not kinds else ():
        path.unlink()
    lost = Store(home)
    with pytest.raises(StorageTrouble, match="doctor --restore"):
        lost.people()
    assert list(lost.troubles()) == ["the list of people"]

    found = lost.restore()
    assert found[0] == "the list of people"
    assert {person.id for person in lost.people()} == {ada.id, bob.id}
    assert [person.owner for person in lost.people()].count(True) == 1
    if kinds == ("snap",):  # the log still tells who they are
        assert (found[1:], lost.people()) == ([], [ada, bob])
    else:
        assert set(found[1:]) == {f"Restored {person.id[:6]}" for person in (ada, bob)}
    assert (lost.memories(ada.id), lost.memories(bob.id)) == ([memory()], [memory("m2")])
    if kinds:
        assert {path.name: path.read_bytes() for path in (home / "quarantine").glob("store.*")} == before
    names = [(person.id, person.name) for person in lost.people()]
    lost.close()
    again = Store(home)
    assert [(person.id, person.name) for person in again.people()] == names
    again.add_person("Cleo")
    assert (again.troubles(), again.restore()) == ({}, [])


def test_a_list_of_people_of_a_newer_homegrown_is_not_made_anew(home: Path, store: Store, ada: Person) -> None:
    store.close()
    for path in home.glob("store.*.*"):
        path.unlink()
    head = Head("snapshot", 1, "2026-03-01", sealed=False, schema=SCHEMA + 1)
    write_generation(Disk(), Files(home), {}, Chain("home", head, None))
    before = {path: path.read_bytes() for path in home.glob("store.*.*")}
    with pytest.raises(StorageTrouble, match="newer Homegrown"):
        Store(home).restore()
    assert {path: path.read_bytes() for path in home.glob("store.*.*")} == before


def test_damage_is_told_with_the_remedy_the_rest_can_be_read_and_others_go_on(
    home: Path, store: Store, ada: Person
) -> None:
    bob = store.add_person("Bob")
    store.put_memory(ada.id, memory(text="zebra"))
    store.put_memory(ada.id, memory("m2"))
    store.close()
    log = damage(home / "people" / ada.id)
    before = log.read_bytes()
    again = Store(home)
    assert [kept.id for kept in again.memories(ada.id)] == ["m2"]
    with pytest.raises(StorageTrouble, match="doctor --restore"):
        again.put_memory(ada.id, memory("m3"))
    again.put_memory(bob.id, memory())
    assert list(again.troubles()) == ["Ada"]
    assert log.read_bytes() == before

    assert again.restore() == ["Ada"]
    again.put_memory(ada.id, memory("m3"))
    assert (again.troubles(), again.restore()) == ({}, [])
    again.close()
    assert [kept.id for kept in Store(home).memories(ada.id)] == ["m2", "m3"]


def test_rows_that_are_none_of_ours_are_told(home: Path, store: Store, ada: Person) -> None:
    store.close()
    JournalDB(home / "people" / ada.id, ada.id).storage.commit({"memories": {"m1": {"id": 7}}})
    with pytest.raises(StorageTrouble, match="changed by another program"):
        Store(home).memories(ada.id)
    assert Store(home).conversations(ada.id) == []


@pytest.mark.parametrize("value, strange", OF_EACH_KIND, ids=[strange for _, strange in OF_EACH_KIND])
def test_rows_that_this_release_does_not_know_are_told_without_a_word_of_theirs(
    home: Path, store: Store, ada: Person, value: Any, strange: str
) -> None:
    store.close()
    ((table, rows),) = rows_of([value]).items()
    changed = {table: {key: row | {strange: "zebra"} for key, row in rows.items()}}
    JournalDB(home / "people" / ada.id, ada.id).storage.commit(changed)
    again = Store(home)
    reading: list[Callable[[], object]] = [
        lambda: again.memories(ada.id),
        lambda: again.turn(ada.id, "talk.1"),
        lambda: again.attached.of(ada.id, "talk"),
        lambda: again.attached.get(ada.id, "a1"),
        lambda: again.observed.proposals(ada.id),
    ]
    told = []
    for read in reading:
        with suppress(Gone):
            try:
                read()
            except StorageTrouble as error:
                told.append("".join(traceback.format_exception(error)))
    assert told and all(str(home / "people" / ada.id) in one and "zebra" not in one for one in told)


def test_the_files_of_a_known_person_that_are_gone_are_told_and_not_begun_anew(
    home: Path, store: Store, ada: Person
) -> None:
    store.close()
    for path in (home / "people" / ada.id).iterdir():
        path.unlink()
    again = Store(home)
    with pytest.raises(StorageTrouble, match="put a copy of the folder back"):
        again.memories(ada.id)
    assert again.people() == [ada] and list(again.troubles()) == ["Ada"]
    again.close()
    for path in home.glob("store.*.*"):
        path.unlink()
    JournalStorage.found(home / "people" / ada.id, ada.id, {})
    with pytest.raises(StorageTrouble, match="put a copy of the folder back"):  # of the list of people, too
        Store(home).people()


def test_a_crash_at_the_very_beginning_of_a_home_does_not_matter(home: Path) -> None:
    store = Store(home)
    assert store.people() == []
    store.close()
    (home / "store.1.snap").unlink()  # its log was there already, its snapshot had no name yet
    again = Store(home)
    ada = again.add_person("Ada")
    again.close()
    assert Store(home).people() == [ada]


def test_a_store_from_the_future_is_refused_and_left_as_it_is(home: Path, store: Store, ada: Person) -> None:
    store.close()
    head = Head("snapshot", 9, "2026-03-01", sealed=False, schema=SCHEMA + 1)
    write_generation(Disk(), Files(home), {}, Chain("home", head, None))
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    with pytest.raises(StorageTrouble, match="newer"):
        Store(home).people()
    with pytest.raises(StorageTrouble, match="newer"):
        Store(home).add_person("Bob")
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_what_comes_after_closing_is_refused(home: Path, store: Store, ada: Person) -> None:
    store.close()
    with pytest.raises(StorageTrouble, match="being closed"):
        store.put_memory(ada.id, memory())
    other = Store(home)
    other.put_memory(ada.id, memory("m2"))
    assert [kept.id for kept in other.memories(ada.id)] == ["m2"]


def test_a_second_process_can_read_but_its_writes_are_refused_with_a_sentence(
    home: Path, store: Store, ada: Person
) -> None:
    store.put_memory(ada.id, memory())
    program = """
import sys
from pathlib import Path
from errors import StorageTrouble
from storage.store import Store
from tests.builders import memory
store, person = Store(Path(sys.argv[1])), sys.argv[2]
print(store.memories(person)[0].text)
for call in (lambda: store.put_memory(person, memory("m2")), lambda: store.add_person("Bob")):
    try:
        call()
    except StorageTrouble as error:
        print(error)
"""
    command = [sys.executable, "-c", program, str(home), ada.id]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    text, *refusals = done.stdout.splitlines()
    assert text == memory().text
    assert len(refusals) == 2 and all("Another Homegrown process" in line for line in refusals)
    assert not [path for path in (home / "people").iterdir() if path.name != ada.id]
    store.put_memory(ada.id, memory("m2"))
    store.close()
    assert len(Store(home).memories(ada.id)) == 2


# passphrases


class Ring:
    """Who is locked, and what seals whose journal."""

    def __init__(self) -> None:
        self.seals: dict[str, Seal] = {}
        self.locked: set[str] = set()

    def seal_of(self, person: str) -> Seal | None:
        if person in self.locked:
            raise Locked("Give the passphrase first.")
        return self.seals.get(person)


def test_the_words_of_somebody_who_is_locked_are_out_of_reach_and_the_others_go_on(home: Path) -> None:
    ring = Ring()
    store = Store(home, ring.seal_of)
    ada, bob = store.add_person("Ada").id, store.add_person("Bob").id
    store.put_memory(ada, memory(text="zebra"))
    store.put_memory(bob, memory())
    assert not store.is_sealed(ada)
    seal = AesGcm(b"k" * 32)
    ring.seals[ada] = seal
    for _ in range(2):  # a step that broke off after it was done is done again
        store.reseal(ada, None, seal)
        assert store.is_sealed(ada) and not store.is_sealed(bob)
        assert all(b"zebra" not in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert store.memories(ada)[0].text == "zebra"

    ring.locked.add(ada)
    store.drop(ada)
    for call in (lambda: store.memories(ada), lambda: store.put_memory(ada, memory("m2"))):
        with pytest.raises(Locked):
            call()
    assert store.is_sealed(ada)
    assert store.memories(bob) == [memory()]
    assert [person.name for person in store.people()] == ["Ada", "Bob"]
    assert store.troubles() == {}

    ring.locked.clear()
    store.put_memory(ada, memory("m2", "stripes"))
    store.reseal(ada, seal, None)
    ring.seals.clear()
    assert [kept.text for kept in store.memories(ada)] == ["zebra", "stripes"]
    assert not store.is_sealed(ada)


def test_somebody_who_is_locked_can_be_removed(home: Path) -> None:
    ring = Ring()
    store = Store(home, ring.seal_of)
    ada = store.add_person("Ada").id
    ring.locked.add(ada)
    store.remove_person(ada)
    assert store.people() == [] and not (home / "people" / ada).exists()


# many at once, and kills


def test_many_threads_lose_no_row(home: Path, store: Store, ada: Person) -> None:
    def write(who: int) -> None:
        for number in range(10):
            store.put_feedback(ada.id, feedback(f"{who}-{number}", thumb="up"))

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Store(home).feedback(ada.id)) == 40


@posix
def test_a_kill_at_any_moment_loses_no_row_that_was_acknowledged(home: Path, store: Store, ada: Person) -> None:
    store.close()
    program = """
import sys
from dataclasses import replace
from pathlib import Path
from storage.store import Store
from tests.builders import feedback, turn
home, person, first = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = Store(home)
for number in range(first, first + 100_000):
    store.put_feedback(person, feedback(f"r{number:08}", correction="🦓" * 50))
    store.put_turn(person, turn(f"talk.{number % 7}", reply=str(number)))
    print(number, flush=True)
"""
    acknowledged, reply = set(), 0
    for kill in range(10):
        first = kill * 1000
        command = [sys.executable, "-c", program, str(home), ada.id, str(first)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout
            seen = [int(writer.stdout.readline()) for _ in range(3 + kill)]
            writer.send_signal(signal.SIGKILL)
            seen += [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        acknowledged |= {f"r{number:08}" for number in seen}
        reply = max(reply, seen[-1])
        fresh = Store(home)
        kept = {row.id for row in fresh.feedback(ada.id)}
        assert acknowledged <= kept
        assert len(kept - acknowledged) <= kill + 1  # a row may be on disk whose acknowledgement was not heard
        assert max(int(said.reply) for said in fresh.turns(ada.id, "talk").values()) in (reply, reply + 1)
        fresh.close()
