"""With real weights: another model is loaded between two replies of one conversation, and the first one again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import build
from backends.catalog import find
from backends.gguf_header import read_header
from errors import ModelUnusable
from homegrown import Homegrown
from settings import Settings
from tests.test_gguf_header import model

pytestmark = pytest.mark.model


@pytest.fixture
def app(home: Path) -> Iterator[Homegrown]:
    home.mkdir()
    app = build(Settings(home))
    app.engine.start()
    app.engine.wait_ready(300)
    yield app
    app.close()


def test_another_file_serves_in_the_same_talk_and_one_that_cannot_be_loaded_does_not(
    app: Homegrown, tmp_path: Path
) -> None:
    bundled = find("bundled")[0]
    name = read_header(bundled).name.encode()
    other, hollow = tmp_path / "other.gguf", tmp_path / "hollow.gguf"
    other.write_bytes(bundled.read_bytes().replace(name, name[::-1], 1))  # another digest, the same weights
    hollow.write_bytes(model())  # type: ignore[no-untyped-call]  # a header in order, and nothing that could answer
    ada = app.store.add_person("Ada").id
    first = app.chat.start(ada, None, "Say hello.").result()
    base = app.models.use(str(other))
    assert app.engine.info().model_hash == base.digest
    second = app.chat.start(ada, first.conversation, "Say it again.").result()
    assert (second.finish in ("stop", "length"), second.model) == (True, base.digest[:12])
    with pytest.raises(ModelUnusable, match=r"other\.gguf goes on serving"):
        app.models.use(str(hollow))
    third = app.chat.start(ada, first.conversation, "And once more.").result()
    assert third.finish in ("stop", "length")
    app.models.use("bundled")
    assert app.engine.info().model_hash == app.adapters.base != base.digest
