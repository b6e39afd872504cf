"""What stands under a reply: notes, verdicts, buttons."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from domain import Feedback, Message, Turn
from personalization.ledger import read_lessons
from web import texts
from web.lessons import kept_html, progress_html, waiting_html
from web.thread import live_html, thread_html, turn_html, verdicts

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
TURN = Turn("c.t", "c", None, "Hi <b>", "", "", None, "", "Hello.", "stop", "base", "", AT)
ROW = Feedback("c.t", "c.t", (Message("user", "Hi"),), "Hello.", None, "Ahoy.", (), (), "", "chat", AT)


def test_a_correction_says_that_it_will_be_learnt_and_offers_undo() -> None:
    said = verdicts([ROW], ())
    made = turn_html(TURN, said)
    assert "once 5 replies are rewritten (1 so far)." in made
    assert "do-undo" in made
    assert "Ahoy." in made


def test_a_night_is_promised_only_when_enough_corrections_wait() -> None:
    thumb = replace(ROW, correction=None, thumb="up")
    rows = [
        replace(ROW, id=f"c.{number}", prompt=(Message("user", question),))
        for number, question in enumerate(["Hello", "Bread?", "Rain?", "A bicycle?", "Trees in autumn?"])
    ]
    alone = turn_html(TURN, verdicts([thumb], ()))
    assert "once 5 replies are rewritten (0 so far), or once 4 have a thumb up and 4 a thumb down." in alone
    few = verdicts([thumb, *rows[:4]], ())
    assert "once 5 replies are rewritten (4 so far)" in few.standing["c.t"]
    assert few.standing["c.0"] == "Will be learnt at night once 5 replies are rewritten (4 so far)."
    enough = verdicts([thumb, *rows], ())
    assert {enough.standing[row.id] for row in (thumb, *rows)} == {"Will be learnt tonight (6 waiting)."}


def test_a_learnt_correction_says_so() -> None:
    learnt = [entry.id for entry in read_lessons([ROW]).lessons]
    assert texts.LEARNT in turn_html(TURN, verdicts([ROW], learnt))
    assert texts.NO_WAITING in waiting_html([ROW], read_lessons([ROW]), learnt)
    assert texts.LEARNT in kept_html([ROW], read_lessons([ROW]), learnt)


def test_a_thumb_down_alone_is_noted_and_offers_reasons() -> None:
    row = replace(ROW, correction=None, thumb="down", reasons=("too long",))
    made = turn_html(TURN, verdicts([row], ()))
    assert texts.NOTED in made
    assert "do-why-too-long on" in made
    assert "do-why-did-not-follow" in made
    assert "do-comment" in made


def test_a_reply_that_broke_off_says_how() -> None:
    none = verdicts([], ())
    assert texts.STOPPED in turn_html(replace(TURN, finish="stopped"), none)
    assert "The engine died." in turn_html(replace(TURN, finish="crashed", note="The engine died."), none)
    assert texts.BROKE_OFF in turn_html(replace(TURN, finish="crashed"), none)


def test_a_reply_without_words_can_only_be_asked_for_again() -> None:
    made = turn_html(replace(TURN, reply="", finish="crashed"), verdicts([], ()))
    assert "do-again" in made
    assert "do-up" not in made


def test_what_the_person_wrote_is_text() -> None:
    made = thread_html([TURN], verdicts([], ()), {}, conversation="c", more=True)
    assert "Hi &lt;b&gt;" in made
    assert "do-earlier" in made


def test_a_reply_being_written_shows_why_it_waits_until_words_come() -> None:
    assert "2 before you" in live_html(replace(TURN, reply=""), "2 before you")
    assert "2 before you" not in live_html(TURN, "2 before you")


def test_waiting_lessons_show_question_and_better_reply() -> None:
    made = waiting_html([ROW], read_lessons([ROW]), ())
    assert "Hi" in made
    assert "Ahoy." in made
    assert texts.TEACHES["correction"] in made


def test_a_progress_bar_stays_within_its_frame() -> None:
    assert "width:100.0%" in progress_html("Learning", 1.4, 30.0, 0.5)
    assert "width:0.0%" in progress_html("Learning", -1.0, None, None)
    assert "less than a minute left" in progress_html("Learning", 0.5, 30.0, None)


def test_arrows_lead_through_the_replies_to_the_same_words() -> None:
    none = verdicts([], ())
    assert "leaf" not in turn_html(TURN, none)
    first, last = (turn_html(TURN, none, versions) for versions in ([TURN.id, "b"], ["a", TURN.id]))
    assert "1 of 2" in first and "do-next" in first and "do-previous" not in first
    assert "2 of 2" in last and "do-previous" in last and "do-next" not in last


def test_only_a_reply_that_has_others_beside_it_can_be_better_than_them() -> None:
    none = verdicts([], ())
    assert "do-prefer" not in turn_html(TURN, none)
    assert texts.BETTER_THAN_OTHER in turn_html(TURN, none, ["a", TURN.id])
    assert texts.BETTER_THAN_OTHERS in turn_html(TURN, none, ["a", TURN.id, "b"])
    preferred = verdicts([replace(ROW, correction=None, rejected=("Hm.",))], ())
    assert "do-prefer on" in turn_html(TURN, preferred, ["a", TURN.id])


def test_no_button_moves_when_a_reply_gets_others_beside_it() -> None:
    none, name = verdicts([], ()), re.compile(r"do-(\w+)")
    alone, beside = (name.findall(turn_html(TURN, none, versions)) for versions in ((), [TURN.id, "b"]))
    assert beside[: len(alone)] == alone


def test_off_the_record_no_verdict_is_offered() -> None:
    made = thread_html([TURN], verdicts([], ()), {}, conversation="c", more=False, rated=False)
    assert "do-copy" in made and "do-again" in made
    assert not any(f"do-{verdict}" in made for verdict in ("up", "down", "better", "prefer"))


def test_what_looks_like_a_secret_waits_for_a_word_of_the_person() -> None:
    made = turn_html(TURN, verdicts([replace(ROW, correction="The password is hunter22.", parked=True)], ()))
    assert texts.SECRET in made and "do-allow" in made and "do-undo" in made
    parked = turn_html(TURN, verdicts([replace(ROW, parked=True)], ()))
    assert texts.PARKED in parked and "do-allow" not in parked


def test_a_row_that_teaches_nothing_says_why() -> None:
    assert "Not learnt: the correction is the reply as it was." in turn_html(
        TURN, verdicts([replace(ROW, correction="Hello.")], ())
    )


def test_a_very_long_correction_says_that_only_its_beginning_is_learnt() -> None:
    long = [replace(ROW, correction="word " * 10_000)]
    assert texts.IN_PART in turn_html(TURN, verdicts(long, ()))
    assert texts.IN_PART in waiting_html(long, read_lessons(long), ())
    assert texts.IN_PART not in waiting_html([ROW], read_lessons([ROW]), ())
