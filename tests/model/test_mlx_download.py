"""A folder that came from the hub is what MLX serves: from the list of a repository to the first words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import close_session

from backends.base import GREEDY, Backend
from backends.download import fetch
from backends.source import Source
from base_models.bases import base_of
from domain import Message
from errors import ModelUnusable
from storage.shelf import Shelf, Stored
from tests.hub_server import Hub, hub_server
from tests.machines import mac
from tests.test_download import use

pytestmark = pytest.mark.model
pytest.importorskip("mlx.core")

from backends.mlx.serve import load  # noqa: E402 (needs what is looked for above)
from tests.model.mlx_models import tiny  # noqa: E402

REPOSITORY = "maker/tiny-4bit"


def said(backend: Backend, prompt: list[int]) -> str:
    few = replace(GREEDY, max_tokens=8)
    return "".join(piece.text for piece in backend.stream(prompt, few, None, lambda: False, None))


def test_a_folder_from_the_hub_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, home = tiny(tmp_path / "maker").folder, tmp_path / "home"
    hub = Hub({f"{REPOSITORY}/{file.name}": file.read_bytes() for file in made.iterdir()})
    with hub_server(hub):
        use(monkeypatch, hub.url)
        source = Source(REPOSITORY, None, None, None, "MIT")
        shelf = Shelf(home)
        found = fetch(source, shelf.folder, None, lambda step: None)
        close_session()
    shelf.store("tiny", Stored(found.path, found.sha256, found.verified))
    machine = mac("MacBook Air M1, 16 GB", 8, 16, "Apple M1").machine
    base = base_of("tiny", "mlx", machine, home)
    assert base.model and base.digest == found.sha256 and base.options.converted is None
    here, there = load(base.model, base.options), load(made, base.options)
    prompt = here.encode([Message("user", "Hello")])
    assert said(here, prompt) == said(there, prompt) != ""
    config = shelf.folder / found.path / "config.json"
    config.write_text(config.read_text() + " ")
    with pytest.raises(ModelUnusable, match="not the one that was downloaded"):
        base_of("tiny", "mlx", machine, home)
