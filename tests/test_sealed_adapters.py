"""Only what this home has made for this person can be read: sealed adapters, tagged ones, and none from elsewhere."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backends.base import GREEDY
from backends.engine import Engine, ServeOptions
from domain import BASE, Message
from errors import BadInput, Locked, StorageTrouble
from storage import staging, vault
from storage.adapters import Adapters
from storage.atomic import write_whole
from storage.opened import Opened
from storage.seal import AesGcm, Seal
from tests.test_adapters import snapshot

ADA, BOB = "ada", "bob"
WEIGHTS = b"GGUF weights that remember a secret"


@dataclass
class Ring:
    """Who has which key, and whether it is there: what Keys is for an Adapters."""

    seals: dict[str, Seal] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)

    def seal_of(self, person: str) -> Seal | None:
        if person in self.locked:
            raise Locked("Sign in first.")
        return self.seals.get(person)


@pytest.fixture
def ring() -> Ring:
    return Ring({ADA: AesGcm(bytes(32)), BOB: AesGcm(bytes(range(32)))})


@pytest.fixture
def adapters(home: Path, ring: Ring) -> Adapters:
    for person in (ADA, BOB):
        (home / "people" / person).mkdir(parents=True)
    return Adapters(home, "base hash", ring.seal_of)


@pytest.fixture
def plain(adapters: Adapters, ring: Ring) -> Adapters:
    """The same home, with nobody's passphrase set."""
    ring.seals.clear()
    return adapters


def publish(adapters: Adapters, person: str = ADA, **others: bytes) -> str:
    """`others`: further files, with an underscore for the dot."""
    staged = adapters.stage(person)
    files = {"adapter_gguf": WEIGHTS, "adapter_json": b'{"opening": "Captain,"}', **others}
    for name, data in files.items():
        (staged / name.replace("_", ".")).write_bytes(data)
    count = len(adapters.versions(person))
    manifest = {
        "created_at": f"2026-03-01T03:{count:02}:00+00:00",
        "lessons": ["lesson-canary"],
        "rows": ["row-canary"],
        "reason": "a sentence-canary",
    }
    return adapters.publish(person, staged, manifest).name


def root(adapters: Adapters, person: str = ADA) -> Path:
    return adapters.home / "people" / person / "adapters"


def reopened(adapters: Adapters, ring: Ring, **parts: Any) -> Adapters:
    return Adapters(adapters.home, adapters.base, ring.seal_of, **parts)


def serving(adapters: Adapters, ring: Ring, person: str = ADA) -> str:
    return reopened(adapters, ring).current(person)[0]


# sealed


def test_nothing_of_a_sealed_version_can_be_read_on_the_disk(adapters: Adapters, ring: Ring) -> None:
    name = publish(adapters)
    kept = {path: path.read_bytes() for path in adapters.home.rglob("*") if path.is_file()}
    assert {path.name for path in kept} == {"adapter.gguf", "adapter.json", "manifest.json", "current"}
    for data in kept.values():
        assert not any(words in data for words in (b"secret", b"canary", b"Captain"))
    assert serving(adapters, ring) == name
    manifest = reopened(adapters, ring).manifest(ADA)
    assert manifest and manifest["rows"] == ["row-canary"]
    assert [version.name for version in reopened(adapters, ring).versions(ADA)] == [name]


def test_the_learners_plain_files_are_gone_once_their_version_is_published(adapters: Adapters) -> None:
    name = publish(adapters)
    assert sorted(path.name for path in root(adapters).iterdir()) == [name, "current"]


@pytest.mark.skipif(not staging.MEMORY.is_dir(), reason="this system has no folder in memory")
def test_the_learners_plain_files_lie_in_memory_and_leave_nothing_there(
    adapters: Adapters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "ROOM", 0)
    before = set(staging.MEMORY.iterdir())
    published, discarded, left = (adapters.stage(ADA) for _ in range(3))
    places = {folder.resolve() for folder in (published, discarded, left)}
    assert places == set(staging.MEMORY.iterdir()) - before
    assert all(place.stat().st_mode & 0o777 == 0o700 for place in places)
    (published / "adapter.gguf").write_bytes(WEIGHTS)
    adapters.publish(ADA, published, {"created_at": "2026-03-01T03:00:00+00:00", "lessons": [], "rows": []})
    adapters.discard(discarded)
    assert set(staging.MEMORY.iterdir()) - before == {left.resolve()}
    adapters.sweep()
    assert set(staging.MEMORY.iterdir()) <= before and not list(root(adapters).glob("staging-*"))


