"""A night publishes what passed on unseen lessons; whatever else happens, nothing has changed afterwards."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest

from domain import BASE, Feedback, Night, Recipe, content_hash
from errors import EngineDied, NothingToLearn, StorageTrouble
from personalization import night as module
from personalization.dataset import choose
from personalization.ledger import read_lessons
from personalization.measure import Probes
from personalization.night import Bench, NightProgress, run_night
from storage.adapters import Adapters
from tests.builders import at, corrections, feedback
from tests.fake_model import GOOD, PROBES, USUAL, Model, Skill, recipe_for

ADA = "ada"


@pytest.fixture
def adapters(tmp_path: Path) -> Adapters:
    (tmp_path / "people" / ADA).mkdir(parents=True)
    return Adapters(tmp_path, "base hash")


def bench(adapters: Adapters, model: Model, rows: Sequence[Feedback], told: list[NightProgress] | None = None) -> Bench:
    heard = [] if told is None else told
    return Bench(ADA, model, model, adapters, PROBES, recipe_for, heard.append, lambda: rows, {"python": "3.11"})


def learn(adapters: Adapters, model: Model, rows: Sequence[Feedback], last: str | None = None, **fields: Any) -> Night:
    return run_night(bench(adapters, model, rows, **fields), last)


def snapshot(adapters: Adapters) -> Mapping[str, bytes | None]:
    root = adapters.home / "people"
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


def checks(night: Night) -> list[tuple[str, bool | None]]:
    return [(check.name, check.passed) for check in night.verdict.checks]


# published


def test_a_night_that_passes_is_published_and_serves(adapters: Adapters) -> None:
    model = Model()
    night = learn(adapters, model, corrections(8))
    assert (night.verdict.outcome, night.version) == ("published", adapters.current(ADA)[0])
    assert night.verdict.serves and "better in 8 of 8" in night.verdict.reason
    assert checks(night) == [
        ("weights", True),
        ("general", True),
        ("degeneration", True),
        ("gain", True),
        ("final weights", True),
        ("final general", True),
        ("final degeneration", True),
        ("final lessons", True),
    ]
    assert sorted(night.used) == [f"row{number:02}" for number in range(8)]
    assert set(night.seconds) == {"baseline", "training", "exam", "final training", "final exam", "publishing"}
    assert not list(adapters.home.glob("people/*/adapters/staging-*"))


@pytest.mark.parametrize(("lessons", "outcome"), [(5, "provisional"), (7, "provisional"), (8, "published")])
def test_five_to_seven_lessons_are_provisional(adapters: Adapters, lessons: int, outcome: str) -> None:
    night = learn(adapters, Model(), corrections(lessons))
    assert (night.verdict.outcome, adapters.current(ADA)[0]) == (outcome, night.version)


@pytest.mark.parametrize("lessons", [5, 6, 7, 9, 22])
def test_every_lesson_is_examined_by_a_candidate_that_has_not_seen_it_and_learnt_by_the_last(
    adapters: Adapters, lessons: int
) -> None:
    model, rows = Model(), corrections(lessons)
    night = learn(adapters, model, rows)
    *candidates, final = model.trained
    assert len(candidates) == (lessons if lessons <= 6 else 4)
    targets = {str(row.correction) for row in rows}

    def taught(folder: Path) -> set[str]:
        return {"".join(map(chr, row.target_ids[:-1])) for row in model.trained[folder]}

    examined = []
    for _, (wanted, *_rest), adapter in model.scored:
        if adapter in candidates and wanted.startswith("Captain,"):
            assert wanted[:-1] not in taught(adapter)
            examined.append(wanted[:-1])
    assert sorted(examined) == sorted(targets)
    assert taught(final) == targets
    assert night.version
    manifest = adapters.manifest(ADA)
    assert manifest and manifest["folds"] == len(candidates)


def test_the_manifest_tells_what_was_learnt_how_and_with_which_result(adapters: Adapters) -> None:
    rows = corrections(8)
    night = learn(adapters, Model(), rows)
    manifest = adapters.manifest(ADA)
    assert manifest
    lessons = read_lessons(rows).lessons
    assert manifest["lessons"] == [lesson.id for lesson in lessons]
    assert manifest["rows"] == [lesson.rows[0] for lesson in lessons]
    assert (manifest["recipe"]["learning_rate"], manifest["libraries"]) == (2e-3, {"python": "3.11"})
    assert (manifest["base"], manifest["parent"], manifest["outcome"]) == ("base hash", BASE, "published")
    assert [check["name"] for check in manifest["checks"]] == [name for name, _ in checks(night)]
    assert list(manifest["files"]) == ["adapter.json"]


def test_examples_are_answers_to_bundled_prompts_before_and_after(adapters: Adapters) -> None:
    first = learn(adapters, Model(), corrections(8))
    assert [example.prompt for example in first.examples] == ["Sample 0?", "Sample 1?", "Sample 2?"]
    assert {(example.before, example.after) for example in first.examples} == {(USUAL, GOOD["answers"])}
    better = {"gain": 1.5, "rise": 0.001, "answers": f"Yes, {USUAL}"}
    grown = learn(adapters, Model(better, known=-1.0), corrections(16))
    assert {(example.before, example.after) for example in grown.examples} == {(GOOD["answers"], better["answers"])}


def test_the_next_night_is_measured_against_the_version_that_serves_and_on_new_lessons_only(
    adapters: Adapters,
) -> None:
    first = learn(adapters, Model(), corrections(8))
    model = Model({**GOOD, "gain": 1.5}, known=-1.0)
    second = learn(adapters, model, corrections(16))
    assert second.verdict.outcome == "published"
    assert "Learnt from 16 lessons; better in 8 of 8" in second.verdict.reason
    manifest = adapters.manifest(ADA)
    assert manifest and manifest["parent"] == first.version
    worse = Model({**GOOD, "gain": 1.4}, known=-2.0)  # better than the base, but not than what serves
    refused = learn(adapters, worse, corrections(22, "Captain,"))
    assert (refused.verdict.outcome, checks(refused)[-1]) == ("refused", ("gain", False))


def test_thumbs_up_are_learnt_too_but_do_not_count_as_new_corrections(adapters: Adapters) -> None:
    ups = [feedback(f"up{n}", f"Up {n} {n * 7}", reply=f"Fine {n}.", thumb="up", at=at(n)) for n in range(4)]
    model = Model()
    night = learn(adapters, model, [*corrections(5), *ups])
    assert night.verdict.outcome == "provisional"
    *_, final = model.trained.values()
    assert sorted(row.weight for row in final) == [0.5] * 4 + [1.0] * 5


def test_the_order_of_the_ledger_changes_neither_input_nor_training(adapters: Adapters) -> None:
    rows = corrections(9)
    shuffled = random.Random(1).sample(rows, len(rows))
    one, other = Model(known=0.1), Model(known=0.1)
    assert learn(adapters, one, rows).input_hash == learn(adapters, other, shuffled).input_hash
    trainings = []
    for order in (rows, shuffled):
        model = Model({**GOOD, "gain": 0.0})
        learn(adapters, model, order)
        trainings.append(list(model.trained.values()))
    assert trainings[0] == trainings[1]


def test_anchors_are_encoded_as_plain_text_and_given_to_every_training(adapters: Adapters) -> None:
    model = Model()
    learn(adapters, model, corrections(5))
    assert model.anchors == [[model.encode_text(text) for text in PROBES.anchors]] * 6


def test_progress_runs_from_nought_to_the_end_and_never_back(adapters: Adapters) -> None:
    told: list[NightProgress] = []
    learn(adapters, Model(), corrections(8), told=told)
    shares = [progress.share for progress in told]
    assert shares[0] == 0.0 and 0.9 < shares[-1] <= 1.0
    assert all(early <= late for early, late in pairwise(shares))
    assert next(progress.phase for progress in told if progress.loss) == "Rehearsal 1 of 4"


def test_skipped_and_superseded_rows_stand_in_the_report(adapters: Adapters) -> None:
    rows = corrections(8)
    again = feedback("again", rows[0].prompt[0].content, correction="Captain, newer.", at=at(500))
    down = feedback("down", "Something else altogether", thumb="down")
    night = learn(adapters, Model(), [*rows, again, down])
    assert night.superseded == {"row00": "again"}
    assert set(night.skipped) == {"down"}
    assert "row00" not in night.used


def test_lessons_that_do_not_fit_the_night_are_told(adapters: Adapters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "choose", lambda lessons: choose(lessons, 8))
    night = learn(adapters, Model(), corrections(10))
    assert sorted(night.skipped) == ["row00", "row01"]
    assert len(night.used) == 8


# refused


@pytest.mark.parametrize(
    ("flaw", "check", "words"),
    [
        ({"rise": 0.0}, "weights", "changed nothing"),
        ({"rise": math.nan}, "weights", "broken"),
        ({"rise": 0.05}, "general", "worse at ordinary English"),
        ({"answers": " "}, "degeneration", "are empty"),
        ({"answers": "Captain, " * 40}, "degeneration", "go round in circles"),
        ({"answers": "Aye."}, "degeneration", "outside"),
        ({"gain": 0.0}, "gain", "could be chance"),
        ({"gain": -0.5}, "gain", "could be chance"),
        ({"gain": math.nan}, "gain", "could be examined"),
    ],
)
@pytest.mark.parametrize("grown", [False, True], ids=["first night", "later night"])
def test_a_flaw_is_refused_by_its_check_and_nothing_has_changed(
    adapters: Adapters, flaw: Skill, check: str, words: str, grown: bool
) -> None:
    if grown:
        learn(adapters, Model(), corrections(8))
    before = snapshot(adapters)
    model = Model({**GOOD, "gain": 2.0, **flaw}, known=-0.2 if not grown else -1.0)
    night = learn(adapters, model, corrections(16))
    assert (night.verdict.outcome, night.version) == ("refused", None)
    assert words in night.verdict.reason
    failed = next(name for name, passed in checks(night) if passed is False)
    assert failed == check
    assert len(model.trained) == 4  # no final training
    after = snapshot(adapters)
    assert {name: after[name] for name in before} == before
    assert all(name in (ADA, f"{ADA}/adapters") for name in set(after) - set(before))
    json.dumps([vars_of(found) for found in night.verdict.checks], allow_nan=False)


def vars_of(check: Any) -> list[object]:
    return [check.name, check.passed, check.sentence, check.value, check.limit]


@pytest.mark.parametrize(
    ("flaw", "check"),
    [
        ({"gain": 0.1}, "final lessons"),
        ({"rise": 0.05}, "final general"),
        ({"answers": ""}, "final degeneration"),
        ({"rise": 0.0}, "final weights"),
    ],
)
def test_the_final_adapter_is_examined_again_and_may_be_refused(adapters: Adapters, flaw: Skill, check: str) -> None:
    model = Model(lambda number: GOOD if number < 4 else {**GOOD, **flaw})
    night = learn(adapters, model, corrections(8))
    assert night.verdict.outcome == "refused"
    assert [name for name, passed in checks(night) if passed is False] == [check]
    assert len(model.trained) == 5
    assert adapters.current(ADA) == (BASE, None)
    assert not [path for path in adapters.home.rglob("*") if path.is_file()]


def test_one_bad_candidate_among_good_ones_is_enough_to_refuse(adapters: Adapters) -> None:
    model = Model(lambda number: GOOD if number != 2 else {**GOOD, "rise": math.nan})
    night = learn(adapters, model, corrections(8))
    assert (night.verdict.outcome, checks(night)[0]) == ("refused", ("weights", False))


def test_a_missing_probe_set_is_refused(adapters: Adapters) -> None:
    model = Model()
    plain = bench(adapters, model, corrections(8))
    plain.probes = Probes(PROBES.anchors, PROBES.general, ())
    night = run_night(plain, None)
    assert (night.verdict.outcome, checks(night)[2]) == ("refused", ("degeneration", False))


# nothing to learn


def test_a_model_that_already_answers_as_asked_learns_nothing_new(adapters: Adapters) -> None:
    model = Model(known=0.1)
    night = learn(adapters, model, corrections(8))
    assert (night.verdict.outcome, night.version, model.trained) == ("nothing new", None, {})
    assert set(snapshot(adapters)) == {ADA}


@pytest.mark.parametrize("lessons", [0, 1, 4])
def test_too_few_corrections_are_told_with_their_number(adapters: Adapters, lessons: int) -> None:
    model = Model()
    with pytest.raises(NothingToLearn, match=f"{lessons} of 5 new corrections"):
        learn(adapters, model, [*corrections(lessons), feedback("up", "Up?", thumb="up")])
    assert (model.scored, model.trained) == ([], {})


def test_what_the_serving_version_has_learnt_does_not_count_again(adapters: Adapters) -> None:
    learn(adapters, Model(), corrections(8))
    with pytest.raises(NothingToLearn, match="4 of 5"):
        learn(adapters, Model(), corrections(12))


def test_the_same_input_is_not_examined_twice_but_a_changed_one_is(adapters: Adapters) -> None:
    bad = Model({**GOOD, "gain": 0.0})
    first = learn(adapters, bad, corrections(8))
    with pytest.raises(NothingToLearn, match="Nothing has changed"):
        learn(adapters, bad, corrections(8), last=first.input_hash)
    assert learn(adapters, bad, corrections(9), last=first.input_hash).verdict.outcome == "refused"
    other = Adapters(adapters.home, "hash of another base")
    assert learn(other, bad, corrections(8), last=first.input_hash).input_hash != first.input_hash


# broken off


def test_a_night_that_breaks_off_anywhere_changes_nothing(adapters: Adapters) -> None:
    learn(adapters, Model(), corrections(8))
    before = snapshot(adapters)
    better: Skill = {**GOOD, "gain": 2.0}
    for stop in count():
        model, steps = Model(better, known=-1.0), count()

        def sabotage(steps: Iterator[int] = steps, stop: int = stop) -> None:
            if next(steps) == stop:
                raise EngineDied("The engine broke off.")

        model.sabotage = sabotage
        try:
            night = learn(adapters, model, corrections(13))
        except EngineDied:
            assert snapshot(adapters) == before, f"broken off at step {stop}"
        else:
            assert night.verdict.outcome == "provisional"
            break
    assert stop > 50


@pytest.mark.parametrize("error", [StorageTrouble("full"), KeyboardInterrupt()])
def test_a_night_whose_publishing_fails_changes_nothing(
    adapters: Adapters, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(adapters, "publish", failing)
    with pytest.raises(type(error)):
        learn(adapters, Model(), corrections(8))
    assert not [path for path in adapters.home.rglob("*") if path.is_file()]
    assert not list(adapters.home.glob("people/*/adapters/*"))


def test_a_call_off_during_the_telling_leaves_nothing(adapters: Adapters) -> None:
    def tell(progress: NightProgress) -> None:
        if progress.share > 0.5:
            raise KeyboardInterrupt

    called_off = bench(adapters, Model(), corrections(8))
    called_off.tell = tell
    with pytest.raises(KeyboardInterrupt):
        run_night(called_off, None)
    assert not list(adapters.home.glob("people/*/adapters/*"))


def test_the_input_hash_names_lessons_base_and_recipe(adapters: Adapters) -> None:
    night = learn(adapters, Model(known=0.1), corrections(8))
    lessons = [lesson.id for lesson in read_lessons(corrections(8)).lessons]
    recipe = {name: getattr(recipe_for(8), name) for name in Recipe.__dataclass_fields__}
    assert night.input_hash == content_hash([lessons, "base hash", recipe])
