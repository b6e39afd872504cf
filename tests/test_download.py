"""Downloads from a hub of the tests' own: whole, resumed, held to what was promised, and each trouble one sentence."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import close_session, constants

from backends import download
from backends.download import fetch
from backends.source import Fetched, Source, Step
from errors import BadInput, HomegrownError, ModelUnusable, StorageTrouble, Trouble
from tests.hub_server import REVISION, Hub, hub_server
from tests.test_gguf_header import model

NAME = "maker/tiny-GGUF/tiny.gguf"
CONTENT: bytes = model() + bytes(range(256)) * 8_000  # type: ignore[no-untyped-call]  # two megabytes: many chunks
BEGUN = 2 * download.CHUNK
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with hub_server(Hub({NAME: CONTENT})) as hub:
        use(monkeypatch, hub.url)
        yield hub
    close_session()


def use(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """The library reads its settings when it is imported; another test may have been first."""
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def source(**fields: object) -> Source:
    told = {"repository": "maker/tiny-GGUF", "file": "tiny.gguf", "bytes": len(CONTENT), "sha256": DIGEST}
    return Source(**{**told, "licence": "Apache-2.0", **fields})  # type: ignore[arg-type]


class Told:
    """Collects the steps, and waits without waiting."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.waited: list[float] = []

    def __call__(self, folder: Path, wanted: Source | None = None, pinned: str | None = None) -> Fetched:
        return fetch(wanted or source(), folder, pinned, self.steps.append, self.waited.append)


@pytest.fixture
def told() -> Told:
    return Told()


def part_of(folder: Path) -> Path:
    return folder / "partial" / "maker--tiny-GGUF--tiny.gguf.part"


class Killed(Exception):
    pass


def begin(hub: Hub, folder: Path, told: Told) -> None:
    """Leaves the beginning of the file there, as a process that is killed does."""
    hub.cuts = [BEGUN]

    def killed(seconds: float) -> None:
        raise Killed

    with pytest.raises(Killed):
        fetch(source(), folder, None, told.steps.append, killed)
    assert part_of(folder).stat().st_size == BEGUN
    hub.seen.clear()


def test_a_file_arrives_whole_and_is_told_of_on_the_way(hub: Hub, folder: Path, told: Told) -> None:
    found = told(folder)
    assert found == Fetched("maker--tiny-GGUF--tiny.gguf", len(CONTENT), DIGEST, REVISION, verified=True)
    assert (folder / found.path).read_bytes() == CONTENT
    assert list((folder / "partial").iterdir()) == []
    assert [step.doing for step in told.steps if step.doing != "loading"] == ["asking", "checking"]
    assert {(step.doing, step.total) for step in told.steps} >= {("loading", len(CONTENT))}


def test_the_very_revision_that_was_promised_is_loaded(hub: Hub, folder: Path, told: Told) -> None:
    told(folder)
    assert next(path for how, path, _ in hub.seen if how == "GET") == f"/maker/tiny-GGUF/resolve/{REVISION}/tiny.gguf"


def test_after_a_cut_it_goes_on_where_it_was(hub: Hub, folder: Path, told: Told) -> None:
    hub.cuts = [BEGUN, 2 * BEGUN]
    assert told(folder).sha256 == DIGEST
    ranges = [fields["range"] for fields in hub.asked("GET") if "range" in fields]
    assert ranges[::2] == [f"bytes={BEGUN}-", f"bytes={3 * BEGUN}-"]
    assert told.waited == [2.0, 2.0]  # it was going on in between


def test_a_file_that_was_begun_before_a_restart_is_gone_on_with(hub: Hub, folder: Path, told: Told) -> None:
    begin(hub, folder, told)
    assert told(folder).sha256 == DIGEST
    assert {fields.get("range") for fields in hub.asked("GET")} == {f"bytes={BEGUN}-"}


def test_what_was_begun_of_another_file_is_not_gone_on_with(hub: Hub, folder: Path, told: Told) -> None:
    begin(hub, folder, told)
    hub.files[NAME] = newer = CONTENT[:1_000_000]
    assert told(folder, source(bytes=None, sha256=None)).sha256 == hashlib.sha256(newer).hexdigest()
    assert {fields.get("range") for fields in hub.asked("GET")} == {None}