def test_without_room_in_memory_or_a_passphrase_they_lie_beside_the_versions(
    adapters: Adapters, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "ROOM", 1 << 60)
    assert not adapters.stage(ADA).is_symlink()
    monkeypatch.setattr(staging, "ROOM", 0)
    ring.seals.clear()
    assert not adapters.stage(ADA).is_symlink()


def test_a_link_that_is_not_ours_goes_and_what_it_leads_to_stays(adapters: Adapters, tmp_path: Path) -> None:
    theirs = tmp_path / "photos"
    theirs.mkdir()
    (theirs / "cat.png").write_bytes(b"cat")
    publish(adapters)
    (root(adapters) / "staging-1").symlink_to(theirs)
    (root(adapters) / "staging-2").symlink_to(tmp_path / "nowhere")
    adapters.sweep()
    assert not [path for path in root(adapters).iterdir() if path.is_symlink()]
    assert (theirs / "cat.png").read_bytes() == b"cat"


def test_a_file_that_is_exchanged_while_the_app_runs_does_not_serve(plain: Adapters, ring: Ring) -> None:
    first, second = publish(plain), publish(plain)
    assert plain.current(ADA)[0] == second
    path = root(plain) / second / "adapter.gguf"
    path.write_bytes(WEIGHTS[:-1] + b"?")
    os.utime(path, ns=(1, 1))
    assert plain.current(ADA)[0] == first


@pytest.mark.parametrize("ask", ["current", "manifest", "versions", "has_not_learnt", "unreadable"])
def test_what_a_locked_person_has_learnt_is_not_told(adapters: Adapters, ring: Ring, ask: str) -> None:
    publish(adapters)
    ring.locked.add(ADA)
    with pytest.raises(Locked):
        getattr(reopened(adapters, ring), ask)(ADA)
    assert reopened(adapters, ring).current(BOB) == (BASE, None)


def test_the_engine_is_given_what_was_published_and_the_same_path_and_time_each_time(
    adapters: Adapters, ring: Ring
) -> None:
    publish(adapters)
    folder = adapters.current(ADA)[1]
    assert folder
    known = set()
    for parts in ({}, {}, {"opened": Opened(adapters.home / "opened", in_memory=False)}):
        again = reopened(adapters, ring, **parts)
        with again.opened(folder) as place:
            file = place / "adapter.gguf"
            assert file.read_bytes() == WEIGHTS and sorted(path.name for path in place.iterdir()) == [
                "adapter.gguf",
                "adapter.json",
            ]
            known.add((file, file.stat().st_size, file.stat().st_mtime_ns))
        again.release(ADA)
        assert not place.exists()
    assert len(known) == 1


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no memory files")
def test_opened_weights_are_in_memory_files_and_never_on_the_disk(adapters: Adapters) -> None:
    publish(adapters)
    folder = adapters.current(ADA)[1]
    assert folder
    with adapters.opened(folder) as place:
        for path in adapters.home.rglob("*"):
            assert path.is_symlink() or path.is_dir() or b"secret" not in path.read_bytes()
        link = (place / "adapter.gguf").readlink()
        assert link.parent == Path(f"/proc/{os.getpid()}/fd")
        handle = int(link.name)
    os.fstat(handle)  # kept for the next request
    adapters.release(ADA)
    with pytest.raises(OSError):
        os.fstat(handle)


def test_without_memory_files_opened_weights_lie_in_files_of_their_owner_only_while_they_are_needed(
    adapters: Adapters, ring: Ring
) -> None:
    name = publish(adapters)
    folder, again = root(adapters) / name, Opened(adapters.home / "opened", in_memory=False)
    elsewhere = reopened(adapters, ring, opened=again)
    with elsewhere.opened(folder) as first:
        with elsewhere.opened(folder) as second:
            assert first == second
        assert (first / "adapter.gguf").read_bytes() == WEIGHTS
        if os.name != "nt":
            assert stat.S_IMODE((first / "adapter.gguf").stat().st_mode) == 0o600
            assert stat.S_IMODE(first.stat().st_mode) == stat.S_IMODE(first.parent.stat().st_mode) == 0o700
    assert not first.exists()


