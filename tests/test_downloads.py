"""A download in its own process, as the app sees it: under way, paused, resumed after a restart, refused, listed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import build
from backends import catalog
from backends.source import Source
from base_models import models as module
from base_models.downloads import Transfer, progress
from base_models.offers import Offer, offers
from errors import BadInput, Deferred, ModelUnusable
from homegrown import Homegrown
from settings import Settings
from tests.hub_server import REVISION, Hub, hub_server
from tests.machines import mac
from tests.mlx_repository import KEY, SECOND, WANTED, repository
from tests.mlx_repository import NAME as FOLDER_NAME
from tests.test_gguf_header import model

NAME = "maker/tiny-GGUF/tiny.gguf"
CONTENT: bytes = model() + bytes(range(256)) * 8_000  # type: ignore[no-untyped-call]
DIGEST = hashlib.sha256(CONTENT).hexdigest()
FOLDER = Source(FOLDER_NAME, None, None, None, "MIT")
FOLDER_FILES = repository()
TOTAL = sum(len(FOLDER_FILES[f"{FOLDER_NAME}/{name}"]) for name in WANTED)
SECONDS = 60


@dataclass
class Home:
    """A home whose catalogue has a model of the test's hub, and may be opened again."""

    folder: Path
    source: Source

    def opened(self) -> Homegrown:
        return build(Settings(self.folder, backend="scripted"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with hub_server(Hub({NAME: CONTENT, **FOLDER_FILES})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # as the pages leave it
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield hub


@pytest.fixture
def known(home: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Home:
    known = Home(home, Source("maker/tiny-GGUF", "tiny.gguf", len(CONTENT), DIGEST, "MIT"))

    def more(machine: object, backend: str) -> list[Offer]:
        tiny = Offer("tiny", "Tiny 1M", "MIT", len(CONTENT), "Runs well.", True, True, known.source)
        huge = Offer("huge", "Huge", "MIT", 1, "It needs 900 GB of memory.", False, False, known.source)
        folder = Offer("folder", "Folder 1M", "MIT", TOTAL, "Runs well.", True, True, FOLDER)
        return [offers(machine)[0], tiny, huge, folder]  # type: ignore[arg-type]

    monkeypatch.setattr(module, "offers", more)
    return known


@pytest.fixture
def app(known: Home) -> Iterator[Homegrown]:
    app = known.opened()
    yield app
    app.close()


def end(app: Homegrown) -> Transfer | None:
    """How a download ends."""
    while (now := app.models.downloads.now()) and now.state == "running":
        app.models.downloads.wait(SECONDS)
    return now


def under_way(app: Homegrown, hub: Hub) -> None:
    """Some of the file has arrived, and the rest is held back."""
    hub.slow = 1_000_000
    app.models.download("tiny")
    part = app.models.shelf.folder / "partial" / "maker--tiny-GGUF--tiny.gguf.part"
    while not part.exists() or part.stat().st_size < 700_000:
        now = app.models.downloads.wait(0.05)
        assert now and now.state == "running"


def test_a_download_ends_on_the_shelf_and_can_serve(app: Homegrown, known: Home) -> None:
    app.models.download("tiny")
    assert end(app) is None
    entry = next(entry for entry in app.models.entries() if entry.name == "tiny")
    assert (entry.here, entry.verified) == (True, True)
    app.engine.start()
    assert app.models.use("tiny").digest == DIGEST
    assert known.opened().models.serving.name == "tiny"
    with pytest.raises(BadInput, match="here already"):
        app.models.download("tiny")


def test_a_pause_keeps_what_has_arrived_and_resume_goes_on_there(app: Homegrown, hub: Hub) -> None:
    under_way(app, hub)
    app.models.downloads.pause()
    paused = app.models.downloads.now()
    assert paused and paused.state == "paused"
    assert paused.step.done >= 700_000
    hub.slow = 0
    app.models.downloads.resume()
    assert end(app) is None
    assert hub.asked("GET")[-1]["range"] == f"bytes={paused.step.done}-"


def test_a_restart_finds_it_paused_and_nothing_goes_on_by_itself(app: Homegrown, known: Home, hub: Hub) -> None:
    under_way(app, hub)
    app.close()
    asked = len(hub.seen)
    again = known.opened()
    found = again.models.downloads.now()
    assert found and (found.name, found.state, found.step.total) == ("tiny", "paused", len(CONTENT))
    assert (found.step.done >= 700_000, len(hub.seen)) == (True, asked)
    hub.slow = 0
    again.models.downloads.resume()
    assert end(again) is None
    again.close()


def test_cancel_leaves_nothing(app: Homegrown, known: Home, hub: Hub) -> None:
    under_way(app, hub)
    app.models.downloads.cancel()
    assert app.models.downloads.now() is None
    assert [path for path in (known.folder / "models").rglob("*") if path.is_file()] == []
    with pytest.raises(BadInput, match="Nothing is being downloaded"):
        app.models.downloads.cancel()


def test_one_download_at_a_time(app: Homegrown, hub: Hub, known: Home) -> None:
    under_way(app, hub)
    with pytest.raises(Deferred, match="tiny is being downloaded"):
        app.models.downloads.start("another", known.source)
    app.models.downloads.pause()
    with pytest.raises(Deferred, match="not finished; resume it"):
        app.models.downloads.start("another", known.source)


def test_what_would_not_run_here_is_not_downloaded(app: Homegrown, hub: Hub) -> None:
    with pytest.raises(BadInput, match=r"would not run here\. It needs 900 GB"):
        app.models.download("huge")
    assert hub.seen == []


def test_a_failure_is_a_sentence_and_can_be_tried_again(app: Homegrown, hub: Hub) -> None:
    hub.token = "secret"
    app.models.download("tiny")
    failed = end(app)
    assert failed and failed.state == "failed"
    assert "accept its terms" in failed.said
    hub.token = ""
    app.models.downloads.resume()
    assert end(app) is None


def test_a_process_that_dies_is_told_and_what_came_is_kept(app: Homegrown, hub: Hub) -> None:
    under_way(app, hub)
    child = app.models.downloads._child
    assert child
    child.kill()
    failed = end(app)
    assert failed and failed.state == "failed"
    assert "what has arrived is kept" in failed.said


def test_a_digest_nobody_cites_is_pinned_and_held_to(app: Homegrown, known: Home, hub: Hub) -> None:
    known.source = Source("maker/tiny-GGUF", "tiny.gguf", None, None, "MIT")
    hub.etag = "none"
    app.models.download("tiny")
    assert end(app) is None
    assert not next(entry for entry in app.models.entries() if entry.name == "tiny").verified
    app.models.remove("tiny")
    hub.files[NAME] = CONTENT + b"more"
    app.models.download("tiny")
    failed = end(app)
    assert failed and "when it was first downloaded" in failed.said


def test_the_shelf_notices_a_file_that_was_exchanged(app: Homegrown, known: Home) -> None:
    app.models.download("tiny")
    end(app)
    path = app.models.shelf.path("tiny")
    assert path
    path.write_bytes(CONTENT + b"!")
    app.engine.start()
    with pytest.raises(Exception, match="not the one that was downloaded"):
        app.models.use("tiny")


def test_progress_is_told_in_a_few_words(known: Home) -> None:
    from backends.source import Step

    half = Transfer("tiny", known.source, "running", Step("loading", 500_000_000, 2_000_000_000, 5e6))
    assert progress(half) == "Loading: 500 MB of 2.0 GB, 5 MB/s, 5 min left"
    assert progress(Transfer("tiny", known.source, "running", Step("checking", 5, 5))) == "Checking"


@pytest.mark.parametrize("name", ["tiny", "folder"])
def test_what_was_removed_comes_again_at_the_commit_of_the_first_time(app: Homegrown, hub: Hub, name: str) -> None:
    app.models.download(name)
    assert end(app) is None
    app.models.remove(name)
    hub.seen.clear()
    app.models.download(name)
    assert end(app) is None
    assert REVISION in hub.seen[0][1]


def test_a_pin_of_an_older_home_still_holds(app: Homegrown, hub: Hub, known: Home) -> None:
    app.models.shelf.folder.mkdir(exist_ok=True)
    (app.models.shelf.folder / "pins.json").write_text(json.dumps({FOLDER_NAME: "0" * 64}))
    app.models.download("folder")
    failed = end(app)
    assert failed and "when it was first downloaded" in failed.said


# Folders in MLX's format


def test_a_folder_is_paused_resumed_after_a_restart_and_ends_on_the_shelf_as_one(known: Home, hub: Hub) -> None:
    first = known.opened()
    hub.slow = 600_000
    first.models.download("folder")
    part = first.models.shelf.folder / "partial" / f"{KEY}.part"
    while not any(file.stat().st_size > 500_000 for file in files_of(part)):
        now = first.models.downloads.wait(0.05)
        assert now and now.state == "running"
    first.close()
    hub.slow = 0
    again = known.opened()
    left = again.models.downloads.now()
    assert left and left.state == "paused" and 500_000 < left.step.done < left.step.total == TOTAL
    again.models.downloads.resume()
    assert end(again) is None
    whole = again.models.shelf.path("folder")
    assert whole and sorted(file.name for file in whole.iterdir()) == sorted(WANTED)
    entry = next(entry for entry in again.models.entries() if entry.name == "folder")
    assert (entry.here, entry.verified) == (True, False)
    again.models.remove("folder")
    assert not whole.exists()
    again.close()


def files_of(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def test_a_folder_that_is_cancelled_leaves_nothing(app: Homegrown, known: Home, hub: Hub) -> None:
    hub.slow = 600_000
    app.models.download("folder")
    part = app.models.shelf.folder / "partial" / f"{KEY}.part"
    while not any(file.stat().st_size > 500_000 for file in files_of(part)):
        app.models.downloads.wait(0.05)
    app.models.downloads.cancel()
    assert [path for path in (known.folder / "models").rglob("*") if path.is_file()] == []


def test_a_folder_of_ones_own_is_added_after_the_same_checks_and_only_where_mlx_serves(
    app: Homegrown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    for name in WANTED:
        (place / name).write_bytes(FOLDER_FILES[f"{FOLDER_NAME}/{name}"])
    with pytest.raises(ModelUnusable, match="folder"):
        app.models.add(str(place))
    monkeypatch.setattr(app.models, "_backend", "mlx")
    name = app.models.add(str(place))
    added = next(entry for entry in app.models.entries() if entry.name == name)
    assert (added.here, added.verified, added.offer.bytes) == (True, False, TOTAL)
    (place / SECOND).unlink()
    with pytest.raises(ModelUnusable, match=f"is not whole: {SECOND} is missing"):
        app.models.add(str(place))
    app.models.remove(name)
    assert place.exists()


def test_on_apple_silicon_the_catalogue_offers_folders_and_nothing_that_mlx_cannot_read() -> None:
    machine = mac("Mac Studio", 24, 128, "Apple M2 Ultra").machine
    listed = {offer.name: offer for offer in offers(machine)}
    for entry in catalog.entries():
        offer = listed[entry.name]
        if entry.mlx:
            assert offer.source == Source(entry.mlx, None, None, None, entry.licence, entry.gated)
        elif entry.repository:
            assert not offer.runs and "MLX cannot read its file" in offer.verdict
    assert listed["qwen3-8b"].bytes < catalog.entry("qwen3-8b").bytes  # of the weights for MLX, not of the GGUF file
    files = {offer.name: offer.source.file for offer in offers(machine, "llama_cpp") if offer.source}
    assert files["qwen3-8b"] == catalog.entry("qwen3-8b").file
