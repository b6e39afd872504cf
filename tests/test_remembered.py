"""What was measured once is found again; a damaged file costs the measurement, not the night."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import StorageTrouble
from storage import remembered as module
from storage.remembered import Remembered

KEY, OTHER = "a" * 64, "b" * 64


def test_a_value_is_found_again_under_its_key_only(tmp_path: Path) -> None:
    Remembered(tmp_path / "figures").put(KEY, {"nll": [1.5]})
    assert Remembered(tmp_path / "figures").get(KEY) == {"nll": [1.5]}
    assert Remembered(tmp_path / "figures").get(OTHER) is None


@pytest.mark.parametrize("content", [b"", b'{"nll": [1.', b"\xff\xfe"])
def test_a_damaged_file_counts_as_absent_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    kept = Remembered(tmp_path)
    kept.put(KEY, 1)
    next(tmp_path.iterdir()).write_bytes(content)
    assert kept.get(KEY) is None
    kept.put(KEY, 2)
    assert kept.get(KEY) == 2


def test_a_write_that_fails_leaves_the_old_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Remembered(tmp_path)
    kept.put(KEY, 1)

    def full(*_: object) -> None:
        raise StorageTrouble("full")

    monkeypatch.setattr(module, "write_whole", full)
    with pytest.raises(StorageTrouble):
        kept.put(KEY, 2)
    assert kept.get(KEY) == 1