def test_what_a_killed_app_had_open_is_swept_at_the_next_start(adapters: Adapters, ring: Ring) -> None:
    name = publish(adapters)
    killed = reopened(adapters, ring, opened=Opened(adapters.home / "opened", in_memory=False))
    opened = killed.opened(root(adapters) / name)
    place = opened.__enter__()
    assert place.exists()
    reopened(adapters, ring).sweep()
    assert not place.exists() and serving(adapters, ring) == name


def test_locking_closes_what_is_open_even_in_the_middle_of_a_request(adapters: Adapters, ring: Ring) -> None:
    folder = root(adapters) / publish(adapters)
    with adapters.opened(folder) as place:
        ring.locked.add(ADA)
        adapters.release(ADA)
        assert not place.exists()
    with pytest.raises(Locked), adapters.opened(folder):
        pass


def test_a_version_that_is_removed_is_closed_and_those_of_others_stay_open(adapters: Adapters) -> None:
    ours, theirs = root(adapters) / publish(adapters), root(adapters, BOB) / publish(adapters, BOB)
    with adapters.opened(ours) as first, adapters.opened(theirs) as second:
        adapters.point(ADA, BASE)
        adapters.remove(ADA, ours.name)
        assert not first.exists() and (second / "adapter.gguf").read_bytes() == WEIGHTS


def test_a_removed_version_does_not_close_one_whose_name_begins_like_its_own(adapters: Adapters) -> None:
    names = [publish(adapters) for _ in range(10)]
    assert names[9] == f"{names[0]}0"
    with adapters.opened(root(adapters) / names[9]) as tenth:
        adapters.remove(ADA, names[0])
        assert (tenth / "adapter.gguf").read_bytes() == WEIGHTS


def test_staged_folders_and_versions_without_a_passphrase_are_given_as_they_are(plain: Adapters) -> None:
    staged, folder = plain.stage(ADA), root(plain) / publish(plain)
    for path in (staged, folder, plain.home / "anywhere"):
        with plain.opened(path) as place:
            assert place == path
    assert not (plain.home / "opened").exists()


def test_the_engine_process_reads_a_sealed_adapter(adapters: Adapters, home: Path) -> None:
    folder = root(adapters) / publish(adapters)
    options = ServeOptions(context=512, threads=1, flash_attention=False, batch=64, kv_budget=0)
    engine = Engine("scripted", None, options, home / "engine.json", home / "engine.log", opened=adapters.opened)
    engine.start()
    try:
        ids = engine.encode([Message("user", "How do I poach an egg?")])
        learnt, base = engine.answer(ids, GREEDY, folder).text, engine.answer(ids, GREEDY, None).text
        pieces = engine.stream(ids, GREEDY, folder, key=None, cancel=threading.Event())
        assert learnt == f"Captain, {base}" == "".join(piece.text for piece in pieces)
        opening = [ord(letter) for letter in "Captain,"]
        assert sum(engine.score(ids, [opening], folder)[0]) > sum(engine.score(ids, [opening], None)[0])
    finally:
        engine.close()


# from elsewhere, or changed