def test_a_hub_that_knows_no_ranges_sends_it_all_again(hub: Hub, folder: Path, told: Told) -> None:
    begin(hub, folder, told)
    hub.ranges = False
    assert told(folder).sha256 == DIGEST


def test_an_answer_with_another_part_of_the_file_is_not_taken(hub: Hub, folder: Path, told: Told) -> None:
    begin(hub, folder, told)
    hub.shift = 10
    with pytest.raises(Trouble, match="another part of the file"):
        told(folder)
    assert part_of(folder).stat().st_size == BEGUN


def test_a_hub_that_always_breaks_off_is_given_up_and_what_came_is_kept(hub: Hub, folder: Path, told: Told) -> None:
    hub.cuts = [BEGUN, *[0] * 20]
    with pytest.raises(Trouble, match=r"broke off.*What has arrived is kept"):
        told(folder)
    assert part_of(folder).stat().st_size == BEGUN
    assert told.waited == [2.0, 4.0, 8.0, 16.0, 32.0]


@pytest.mark.parametrize("known", [DIGEST, None])
def test_a_file_with_a_wrong_digest_is_deleted(hub: Hub, folder: Path, told: Told, known: str | None) -> None:
    hub.etag = DIGEST
    hub.files[NAME] = CONTENT[:-1] + b"!"
    with pytest.raises(ModelUnusable, match="has not the SHA-256 that it should, so it was deleted"):
        told(folder, source(sha256=known))
    assert not part_of(folder).exists()
    assert not (folder / "maker--tiny-GGUF--tiny.gguf").exists()


def test_another_file_than_the_one_cited_is_not_even_begun(hub: Hub, folder: Path, told: Told) -> None:
    with pytest.raises(ModelUnusable, match=r"another tiny\.gguf now"):
        told(folder, source(sha256="0" * 64))
    assert hub.asked("GET") == []


def test_a_digest_that_nobody_cites_is_the_hubs_and_says_so(hub: Hub, folder: Path, told: Told) -> None:
    found = told(folder, source(sha256=None))
    assert (found.sha256, found.verified) == (DIGEST, False)


def test_a_digest_that_was_pinned_holds_the_next_time(hub: Hub, folder: Path, told: Told) -> None:
    hub.etag = "no digest"
    assert told(folder, source(sha256=None), DIGEST).sha256 == DIGEST
    with pytest.raises(ModelUnusable, match="when it was first downloaded"):
        told(folder, source(sha256=None), "0" * 64)


def test_a_hub_that_promises_less_than_it_sends_is_cut_off(hub: Hub, folder: Path, told: Told) -> None:
    hub.announced = 1_000_000
    with pytest.raises(ModelUnusable, match="more than the 1,000,000 bytes"):
        told(folder, source(bytes=None, sha256=None))
    assert part_of(folder).stat().st_size <= 1_000_000


def test_a_hub_that_promises_more_than_it_sends_is_given_up(hub: Hub, folder: Path, told: Told) -> None:
    hub.announced = len(CONTENT) + 5
    with pytest.raises(Trouble, match="another size than it promised"):
        told(folder, source(bytes=None, sha256=None))


def test_a_size_that_is_not_the_cited_one_is_refused_before_a_byte(hub: Hub, folder: Path, told: Told) -> None:
    with pytest.raises(ModelUnusable, match="5 are right"):
        told(folder, source(bytes=5))
    assert hub.asked("GET") == []


def test_what_is_no_model_is_deleted_though_its_digest_is_right(hub: Hub, folder: Path, told: Told) -> None:
    hub.files[NAME] = b"<html>" + bytes(100_000)
    with pytest.raises(ModelUnusable, match="a web page"):
        told(folder, source(bytes=None, sha256=None))
    assert not part_of(folder).exists()


def test_a_gated_model_is_explained(hub: Hub, folder: Path, told: Told) -> None:
    hub.token = "secret"
    with pytest.raises(Trouble, match=f"accept its terms at {hub.url}/maker/tiny-GGUF.*HF_TOKEN"):
        told(folder)


