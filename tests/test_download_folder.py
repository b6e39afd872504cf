"""Downloads of whole folders in MLX's format: as one, resumed file by file, and nothing but what the folder needs."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import close_session

from backends import download, mlx_folder
from backends.download import fetch
from backends.source import Fetched, Source
from errors import HomegrownError, ModelUnusable, StorageTrouble, Trouble
from tests.hub_server import REVISION, Hub, hub_server, sibling
from tests.mlx_repository import FIRST, KEY, NAME, SECOND, WANTED, repository
from tests.test_download import Killed, Told, use

SOURCE = Source(NAME, None, None, None, "MIT")
FILES = repository()
TOTAL = sum(len(FILES[f"{NAME}/{name}"]) for name in WANTED)
WHOLE = 10**9  # a cut behind the end
PART = download.CHUNK  # what had come of a chunk that is cut is lost


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with hub_server(Hub(dict(FILES))) as hub:
        use(monkeypatch, hub.url)
        yield hub
    close_session()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def told() -> Told:
    return Told()


def loaded(hub: Hub) -> list[str]:
    """The files that were asked for, each once for each time."""
    return [path.rpartition("/")[2] for how, path, _ in hub.seen if how == "GET" and "/resolve/" in path]


def with_file(told_of: dict[str, Any]) -> Callable[[Any], Any]:
    """A list that tells this of a file, whatever lies there."""

    def listing(told: Any) -> Any:
        others = [file for file in told["siblings"] if file["rfilename"] != told_of["rfilename"]]
        return {**told, "siblings": [*others, told_of]}

    return listing


def part_of(folder: Path) -> Path:
    return folder / "partial" / f"{KEY}.part"


def begin(hub: Hub, folder: Path, told: Told) -> None:
    """The second file of weights is half there, as a process that is killed leaves it."""
    hub.cuts = [WHOLE, WHOLE, WHOLE, PART]

    def killed(seconds: float) -> None:
        raise Killed

    with pytest.raises(Killed):
        fetch(SOURCE, folder, None, told.steps.append, killed)
    assert (part_of(folder) / SECOND).stat().st_size == PART
    hub.seen.clear()


def test_a_folder_arrives_whole_and_is_told_of_as_one(hub: Hub, folder: Path, told: Told, tmp_path: Path) -> None:
    found = told(folder, SOURCE)
    whole = folder / found.path
    assert {file.name: file.read_bytes() for file in whole.iterdir()} == {n: FILES[f"{NAME}/{n}"] for n in WANTED}
    assert found == Fetched(KEY, TOTAL, mlx_folder.digest(whole, tmp_path / "digests.json"), REVISION, verified=False)
    assert list((folder / "partial").iterdir()) == []
    steps = [step for step in told.steps if step.doing != "asking"]
    assert {step.total for step in steps} == {TOTAL}
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == TOTAL


def test_code_pickles_and_whatever_else_lies_there_is_never_fetched(hub: Hub, folder: Path, told: Told) -> None:
    told(folder, SOURCE)
    assert sorted(loaded(hub)) == sorted(WANTED)
    assert {path.split("/")[4] for _, path, _ in hub.seen if "/resolve/" in path} == {REVISION}


def test_a_cut_in_the_second_file_goes_on_there(hub: Hub, folder: Path, told: Told) -> None:
    hub.cuts = [WHOLE, WHOLE, WHOLE, PART]
    assert told(folder, SOURCE).bytes == TOTAL
    assert loaded(hub).count(FIRST) == 1
    assert {fields["range"] for fields in hub.asked("GET") if "range" in fields} == {f"bytes={PART}-"}
    assert told.waited == [2.0]


def test_what_was_begun_before_a_restart_is_gone_on_with(hub: Hub, folder: Path, told: Told) -> None:
    begin(hub, folder, told)
    told.steps.clear()
    assert told(folder, SOURCE).bytes == TOTAL
    assert set(loaded(hub)) == {SECOND, "tokenizer.json", "tokenizer_config.json"}
    assert told.steps[0].done > PART and told.steps[0].total == TOTAL


def test_it_goes_on_at_the_commit_with_which_it_began(hub: Hub, folder: Path, told: Told) -> None:
    begin(hub, folder, told)
    told(folder, SOURCE)
    assert hub.seen[0][1].startswith(f"/api/models/{NAME}/revision/{REVISION}?")


def test_a_file_that_is_another_one_now_is_loaded_anew(hub: Hub, folder: Path, told: Told) -> None:
    begin(hub, folder, told)
    hub.files[f"{NAME}/config.json"] = newer = repository(vocab_size=7)[f"{NAME}/config.json"]
    (part_of(folder) / "left.safetensors").write_bytes(b"of an older list")
    found = told(folder, SOURCE)
    assert (folder / found.path / "config.json").read_bytes() == newer
    assert "config.json" in loaded(hub) and FIRST not in loaded(hub)
    assert not (folder / found.path / "left.safetensors").exists()


@pytest.mark.parametrize(("file", "kind"), [(SECOND, "SHA-256"), ("config.json", "digest")])
def test_one_wrong_file_is_deleted_and_the_others_are_kept(
    hub: Hub, folder: Path, told: Told, file: str, kind: str
) -> None:
    truth = FILES[f"{NAME}/{file}"]
    hub.listing = with_file(sibling(file, truth))
    hub.files[f"{NAME}/{file}"] = truth[:-1] + b" "
    with pytest.raises(ModelUnusable, match=f"{file} arrived, but has not the {kind} that it should, so it was del"):
        told(folder, SOURCE)
    assert not (part_of(folder) / file).exists() and not (folder / KEY).exists()
    before = {one.name for one in part_of(folder).iterdir()}
    hub.files[f"{NAME}/{file}"] = truth
    hub.seen.clear()
    assert told(folder, SOURCE).bytes == TOTAL
    assert set(loaded(hub)) == set(WANTED) - before


def told_otherwise(**fields: Any) -> Callable[[Any], Any]:
    return with_file({**sibling(SECOND, FILES[f"{NAME}/{SECOND}"]), **fields})


@pytest.mark.parametrize(
    "listing",
    [
        told_otherwise(size=-1, lfs={"sha256": "0" * 64, "size": -1}),
        told_otherwise(size="many", lfs={"sha256": "0" * 64, "size": "many"}),
        told_otherwise(size=True, lfs={"sha256": "0" * 64, "size": True}),
        told_otherwise(size=5),  # its LFS entry says something else
        told_otherwise(lfs=None),  # weights without a SHA-256
        told_otherwise(lfs="text"),
        told_otherwise(lfs={"sha256": "short", "size": 1}),
        lambda told: {**told, "siblings": told["siblings"] * 2},
        lambda told: {**told, "siblings": 5},
        lambda told: {**told, "siblings": [5]},
        lambda told: {**told, "sha": "main"},
        lambda told: {**told, "sha": None},
        lambda told: [],
    ],
)
def test_a_list_that_contradicts_itself_is_not_relied_on(
    hub: Hub, folder: Path, told: Told, listing: Callable[[Any], Any]
) -> None:
    hub.listing = listing
    with pytest.raises(Trouble, match=f"list of the files of {NAME} cannot be relied on"):
        told(folder, SOURCE)
    assert loaded(hub) == []


@pytest.mark.parametrize("content", [b"<html>", b"[" * 200_000, b"[" + b"1," * 3_000_000 + b"1]", b"\xff"])
def test_an_answer_that_is_no_list_is_named(hub: Hub, folder: Path, told: Told, content: bytes) -> None:
    hub.listing = lambda said: content
    with pytest.raises(Trouble, match="is no list"):
        told(folder, SOURCE)


def test_another_commit_than_the_one_that_was_asked_for_is_not_taken(hub: Hub, folder: Path, told: Told) -> None:
    with pytest.raises(Trouble, match="another commit"):
        told(folder, Source(NAME, None, None, None, "MIT", revision="f" * 40))


@pytest.mark.parametrize(
    "name", ["../config.json", "/etc/passwd", "a/../../b", "..\\config.json", "C:config.json", ".."]
)
def test_a_name_that_leads_out_of_the_folder_is_refused_before_a_byte(
    hub: Hub, folder: Path, told: Told, name: str
) -> None:
    hub.listing = with_file(sibling(name, b"evil"))
    with pytest.raises(ModelUnusable, match="outside of its folder"):
        told(folder, SOURCE)
    assert loaded(hub) == []


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", FIRST, SECOND])
def test_a_folder_that_lacks_a_file_is_not_begun(hub: Hub, folder: Path, told: Told, name: str) -> None:
    del hub.files[f"{NAME}/{name}"]
    with pytest.raises(ModelUnusable, match=f"no whole model in MLX's format: it has no {name}"):
        told(folder, SOURCE)
    assert loaded(hub) == []


def test_a_repository_without_weights_for_mlx_is_not_begun(hub: Hub, folder: Path, told: Told) -> None:
    for name in (FIRST, SECOND):
        del hub.files[f"{NAME}/{name}"]
    with pytest.raises(ModelUnusable, match=r"it has no model\.safetensors"):
        told(folder, SOURCE)


@pytest.mark.parametrize(("more", "error"), [(-5, "more than the"), (5, "another size than it promised")])
def test_a_list_that_lies_about_a_size_is_found_out(hub: Hub, folder: Path, told: Told, more: int, error: str) -> None:
    entry = sibling(SECOND, FILES[f"{NAME}/{SECOND}"])
    size = entry["size"] + more
    hub.listing = with_file({**entry, "size": size, "lfs": {**entry["lfs"], "size": size}})
    with pytest.raises(Trouble, match=error):
        told(folder, SOURCE)
    assert not (folder / KEY).exists()


def test_a_gated_folder_and_one_that_is_not_there_are_explained(hub: Hub, folder: Path, told: Told) -> None:
    with pytest.raises(Trouble, match=r"The hub has no maker/gone \(any more\)"):
        told(folder, Source("maker/gone", None, None, None, "MIT"))
    hub.token = "secret"
    with pytest.raises(Trouble, match=f"accept its terms at {hub.url}/{NAME}.*HF_TOKEN"):
        told(folder, SOURCE)


def test_terms_that_are_asked_for_only_with_a_file_are_explained_too(hub: Hub, folder: Path, told: Told) -> None:
    def listing(said: Any) -> Any:
        hub.token = "secret"
        return said

    hub.listing = listing
    with pytest.raises(Trouble, match=f"accept its terms at {hub.url}/{NAME}.*HF_TOKEN"):
        told(folder, SOURCE)


def test_a_hub_that_asks_for_patience_gets_it(hub: Hub, folder: Path, told: Told) -> None:
    hub.statuses = [("GET", 429, {"Retry-After": "7"}), ("GET", 503, {})]
    assert told(folder, SOURCE).bytes == TOTAL
    assert told.waited == [7.0, 4.0]


def test_the_disk_must_hold_the_sum_of_the_files(
    hub: Hub, folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=download.SPARE + TOTAL - 1))
    with pytest.raises(StorageTrouble, match="free some space"):
        told(folder, SOURCE)
    assert loaded(hub) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=download.SPARE + TOTAL))
    assert told(folder, SOURCE).bytes == TOTAL


def test_a_disk_that_fills_up_keeps_what_has_arrived(
    hub: Hub, folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(path: Path, mode: str = "r", *rest: object, **more: object) -> object:
        if path.name == SECOND and mode == "ab":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, *rest, **more)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(StorageTrouble, match="disk is full; what has arrived is kept"):
            told(folder, SOURCE)
    hub.seen.clear()
    assert told(folder, SOURCE).bytes == TOTAL
    assert FIRST not in loaded(hub)


def test_a_folder_that_was_pinned_must_be_the_same_the_next_time(hub: Hub, folder: Path, told: Told) -> None:
    digest = told(folder, SOURCE).sha256
    assert told(folder, SOURCE, digest).sha256 == digest  # and takes the place of the one that lies there
    with pytest.raises(ModelUnusable, match=f"{NAME} arrived, but has not the SHA-256 that it had when it was first"):
        told(folder, SOURCE, "0" * 64)
    assert list((folder / "partial").iterdir()) == []


@pytest.mark.parametrize(
    ("config", "error"), [({"model_file": "modeling_tiny.py"}, "code of its own"), ({"vocab_size": "x"}, "damaged")]
)
def test_a_folder_that_is_no_sound_model_is_deleted(
    hub: Hub, folder: Path, told: Told, config: dict[str, Any], error: str
) -> None:
    hub.files = repository(**config)
    with pytest.raises(HomegrownError, match=error):
        told(folder, SOURCE)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
