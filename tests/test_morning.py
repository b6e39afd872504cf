"""What the learning page says of a night, of the versions, and of a lesson's row."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from domain import BASE, Check, Example, Feedback, Verdict
from personalization.ledger import read_lessons
from storage.adapters import Version
from tests.builders import START, corrections, feedback, night
from web import texts
from web.lessons import SHOWN, folded, kept_html, waiting_html
from web.morning import Undo, night_html, parked_by, standing_html, versions_html

GAIN = Check("gain", True, "Better in 8 of 8.", 0.004, 0.01)
CROSS = Check("cross-fit", None, "Right in 7 of 8 <b>unseen</b> ones.", 0.875)


def version(name: str, rows: list[str], serving: bool = False, foreign: bool = False, **more: Any) -> Version:
    made = {"created_at": START.isoformat(), "lessons": rows, "rows": rows, "base": "b", "parent": BASE, **more}
    return Version(name, Path(name), made, serving, foreign)


def test_a_report_offers_to_keep_go_back_and_forget() -> None:
    ledger = corrections(2)
    slept = night(verdict=Verdict("published", "Learnt.", (GAIN, CROSS)), version="v2", used=("row00", "row01"))
    made = night_html(slept, ledger, Undo("v1", 2))
    assert 'id="n-n1"' in made and "do-keep" in made
    assert 'id="b-v1"' in made and texts.ROLL_BACK_PARKS.format(count=2) in made
    assert 'id="u-row01"' in made and made.count("do-forget") == 2
    assert "Captain, bread are fine things." in made
    assert "Right in 7 of 8 &lt;b&gt;unseen" in made and "width:87.5%" in made


def test_a_kept_version_is_not_offered_again_and_one_that_does_not_serve_cannot_be_undone() -> None:
    slept = night(verdict=Verdict("published", "Learnt."), version="v2", seen=True)
    assert "do-keep" not in night_html(slept, [], Undo(BASE, 0))
    assert texts.KEPT_VERSION in night_html(slept, [], Undo(BASE, 0))
    assert "do-back" not in night_html(slept, [], None)


def test_a_report_tells_answers_before_and_after_and_lessons_that_are_gone() -> None:
    made = night_html(night(examples=(Example("Why <i>?", "Because.", "Captain, because."),)), [], None)
    assert "Why &lt;i&gt;?" in made and "Captain, because." in made
    assert texts.LESSON_GONE in made and "do-forget" not in made
    assert texts.NO_NIGHT in night_html(None, [], None)


def test_going_back_says_how_many_lessons_it_parks() -> None:
    old, new, other = version("v1", ["row00"]), version("v2", ["row00", "row01", "row02"], serving=True), corrections(3)
    assert parked_by(old, [old, new], other) == 2
    assert parked_by(None, [old, new], other) == 3
    assert parked_by(new, [old, new], other) == 0
    made = versions_html([old, new], other)
    assert texts.PARKS.format(count=2) in made and texts.PARKS.format(count=3) in made


def test_each_version_shows_its_exam_and_its_lessons() -> None:
    entry = version("v1", ["row00", "gone"], serving=True, checks=[asdict(GAIN)], reason="Learnt from 2 lessons.")
    made = versions_html([entry], corrections(1))
    assert "Better in 8 of 8." in made and "Learnt from 2 lessons." in made
    assert "Captain, eggs are fine things." in made and texts.LESSON_GONE in made
    assert made.count("do-back") == 1  # to the base


def test_a_version_of_another_model_cannot_be_gone_back_to() -> None:
    made = versions_html([version("v1", ["row00"], foreign=True)], corrections(1))
    assert texts.OF_ANOTHER_MODEL in made and "do-back" not in made
    assert texts.NO_VERSIONS in versions_html([], [])


def test_an_exam_on_demand_is_told_like_a_report() -> None:
    made = standing_html(Verdict("published", "All is well.", (GAIN,)))
    assert "All is well." in made and texts.SERVING_EXAM in made and "Better in 8 of 8." in made


def test_what_an_interval_says_is_explained_once_below_an_exam_that_has_one() -> None:
    sure = Check("cross-fit", None, "It prefers what you want in 8 of 8 lessons (95 % interval 63 to 100 %).", 1.0)
    told = standing_html(Verdict("published", "All is well.", (GAIN, sure)))
    assert "95 % interval 63 to 100 %" in told
    assert told.count(texts.INTERVALS) == 1 and told.index("8 of 8 lessons") < told.index(texts.INTERVALS)
    assert texts.INTERVALS not in standing_html(Verdict("published", "All is well.", (GAIN,)))


def test_a_long_list_shows_its_newest_and_unfolds_the_rest() -> None:
    made = folded([f"<li>{number}</li>" for number in range(SHOWN + 3)])
    shown, rest = made.split("<details")
    assert shown.count("<li>") == SHOWN and rest.count("<li>") == 3
    assert f"Show all {SHOWN + 3}" in rest
    assert "details" not in folded(["<li>1</li>"])


def test_a_waiting_lesson_says_where_it_came_from_what_it_teaches_and_over_what() -> None:
    vote = feedback("v", "Tea?", reply="Hot.", rejected=("Cold <b>.",), source="vote")
    made = waiting_html([vote], read_lessons([vote]), ())
    for part in ("Tea?", "Hot.", "Cold &lt;b&gt;.", texts.SOURCES["vote"], texts.TEACHES["preference"]):
        assert part in made


def test_a_parked_lesson_can_be_learnt_again() -> None:
    row: Feedback = feedback("p", "Tea?", correction="Green.", parked=True)
    assert "do-release" in kept_html([row], read_lessons([row]), ())
