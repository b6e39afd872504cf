"""The `models` command: a list for people and scripts, a download that is followed to its end, clear refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import build
from backends.hardware import Machine
from backends.source import Source
from base_models import models as module
from base_models.offers import Offer
from command_line.choosing import choose
from errors import BadInput, Gone, ModelUnusable, Trouble
from homegrown import Homegrown
from settings import Settings
from tests.hub_server import Hub, hub_server
from tests.test_gguf_header import model

NAME = "maker/tiny-GGUF/tiny.gguf"
CONTENT: bytes = model() + bytes(600_000)  # type: ignore[no-untyped-call]
SMALL = Offer("bundled", "Small", "Apache-2.0", 98_000_000, "Runs well.", True, False, None)
TINY = replace(SMALL, name="tiny", title="Tiny", source=Source("maker/tiny-GGUF", "tiny.gguf", None, None, "MIT"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with hub_server(Hub({NAME: CONTENT})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Homegrown]:
    def listed(machine: Machine, backend: str) -> list[Offer]:
        return [SMALL, replace(TINY, recommended=True)]

    monkeypatch.setattr(module, "offers", listed)
    app = build(Settings(home, backend="scripted"))
    app.engine.start()
    yield app
    app.close()


def told(app: Homegrown, action: str, **given: str) -> Any:
    return choose(app, {"action": action, **given}, lambda news: None)


def test_the_list_marks_what_serves_and_what_is_recommended(app: Homegrown) -> None:
    result = told(app, "list")
    assert result["text"].splitlines() == [
        "* bundled  Small, 98 MB, Apache-2.0. Runs well.",
        "  tiny (recommended)  Tiny, 98 MB, Apache-2.0. Runs well.",
    ]
    assert json.loads(json.dumps(result["json"]))[1] == {
        "name": "tiny",
        "title": "Tiny",
        "licence": "Apache-2.0",
        "bytes": 98_000_000,
        "verdict": "Runs well.",
        "runs": True,
        "recommended": True,
        "here": False,
        "verified": False,
        "serving": False,
        "next": False,
    }


def test_a_download_is_followed_to_its_end_and_then_serves(app: Homegrown, hub: Hub) -> None:
    news: list[Any] = []
    result = choose(app, {"action": "download", "name": "tiny"}, news.append)
    assert (result["exit"], result["json"][1]["here"], result["json"][1]["verified"]) == (0, True, False)
    assert all(0 <= one["share"] <= 1 and one["phase"] for one in news)
    assert told(app, "use", name="tiny")["json"][1]["serving"]
    told(app, "use", name="bundled")
    assert not told(app, "remove", name="tiny")["json"][1]["here"]


def test_a_download_that_stands_still_is_an_error_and_the_same_command_goes_on_with_it(
    app: Homegrown, hub: Hub
) -> None:
    hub.token = "secret"
    with pytest.raises(Trouble, match="accept its terms"):
        told(app, "download", name="tiny")
    hub.token = ""
    assert told(app, "download", name="tiny")["json"][1]["here"]


def test_a_file_of_this_machine_is_listed_by_its_path(app: Homegrown, tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(model())  # type: ignore[no-untyped-call]
    result = told(app, "add", path=str(path))
    assert [entry["name"] for entry in result["json"]] == ["bundled", "tiny", str(path)]
    assert len(told(app, "remove", name=str(path))["json"]) == 2


def test_what_cannot_be_done_is_one_sentence(app: Homegrown, tmp_path: Path) -> None:
    with pytest.raises(Gone, match="no model called huge"):
        told(app, "download", name="huge")
    with pytest.raises(BadInput, match="no model called huge"):
        told(app, "use", name="huge")
    with pytest.raises(ModelUnusable, match="is a folder"):
        told(app, "add", path=str(tmp_path))
    with pytest.raises(BadInput, match="serves now"):
        told(app, "remove", name="bundled")