def test_a_token_opens_it_and_goes_to_the_hub_alone(
    hub: Hub, folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "secret"
    monkeypatch.setenv("HF_TOKEN", "secret")
    with hub_server(Hub({NAME: CONTENT})) as storage:
        hub.storage = storage.url
        assert told(folder).sha256 == DIGEST
        assert hub.asked("GET")[0]["authorization"] == "Bearer secret"
        assert ["authorization" in fields for fields in storage.asked("GET")] == [False]


def test_a_hub_that_asks_for_patience_gets_it(hub: Hub, folder: Path, told: Told) -> None:
    hub.statuses = [("HEAD", 429, {"Retry-After": "7"}), ("GET", 429, {"Retry-After": "30"}), ("GET", 503, {})]
    assert told(folder).sha256 == DIGEST
    assert told.waited == [7.0, 30.0, 4.0]
    assert Step("waiting", 0, len(CONTENT)) in told.steps


def test_a_hub_that_asks_for_hours_is_left_alone(hub: Hub, folder: Path, told: Told) -> None:
    hub.statuses = [("HEAD", 429, {"Retry-After": "7200"})]
    with pytest.raises(Trouble, match="patience of 7,200 seconds"):
        told(folder)
    assert told.waited == []


def test_a_file_that_is_not_there_and_a_hub_that_is_not(
    hub: Hub, folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Trouble, match=r"has no gone.gguf in maker/tiny-GGUF"):
        told(folder, source(file="gone.gguf"))
    use(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(Trouble, match="cannot be reached"):
        told(folder)


def test_a_hub_that_sends_us_round_in_circles_is_left(hub: Hub, folder: Path, told: Told) -> None:
    hub.circles = True
    with pytest.raises(Trouble, match="in circles"):
        told(folder)


def test_a_disk_without_room_is_named_before_anything_is_loaded(
    hub: Hub, folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=500_000_000))
    with pytest.raises(StorageTrouble, match=r"0\.5 GB free and 0\.5 GB are needed"):
        told(folder)
    assert hub.asked("GET") == []


def test_a_disk_that_fills_up_keeps_what_has_arrived(
    hub: Hub, folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    class Filling:
        def __init__(self, file: object) -> None:
            self.file = file

        def __enter__(self) -> Filling:
            return self

        def __exit__(self, *error: object) -> None:
            self.file.close()  # type: ignore[attr-defined]

        def write(self, piece: bytes) -> None:
            if self.file.tell() + len(piece) > 1_990_000:  # type: ignore[attr-defined]
                raise OSError(errno.ENOSPC, "No space left on device")
            self.file.write(piece)  # type: ignore[attr-defined]

    def full(path: Path, mode: str = "r", *rest: object, **more: object) -> object:
        file = opened(path, mode, *rest, **more)  # type: ignore[call-overload]
        return Filling(file) if mode == "ab" else file

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(StorageTrouble, match="disk is full; what has arrived is kept"):
            told(folder)
    assert part_of(folder).stat().st_size > 1_000_000
    assert told(folder).sha256 == DIGEST  # and goes on once there is room


def test_a_proxy_is_used_if_one_is_set(hub: Hub, folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    close_session()  # the proxy is read when a session begins
    with hub_server() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        use(monkeypatch, "http://mirror.invalid")
        with pytest.raises(HomegrownError):
            told(folder)
        assert proxy.seen[0][1].startswith("http://mirror.invalid/maker/tiny-GGUF/resolve/main/")


@pytest.mark.parametrize("address", [("../x", "a.gguf"), ("a/b", "../a.gguf"), ("a/b/c", "d.gguf"), ("a/b", "")])
def test_an_address_that_leads_out_of_the_folder_is_refused(address: tuple[str, str]) -> None:
    with pytest.raises(BadInput, match="no address of a model file"):
        source(repository=address[0], file=address[1])


def test_a_damaged_note_about_what_was_begun_starts_anew(hub: Hub, folder: Path, told: Told) -> None:
    begin(hub, folder, told)
    part_of(folder).with_suffix(".json").write_text("{")
    assert told(folder).sha256 == DIGEST
    assert json.dumps("range") not in json.dumps(hub.asked("GET"))