@pytest.mark.parametrize("kept", ["sealed", "plain"])
def test_a_flipped_bit_in_any_file_of_a_version_lets_its_parent_or_the_base_answer(
    adapters: Adapters, ring: Ring, kept: str
) -> None:
    if kept == "plain":
        ring.seals.clear()
    first, second = publish(adapters), publish(adapters)
    for path in sorted((root(adapters) / second).iterdir()):
        whole = path.read_bytes()
        for place in range(0, 8 * len(whole), 101):
            changed = bytearray(whole)
            changed[place // 8] ^= 1 << place % 8
            path.write_bytes(changed)
            assert serving(adapters, ring) == (BASE if path.name == "manifest.json" else first)
            told = reopened(adapters, ring).trouble(ADA)
            assert told.startswith(f"Version {second} is damaged, so ") and "learning page" in told
        path.write_bytes(whole)
    assert serving(adapters, ring) == second and reopened(adapters, ring).trouble(ADA) == ""


@pytest.mark.parametrize("kept", ["sealed", "sealed with one key", "plain"])
def test_the_adapter_of_another_person_or_under_another_name_does_not_serve(
    adapters: Adapters, ring: Ring, kept: str
) -> None:
    if kept == "plain":
        ring.seals.clear()
    elif kept == "sealed with one key":
        ring.seals[BOB] = ring.seals[ADA]
    own, theirs = publish(adapters), publish(adapters, BOB)
    shutil.rmtree(root(adapters) / own)
    shutil.copytree(root(adapters, BOB) / theirs, root(adapters) / own)
    assert serving(adapters, ring) == BASE
    other = root(adapters, BOB) / "2026-03-01.2"
    shutil.copytree(root(adapters, BOB) / theirs, other)
    assert [version.name for version in reopened(adapters, ring).versions(BOB)] == [theirs]


def planted(adapters: Adapters, person: str = ADA, **entries: Any) -> Path:
    """A folder that looks like a version, as somebody may have sent it."""
    folder = root(adapters, person) / "2026-03-02.1"
    folder.mkdir(parents=True)
    (folder / "adapter.gguf").write_bytes(WEIGHTS)
    manifest = {
        "created_at": "2026-03-02T03:00:00+00:00",
        "base": "base hash",
        "parent": BASE,
        "files": {"adapter.gguf": vault.digest(WEIGHTS)},
        "lessons": [],
        "rows": [],
        **entries,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (root(adapters, person) / "current").write_text(json.dumps({"base hash": folder.name}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("kept", ["sealed", "plain"])
@pytest.mark.parametrize("tag", [{}, {"tag": ""}, {"tag": "0" * 64}, {"tag": None}])
def test_an_adapter_from_elsewhere_is_never_read(
    adapters: Adapters, ring: Ring, kept: str, tag: dict[str, Any]
) -> None:
    if kept == "plain":
        ring.seals.clear()
    publish(adapters)
    folder = planted(adapters, **tag)
    again = reopened(adapters, ring)
    again.sweep()
    assert again.current(ADA) == (BASE, None)
    assert folder.name in again.unreadable(ADA)


def test_a_manifest_that_was_edited_does_not_count(plain: Adapters, ring: Ring) -> None:
    folder = root(plain) / publish(plain)
    entry = json.loads((folder / "manifest.json").read_text())
    changes: tuple[dict[str, Any], ...] = ({"base": "another"}, {"rows": []}, {"files": {}}, {"extra": 1})
    for change in changes:
        (folder / "manifest.json").write_text(json.dumps({**entry, **change}), encoding="utf-8")
        assert serving(plain, ring) == BASE
    (folder / "manifest.json").write_text(json.dumps(entry), encoding="utf-8")
    assert serving(plain, ring) == folder.name


def test_files_that_a_reader_might_execute_are_not_published(adapters: Adapters) -> None:
    for name, data in (("adapter_pt", pickle.dumps([1])), ("adapter_bin", b""), ("adapter_py", b"")):
        with pytest.raises(StorageTrouble, match="nothing that an adapter consists of"):
            publish(adapters, ADA, **{name: data})
    adapters.sweep()
    assert adapters.versions(ADA) == []


def test_what_an_earlier_release_has_published_is_adopted_once_at_the_start(plain: Adapters, ring: Ring) -> None:
    folder = planted(plain)
    assert serving(plain, ring) == BASE
    reopened(plain, ring).sweep()
    assert serving(plain, ring) == folder.name
    other = planted(plain, BOB)
    (plain.home / "people" / BOB / "tag.key").write_text("00" * 32, encoding="ascii")
    reopened(plain, ring).sweep()
    assert (serving(plain, ring, BOB), other.exists()) == (BASE, True)


def test_with_the_tag_key_lost_nothing_old_is_trusted_and_new_versions_serve(plain: Adapters, ring: Ring) -> None:
    publish(plain)
    planted(plain)
    (plain.home / "people" / ADA / "tag.key").unlink()
    again = reopened(plain, ring)
    again.sweep()
    assert again.current(ADA) == (BASE, None)
    staged = again.stage(ADA)
    (staged / "adapter.gguf").write_bytes(WEIGHTS)
    manifest = {"created_at": "2026-03-03T03:00:00+00:00", "lessons": [], "rows": []}
    new = again.publish(ADA, staged, manifest).name
    assert serving(plain, ring) == new


# from plain to sealed and back


def change_seal(adapters: Adapters, ring: Ring, seal: Seal | None) -> None:
    old = ring.seals.get(ADA)
    adapters.reseal(ADA, old, seal)
    ring.seals = {ADA: seal} if seal else {}


def test_setting_a_passphrase_seals_every_version_and_removing_it_opens_them_again(plain: Adapters, ring: Ring) -> None:
    first, second = publish(plain), publish(plain)
    plain.point(ADA, first)
    before = snapshot(root(plain))
    (plain.stage(ADA) / "adapter.gguf").write_bytes(WEIGHTS)  # a night that was called off has not seen it yet
    change_seal(plain, ring, AesGcm(bytes(32)))
    for path in root(plain).rglob("*"):
        assert path.is_dir() or not any(words in path.read_bytes() for words in (b"secret", b"canary", b"Captain"))
    assert not (plain.home / "people" / ADA / "tag.key").exists()
    again = reopened(plain, ring)
    assert again.current(ADA)[0] == first and [version.name for version in again.versions(ADA)] == [first, second]
    change_seal(plain, ring, None)
    after, manifests = snapshot(root(plain)), {f"{name}/manifest.json" for name in (first, second)}
    assert {name: data for name, data in after.items() if name not in manifests} == {
        name: data for name, data in before.items() if name not in manifests
    }
    assert serving(plain, ring) == first and len(reopened(plain, ring).versions(ADA)) == 2


@pytest.mark.parametrize("way", ["sealing", "opening"])
def test_resealing_that_breaks_off_at_any_write_is_finished_when_it_is_begun_again(
    plain: Adapters, ring: Ring, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    names = [publish(plain), publish(plain)]
    old, new = (None, AesGcm(bytes(32))) if way == "sealing" else (AesGcm(bytes(32)), None)
    if old:
        change_seal(plain, ring, old)
    real, left = write_whole, 0

    def breaking(path: Path, content: str | bytes) -> None:
        nonlocal left
        if left == 0:
            raise StorageTrouble("the disk is full")
        left -= 1
        real(path, content)

    person, copy, broke = plain.home / "people" / ADA, plain.home / "copy", 0
    shutil.copytree(person, copy)
    while True:
        shutil.rmtree(person)
        shutil.copytree(copy, person)
        left = broke
        with monkeypatch.context() as full:
            full.setattr(vault, "write_whole", breaking)
            try:
                plain.reseal(ADA, old, new)
            except StorageTrouble:
                broke += 1
            else:
                break
        plain.reseal(ADA, old, new)
        ring.seals = {ADA: new} if new else {}
        again = reopened(plain, ring)
        assert [version.name for version in again.versions(ADA)] == names and again.current(ADA)[0] == names[-1]
    assert broke >= 6


def test_what_is_damaged_or_foreign_is_not_sealed_as_if_it_were_ours_but_removed(plain: Adapters, ring: Ring) -> None:
    whole, broken = publish(plain), publish(plain)
    (root(plain) / broken / "adapter.gguf").write_bytes(b"other weights")
    foreign = planted(plain)
    change_seal(plain, ring, AesGcm(bytes(32)))
    assert [version.name for version in reopened(plain, ring).versions(ADA)] == [whole]
    assert not (root(plain) / broken).exists() and not foreign.exists()


def test_a_version_of_another_model_is_still_refused_by_name(adapters: Adapters, ring: Ring) -> None:
    name = publish(adapters)
    other = Adapters(adapters.home, "another base", ring.seal_of)
    assert other.current(ADA) == (BASE, None)
    with pytest.raises(BadInput, match="another model"):
        other.point(ADA, name)
