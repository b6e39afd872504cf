"""The morning report tells each lesson with its text and why, each check, the answers, and what it cost."""

from __future__ import annotations

from domain import Check, Example, Verdict
from personalization import report
from personalization.report import Told, as_text, exam_parts, report_of
from tests.builders import at, corrections, feedback, night

GAIN = Check("gain", True, "Better in 8 of 8.", 0.004, 0.01)
FINAL = Check("final general", False, "It got worse at ordinary English (+4.0%).", 0.04, 0.03)
CROSS = Check("cross-fit", None, "Right in 7 of 8 lessons it had not seen.", 0.875)
RIVAL = Check("rival", None, "With the lessons in its prompt: 3 of 8.", 0.375)
OLD = feedback("old", "And tea?", correction="Too hot.", at=at(0))


def test_each_lesson_is_told_with_its_text_and_why() -> None:
    ledger = [*corrections(3), OLD]
    slept = night(
        verdict=Verdict("published", "Learnt.", (GAIN,)),
        version="2026-03-01.1",
        used=("row00", "row01", "forgotten"),
        skipped={"old": "too long to learn from"},
        superseded={"row02": "row00"},
    )
    told = report_of(slept, ledger)
    learnt, left, replaced = told.groups
    assert (learnt.title, len(learnt.lessons)) == (report.LEARNT, 3)
    assert learnt.lessons[0] == Told("row00", ledger[0].prompt[0].content, ledger[0].correction or "", "")
    assert learnt.lessons[2] == Told("forgotten", "", "", "")
    assert left.lessons == (Told("old", "And tea?", "Too hot.", "too long to learn from"),)
    assert replaced.lessons[0].why == "later you said: Captain, eggs are fine things."
    assert "2026-03-01.1 serves from the next reply on." in told.serving


def test_a_refused_night_says_that_its_lessons_were_tried_and_nothing_changed() -> None:
    told = report_of(night(used=("row00",)), corrections(1))
    assert told.groups[0].title == report.TRIED
    assert told.serving == report.UNCHANGED


def test_a_night_without_news_leaves_it_to_its_reason_what_serves() -> None:
    known = night(verdict=Verdict("nothing new", "Your model already answers so; nothing changed."))
    assert report_of(known, []).serving == ""
    assert (
        as_text(report_of(known, [])).splitlines()[0] == "Nothing new: Your model already answers so; nothing changed."
    )
    assert report.UNCHANGED not in as_text(report_of(known, []))


def test_a_provisional_version_is_said_to_be_on_trial() -> None:
    slept = night(verdict=Verdict("provisional", "Learnt."), version="2026-03-01.1")
    assert "on trial" in report_of(slept, []).serving


def test_an_exam_is_read_in_parts_and_comparisons_come_last() -> None:
    later = Check("final rival", None, "Measured again.", 0.5)
    parts = exam_parts([CROSS, GAIN, RIVAL, FINAL, later])
    assert [part.title for part in parts] == [report.REHEARSALS, report.NEW_VERSION, report.MEASURED]
    assert [part.checks for part in parts] == [(GAIN,), (FINAL,), (CROSS, RIVAL, later)]
    assert exam_parts([GAIN], "Now")[0].title == "Now"
    assert exam_parts([]) == ()


def test_the_cost_counts_pauses_and_names_processor_time_only_if_known() -> None:
    slept = night(seconds={"exam": 61.0}, finished_at=at(5))
    assert report_of(slept, []).cost == "5.0 minutes · exam 61 s"
    busy = night(seconds={"exam": 400.0}, finished_at=at(5), cpu_seconds=600.0)
    assert report_of(busy, []).cost == "6.7 minutes · 10.0 minutes of processor time · exam 400 s"


def test_the_plain_text_holds_all_of_it() -> None:
    slept = night(
        verdict=Verdict("refused", "It got worse.", (GAIN, CROSS, FINAL)),
        used=tuple(row.id for row in corrections(22)),
        skipped={"old": "a reason"},
        examples=(Example("Why?", "Because\nof that.", "Captain, because."),),
    )
    text = as_text(report_of(slept, [*corrections(22), OLD]))
    assert text.splitlines()[:2] == ["Refused: It got worse.", report.UNCHANGED]
    for part in (
        "Better in 8 of 8. (passed)",
        "(+4.0%). (not passed)",
        "had not seen. (measured)",
        "Asked: Why?",
        "before: Because of that.",
        "after:  Captain, because.",
        "Tried, and not learnt (22):",
        "and 2 more",
        "old  And tea? -> Too hot. (a reason)",
        "5.0 minutes",
    ):
        assert part in text
