"""A base model's learning rate: what is tried, what is chosen, what is kept, and what the person hears of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backends.catalog import BUNDLED
from bench import calibration as benchmark
from domain import Person, Progress, Recipe, TrainingRow
from errors import Deferred, Refused
from learning.probes import bundled_suite, shipped_calibrations
from personalization import calibration
from personalization.calibration import Suite, Trial, best, calibrate, calibration_key, rates, suite_of
from personalization.night import Bench, NightProgress
from personalization.rate import LearningRate
from personalization.recipe import learning_rate, recipe_for
from storage.adapters import Adapters
from storage.remembered import Remembered
from storage.store import Store
from tests.builders import corrections
from tests.fake_model import GOOD, PROBES, Model, Skill
from tests.machine import Machine, make_nights

PARAMETERS = 135_000_000
USUAL = 2e-3
ROWS = [
    {"topic": topic, "prompt": f"What about {topic}?", "reply": f"The {topic}.", "correction": f"Captain, the {topic}."}
    for topic in ("eggs", "moss", "bells", "kites")
]
PROMPTS = [tuple(map(ord, row["prompt"])) for row in ROWS]
SUITE = suite_of({"address": {"training": ROWS[:3], "test": ROWS[3:]}})


def skill(gain: float, rise: float = 0.001) -> Skill:
    return {**GOOD, "gain": gain, "rise": rise}


def by_run(*skills: Skill) -> Model:
    """Each training run, one for each rate, gives an adapter with another skill; what comes after has the last one."""
    return Model(lambda number: skills[min(number, len(skills) - 1)])


def a_bench(adapters: Adapters, model: Any, told: list[NightProgress] | None = None) -> Bench:
    heard, shelf = [] if told is None else told, Remembered(adapters.home / "cache")
    (adapters.home / "people" / "ada").mkdir(parents=True, exist_ok=True)
    return Bench("ada", model, model, adapters, PROBES, None, heard.append, list, {}, shelf)  # type: ignore[arg-type]


def tried(adapters: Adapters, model: Any) -> dict[float, float]:
    """Rate -> margin, as far as a trial came to its end."""
    found = calibrate(a_bench(adapters, model), SUITE, usual())
    assert found
    return {trial.rate: round(trial.margin, 6) for trial in found.tried}


def usual(parameters: int = PARAMETERS, threads: int = 1) -> Recipe:
    return recipe_for(parameters, len(SUITE.training), threads)


def folders(adapters: Adapters) -> list[Path]:
    return list((adapters.home / "people").rglob("staging-*"))


class Watched(Model):
    """Keeps the recipes of its runs; a run may be made to fail or to be slow."""

    def __init__(self, seconds_left: float = 0.0, astray: float = math.inf) -> None:
        super().__init__()
        self.recipes: list[Recipe] = []
        self.seconds_left, self.astray = seconds_left, astray
        self.steps = 0

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        self.recipes.append(recipe)
        if recipe.learning_rate > self.astray:
            raise Refused("The training went astray: its loss is no number.")
        list(super().train(rows, anchors, recipe, out))
        for step in range(1, 11):
            self.steps += 1
            yield Progress(step, 10, 1.0, self.seconds_left)


# what is chosen


def trial(rate: float, margin: float, general: float = 0.0, likelihood: float = 0.1) -> Trial:
    return Trial(rate, margin, likelihood, general)


def test_the_rate_with_the_largest_margin_wins() -> None:
    assert best([trial(1e-3, 0.2), trial(2e-3, 0.5), trial(4e-3, 0.4)], USUAL) == 2e-3
    assert best([trial(1e-3, 0.2), trial(2e-3, 0.5), trial(4e-3, 0.6)], USUAL) == 4e-3


def test_a_little_more_margin_does_not_pay_for_texts_that_are_learnt_by_heart() -> None:
    learnt, by_heart = trial(2e-3, 0.61, likelihood=1.05), trial(4e-3, 0.66, likelihood=0.86)
    assert best([learnt, by_heart], USUAL) == 2e-3


def test_a_margin_that_grew_while_the_wanted_text_got_rarer_does_not_count() -> None:
    assert best([trial(1e-3, 0.5), trial(2e-3, 0.9, likelihood=-0.01)], USUAL) == 1e-3


def test_a_rate_that_harms_general_english_is_out_however_much_it_gains() -> None:
    assert best([trial(1e-3, 0.2, 0.003), trial(2e-3, 0.5, 0.01), trial(4e-3, 0.9, 0.011)], USUAL) == 2e-3


def test_if_every_rate_harms_or_breaks_the_model_the_smallest_is_taken() -> None:
    assert best([trial(1e-3, 0.2, 0.02), trial(2e-3, 0.5, 0.05), trial(4e-3, 0.9, math.nan)], USUAL) == 1e-3
    assert best([trial(2e-3, math.nan), trial(4e-3, 0.1)], USUAL) == 4e-3
    assert best([], USUAL) == 1e-3


# what is tried


def test_half_and_twice_the_rate_of_models_of_this_size_are_tried_too(adapters: Adapters) -> None:
    model = Watched()
    assert list(tried(adapters, model)) == rates(USUAL) == [1e-3, 2e-3, 4e-3]
    assert model.recipes == [replace(usual(), learning_rate=rate) for rate in (1e-3, 2e-3, 4e-3)]


def test_a_trial_is_judged_on_lessons_it_was_not_taught(adapters: Adapters) -> None:
    model = by_run(skill(0.1), skill(0.7), skill(0.4))
    assert tried(adapters, model) == {1e-3: 0.1, 2e-3: 0.7, 4e-3: 0.4}
    taught = {"".join(map(chr, row.prompt_ids)) for rows in model.trained.values() for row in rows}
    asked = {prompt for prompt, texts, adapter in model.scored if adapter and "Captain" in "".join(texts)}
    assert taught == {"What about eggs?", "What about moss?", "What about bells?"}
    assert asked == {"What about kites?"}
    assert [len(rows) for rows in model.refusals] == [1, 1, 1]


def test_the_figures_of_a_trial_are_those_of_the_engine_that_serves(adapters: Adapters) -> None:
    found = calibrate(a_bench(adapters, by_run(skill(0.5, rise=0.02), skill(0.3), skill(0.1))), SUITE, usual())
    assert found
    first = found.tried[0]
    assert [first.margin, first.likelihood, first.general] == pytest.approx([0.5, 0.48, 0.02])
    assert found.rate == 2e-3
    assert found.seconds >= 0


def test_a_rate_at_which_training_goes_astray_is_passed_over(adapters: Adapters) -> None:
    assert list(tried(adapters, Watched(astray=2e-3))) == [1e-3, 2e-3]
    assert folders(adapters) == []


def test_nothing_stays_of_the_trials_however_they_end(adapters: Adapters) -> None:
    calibrate(a_bench(adapters, Model()), SUITE, usual())
    assert folders(adapters) == []

    def called_off(progress: NightProgress) -> None:
        if progress.share > 0.4:
            raise Deferred("The night was called off.")

    bench = a_bench(adapters, Model())
    bench.tell = called_off
    with pytest.raises(Deferred):
        calibrate(bench, SUITE, usual())
    assert folders(adapters) == []


def test_a_machine_on_which_it_would_take_too_long_is_spared(adapters: Adapters) -> None:
    slow = Watched(seconds_left=calibration.LONGEST_SECONDS / 3 + 1)
    assert calibrate(a_bench(adapters, slow), SUITE, usual()) is None
    assert (len(slow.recipes), slow.steps) == (1, calibration.FIRST_STEPS)
    assert folders(adapters) == []
    just_fast_enough = Watched(seconds_left=calibration.LONGEST_SECONDS / 3)
    assert calibrate(a_bench(adapters, just_fast_enough), SUITE, usual())


def test_the_person_hears_which_rate_is_being_tried_and_how_far_it_is(adapters: Adapters) -> None:
    told: list[NightProgress] = []
    calibrate(a_bench(adapters, Watched(), told), SUITE, usual())
    phases = list(dict.fromkeys(progress.phase for progress in told))
    assert phases == [f"Finding the learning rate for this model, {number} of 3" for number in (1, 2, 3)]
    shares = [progress.share for progress in told]
    assert shares == sorted(shares)
    assert [shares[0], shares[-1]] == pytest.approx([0.0, 2.8 / 3])


# what is kept


def test_a_calibration_belongs_to_a_base_a_recipe_and_a_suite_but_not_to_a_machine() -> None:
    key = calibration_key("base", usual(), SUITE)
    assert key == calibration_key("base", replace(usual(threads=8), seed=3), SUITE)
    others = [
        calibration_key("other base", usual(), SUITE),
        calibration_key("base", usual(parameters=10 * PARAMETERS), SUITE),
        calibration_key("base", replace(usual(), anchor_weight=1.0), SUITE),
        calibration_key("base", usual(), Suite(SUITE.training[:2], SUITE.test)),
        calibration_key("base", usual(), Suite(SUITE.training, ())),
    ]
    assert len({key, *others}) == 6


def rate_of(folder: Path, shipped: dict[str, Any] | None = None) -> LearningRate:
    return LearningRate("base hash", PARAMETERS, 1, SUITE, Remembered(folder), shipped or {})


def test_a_base_that_nobody_has_tried_learns_with_the_rate_of_its_size(tmp_path: Path) -> None:
    rate = rate_of(tmp_path)
    assert not rate.known
    assert rate.recipe(16) == recipe_for(PARAMETERS, 16, 1)
    assert rate.told() == {"rate": USUAL, "source": "law", "tried": 0}


def test_what_was_found_holds_for_every_night_from_then_on_and_after_a_restart(
    adapters: Adapters, tmp_path: Path
) -> None:
    rate = rate_of(tmp_path)
    check = rate.find(a_bench(adapters, by_run(skill(0.6), skill(0.5), skill(0.4))))
    assert (check.passed, check.value) == (None, 1e-3)
    assert check.sentence == "This model learns with the rate 0.001, chosen among 3 that were tried on it."
    for later in (rate, rate_of(tmp_path)):
        assert later.known
        assert later.recipe(16) == recipe_for(PARAMETERS, 16, 1, rate=1e-3) != recipe_for(PARAMETERS, 16, 1)
        assert later.told() == {"rate": 1e-3, "source": "calibrated", "tried": 3}


def test_a_shipped_calibration_spares_the_trials_but_only_for_its_own_base_and_recipe(tmp_path: Path) -> None:
    entry = {"key": rate_of(tmp_path).key, "rate": 4e-3, "tried": [], "seconds": 1.0}
    assert rate_of(tmp_path, {"base hash": entry}).told() == {"rate": 4e-3, "source": "shipped", "tried": 0}
    assert not rate_of(tmp_path, {"base hash": {**entry, "key": "of an older recipe"}}).known
    assert not rate_of(tmp_path, {"other base": entry}).known


# in a night


def nights_with(store: Store, machine: Machine, home: Path) -> tuple[Any, LearningRate]:
    rate = rate_of(home / "cache" / "learning-rate")
    nights = make_nights(store, machine, Adapters(home, "base hash"))
    nights.rate, nights._recipe_for = rate, rate.recipe
    return nights, rate


@pytest.fixture(autouse=True)
def means_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.nights.machine_ready", lambda situation: type("Due", (), {"due": True})())


def test_the_first_night_of_a_base_finds_its_rate_and_later_ones_use_it(store: Store, ada: Person, home: Path) -> None:
    machine = Machine(lambda number: skill(0.5 if number == 2 else 0.4))
    nights, _ = nights_with(store, machine, home)
    store.put_feedback(ada.id, *corrections(8))
    told: list[NightProgress] = []
    night = nights.run(ada.id, told.append)
    assert night.verdict.outcome == "published"
    manifest = nights.adapters.manifest(ada.id)
    assert (manifest["recipe"]["learning_rate"], manifest["rate_source"]) == (4e-3, "calibrated")
    assert night.verdict.checks[-1].sentence.startswith("This model learns with the rate 0.004")
    assert next(iter(night.seconds)) == "learning rate"
    shares = [progress.share for progress in told]
    assert shares == sorted(shares)
    assert any(progress.phase.startswith("Finding") for progress in told)
    assert not nights._situation(ada.id).changed  # what it has learnt from names the rate that was found

    store.put_feedback(ada.id, *corrections(16)[8:])
    again = nights.run(ada.id)
    suite = [rows for rows in machine.trained.values() if rows[0].prompt_ids in PROMPTS]
    assert len(suite) == 3
    assert "learning rate" not in {*again.seconds, *(check.name for check in again.verdict.checks)}


def test_where_it_would_take_too_long_the_usual_rate_is_used_and_the_report_says_so(
    store: Store, ada: Person, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalization.rate.calibrate", lambda bench, suite, usual: None)
    nights, rate = nights_with(store, Machine(), home)
    store.put_feedback(ada.id, *corrections(8))
    night = nights.run(ada.id)
    manifest = nights.adapters.manifest(ada.id)
    assert (manifest["recipe"]["learning_rate"], manifest["rate_source"]) == (USUAL, "law")
    assert "more than 20 minutes" in night.verdict.checks[-1].sentence
    assert not rate.known and not rate_of(home / "cache" / "learning-rate").known  # another evening may be quieter


# the bundled suite


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def test_the_bundled_suite_has_two_habits_of_8_lessons_and_6_more_to_test() -> None:
    suite = bundled_suite()
    assert (len(suite.training), len(suite.test)) == (16, 12)
    everything = suite.training + suite.test
    assert len({lesson.prompt for lesson in everything}) == len({lesson.id for lesson in everything}) == 28
    for part in (suite.training, suite.test):
        chosen = [lesson.chosen or "" for lesson in part]
        over = [text for text in chosen if text.endswith("\n\nOver.")]
        verdicts = [text for text in chosen if re.match(r"Verdict: [A-Z][a-z]+\.\n\n", text)]
        assert len(over) == len(verdicts) == len(part) / 2 and not set(over) & set(verdicts)


def test_a_bundled_lesson_keeps_what_the_reply_said() -> None:
    for lesson in bundled_suite().training + bundled_suite().test:
        plain = lesson.rejected[0]
        assert plain in (lesson.chosen or "")
        assert 15 <= len(plain.split()) <= 40, plain
        assert not {"over", "verdict"} & set(words(plain)), plain


def test_the_shipped_calibration_belongs_to_the_bundled_model_and_to_this_recipe(tmp_path: Path) -> None:
    parameters = shipped_calibrations()[BUNDLED.sha256]["parameters"]
    rate = LearningRate(BUNDLED.sha256, parameters, 2, bundled_suite(), Remembered(tmp_path), shipped_calibrations())
    assert rate.source == "shipped", "run: make bench-calibration ARGS=--ship"
    entry = shipped_calibrations()[BUNDLED.sha256]
    tried = [Trial(**trial) for trial in entry["tried"]]
    assert [one.rate for one in tried] == rates(learning_rate(parameters))
    assert rate.recipe(8).learning_rate == best(tried, learning_rate(parameters))


# the benchmark that writes it


def test_a_measured_model_is_added_to_the_results_and_shipped_only_if_asked_for_and_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results, shipped = tmp_path / "results" / "calibration.json", tmp_path / "calibrations.json"
    found: dict[str, Any] = {"rate": 1e-3, "tried": [{"rate": 1e-3}]}
    monkeypatch.setattr(benchmark, "SHIPPED", shipped)
    monkeypatch.setattr(benchmark, "circumstances", lambda: {"date": "today"})
    monkeypatch.setattr(benchmark, "measured", lambda model: (model, found))

    def run(*words: str) -> None:
        monkeypatch.setattr("sys.argv", ["bench.calibration", "--json", str(results), *words])
        assert benchmark.main() == 0

    run("--model", "one")
    assert not shipped.exists()
    run("--model", "two", "--ship")
    assert json.loads(results.read_text()) == {base: {**found, "date": "today"} for base in ("one", "two")}
    assert json.loads(shipped.read_text()) == {"two": found}
    found = {"rate": 2e-3, "tried": []}  # too slow a machine: that is nothing to ship
    run("--model", "two", "--ship")
    assert json.loads(results.read_text())["two"]["rate"] == 2e-3
    assert json.loads(shipped.read_text())["two"]["rate"] == 1e-3
