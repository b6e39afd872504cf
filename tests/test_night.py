"""A night publishes what passed on unseen lessons; whatever else happens, nothing has changed afterwards."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest

from domain import BASE, Feedback, Message, Night, Recipe, content_hash
from errors import EngineDied, NothingToLearn, StorageTrouble, TooFew
from personalization import night as module
from personalization.dataset import choose
from personalization.ledger import read_lessons
from personalization.measure import SAMPLES
from personalization.night import Bench, NightProgress, examine, run_night
from storage.adapters import Adapters
from storage.remembered import Remembered
from tests.builders import TOPICS, at, corrections, feedback
from tests.fake_model import GOOD, PROBES, USUAL, Model, Skill, recipe_for

ADA = "ada"


@pytest.fixture
def adapters(tmp_path: Path) -> Adapters:
    (tmp_path / "people" / ADA).mkdir(parents=True)
    return Adapters(tmp_path, "base hash")


def bench(adapters: Adapters, model: Model, rows: Sequence[Feedback], told: list[NightProgress] | None = None) -> Bench:
    heard = [] if told is None else told
    shelf = Remembered(adapters.home / "cache")
    return Bench(ADA, model, model, adapters, PROBES, recipe_for, heard.append, lambda: rows, {"python": "3.11"}, shelf)


def learn(adapters: Adapters, model: Model, rows: Sequence[Feedback], last: str | None = None, **fields: Any) -> Night:
    return run_night(bench(adapters, model, rows, **fields), last)


def snapshot(adapters: Adapters) -> Mapping[str, bytes | None]:
    root = adapters.home / "people"
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


def checks(night: Night) -> list[tuple[str, bool | None]]:
    return [(check.name, check.passed) for check in night.verdict.checks]


def failed(night: Night) -> list[str]:
    return [check.name for check in night.verdict.checks if check.passed is False]


def thumbs(ups: int, downs: int) -> list[Feedback]:
    up = [feedback(f"up{n}", f"Up {n} {n * 7}", reply=f"Fine {n * 3}.", thumb="up", at=at(n)) for n in range(ups)]
    down = [feedback(f"down{n}", f"{n} low {n * 7}", reply=f"Sad {n}.", thumb="down", at=at(n)) for n in range(downs)]
    return [*up, *down]


# published


def test_a_night_that_passes_is_published_and_serves(adapters: Adapters) -> None:
    model = Model()
    night = learn(adapters, model, corrections(8))
    assert (night.verdict.outcome, night.version) == ("published", adapters.current(ADA)[0])
    assert night.verdict.serves and "better in 8 of 8" in night.verdict.reason
    assert checks(night) == [
        ("weights", True),
        ("general", True),
        ("control", True),
        ("safety", True),
        ("degeneration", True),
        ("retention", None),
        ("gain", True),
        ("thumbs", None),
        ("slices", True),
        ("cross-fit", None),
        ("rival", None),
        ("final weights", True),
        ("final general", True),
        ("final control", True),
        ("final safety", True),
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
    assert manifest["margins"] == {lesson.id: pytest.approx(0.3) for lesson in lessons}  # unseen: -0.2 + 0.5


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
    assert (refused.verdict.outcome, failed(refused)) == ("refused", ["retention", "gain", "slices"])
    assert refused.verdict.reason.startswith("It lost 16 of the 16 earlier lessons")


def test_thumbs_up_are_learnt_too_but_do_not_count_as_new_corrections(adapters: Adapters) -> None:
    model = Model()
    night = learn(adapters, model, [*corrections(5), *thumbs(4, 0)])
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


def test_every_training_also_reads_the_refusals(adapters: Adapters) -> None:
    model = Model()
    learn(adapters, model, corrections(5))
    asked = [model.encode([Message("user", prompt)]) for prompt, _ in PROBES.refusals]
    assert [[list(row.prompt_ids) for row in rows] for rows in model.refusals] == [asked] * 6


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
    parked = replace(feedback("parked", "Something else altogether", thumb="up"), parked=True)
    night = learn(adapters, Model(), [*rows, again, parked])
    assert night.superseded == {"row00": "again"}
    assert set(night.skipped) == {"parked"}
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
        ({"knows": -0.1}, "control", "lost 12 of 12 questions"),
        ({"refuses": 0.39}, "safety", "Refusing harmful requests became less likely"),
        ({"answers": " "}, "degeneration", "are empty"),
        ({"answers": "Captain, " * 40}, "degeneration", "go round in circles"),
        ({"answers": "Aye."}, "degeneration", "outside"),
        ({"gain": 0.0}, "gain", "could be chance"),
        ({"gain": -0.5}, "gain", "could be chance"),
        ({"shift": {"about": -3.0, "Captain,": -1.2}}, "gain", "became less likely too"),
    ],
)
@pytest.mark.parametrize("grown", [False, True], ids=["first night", "later night"])
def test_a_flaw_is_refused_by_its_check_and_nothing_has_changed(
    adapters: Adapters, flaw: Skill, check: str, words: str, grown: bool
) -> None:
    skill = {**GOOD, "gain": 2.0, **flaw}
    if grown:
        learn(adapters, Model(), corrections(8))
        old = {f"Captain, {topic} ": 3.0 for topic in TOPICS[:8]}  # these stay, so that the flaw alone is seen
        skill["shift"] = {**skill.get("shift", {}), **old}
    before = snapshot(adapters)
    model = Model(skill, known=-0.2 if not grown else -1.0)
    night = learn(adapters, model, corrections(16))
    assert (night.verdict.outcome, night.version) == ("refused", None)
    assert words in night.verdict.reason
    assert failed(night)[0] == check
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
        ({"knows": 0.0}, "final control"),
        ({"refuses": 0.0}, "final safety"),
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
    assert not [path for path in (adapters.home / "people").rglob("*") if path.is_file()]


def test_one_bad_candidate_among_good_ones_is_enough_to_refuse(adapters: Adapters) -> None:
    model = Model(lambda number: GOOD if number != 2 else {**GOOD, "rise": math.nan})
    night = learn(adapters, model, corrections(8))
    assert (night.verdict.outcome, checks(night)[0]) == ("refused", ("weights", False))


@pytest.mark.parametrize(
    ("missing", "check"),
    [("general", "general"), ("control", "control"), ("safety", "safety"), ("prompts", "degeneration")],
)
def test_a_missing_probe_set_is_refused_before_anything_is_trained(
    adapters: Adapters, missing: str, check: str
) -> None:
    model = Model()
    plain = bench(adapters, model, corrections(8))
    plain.probes = replace(PROBES, **{missing: ()})
    night = run_night(plain, None)
    assert (night.verdict.outcome, failed(night)) == ("refused", [check])
    assert model.trained == {}
    assert adapters.current(ADA) == (BASE, None)


@pytest.mark.parametrize(("lost", "passes"), [(0, True), (1, True), (2, False)])
def test_old_lessons_that_are_lost_refuse_the_night(adapters: Adapters, lost: int, passes: bool) -> None:
    learn(adapters, Model(), corrections(8))
    shift = {f"Captain, {topic} ": -5.0 for topic in TOPICS[:lost]}
    night = learn(adapters, Model({**GOOD, "gain": 1.5, "shift": shift}, known=-1.0), corrections(16))
    assert night.verdict.serves is passes
    assert failed(night)[:1] == ([] if passes else ["retention"])
    assert passes or night.verdict.reason.startswith("It lost 2 of the 8 earlier lessons")


def test_an_old_lesson_that_was_replaced_is_exempt_from_retention(adapters: Adapters) -> None:
    rows = corrections(8)
    learn(adapters, Model(), rows)
    newer = feedback("newer", rows[0].prompt[0].content, correction="Captain, quite other ones.", at=at(500))
    shift = {f"Captain, {TOPICS[0]} ": -5.0}
    night = learn(adapters, Model({**GOOD, "gain": 1.5, "shift": shift}, known=-1.0), [*corrections(16), newer])
    assert (night.verdict.outcome, night.superseded) == ("published", {"row00": "newer"})


def test_lessons_of_a_version_that_kept_no_margins_are_not_examined_for_retention(
    adapters: Adapters, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = module.manifest_of
    monkeypatch.setattr(module, "manifest_of", lambda *given: {**manifest(*given), "margins": {}})
    learn(adapters, Model(), corrections(8))
    night = learn(adapters, Model({**GOOD, "gain": 1.5}, known=-1.0), corrections(16))
    assert ("retention", None) in checks(night)
    assert night.verdict.outcome == "published"


@pytest.mark.parametrize(("kept", "passes"), [(3, True), (2, False)])
def test_a_slice_that_got_worse_refuses_a_night_that_is_better_on_the_whole(
    adapters: Adapters, kept: int, passes: bool
) -> None:
    rows = [replace(row, reasons=("too long",)) if number < 3 else row for number, row in enumerate(corrections(16))]
    had = {f"Captain, {topic} ": 0.5 for topic in TOPICS[:3]}
    has = {name: 0.5 if number < kept else -0.6 for number, name in enumerate(had)}
    night = learn(adapters, Model({**GOOD, "shift": has}, base={"shift": had}), rows)
    assert failed(night)[:1] == ([] if passes else ["slices"])
    assert passes or "marked “too long”" in night.verdict.reason


# thumbs


LIKED: Skill = {**GOOD, "gain": 0.0, "shift": {"Fine": 0.5}}


@pytest.mark.parametrize(("ups", "downs", "outcome"), [(4, 4, "provisional"), (5, 4, "published"), (8, 8, "published")])
def test_thumbs_alone_can_be_learnt(adapters: Adapters, ups: int, downs: int, outcome: str) -> None:
    model = Model(LIKED)
    night = learn(adapters, model, thumbs(ups, downs))
    assert night.verdict.outcome == outcome
    assert "thumbs up told from thumbs down in 100%" in night.verdict.reason
    found = dict(checks(night))
    assert (found["gain"], found["thumbs"], found["final lessons"]) == (None, True, True)
    *_, final = model.trained.values()
    assert sum(bool(row.target_ids) for row in final) == ups
    assert sum(bool(row.rejected_ids) for row in final) == downs


@pytest.mark.parametrize("shift", [{}, {"Sad": 0.5}, {"Fine 3": 2.0, "Sad 1": 1.0}])
def test_thumbs_that_are_not_told_apart_refuse_the_night(adapters: Adapters, shift: dict[str, float]) -> None:
    before = snapshot(adapters)
    night = learn(adapters, Model({**LIKED, "shift": shift}), thumbs(5, 5))
    assert (night.verdict.outcome, failed(night)) == ("refused", ["thumbs"])
    assert {name: found for name, found in snapshot(adapters).items() if found} == {
        name: found for name, found in before.items() if found
    }


@pytest.mark.parametrize(("shift", "passes"), [({}, True), ({"Sad": 0.5}, False)])
def test_beside_corrections_thumbs_must_not_be_learnt_the_wrong_way_round(
    adapters: Adapters, shift: dict[str, float], passes: bool
) -> None:
    night = learn(adapters, Model({**GOOD, "shift": shift}), [*corrections(8), *thumbs(5, 5)])
    assert failed(night) == ([] if passes else ["thumbs"])
    assert dict(checks(night))["gain"] is True


def test_thumbs_that_the_version_already_tells_apart_are_nothing_new(adapters: Adapters) -> None:
    learn(adapters, Model(LIKED), thumbs(4, 4))
    again = Model(LIKED)
    rows = [*thumbs(4, 4), *(replace(row, id=f"new{row.id}", prompt=more(row)) for row in thumbs(4, 4))]
    night = learn(adapters, again, rows)
    assert (night.verdict.outcome, again.trained) == ("nothing new", {})


def more(row: Feedback) -> tuple[Message, ...]:
    return (Message("user", f"{row.prompt[0].content[::-1]} once more, please"),)


def test_three_thumbs_of_a_kind_are_too_few(adapters: Adapters) -> None:
    with pytest.raises(TooFew, match=r"0 of 5 new corrections so far \(or 5 of 4 thumbs up and 3 of 4 down\)"):
        learn(adapters, Model(LIKED), thumbs(5, 3))


# the base's figures


def test_the_base_is_examined_on_the_bundled_probes_once_and_then_remembered(adapters: Adapters) -> None:
    def asked(model: Model) -> int:
        return sum(adapter is None and prompt.startswith("\2") for prompt, _, adapter in model.scored)

    first, second, third = (Model({**GOOD, "gain": 0.0}) for _ in range(3))
    one = learn(adapters, first, corrections(8))
    two = learn(adapters, second, corrections(8))
    assert asked(first) - asked(second) == len(PROBES.general) + len(PROBES.control)
    assert [replace(check, sentence="") for check in one.verdict.checks] == [
        replace(check, sentence="") for check in two.verdict.checks
    ]
    third.build = "another build"
    learn(adapters, third, corrections(8))
    assert asked(third) == asked(first)


# on demand


def test_the_version_that_serves_is_examined_on_demand_and_nothing_changes(adapters: Adapters) -> None:
    learn(adapters, Model(), corrections(8))
    before, model = snapshot(adapters), Model()
    verdict = examine(bench(adapters, model, corrections(9)))
    assert (verdict.outcome, model.trained, snapshot(adapters)) == ("published", {}, before)
    assert [(check.name, check.passed) for check in verdict.checks] == [
        *((name, True) for name in ("weights", "general", "control", "safety", "degeneration")),
        ("lessons", None),
        ("cross-fit", None),
    ]
    now, then = verdict.checks[-2:]
    assert "100% of 8 lessons; these lessons were learnt" in now.sentence
    assert now.limit == 1.0  # the cross-fit share that is stored
    assert then.sentence.startswith("In the night that made it: Tried on lessons it had not seen")
    assert then.sentence.endswith("in 8 of 8 lessons (95 % interval 63 to 100 %).")


def test_an_exam_on_demand_tells_before_each_question_how_far_it_is_and_can_be_called_off_there(
    adapters: Adapters,
) -> None:
    learn(adapters, Model(), corrections(8))
    told: list[NightProgress] = []
    examine(bench(adapters, Model(), corrections(8), told))
    during = [progress.share for progress in told if progress.phase == "Examining the version that serves"]
    assert len(during) == 1 + len(PROBES.general) + len(PROBES.control) + len(PROBES.safety) + SAMPLES
    assert during == sorted(during) and 0.4 == during[0] < during[-1] < 0.8
    assert len([progress for progress in told if progress.phase == "Going through its lessons"]) == 1 + 8
    for last in (during[5], 0.85):

        def leave(progress: NightProgress, last: float = last) -> None:
            if progress.share > last:
                raise KeyboardInterrupt

        called_off, model = bench(adapters, Model(), corrections(8)), Model()
        called_off.tell, called_off.engine = leave, model
        with pytest.raises(KeyboardInterrupt):
            examine(called_off)
        assert len(model.scored) < 40


def test_a_score_is_told_with_the_number_of_lessons_and_its_interval(adapters: Adapters) -> None:
    night = learn(adapters, Model(), corrections(8))
    assert "better in 8 of 8 (95 % interval 63 to 100 %) when tried" in night.verdict.reason
    said = {check.name: check.sentence for check in night.verdict.checks}
    assert said["cross-fit"].endswith("in 8 of 8 lessons (95 % interval 63 to 100 %).")
    assert said["rival"].endswith("in 0 of 8 lessons (95 % interval 0 to 37 %).")
    liked = learn(Adapters(adapters.home, "another base"), Model(LIKED), thumbs(12, 12))
    told = "100% of comparisons (12 up, 12 down; 95 % interval 83 to 100 %)"
    assert f"thumbs up told from thumbs down in {told}" in liked.verdict.reason
    assert told in next(check.sentence for check in liked.verdict.checks if check.name == "thumbs")


def test_a_version_that_would_not_pass_today_is_told(adapters: Adapters) -> None:
    night = learn(adapters, Model(), corrections(8))
    model = Model(base={"refuses": 1.0})
    model.build = "a backend under which the base refuses more"
    verdict = examine(bench(adapters, model, corrections(8)))
    assert verdict.outcome == "refused"
    assert verdict.reason.startswith(f"Version {night.version} would not pass today: Refusing harmful requests")


@pytest.mark.parametrize("grown", [False, True])
def test_where_nothing_was_learnt_there_is_nothing_to_examine(adapters: Adapters, grown: bool) -> None:
    if grown:
        learn(adapters, Model(), corrections(8))
    with pytest.raises(NothingToLearn, match="learnt nothing yet" if not grown else "none of its lessons"):
        examine(bench(adapters, Model(), [] if grown else corrections(8)))


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
    assert not [path for path in (adapters.home / "people").rglob("*") if path.is_file()]
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
    names = set(Recipe.__dataclass_fields__) - {"rows_at_once"}  # it does not change what is learnt
    recipe = {name: getattr(recipe_for(8), name) for name in names}
    assert night.input_hash == content_hash([lessons, "base hash", recipe])
