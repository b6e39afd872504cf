"""Energy from the counters of a computer: sums, counters that begin anew, and the reason where nothing is told."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backends import nvidia, power
from backends.engine import Engine, ServeOptions
from backends.power import BATTERY, LINUX_ONLY, NO_COUNTER, PLUGGED, PROCESSOR, ROOT_ONLY, Meter, PerToken, find_meter
from domain import Energy
from learning.cost import measured
from tests.builders import night


class Steps:
    """A counter that says one value after another."""

    def __init__(self, *values: float | None, told: str = PROCESSOR) -> None:
        self.told = told
        self._values = list(values)

    def joules(self) -> float | None:
        return self._values.pop(0)


def write(folder: Path, **files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name).write_text(f"{value}\n", encoding="ascii")
    return folder


def package(root: Path, number: int, microjoules: int, wrap: int = 10_000_000, name: str = "package-0") -> Path:
    files = {"name": name, "energy_uj": microjoules, "max_energy_range_uj": wrap - 1}
    return write(root / "powercap" / f"intel-rapl:{number}", **files)


def battery(root: Path, status: str = "Discharging", **files: object) -> Path:
    return write(root / "power_supply" / "BAT0", type="Battery", status=status, **files)


def linux(root: Path, cards: Any = ()) -> Meter:
    return find_meter(cards, "linux", root)


def spent(meter: Meter, change: Callable[[], object]) -> float:
    began = meter.joules()
    change()
    now = meter.joules()
    assert began is not None and now is not None
    return now - began


def test_all_processor_packages_count_and_their_parts_and_the_board_do_not(tmp_path: Path) -> None:
    one, two = package(tmp_path, 0, 1_000_000), package(tmp_path, 1, 5_000_000, name="package-1")
    board = package(tmp_path, 2, 0, name="psys")
    part = write(tmp_path / "powercap" / "intel-rapl:0:0", name="core", energy_uj=0, max_energy_range_uj=9)
    meter = linux(tmp_path)

    def change() -> None:
        write(one, energy_uj=3_500_000)
        write(two, energy_uj=6_000_000)
        write(board, energy_uj=9_000_000)
        write(part, energy_uj=7)

    assert spent(meter, change) == pytest.approx(3.5)
    assert (meter.told, meter.counts) == (PROCESSOR, True)


def test_a_counter_that_begins_anew_between_two_looks_loses_nothing(tmp_path: Path) -> None:
    zone = package(tmp_path, 0, 9_500_000)
    meter = linux(tmp_path)
    assert spent(meter, lambda: write(zone, energy_uj=500_000)) == pytest.approx(1.0)
    assert spent(
        meter, lambda: [write(zone, energy_uj=value) and meter.joules() for value in (9_000_000, 200_000)]
    ) == (pytest.approx(9.7))


def test_a_counter_for_root_alone_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, 0, 1)
    whole = Path.read_text

    def read(path: Path, *args: Any, **named: Any) -> str:
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied")
        return whole(path, *args, **named)

    monkeypatch.setattr(Path, "read_text", read)
    meter = linux(tmp_path)
    assert (meter.joules(), meter.told, meter.counts) == (None, ROOT_ONLY, False)
    battery(tmp_path, energy_now=1)
    assert linux(tmp_path).told == BATTERY


@pytest.mark.parametrize("text", ["", "nonsense"])
def test_a_counter_that_says_nonsense_counts_as_none(tmp_path: Path, text: str) -> None:
    write(package(tmp_path, 0, 1), energy_uj=text)
    assert linux(tmp_path).told == NO_COUNTER


def test_a_counter_that_goes_away_is_not_measured_any_more(tmp_path: Path) -> None:
    zone = package(tmp_path, 0, 1)
    meter = linux(tmp_path)
    assert meter.joules() == 0
    (zone / "energy_uj").unlink()
    assert meter.joules() is None


@pytest.mark.parametrize(("system", "why"), [("linux", NO_COUNTER), ("darwin", LINUX_ONLY), ("win32", LINUX_ONLY)])
def test_where_nothing_is_told_the_reason_is(tmp_path: Path, system: str, why: str) -> None:
    meter = find_meter((), system, tmp_path)
    assert (meter.joules(), meter.told, meter.counts) == (None, why, False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"energy_now": 50_000_000}, {"energy_now": 49_990_000}),  # 10 mWh
        ({"charge_now": 5_000_000, "voltage_now": 10_000_000}, {"charge_now": 4_999_000}),  # 1 mAh at 10 V
    ],
)
def test_a_battery_in_use_tells_what_it_gave(tmp_path: Path, before: dict[str, int], after: dict[str, int]) -> None:
    supply = battery(tmp_path, **before)
    meter = linux(tmp_path)
    assert spent(meter, lambda: write(supply, **after)) == pytest.approx(36.0, rel=1e-6)
    assert meter.told == BATTERY


def test_a_battery_that_is_charged_tells_nothing(tmp_path: Path) -> None:
    supply = battery(tmp_path, "Charging", energy_now=50_000_000)
    meter = linux(tmp_path)
    assert (meter.joules(), meter.counts) == (None, True)
    write(supply, energy_now=60_000_000, status="Discharging")
    meter.joules()
    assert spent(meter, lambda: write(supply, energy_now=59_000_000)) == pytest.approx(3600.0)


def test_what_was_plugged_in_for_a_while_is_not_measured(tmp_path: Path) -> None:
    supply = battery(tmp_path, energy_now=50_000_000)
    watch = power.Watch(linux(tmp_path))
    write(supply, status="Charging")
    watch.look()
    write(supply, status="Discharging", energy_now=49_000_000)
    assert watch.energy() == Energy(None, PLUGGED)


def test_a_processor_that_tells_goes_before_a_battery(tmp_path: Path) -> None:
    package(tmp_path, 0, 1)
    battery(tmp_path, energy_now=1)
    assert linux(tmp_path).told == PROCESSOR


# graphics cards


class Nvml:
    """Says what NVML would of `joules` by card; None: an old card without the counter."""

    class NVMLError(Exception):
        pass

    def __init__(self, *joules: float | None, used: int = 3, total: int = 10) -> None:
        self.energy, self._memory = list(joules), SimpleNamespace(used=used, total=total, free=total - used)

    def nvmlDeviceGetCount(self) -> int:
        return len(self.energy)

    def nvmlDeviceGetHandleByIndex(self, number: int) -> int:
        return number

    def nvmlDeviceGetTotalEnergyConsumption(self, card: int) -> int:
        joules = self.energy[card]
        if joules is None:
            raise self.NVMLError("Not Supported")
        return int(joules * 1000)

    def nvmlDeviceGetMemoryInfo(self, card: int) -> SimpleNamespace:
        if self._memory.total < 0:
            raise self.NVMLError("GPU is lost")
        return self._memory


def test_cards_that_count_are_added_to_the_processor_and_old_ones_are_left_out(tmp_path: Path) -> None:
    zone, nvml = package(tmp_path, 0, 0), Nvml(100.0, None, 7.0)
    meter = linux(tmp_path, list(nvidia.cards(nvml)))

    def change() -> None:
        write(zone, energy_uj=2_000_000)
        nvml.energy[0], nvml.energy[2] = 150.0, 8.0

    assert spent(meter, change) == pytest.approx(53.0)
    assert meter.told == f"{PROCESSOR}; {nvidia.TOLD}"


def test_a_card_alone_is_told_as_such_on_every_system(tmp_path: Path) -> None:
    for system in ("linux", "win32"):
        assert find_meter(list(nvidia.cards(Nvml(1.0))), system, tmp_path).told == nvidia.TOLD


def test_a_night_without_the_share_of_a_card_that_is_lost_is_not_measured(tmp_path: Path) -> None:
    package(tmp_path, 0, 0)
    nvml = Nvml(1.0)
    meter = linux(tmp_path, list(nvidia.cards(nvml)))
    nvml.energy[0] = None
    assert meter.joules() is None


def test_the_memory_of_all_cards_is_told_also_of_old_ones() -> None:
    assert nvidia.memory(Nvml(None, 1.0)) == (6, 20)
    assert nvidia.memory(Nvml()) is None
    assert nvidia.memory(None) is None
    assert nvidia.memory(Nvml(1.0, total=-1)) is None


def test_without_a_driver_there_is_no_nvml_and_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent(Exception):
        pass

    def begin() -> None:
        raise Absent

    monkeypatch.setitem(sys.modules, "pynvml", SimpleNamespace(nvmlInit=begin, NVMLError=Absent))
    assert nvidia.load_nvml() is None
    monkeypatch.setitem(sys.modules, "pynvml", None)  # not installed
    assert nvidia.load_nvml() is None
    assert list(nvidia.cards(None)) == []


# what it is used for


def test_replies_are_charged_by_the_thousand_tokens() -> None:
    tally = PerToken(Meter([Steps(110.0, 400.0)]))
    assert tally.per_thousand() is None
    tally.add(100.0, 20)
    tally.add(390.0, 30)
    assert tally.per_thousand() == 400.0


def test_a_reply_that_was_not_measured_whole_is_not_charged() -> None:
    tally = PerToken(Meter([Steps(110.0, None)]))
    tally.add(None, 20)
    tally.add(100.0, 20)
    assert tally.per_thousand() is None


def test_the_engine_charges_a_reply_from_its_turn_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.test_engine import GREEDY, PATIENCE, QUESTION

    monkeypatch.setenv("HOMEGROWN_SCRIPTED_DELAY", "0")
    options = ServeOptions(context=4096, threads=1, flash_attention=False, batch=64, kv_budget=0)
    meter = Meter([Steps(1000.0, 1006.0)])
    engine = Engine("scripted", None, options, tmp_path / "engine.json", tmp_path / "engine.log", meter=meter)
    engine.start()
    try:
        engine.wait_ready(PATIENCE)
        last = list(engine.stream(engine.encode(QUESTION), GREEDY, None, key="k", cancel=threading.Event()))[-1]
        assert last.speeds is not None
        assert engine.energy.per_thousand() == pytest.approx(6.0 / last.speeds.tokens * 1000, abs=0.1)
        engine.answer(engine.encode(QUESTION), GREEDY, None)  # of an exam: not charged, or the counter would run out
    finally:
        engine.close()


def test_a_night_is_told_with_its_energy(monkeypatch: pytest.MonkeyPatch) -> None:
    with measured(Meter([Steps(5.0, 3605.04)])) as costed:
        assert costed(night()).energy == Energy(3600.0, PROCESSOR)
    with measured(Meter((), ROOT_ONLY)) as costed:
        told = costed(night())
    assert told.energy == Energy(None, ROOT_ONLY)
    assert told.cpu_seconds is not None and told.cpu_seconds >= 0


def test_a_long_night_looks_often_enough_for_a_counter_that_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "LOOK_SECONDS", 0.001)
    looked, often = threading.Event(), iter(range(10))

    class Looked(Steps):
        def joules(self) -> float | None:
            if next(often, None) is None:
                looked.set()
            return 0.0

    with measured(Meter([Looked()])):
        assert looked.wait(20)
