"""“Old me or new me?”: random order, nothing stored before the vote, and a vote that is a row of the ledger."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from domain import BASE, Message, now
from errors import BadInput, Gone
from homegrown import Homegrown
from personalization.ledger import read_lessons
from tests.builders import corrections, night
from web import texts
from web.learning_page import decide, suggestion, undo_of
from web.parts import Wish
from web.vote import Ballot, Rival, Tally, answers, ballot_html, cast, revealed_html, rivals, tally, tally_sentence

QUESTION = "How do I find a good name for a cat?"


@pytest.fixture
def ada(parts: Homegrown) -> str:
    return parts.store.add_person("Ada").id


def publish(parts: Homegrown, person: str, opening: str, rows: tuple[str, ...] = ()) -> str:
    staged = parts.adapters.stage(person)
    (staged / "adapter.json").write_text(json.dumps({"opening": opening, "rows": len(rows)}), encoding="utf-8")
    made = {"created_at": now().isoformat(), "lessons": list(rows), "rows": list(rows)}
    return parts.adapters.publish(person, staged, made).name


def whole(parts: Homegrown, person: str, seed: int = 0) -> Ballot:
    parts.engine.start()
    return list(answers(parts, person, QUESTION, random.Random(seed)))[-1]


def ballot(*answers: str, newer_first: bool = True) -> Ballot:
    pair = (Rival("v2", Path("v2"), True), Rival(BASE, None, False))
    shown = pair if newer_first else (pair[1], pair[0])
    return Ballot((Message("user", QUESTION),), shown, (answers[0], answers[1]), whole=True)


def test_what_serves_meets_its_parent_and_after_a_roll_back_the_newest_meets_the_base(
    parts: Homegrown, ada: str
) -> None:
    assert rivals(parts, ada) is None
    first = publish(parts, ada, "Captain,")
    newer, older = rivals(parts, ada) or pytest.fail("nobody")
    assert (newer.name, older.name, older.folder) == (first, BASE, None)
    second = publish(parts, ada, "Ahoy,")
    newer, older = rivals(parts, ada) or pytest.fail("nobody")
    assert (newer.name, older.name) == (second, first)
    assert older.folder and older.folder.name == first
    parts.versions.roll_back(ada, BASE)
    newer, older = rivals(parts, ada) or pytest.fail("nobody")
    assert (newer.name, older.name) == (second, BASE)


def test_both_answer_in_an_order_that_chance_decides_and_nothing_is_stored(parts: Homegrown, ada: str) -> None:
    publish(parts, ada, "Captain,")
    parts.engine.start()
    orders = set()
    for seed in range(8):
        *growing, last = answers(parts, ada, QUESTION, random.Random(seed))
        assert last.whole and not any(written.whole for written in growing)
        first = last.answers[0].startswith("Captain,")
        assert last.rivals[0].newer == first and last.rivals[1].newer != first
        orders.add(first)
    assert orders == {True, False}
    assert parts.store.feedback(ada) == [] and parts.store.conversations(ada) == []


def test_a_vote_is_a_preference_and_counts_for_its_version(parts: Homegrown, ada: str) -> None:
    publish(parts, ada, "Captain,")
    asked = whole(parts, ada)
    row = cast(parts, ada, asked, 1)
    assert parts.store.feedback(ada) == [row]
    assert (row.reply, row.rejected) == (asked.answers[1], (asked.answers[0],))
    assert (row.source, row.thumb, row.correction, row.turn) == ("vote", None, None, None)
    assert [message.content for message in row.prompt] == [QUESTION]
    assert tally([row]) == (Tally(1, 0) if asked.rivals[1].newer else Tally(0, 1))
    assert [lesson.signal for lesson in read_lessons([row]).lessons] == ["preference"]
    assert tally(corrections(2)) == Tally(0, 0)
    assert tally_sentence(Tally(0, 0)) == ""
    assert "3 of 4 votes" in tally_sentence(Tally(3, 1))


def test_a_ballot_tells_no_names_before_the_vote_and_all_after() -> None:
    shown = ballot_html(ballot("Yes.", "No."))
    assert "v2" not in shown and texts.BASE_MODEL not in shown
    assert shown.count("do-prefer") == 2 and "do-neither" in shown
    told = revealed_html(ballot("Yes.", "No."), 1, Tally(0, 1))
    assert "New: v2" in told and f"Old: {texts.BASE_MODEL} · {texts.PREFERRED}" in told and "0 of 1 votes" in told


def test_there_is_no_vote_on_answers_that_are_alike_empty_or_not_whole(parts: Homegrown, ada: str) -> None:
    assert "do-prefer" not in ballot_html(ballot("Same.", "Same. "))
    assert texts.VOTE_ALIKE in ballot_html(ballot("Same.", "Same. "))
    assert ballot_html(ballot("Yes.", "")).count("do-prefer") == 1
    growing = Ballot((Message("user", QUESTION),), ballot("a", "b").rivals, ("Yes.", ""))
    assert "do-prefer" not in ballot_html(growing)
    for unfit, place in ((ballot("Same.", "Same."), 0), (ballot("Yes.", ""), 1), (growing, 0), (ballot("a", "b"), 2)):
        with pytest.raises(BadInput):
            cast(parts, ada, unfit, place)
    assert parts.store.feedback(ada) == []


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_question_is_refused(parts: Homegrown, ada: str, text: str) -> None:
    publish(parts, ada, "Captain,")
    with pytest.raises(BadInput, match="nothing to ask"):
        next(answers(parts, ada, text, random.Random()))


def test_nobody_votes_before_there_is_a_version(parts: Homegrown, ada: str) -> None:
    with pytest.raises(BadInput, match="only the model as it came"):
        next(answers(parts, ada, QUESTION, random.Random()))


# what the buttons of the page do


def wish(do: str, on: str) -> Wish:
    return Wish(do, on, "", 1)


def test_keeping_a_night_is_remembered(parts: Homegrown, ada: str) -> None:
    parts.store.put_night(ada, night())
    assert decide(parts, ada, wish("keep", "n1")) == ""
    assert [slept.seen for slept in parts.store.nights(ada)] == [True]
    with pytest.raises(Gone):
        decide(parts, ada, wish("keep", "n2"))


def test_going_back_says_what_was_parked_and_forgetting_what_serves(parts: Homegrown, ada: str) -> None:
    parts.store.put_feedback(ada, *corrections(2))
    made = publish(parts, ada, "Captain,", ("row00", "row01"))
    slept = night(version=made)
    shown = undo_of(parts, ada, slept, parts.adapters.versions(ada), parts.store.feedback(ada))
    assert shown and (shown.version, shown.parks) == (BASE, 2)
    assert decide(parts, ada, wish("back", BASE)) == "The model as it came serves from the next reply on; " + (
        "2 lessons are parked."
    )
    assert undo_of(parts, ada, slept, parts.adapters.versions(ada), parts.store.feedback(ada)) is None
    assert decide(parts, ada, wish("release", "row00")) == ""
    assert decide(parts, ada, wish("forget", "row00")).startswith("Forgotten")
    assert [row.id for row in parts.store.feedback(ada)] == ["row01"]
    with pytest.raises(BadInput):
        decide(parts, ada, wish("dance", "row01"))


def test_a_suggestion_is_a_question_that_nobody_taught(parts: Homegrown, ada: str) -> None:
    prompts: Any = parts.nights.probes.prompts
    shown = suggestion(parts, ada, prompts[0])
    assert shown in prompts and shown != prompts[0]
