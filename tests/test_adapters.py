"""A published version never changes, the pointer moves at once, and what is damaged or foreign never serves."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from domain import BASE
from errors import BadInput, Gone, StorageTrouble
from storage import adapters as module
from storage import vault
from storage.adapters import Adapters
from storage.atomic import write_whole
from storage.chain import SCHEMA, Chain, Head
from storage.checkpoint import write_generation
from storage.disk import Disk
from storage.files import Files

ADA = "ada"


@pytest.fixture
def adapters(tmp_path: Path) -> Adapters:
    (tmp_path / "people" / ADA).mkdir(parents=True)
    return Adapters(tmp_path, "hash of the base")


def publish(adapters: Adapters, weights: str = "weights", day: str = "2026-03-01", **entries: Any) -> str:
    staged = adapters.stage(ADA)
    (staged / "adapter.gguf").write_text(weights, encoding="utf-8")
    (staged / "adapter.json").write_text("{}", encoding="utf-8")
    count = len(adapters.versions(ADA))
    manifest = {"created_at": f"{day}T03:{count:02}:00+00:00", "lessons": ["l1"], "rows": ["r1"], **entries}
    return adapters.publish(ADA, staged, manifest).name


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def reopened(adapters: Adapters) -> Adapters:
    return Adapters(adapters.home, adapters.base)


def test_before_the_first_night_the_base_serves(adapters: Adapters) -> None:
    assert adapters.current(ADA) == (BASE, None)
    assert adapters.manifest(ADA) is None
    assert adapters.versions(ADA) == []


def test_a_published_version_serves_and_its_manifest_names_base_parent_and_files(adapters: Adapters) -> None:
    first, second = publish(adapters), publish(adapters, "other weights")
    assert (first, second) == ("2026-03-01.1", "2026-03-01.2")
    name, folder = reopened(adapters).current(ADA)
    assert name == second and folder
    assert (folder / "adapter.gguf").read_text(encoding="utf-8") == "other weights"
    manifest = reopened(adapters).manifest(ADA)
    assert manifest
    assert (manifest["base"], manifest["parent"], manifest["lessons"]) == ("hash of the base", first, ["l1"])
    assert set(manifest["files"]) == {"adapter.gguf", "adapter.json"}
    found = reopened(adapters).versions(ADA)
    assert [(version.name, version.serving) for version in found] == [(first, False), (second, True)]


def test_version_numbers_count_on_and_are_never_reused_on_a_day(adapters: Adapters) -> None:
    names = [publish(adapters) for _ in range(11)]
    assert names[-1] == "2026-03-01.11"
    adapters.point(ADA, names[0])
    assert publish(adapters) == "2026-03-01.12"
    assert publish(adapters, day="2026-03-02") == "2026-03-02.1"


@pytest.mark.parametrize("step", ["file", "manifest", "pointer"])
def test_publishing_that_breaks_off_changes_nothing(
    adapters: Adapters, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first = publish(adapters)
    root = adapters.home / "people" / ADA / "adapters"
    before = snapshot(root)
    whole, fsync = write_whole, os.fsync

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def refusing(path: Path, text: str | bytes) -> None:
        if path.name == {"manifest": "manifest.json", "pointer": "current"}.get(step):
            with monkeypatch.context() as broken:
                broken.setattr(os, "fsync", full)
                whole(path, text)
        whole(path, text)

    with monkeypatch.context() as broken:
        broken.setattr(module, "write_whole", refusing)
        broken.setattr(vault, "write_whole", refusing)
        if step == "file":
            broken.setattr(os, "fsync", full)
        with pytest.raises(StorageTrouble):
            publish(adapters, "other weights")
    assert os.fsync is fsync
    after = reopened(adapters)
    assert after.current(ADA)[0] == first
    assert [version.name for version in after.versions(ADA)] == [first]
    after.sweep()
    assert snapshot(root) == before


def test_the_manifest_is_written_after_all_files_and_the_pointer_last(
    adapters: Adapters, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    sync = module.sync_file

    def syncing(path: Path) -> None:
        written.append(path.name)
        sync(path)

    def writing(path: Path, text: str | bytes) -> None:
        written.append(path.name)
        write_whole(path, text)

    monkeypatch.setattr(module, "sync_file", syncing)
    monkeypatch.setattr(module, "write_whole", writing)
    monkeypatch.setattr(vault, "write_whole", writing)
    publish(adapters)
    written = [name for name in written if name != "tag.key"]
    assert sorted(written[:2]) == ["adapter.gguf", "adapter.json"]
    assert written[2:] == ["manifest.json", "current"]


def test_a_damaged_version_gives_way_to_its_parent_and_at_last_to_the_base(adapters: Adapters) -> None:
    first, second = publish(adapters), publish(adapters)
    root = adapters.home / "people" / ADA / "adapters"
    (root / second / "adapter.gguf").write_text("weighty", encoding="utf-8")
    assert reopened(adapters).current(ADA) == (first, root / first)
    manifest = reopened(adapters).manifest(ADA)
    assert manifest and manifest["parent"] == BASE
    (root / first / "adapter.gguf").unlink()
    assert reopened(adapters).current(ADA) == (BASE, None)


@pytest.mark.parametrize("content", ["{", "", "[]", '{"base": "hash of the base"}', "\ufeff"])
def test_a_damaged_manifest_never_serves_and_the_others_can_still_be_chosen(adapters: Adapters, content: str) -> None:
    whole = publish(adapters)
    name = publish(adapters)
    manifest = adapters.home / "people" / ADA / "adapters" / name / "manifest.json"
    manifest.write_text(content, encoding="utf-8")
    assert reopened(adapters).current(ADA) == (BASE, None)
    assert [version.name for version in reopened(adapters).versions(ADA)] == [whole]
    reopened(adapters).point(ADA, whole)
    assert reopened(adapters).current(ADA)[0] == whole


def test_a_version_whose_folder_was_moved_away_gives_way_to_the_base(adapters: Adapters) -> None:
    name = publish(adapters)
    root = adapters.home / "people" / ADA / "adapters"
    (root / name).rename(adapters.home / "elsewhere")
    assert reopened(adapters).current(ADA) == (BASE, None)


def test_an_adapter_of_another_base_is_listed_but_never_serves(adapters: Adapters) -> None:
    name = publish(adapters)
    other = Adapters(adapters.home, "hash of another base")
    assert other.current(ADA) == (BASE, None)
    assert [(version.name, version.serving, version.foreign) for version in other.versions(ADA)] == [
        (name, False, True)
    ]
    with pytest.raises(BadInput, match="another model"):
        other.point(ADA, name)


def test_each_base_has_its_own_pointer_so_that_going_back_to_a_model_finds_what_it_had_learnt(
    adapters: Adapters,
) -> None:
    first = publish(adapters)
    other = Adapters(adapters.home, "hash of another base")
    assert (adapters.has_not_learnt(ADA), other.has_not_learnt(ADA), other.has_not_learnt("bob")) == (
        False,
        True,
        False,
    )
    grown = publish(other)
    assert (other.current(ADA)[0], other.has_not_learnt(ADA)) == (grown, False)
    assert {version.name: version.manifest["parent"] for version in other.versions(ADA)}[grown] == BASE
    assert reopened(adapters).current(ADA)[0] == first
    second = publish(adapters)
    assert {version.name: version.manifest["parent"] for version in adapters.versions(ADA)}[second] == first
    other.point(ADA, BASE)
    assert (reopened(adapters).current(ADA)[0], other.current(ADA)) == (second, (BASE, None))


def test_a_pointer_of_the_first_release_holds_the_version_alone_and_counts_for_its_base(adapters: Adapters) -> None:
    first, _ = publish(adapters), publish(adapters)
    (adapters.home / "people" / ADA / "adapters" / "current").write_text(first, encoding="utf-8")
    other = Adapters(adapters.home, "hash of another base")
    assert (reopened(adapters).current(ADA)[0], other.current(ADA)) == (first, (BASE, None))
    publish(other)
    assert reopened(adapters).current(ADA)[0] == first


@pytest.mark.parametrize("content", ["", "base", "{", "[]", "3", "\x00", "2020-01-01.1"])
def test_a_damaged_pointer_lets_the_base_serve(adapters: Adapters, content: str) -> None:
    name = publish(adapters)
    (adapters.home / "people" / ADA / "adapters" / "current").write_text(content, encoding="utf-8")
    assert reopened(adapters).current(ADA) == (BASE, None)
    adapters.point(ADA, name)
    assert reopened(adapters).current(ADA)[0] == name


def test_a_removed_version_is_gone_and_its_name_is_never_given_again(adapters: Adapters) -> None:
    first, second = publish(adapters), publish(adapters)
    adapters.point(ADA, first)
    adapters.remove(ADA, second)
    root = adapters.home / "people" / ADA / "adapters"
    assert sorted(path.name for path in root.iterdir()) == [first, f"{second}.removed", "current"]
    assert publish(adapters) == "2026-03-01.3"
    with pytest.raises(Gone):
        adapters.point(ADA, second)


def test_a_version_that_cannot_be_removed_wholly_never_serves_again(
    adapters: Adapters, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = publish(adapters)

    def held(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", held)
        with pytest.raises(StorageTrouble, match="could be removed"):
            adapters.remove(ADA, name)
    assert reopened(adapters).current(ADA) == (BASE, None)
    assert reopened(adapters).versions(ADA) == []
    reopened(adapters).sweep()
    assert [path.name for path in (adapters.home / "people" / ADA / "adapters").iterdir() if path.is_dir()] == []


def test_one_person_never_gets_the_adapter_of_another(adapters: Adapters) -> None:
    publish(adapters)
    assert adapters.current("bob") == (BASE, None)
    assert adapters.versions("bob") == []


def test_any_version_and_the_base_can_be_pointed_at(adapters: Adapters) -> None:
    first, _ = publish(adapters), publish(adapters)
    adapters.point(ADA, first)
    assert reopened(adapters).current(ADA)[0] == first
    adapters.point(ADA, BASE)
    assert reopened(adapters).current(ADA) == (BASE, None)


@pytest.mark.parametrize("version", ["2026-03-01.9", "../ada/adapters/2026-03-01.1", "..", "", "current", "staging-1"])
def test_a_version_that_is_not_there_is_told_with_those_that_are(adapters: Adapters, version: str) -> None:
    name = publish(adapters)
    with pytest.raises(Gone, match=f"there are: base, {name}"):
        adapters.point(ADA, version)
    assert reopened(adapters).current(ADA)[0] == name


def test_a_pointer_that_cannot_be_written_stays_as_it_was(adapters: Adapters, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = publish(adapters), publish(adapters)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(StorageTrouble, match="disk is full"):
            adapters.point(ADA, first)
    assert reopened(adapters).current(ADA)[0] == second


def test_sweeping_removes_what_a_broken_night_left_and_nothing_else(adapters: Adapters) -> None:
    publish(adapters)
    root = adapters.home / "people" / ADA / "adapters"
    before = snapshot(root)
    staged = adapters.stage(ADA)
    (staged / "adapter.gguf").write_text("half", encoding="utf-8")
    (staged / "manifest.json").write_text(json.dumps({}), encoding="utf-8")
    (adapters.stage(ADA) / "adapter.gguf").write_text("half", encoding="utf-8")
    (root / "2026-03-01.2").mkdir()  # the crash came between renaming and the manifest
    reopened(adapters).sweep()
    assert snapshot(root) == before


@pytest.mark.parametrize("whose", [".", f"people/{ADA}"])
def test_sweeping_leaves_alone_what_a_newer_homegrown_has_written(adapters: Adapters, whose: str) -> None:
    (adapters.stage(ADA) / "weights.newer").write_text("kept as newer versions keep them", encoding="utf-8")
    head = Head("snapshot", 1, "2026-03-01", sealed=False, schema=SCHEMA + 1)
    write_generation(Disk(), Files(adapters.home / whose), {}, Chain(ADA, head, None))
    before = snapshot(adapters.home)
    reopened(adapters).sweep()
    assert snapshot(adapters.home) == before


def test_a_staged_folder_is_empty_and_can_be_discarded_twice(adapters: Adapters) -> None:
    staged = adapters.stage(ADA)
    assert list(staged.iterdir()) == []
    adapters.discard(staged)
    adapters.discard(staged)
    assert not staged.exists()
