"""A short run of the store's fault bench: kills, power cuts, failing disks, damaged files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.faults import calls, crashes, damage, kills, scale


def quiet(line: str) -> None:
    pass


@pytest.mark.skipif(os.name == "nt", reason="kills with POSIX signals")
def test_kills_at_random_moments_lose_nothing_and_bring_nothing_back(tmp_path: Path) -> None:
    found = kills.run(tmp_path, 8, 1, quiet)
    assert (found.kills, found.lost, found.wrong, found.unreadable, found.remembered) == (8, 0, 0, 0, 0)
    assert found.acknowledged > 8 and found.generations > 1


def test_a_kill_or_a_power_cut_before_any_call_that_changes_a_file_loses_nothing(tmp_path: Path) -> None:
    found = crashes.run(tmp_path, quiet, every=7)
    assert found.wrong == []
    assert found.points > 80


def test_a_log_that_ends_early_or_in_zeros_lacks_the_last_append_at_most_or_it_is_told(tmp_path: Path) -> None:
    found = damage.cut(tmp_path, 800, 2, quiet)
    assert found.wrong == []
    assert found.points > 800 and found.kept > 500 and found.told > 200


def test_a_flipped_bit_is_told(tmp_path: Path) -> None:
    found = damage.flip(tmp_path, 300, 3, quiet)
    assert found.wrong == []
    assert found.told == found.points == 300


def test_after_any_failing_call_the_next_start_holds_all_that_was_acknowledged(tmp_path: Path) -> None:
    found = calls.run(tmp_path, quiet, every=29)
    assert found.wrong == []
    assert found.points >= 16


def test_the_measurement_of_scale_runs(tmp_path: Path) -> None:
    found = scale.run(tmp_path, 2000, quiet)
    assert (found["messages"], found["hits"], found["turns_read"]) == (2000, 2, scale.TALK + scale.INSERTS)
