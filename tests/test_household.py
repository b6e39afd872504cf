"""People come in, are locked out, get passphrases and leave; whatever breaks off, the home opens again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conversation.generation import Generation
from domain import BASE
from errors import BadInput, Gone, Locked, StorageTrouble
from people.household import Household
from storage import vault
from storage.adapters import Adapters
from storage.keys import Keys
from storage.store import Store
from storage.wrap import Cost
from tests.builders import conversation, corrections, memory, night, turn

WORDS, OTHER = "correct horse battery", "another passphrase"
CANARY = "canary-sings-at-dawn"
CHEAP = Cost(memory=32, passes=1, lanes=1)


@dataclass
class Talk:
    """A chat in which one person's reply may be under way."""

    writing: dict[str, Generation] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)

    def hush(self, person: str, *, wait: bool = False) -> None:
        if generation := self.writing.pop(person, None):
            self.stopped.append(person)
            threading.Timer(0.05, generation.show, [generation.turn], {"done": True}).start()
            assert wait and generation.result()


@dataclass
class Home:
    """A home folder and the parts that know about people, which a restart makes anew."""

    folder: Path
    cost: Cost = CHEAP
    called_off: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.keys = Keys(self.folder, self.cost)
        self.store = Store(self.folder, self.keys.seal_of)
        self.adapters = Adapters(self.folder, "base hash", self.keys.seal_of)
        self.adapters.sweep()
        self.talk = Talk()
        self.people = Household(
            self.store, self.keys, self.adapters, self.talk, self.called_off.append, self.dropped.append
        )

    def restart(self) -> None:
        self.store.close()
        self.start()

    def fill(self, person: str) -> None:
        """Words of every kind, and one version."""
        self.store.put_conversation(person, conversation("talk", title=CANARY, head="talk.1"))
        self.store.put_turn(person, turn("talk.1", text=CANARY))
        self.store.put_memory(person, memory("m1", CANARY))
        self.store.put_feedback(person, *corrections(2, CANARY))
        self.store.set_persona(person, CANARY)
        staged = self.adapters.stage(person)
        (staged / "adapter.gguf").write_text(CANARY, encoding="utf-8")
        manifest = {"created_at": "2026-03-01T03:00:00+00:00", "lessons": [], "rows": ["row00"], "reason": CANARY}
        self.adapters.publish(person, staged, manifest)

    def holds(self, person: str) -> bool:
        """Whether all that `fill` stored is there and reads as it did."""
        version, folder = self.adapters.current(person)
        if folder is None:
            return False
        with self.adapters.opened(folder) as place:
            weights = (place / "adapter.gguf").read_text(encoding="utf-8")
        return (
            weights == CANARY
            and version == "2026-03-01.1"
            and self.store.turn(person, "talk.1").text == CANARY
            and [one.text for one in self.store.memories(person)] == [CANARY]
            and self.store.feedback(person) == corrections(2, CANARY)
            and self.store.persona(person)[1] == CANARY
        )

    def leaks(self) -> list[str]:
        """Files in which the canary can be read."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()]
        return [str(path.relative_to(self.folder)) for path in files if CANARY.encode() in path.read_bytes()]


@pytest.fixture
def here(home: Path) -> Home:
    return Home(home)


@pytest.fixture
def ada(here: Home) -> str:
    """The only person, with words and a version, without a passphrase."""
    person, code = here.people.add("Ada")
    assert code == ""
    here.fill(person.id)
    return person.id


def test_the_first_person_needs_no_passphrase_and_is_never_locked(here: Home, ada: str) -> None:
    here.restart()
    assert (here.people.has_passphrase(ada), here.people.is_locked(ada)) == (False, False)
    assert here.holds(ada) and here.leaks()


def test_after_setting_a_passphrase_no_file_holds_a_readable_word_and_everything_is_still_there(
    here: Home, ada: str
) -> None:
    here.people.set_passphrase(ada, WORDS)
    assert here.leaks() == [] and here.holds(ada)
    here.restart()
    assert here.people.is_locked(ada) and here.leaks() == []
    here.people.unlock(ada, WORDS)
    assert here.holds(ada) and here.leaks() == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda here, ada: here.store.conversations(ada),
        lambda here, ada: here.store.turns(ada, "talk"),
        lambda here, ada: here.store.memories(ada),
        lambda here, ada: here.store.feedback(ada),
        lambda here, ada: here.store.nights(ada),
        lambda here, ada: here.store.persona(ada),
        lambda here, ada: here.store.put_memory(ada, memory("m2")),
        lambda here, ada: here.store.remove_memory(ada, "m1"),
        lambda here, ada: here.adapters.current(ada),
        lambda here, ada: here.adapters.versions(ada),
    ],
)
@pytest.mark.parametrize("how", ["lock", "restart"])
def test_nothing_of_a_locked_person_can_be_read_or_written(
    here: Home, ada: str, ask: Callable[[Home, str], object], how: str
) -> None:
    here.people.set_passphrase(ada, WORDS)
    assert here.holds(ada)
    here.people.lock(ada) if how == "lock" else here.restart()
    assert ada not in here.store._journals._open
    with pytest.raises(Locked):
        ask(here, ada)
    here.people.unlock(ada, WORDS)
    assert here.holds(ada)


def test_locking_ends_the_reply_and_the_night_and_closes_what_the_engine_has_open(here: Home, ada: str) -> None:
    here.people.set_passphrase(ada, WORDS)
    here.called_off.clear()
    here.dropped.clear()
    here.talk.writing[ada] = reply = Generation(turn("talk.2"))
    folder = here.adapters.current(ada)[1]
    assert folder
    with here.adapters.opened(folder) as place:
        here.people.lock(ada)
        assert not place.exists() and reply.done
    assert (here.called_off, here.talk.stopped, here.dropped) == ([ada], [ada], [f"{ada}/"] * 2)
    assert list((here.folder / "opened").iterdir()) == []


def test_locking_one_person_leaves_the_others_as_they_are(here: Home, ada: str) -> None:
    bob, _ = here.people.add("Bob", OTHER)
    here.fill(bob.id)
    here.people.lock(bob.id)
    assert here.holds(ada)
    assert [(one.person.name, one.has_passphrase, one.locked) for one in here.people.residents()] == [
        ("Ada", False, False),
        ("Bob", True, True),
    ]


def test_who_has_no_passphrase_cannot_be_locked_out(here: Home, ada: str) -> None:
    with pytest.raises(BadInput, match="set one first"):
        here.people.lock(ada)
    assert here.holds(ada)


def test_a_new_passphrase_opens_what_the_old_one_sealed_and_the_old_one_opens_nothing(here: Home, ada: str) -> None:
    here.people.set_passphrase(ada, WORDS)
    with pytest.raises(Locked):
        here.people.set_passphrase(ada, OTHER, "not the passphrase")
    code = here.people.set_passphrase(ada, OTHER, WORDS)
    here.restart()
    with pytest.raises(Locked):
        here.people.unlock(ada, WORDS)
    here.people.unlock(ada, OTHER)
    assert here.holds(ada)
    here.restart()
    here.people.recover(ada, code, WORDS)
    assert here.holds(ada)
    here.restart()
    here.people.unlock(ada, WORDS)
    assert here.holds(ada)


def test_only_who_lives_alone_may_do_without_a_passphrase_again(here: Home, ada: str) -> None:
    here.people.set_passphrase(ada, WORDS)
    bob, _ = here.people.add("Bob", OTHER)
    with pytest.raises(BadInput, match="everybody needs a passphrase"):
        here.people.remove_passphrase(ada, WORDS)
    here.people.remove(bob.id)
    with pytest.raises(Locked):
        here.people.remove_passphrase(ada, OTHER)
    here.people.remove_passphrase(ada, WORDS)
    here.restart()
    assert not here.people.has_passphrase(ada) and here.holds(ada)


def test_whoever_goes_leaves_no_unfinished_night_wherever_it_lies(here: Home, ada: str, tmp_path: Path) -> None:
    bob, _ = here.people.add("Bob", OTHER)
    staged = here.adapters.stage(bob.id)
    (staged / "adapter.gguf").write_bytes(b"half learnt")
    place = staged.resolve()
    here.people.remove(bob.id)
    assert not place.exists()


def test_a_second_person_needs_a_passphrase_from_the_first_moment(here: Home, ada: str) -> None:
    with pytest.raises(Locked, match="everybody needs a passphrase"):
        here.people.add("Bob")
    with pytest.raises(BadInput, match="at least 8"):
        here.people.add("Bob", "short")
    assert [person.name for person in here.store.people()] == ["Ada"]
    bob, code = here.people.add("Bob", OTHER)
    here.fill(bob.id)
    assert not [path for path in here.leaks() if bob.id in path]
    here.restart()
    here.people.recover(bob.id, code, WORDS)
    assert here.holds(bob.id)


def test_somebody_for_whom_there_is_no_room_is_not_added_by_half(
    here: Home, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("", (), {"free": 0})())
    with pytest.raises(StorageTrouble, match="not enough room"):
        here.people.add("Bob", OTHER)
    with pytest.raises(StorageTrouble, match="not enough room"):
        here.people.set_passphrase(ada, WORDS)
    assert [one.person.name for one in here.people.residents()] == ["Ada"]
    assert not here.people.has_passphrase(ada) and here.holds(ada)


def test_a_passphrase_for_which_nothing_could_be_sealed_was_never_set(
    here: Home, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageTrouble("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(here.store, "reseal", full)
        with pytest.raises(StorageTrouble):
            here.people.set_passphrase(ada, WORDS)
    assert not here.people.has_passphrase(ada) and here.holds(ada)


def test_setting_a_passphrase_does_not_lose_a_report_that_could_not_be_stored_yet(here: Home, ada: str) -> None:
    staged = here.adapters.stage(ada)
    (staged / "adapter.gguf").write_text("weights", encoding="utf-8")
    about = {"created_at": "2026-03-02T03:00:00+00:00", "lessons": [], "rows": []}
    version = here.adapters.publish(ada, staged, about, night("late"))
    here.people.set_passphrase(ada, WORDS)
    assert [(one.id, one.version) for one in here.store.nights(ada)] == [("late", version.name)]


def test_removing_somebody_destroys_the_key_first_and_then_everything_else(
    here: Home, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, _ = here.people.add("Bob", OTHER)
    here.fill(bob.id)
    folder = here.folder / "people" / bob.id
    order: list[bool] = []
    remove = here.store.remove_person

    def watched(person: str) -> None:
        order.append((folder / "key.json").exists() or (folder / "key.copy.json").exists())
        remove(person)

    monkeypatch.setattr(here.store, "remove_person", watched)
    here.people.remove(bob.id)
    assert order == [False] and not folder.exists()
    assert [person.name for person in here.store.people()] == ["Ada"] and here.holds(ada)
    with pytest.raises(Gone):
        here.store.memories(bob.id)


def test_removing_a_locked_person_needs_no_key_and_one_that_broke_off_can_be_repeated(
    here: Home, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, _ = here.people.add("Bob", OTHER)
    here.fill(bob.id)
    here.restart()

    def held(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", held)
        with pytest.raises(StorageTrouble):
            here.people.remove(bob.id)
    here.restart()
    assert not here.people.has_passphrase(bob.id)
    with pytest.raises((Locked, StorageTrouble)):  # the key is gone: nobody reads it ever again
        here.store.memories(bob.id)
    here.people.remove(bob.id)
    assert [person.name for person in here.store.people()] == ["Ada"]


def at_each_change(home: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> list[Path]:
    """Copies of the home as kills would have left it: before each fsync and each deletion while `act` runs."""
    copies: list[Path] = []

    def copying(real: Callable[..., None]) -> Callable[..., None]:
        def call(*given: object, **named: object) -> None:
            copies.append(home.with_name(f"killed {len(copies)}"))
            shutil.copytree(home, copies[-1], symlinks=True)
            real(*given, **named)

        return call

    with monkeypatch.context() as watched:
        for name in ("fsync", "unlink"):
            watched.setattr(os, name, copying(getattr(os, name)))
        act()
    return copies


def after_a_start(folder: Path) -> Home:
    home = Home(folder)
    home.people.sweep()
    return home


@pytest.mark.parametrize("blank", [False, True])
def test_who_is_killed_while_coming_is_whole_or_not_there_after_the_next_start_and_leaves_nothing(
    here: Home, monkeypatch: pytest.MonkeyPatch, blank: bool
) -> None:
    into = here.store.add_person("Me") if blank else None
    copies = at_each_change(here.folder, monkeypatch, lambda: here.people.add("Bob", WORDS, here.fill, into))
    (bob,) = here.store.people()
    assert (bob.name, bob.owner) == ("Bob", True) and here.holds(bob.id)
    found = []
    for copy in copies:
        left = after_a_start(copy)
        found.append([person.name for person in left.store.people()])
        assert [path.name for path in (copy / "people").iterdir()] == [person.id for person in left.store.people()]
        if found[-1] == ["Bob"]:
            left.people.unlock(bob.id, WORDS)
            assert left.holds(bob.id)
        else:
            assert left.leaks() == []
        left.store.close()
    assert found.count([]) > 20 and found[-1] == ["Bob"]
    assert all(names in ([], ["Bob"]) for names in found)


def test_who_is_killed_while_going_is_gone_after_the_next_start_and_somebody_owns_the_home(
    here: Home, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, _ = here.people.add("Bob", OTHER)
    here.people.set_passphrase(ada, WORDS)
    copies = at_each_change(here.folder, monkeypatch, lambda: here.people.remove(ada))
    assert len(copies) > 10
    for copy in copies:
        left = after_a_start(copy)
        assert [(person.name, person.owner) for person in left.store.people()] == [("Bob", True)]
        assert [path.name for path in (copy / "people").iterdir()] == [bob.id]
        left.store.close()


def test_what_keeps_somebody_who_goes_from_going_does_not_keep_the_app_from_starting(
    here: Home, ada: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bob, _ = here.people.add("Bob", OTHER)
    with monkeypatch.context() as broken:
        broken.setattr(here.keys, "erase", lambda person: (_ for _ in ()).throw(StorageTrouble("It is held; wait.")))
        with pytest.raises(StorageTrouble):
            here.people.remove(bob.id)
        here.people.sweep()
    assert "It is held" in caplog.text
    here.people.sweep()
    assert [person.name for person in here.store.people()] == ["Ada"] and here.holds(ada)


def test_while_the_list_of_people_cannot_be_written_nothing_of_somebody_who_is_to_go_is_touched(
    here: Home, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, _ = here.people.add("Bob", OTHER)
    here.fill(bob.id)
    with monkeypatch.context() as broken:
        broken.setattr(here.store._journals.of_home().storage, "trouble", "The disk failed; check it.")
        with pytest.raises(StorageTrouble, match="disk failed"):
            here.people.remove(bob.id)
    here.restart()
    here.people.sweep()
    here.people.unlock(bob.id, OTHER)
    assert here.holds(bob.id)


def test_after_the_owner_the_one_who_came_next_owns_the_home(here: Home, ada: str) -> None:
    here.people.add("Bob", OTHER)
    here.people.add("Cleo", OTHER)
    here.people.remove(ada)
    assert [(person.name, person.owner) for person in here.store.people()] == [("Bob", True), ("Cleo", False)]


def test_the_owner_sees_sizes_of_everybody_also_of_those_who_are_locked(here: Home, ada: str) -> None:
    bob, _ = here.people.add("Bob", OTHER)
    here.fill(bob.id)
    here.restart()
    sizes = {one.person.name: one.bytes for one in here.people.residents()}
    assert all(size > 500 for size in sizes.values())


# what breaks off


class Broken(Exception):
    """The power is gone."""


def breaking(real: Callable[[int], None], left: int, error: Exception) -> Callable[[int], None]:
    """fsync that works `left` times; everything durable goes through it."""
    count = iter(range(left))

    def sync(handle: int) -> None:
        if next(count, None) is None:
            raise error
        real(handle)

    return sync


@pytest.mark.parametrize("way", ["sealing", "opening", "changing"])
@pytest.mark.parametrize("error", [Broken(), OSError(28, "No space left on device")], ids=["crash", "full disk"])
def test_whatever_breaks_a_passphrase_off_the_home_opens_again_with_everything_in_it(
    here: Home, ada: str, monkeypatch: pytest.MonkeyPatch, way: str, error: Exception
) -> None:
    if way != "sealing":
        here.people.set_passphrase(ada, WORDS)
    here.store.close()
    copy = here.folder.parent / "copy"
    shutil.copytree(here.folder, copy)
    real, broke = os.fsync, 0
    while True:
        here.store.close()
        shutil.rmtree(here.folder)
        shutil.copytree(copy, here.folder)
        here.start()
        if way == "changing":
            here.people.unlock(ada, WORDS)
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", breaking(real, broke, error))
            try:
                if way == "sealing":
                    here.people.set_passphrase(ada, WORDS)
                elif way == "opening":
                    here.people.remove_passphrase(ada, WORDS)
                else:
                    here.people.set_passphrase(ada, OTHER, WORDS)
            except (Broken, StorageTrouble, OSError):
                broke += 1
            else:
                break
        here.restart()
        if here.people.is_locked(ada):
            for passphrase in (WORDS, OTHER):
                try:
                    here.people.unlock(ada, passphrase)
                    break
                except Locked:
                    continue
        assert here.holds(ada), f"after {broke} writes"
        assert here.keys.state(ada) in (None, "sealed")
        if here.keys.state(ada) == "sealed":
            assert here.leaks() == []
    assert broke >= 2


def test_with_a_full_disk_somebody_whose_sealing_was_interrupted_can_still_read(
    here: Home, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: str | bytes) -> None:
        raise StorageTrouble("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(vault, "write_whole", full)
        with pytest.raises(StorageTrouble):
            here.people.set_passphrase(ada, WORDS)
        here.restart()
        here.people.unlock(ada, WORDS)
        assert here.store.turn(ada, "talk.1").text == CANARY
        assert here.adapters.current(ada) == (BASE, None)
    here.restart()
    here.people.unlock(ada, WORDS)
    assert here.holds(ada) and here.leaks() == []


def test_the_app_never_dumps_core() -> None:
    if sys.platform == "win32":
        pytest.skip("Windows writes no core files")
    code = "import prepare, resource; prepare.never_dump_core(); print(resource.getrlimit(resource.RLIMIT_CORE))"
    code += "; print(prepare.CORE_FILTER.read_text())" if os.access("/proc/self/coredump_filter", os.W_OK) else ""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "(0, 0)"
    assert set(done.stdout.split("\n")[1].strip()) <= {"0"}, "no memory is given to programs to which cores are piped"
