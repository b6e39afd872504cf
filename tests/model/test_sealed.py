"""The engine process serves a sealed adapter from memory files as it serves the same one from the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import GREEDY
from backends.catalog import find
from backends.engine import Engine
from domain import Message
from storage.adapters import Adapters
from storage.opened import Opened
from storage.seal import AesGcm, Seal
from tests.model.test_serve import OPTIONS, adapter

pytestmark = pytest.mark.model

ADA = "ada"
SEALS: dict[str, Seal] = {ADA: AesGcm(bytes(32))}


@pytest.fixture
def engine(home: Path) -> Iterator[tuple[Engine, Adapters]]:
    (home / "people" / ADA).mkdir(parents=True)
    adapters = Adapters(home, "base", SEALS.get)
    options = replace(OPTIONS, context=512, model_hash="unused")
    log = home / "engine.log"
    engine = Engine("llama_cpp", find("bundled")[0], options, home / "engine.json", log, opened=adapters.opened)
    engine.start()
    yield engine, adapters
    engine.close()


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no memory files")
def test_an_adapter_in_memory_files_changes_the_answer_as_the_same_one_on_the_disk_does(
    engine: tuple[Engine, Adapters], home: Path, tmp_path: Path
) -> None:
    serving, adapters = engine
    on_disk, staged = adapter(tmp_path / "plain"), adapters.stage(ADA)
    (staged / "adapter.gguf").write_bytes((on_disk / "adapter.gguf").read_bytes())
    adapters.publish(ADA, staged, {"created_at": "2026-03-01T03:00:00+00:00", "lessons": [], "rows": []})
    sealed = adapters.current(ADA)[1]
    assert sealed and b"attn_v" not in (sealed / "adapter.gguf").read_bytes()
    ids = serving.encode([Message("user", "What is the capital of Germany?")])
    few = replace(GREEDY, max_tokens=8)

    def asked(folder: Path | None) -> tuple[object, ...]:
        return serving.answer(ids, few, folder), serving.score(ids, [[30, 40]], folder)

    assert asked(sealed) == asked(on_disk) != asked(None)
    assert (home / "opened" / f"{ADA}.{sealed.name}" / "adapter.gguf").is_symlink()
    serving.restart()  # and once more in another process
    assert asked(sealed) == asked(on_disk)
    adapters.release(ADA)
    adapters._opened = Opened(home / "opened", in_memory=False)
    assert asked(sealed) == asked(on_disk)
