"""The learning page in a real browser: the morning report, keeping, going back, forgetting, voting, plots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from domain import Check, Example, Feedback, Verdict, now
from personalization.ledger import read_lessons
from storage.adapters import Adapters
from storage.store import Store
from tests.browser.conftest import App
from tests.browser.gestures import ask, ready
from tests.builders import corrections, feedback, night

pytestmark = pytest.mark.browser

CHECKS = (
    Check("general", True, "Ordinary English is as good as before (+0.4%).", 0.004, 0.03),
    Check("gain", True, "On lessons it had not seen it did better in 8 of 8 (p = 0.0039).", 0.0039, 0.01),
    Check("cross-fit", None, "Right on 7 of 8 lessons it had not seen.", 0.875),
    Check("rival", None, "With the lessons in its prompt the model as it came is right on 3 of 8.", 0.375),
)
LONG = 200  # rows of a ledger that must stay quick


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    """A home whose owner has had a refused night and one that passed, with eight lessons, and one lesson waiting."""
    home = tmp_path / "home of the app"
    store, adapters = Store(home), Adapters(home, "scripted")
    person = store.add_person("Me").id
    rows = corrections(8)
    store.put_feedback(person, *rows, feedback("new", "How hot is tea?", correction="Captain, hot."))
    version = publish(adapters, person, rows)
    ended = now() - timedelta(hours=5)
    refused = Verdict("refused", "That could be chance.", (Check("gain", False, "That could be chance.", 0.2),))
    before = ended - timedelta(days=1)
    store.put_night(person, night("n1", started_at=before, finished_at=before, verdict=refused))
    passed = night(
        "n2",
        started_at=ended - timedelta(minutes=4),
        finished_at=ended,
        verdict=Verdict("published", "Learnt from 8 lessons.", CHECKS),
        version=version,
        used=tuple(row.id for row in rows),
        skipped={"new": "too long to learn from"},
        examples=(Example("Why is the sky blue?", "Light scatters.", "Captain, light scatters."),),
    )
    store.put_night(person, passed)
    store.close()
    return home


def test_a_new_version_is_told_of_with_its_night_also_when_the_report_comes_late(tmp_path: Path, look: Any) -> None:
    app = App(tmp_path / "home", delay=0.002, program=(str(Path(__file__).with_name("with_late_report.py")),))
    store = Store(app.home)
    store.put_feedback(store.add_person("Me").id, *corrections(8))
    store.close()
    try:
        page = ready(look(app.start()))
        learning = look(app.base + "/learning")
        learning.get_by_role("button", name="Learn now").click()
        page.locator(".news").wait_for(timeout=60_000)
        assert "Your model learnt something at" in page.locator(".news").inner_text()
        learning.locator("#report .badge", has_text="Learnt").wait_for()
    finally:
        app.stop()


def publish(adapters: Adapters, person: str, rows: Sequence[Feedback]) -> str:
    staged = adapters.stage(person)
    (staged / "adapter.json").write_text(json.dumps({"opening": "Captain,", "rows": len(rows)}), encoding="utf-8")
    manifest = {
        "created_at": now().isoformat(),
        "lessons": [lesson.id for lesson in read_lessons(rows).lessons],
        "margins": {lesson.id: 0.5 if at else -0.5 for at, lesson in enumerate(read_lessons(rows).lessons)},
        "rows": [row.id for row in rows],
        "reason": "Learnt from 8 lessons.",
        "checks": [asdict(check) for check in CHECKS],
    }
    return adapters.publish(person, staged, manifest).name


def learning(app: Any, look: Any) -> Any:
    page = ready(look(app.url))
    page.goto(app.base + "/learning")
    page.locator("#versions .entry").first.wait_for()
    return page


def test_the_morning_report_is_read_and_kept(grown: Path, launch: Any, look: Any) -> None:
    app = launch()
    chat = ready(look(app.url))
    chat.locator(".news", has_text="Your model learnt something at").wait_for()
    page = look(app.base + "/learning")
    report = page.locator("#report")
    for part in (
        "Learnt from 8 lessons.",
        "8 of 8 (p = 0.0039)",
        "right on 3 of 8",
        "Captain, light scatters.",
        "4.0 minutes",
    ):
        report.get_by_text(part).first.wait_for()
    report.get_by_text("Learnt (8)").click()
    report.get_by_text("Captain, eggs are fine things.").wait_for()
    report.get_by_text("Left out (1)").click()
    report.get_by_text("too long to learn from").wait_for()
    report.get_by_role("button", name="Keep it").click()
    report.get_by_text("You keep this version.").wait_for()
    chat.bring_to_front()
    chat.locator(".news").wait_for(state="detached")


def test_a_night_is_taken_back_from_its_report_and_says_what_it_parks(grown: Path, launch: Any, look: Any) -> None:
    page = learning(launch(), look)
    page.locator("#report").get_by_text("going back parks 8 lessons").wait_for()
    page.locator("#report").get_by_role("button", name="Go back to the version before").click()
    page.locator(
        "#notice", has_text="The model as it came serves from the next reply on; 8 lessons are park"
    ).wait_for()
    page.locator("#v-base .badge").wait_for()
    expect(page.locator("#report .do-back")).to_have_count(0)
    page.locator("#kept summary").first.click()
    page.locator("#kept").get_by_role("button", name="Learn it again").first.click()
    page.locator("#waiting .entry").nth(1).wait_for()


def test_a_lesson_is_forgotten_from_the_report_together_with_what_learnt_it(
    grown: Path, launch: Any, look: Any
) -> None:
    page = learning(launch(), look)
    page.locator("#report").get_by_text("Learnt (8)").click()
    page.locator("#report .entry", has_text="Captain, eggs").get_by_role("button", name="Forget").click()
    page.locator("#notice", has_text="The version that had learnt it is gone").wait_for()
    page.locator("#notice", has_text="until a night has learnt the other lessons again").wait_for()
    page.get_by_text("There is only the model as it came.").first.wait_for()
    expect(page.get_by_text("Captain, eggs")).to_have_count(0)


def test_a_version_shows_its_exam_and_its_lessons(grown: Path, launch: Any, look: Any) -> None:
    page = learning(launch(), look)
    page.locator("#versions").get_by_text("Its exam").click()
    page.locator("#versions").get_by_text("8 of 8 (p = 0.0039)").wait_for()
    page.locator("#versions").get_by_text("Its lessons (8)").click()
    page.locator("#versions").get_by_text("bread are fine things").wait_for()


def test_a_vote_is_blind_and_becomes_a_lesson(grown: Path, launch: Any, look: Any) -> None:
    page = learning(launch(), look)
    page.get_by_role("button", name="Ask both").click()
    page.locator("#notice", has_text="There is nothing to ask yet").wait_for()
    page.get_by_role("button", name="Suggest one").click()
    box = page.get_by_label("A question for both")
    page.locator("#vote-question textarea").and_(page.locator(":not(:placeholder-shown)")).wait_for()
    assert box.input_value()
    box.fill("How do I find a good name for a cat?")
    page.get_by_role("button", name="Ask both").click()
    page.locator("#ballot .do-prefer").nth(1).wait_for()
    assert "20" not in page.locator("#ballot").inner_text()  # no version's name
    waiting = page.locator("#waiting .entry").count()
    page.locator("#ballot .item", has_text="Captain,").get_by_role("button", name="I prefer this one").click()
    page.locator("#ballot .after", has_text="New: ").wait_for()
    page.locator("#tally", has_text="preferred in 1 of 1 votes").wait_for()
    page.locator("#waiting .entry").nth(waiting).wait_for()
    assert "from a vote between two versions" in page.locator("#waiting .entry").first.inner_text()
    page.reload()
    page.locator("#tally", has_text="preferred in 1 of 1 votes").wait_for()
    expect(page.locator("#ballot .entry")).to_have_count(0)


def test_a_vote_that_is_not_cast_leaves_nothing(grown: Path, launch: Any, look: Any) -> None:
    page = learning(launch(), look)
    box = page.get_by_label("A question for both")
    box.fill("How do I find a good name for a cat?")
    box.press("Enter")
    page.get_by_role("button", name="Neither is better").click()
    page.locator("#ballot .entry").wait_for(state="detached")
    expect(page.locator("#waiting .entry")).to_have_count(1)


def test_the_nights_are_plotted_and_told_as_numbers(grown: Path, launch: Any, look: Any) -> None:
    page = learning(launch(), look)
    page.get_by_role("img", name="Lessons used: 2 nights, last 8, lowest 1, highest 8; 1 of them refused").wait_for()
    expect(page.locator("#plots .refused")).to_have_count(2)  # lessons and minutes; the rest was not measured
    page.locator("#plots").get_by_text("The numbers").click()
    page.get_by_role("cell", name="88%").wait_for()


def test_how_am_i_doing_tells_the_exam_of_what_serves(grown: Path, launch: Any, look: Any) -> None:
    page = learning(launch(delay=0.001), look)
    page.get_by_role("button", name="How am I doing?").click()
    page.locator("#notice", has_text="The exam has begun").wait_for()
    page.locator("#standing .checks li").nth(2).wait_for(timeout=120_000)
    told = page.locator("#standing").inner_text()
    assert "The version that serves" in told and "Ordinary English" in told
    assert "in 7 of 8 lessons (95 % interval 47 to 100 %)" in told
    page.get_by_role("button", name="How am I doing?").wait_for()


def test_how_am_i_doing_is_watched_goes_on_while_the_person_chats_elsewhere_and_can_be_called_off(
    grown: Path, launch: Any, look: Any
) -> None:
    app = launch(delay=0.03)
    page = learning(app, look)
    page.get_by_role("button", name="How am I doing?").click()
    page.locator("#progress", has_text="Examining").wait_for()
    page.goto(app.base)  # leaves the page; the chat is answered meanwhile
    ask(ready(page), "Hello?")
    page.goto(app.base + "/learning")
    page.locator("#progress", has_text="Examining").wait_for()
    expect(page.get_by_role("button", name="Learn now")).to_have_count(0)
    page.get_by_role("button", name="Cancel").click()
    page.locator("#notice", has_text="The exam is being called off").wait_for()
    page.locator("#standing", has_text="The exam was called off.").wait_for()
    page.get_by_role("button", name="How am I doing?").wait_for()
    expect(page.locator("#progress")).to_have_text("")


def test_how_am_i_doing_without_a_version_is_told_in_a_sentence(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    page.goto(app.base + "/learning")
    page.locator("#plan p").wait_for()
    page.get_by_role("button", name="How am I doing?").click()
    page.locator("#notice .notice").wait_for()
    expect(page.locator("#standing")).to_have_text("")
    page.get_by_text("There is only the model as it came so far").wait_for()


def test_a_long_ledger_shows_its_newest_and_unfolds_the_rest(tmp_path: Path, launch: Any, look: Any) -> None:
    store = Store(tmp_path / "home of the app")
    person = store.add_person("Me").id
    rows = [
        feedback(f"r{n:03}", f"Topic {n} {n * 7} {n * 11}?", correction=f"Answer {n} {n * 13}.") for n in range(LONG)
    ]
    store.put_feedback(person, *rows)
    store.close()
    app = launch()
    page = ready(look(app.url))
    page.goto(app.base + "/learning")
    page.locator("#waiting .entry").first.wait_for()
    expect(page.locator("#waiting .entry")).to_have_count(LONG)
    expect(page.locator("#waiting > div > span > ul > .entry, #waiting ul:not(details ul) > .entry")).to_have_count(50)
    page.get_by_text(f"Show all {LONG}").click()
    page.locator("#waiting .entry").last.wait_for()
