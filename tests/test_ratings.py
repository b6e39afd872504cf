"""What is said of a reply is one row of the ledger, the latest word, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backends.base import Sampling
from conversation.chat import Chat
from conversation.message import LONGEST
from conversation.ratings import Ratings
from domain import Message, Person, Turn
from errors import BadInput, Gone
from personalization.ledger import SECRET, read_lessons
from storage.adapters import Adapters
from storage.store import Store
from tests.builders import conversation, turn


@pytest.fixture
def ratings(store: Store, home: Path) -> Ratings:
    no_engine: Any = None  # verdicts do not ask the model
    return Ratings(Chat(no_engine, store, Adapters(home, "base hash"), Sampling()))


def said(store: Store, person: Person, text: str = "One", after: Turn | None = None, **fields: Any) -> Turn:
    """A stored turn with the reply "Fine."; fields change it."""
    if after is None:
        store.put_conversation(person.id, conversation())
    number = len(store.turns(person.id, "talk")) + 1
    new = turn(f"talk.{number}", parent=after.id if after else None, text=text, **{"reply": "Fine.", **fields})
    store.put_turn(person.id, new)
    return new


def test_a_thumb_is_kept_with_the_bare_prompt(home: Path, ratings: Ratings, store: Store, ada: Person) -> None:
    store.set_persona(ada.id, "Be brief.")
    key, _ = store.persona(ada.id)
    first = said(store, ada, "One", persona=key, inserted="I live in Bonn.")
    second = said(store, ada, "Two", first, persona=key, inserted="I live in Bonn.")
    assert ratings.rate(ada.id, second.id, "up", ["accurate"], "Nice!") == 1
    (row,) = Store(home).feedback(ada.id)
    assert (row.turn, row.reply, row.thumb) == (second.id, "Fine.", "up")
    assert (row.reasons, row.comment) == (("accurate",), "Nice!")
    assert row.prompt == (
        Message("system", "Be brief."),
        Message("user", "One"),
        Message("assistant", "Fine."),
        Message("user", "Two"),
    )


def test_the_latest_verdict_on_a_reply_counts(ratings: Ratings, store: Store, ada: Person) -> None:
    one = said(store, ada)
    assert ratings.rate(ada.id, one.id, "down", ["too long"]) == 0
    assert ratings.correct(ada.id, one.id, " Better. ") == 1
    (row,) = store.feedback(ada.id)
    assert (row.thumb, row.correction, row.reasons) == ("down", "Better.", ("too long",))
    assert ratings.rate(ada.id, one.id, "up") == 1
    (row,) = store.feedback(ada.id)
    assert (row.thumb, row.correction, row.reasons) == ("up", None, ())
    ratings.store.remove_feedback(ada.id, one.id)
    assert ratings.waiting(ada.id) == 0
    assert store.feedback(ada.id) == []


def test_two_corrections_in_one_long_conversation_both_wait(ratings: Ratings, store: Store, ada: Person) -> None:
    newest, waiting = None, []
    for number, topic in enumerate(["eggs", "moss", "tides", "chess", "kites", "drums", "wool"]):
        newest = said(store, ada, f"Tell me about {topic}", newest)
        waiting.append(ratings.correct(ada.id, newest.id, f"Better {number}."))
    assert waiting == [1, 2, 3, 4, 5, 6, 7]


def test_a_new_verdict_on_a_parked_row_is_a_lesson_again(ratings: Ratings, store: Store, ada: Person) -> None:
    one = said(store, ada)
    ratings.correct(ada.id, one.id, "Better.")
    verdicts: list[Callable[[], int]] = [
        lambda: ratings.correct(ada.id, one.id, "Best."),
        lambda: ratings.rate(ada.id, one.id, "up"),
    ]
    for verdict in verdicts:
        (row,) = store.feedback(ada.id)
        store.put_feedback(ada.id, replace(row, parked=True))
        assert ratings.waiting(ada.id) == 0
        assert verdict() == 1


@pytest.mark.parametrize("text", ["", "  \n", "Fine.", " Fine. ", "x" * (LONGEST + 1), "\ud83d"])
def test_a_correction_that_says_nothing_new_is_refused(ratings: Ratings, store: Store, ada: Person, text: str) -> None:
    one = said(store, ada)
    with pytest.raises(BadInput):
        ratings.correct(ada.id, one.id, text)
    assert store.feedback(ada.id) == []


def test_a_reply_under_way_or_without_words_cannot_be_rated(ratings: Ratings, store: Store, ada: Person) -> None:
    with pytest.raises(BadInput, match="still being written"):
        ratings.rate(ada.id, said(store, ada, finish="streaming").id, "up")
    with pytest.raises(BadInput, match="no reply to rate"):
        ratings.rate(ada.id, said(store, ada, reply="").id, "up")


def test_another_person_cannot_rate_a_reply(ratings: Ratings, store: Store, ada: Person) -> None:
    one = said(store, ada)
    with pytest.raises(Gone):
        ratings.rate(store.add_person("Bob").id, one.id, "up")


def test_lessons_that_the_serving_version_holds_do_not_wait(ratings: Ratings, store: Store, ada: Person) -> None:
    one = said(store, ada)
    ratings.correct(ada.id, one.id, "Better.")
    (lesson,) = ratings.waiting_lessons(ada.id)
    staged = ratings.adapters.stage(ada.id)
    (staged / "adapter.gguf").touch()
    manifest = {"created_at": "2026-03-01T03:00:00+00:00", "lessons": [lesson.id], "rows": list(lesson.rows)}
    ratings.adapters.publish(ada.id, staged, manifest)
    assert ratings.waiting(ada.id) == 0


# preferences


def siblings(store: Store, person: Person, *replies: str) -> list[Turn]:
    """Replies to the same words at the same place."""
    first = said(store, person, "Hello")
    return [said(store, person, "One", first, reply=reply) for reply in replies]


def test_a_reply_can_be_better_than_the_others_to_the_same_words(ratings: Ratings, store: Store, ada: Person) -> None:
    best, other, again = siblings(store, ada, "Best.", "Other.", "Best.")
    assert ratings.prefer(ada.id, best.id) == 1
    (row,) = store.feedback(ada.id)
    assert (row.thumb, row.reply, row.rejected) == (None, "Best.", ("Other.",))
    ratings.store.remove_feedback(ada.id, best.id)
    assert ratings.waiting(ada.id) == 0
    assert store.feedback(ada.id) == []
    with pytest.raises(BadInput, match="no other reply"):
        store.put_turn(ada.id, replace(other, reply="", finish="crashed"))
        ratings.prefer(ada.id, again.id)


def test_a_thumb_up_stays_when_the_reply_is_also_preferred_and_a_thumb_down_does_not(
    ratings: Ratings, store: Store, ada: Person
) -> None:
    best, _ = siblings(store, ada, "Best.", "Other.")
    ratings.rate(ada.id, best.id, "up")
    assert store.feedback(ada.id)[0].rejected == ()  # siblings alone say nothing
    ratings.prefer(ada.id, best.id)
    (row,) = store.feedback(ada.id)
    assert (row.thumb, row.rejected) == ("up", ("Other.",))
    ratings.rate(ada.id, best.id, "down")
    (row,) = store.feedback(ada.id)
    assert (row.thumb, row.rejected) == ("down", ())
    ratings.prefer(ada.id, best.id)
    (row,) = store.feedback(ada.id)
    assert (row.thumb, row.rejected) == (None, ("Other.",))


def test_of_two_preferences_among_the_same_replies_the_later_counts(
    ratings: Ratings, store: Store, ada: Person
) -> None:
    one, other = siblings(store, ada, "One.", "Other.")
    ratings.prefer(ada.id, one.id)
    ratings.prefer(ada.id, other.id)
    read = read_lessons(store.feedback(ada.id))
    assert [lesson.chosen for lesson in read.lessons] == ["Other."]
    assert read.superseded == {one.id: other.id}


# what cannot be taken as it is


def test_what_looks_like_a_secret_is_kept_but_not_learnt_until_the_person_allows_it(
    ratings: Ratings, store: Store, ada: Person
) -> None:
    one = said(store, ada)
    assert ratings.correct(ada.id, one.id, "The password is hunter22.") == 0
    assert read_lessons(store.feedback(ada.id)).skipped == {one.id: SECRET}
    assert ratings.allow(ada.id, one.id) == 1
    assert ratings.correct(ada.id, one.id, "The password is hunter23.") == 0
    assert ratings.correct(ada.id, one.id, "The password is in the drawer.") == 1


def test_a_reply_with_a_secret_can_be_thumbed_down_without_a_question(
    ratings: Ratings, store: Store, ada: Person
) -> None:
    ratings.rate(ada.id, said(store, ada, reply="The password is hunter22.").id, "down")
    assert not store.feedback(ada.id)[0].parked


def test_a_long_correction_in_another_language_is_taken(ratings: Ratings, store: Store, ada: Person) -> None:
    assert ratings.correct(ada.id, said(store, ada).id, "Das Ei kommt in heißes Wasser. " * 1_600) == 1


def test_of_a_deleted_conversation_verdicts_are_taken_back_but_not_changed(
    ratings: Ratings, store: Store, ada: Person
) -> None:
    one = said(store, ada)
    ratings.correct(ada.id, one.id, "Better.")
    store.remove_conversation(ada.id, "talk")
    verdicts: list[Callable[[], int]] = [
        lambda: ratings.rate(ada.id, one.id, "up"),
        lambda: ratings.correct(ada.id, one.id, "Best."),
        lambda: ratings.prefer(ada.id, one.id),
        lambda: ratings.allow(ada.id, one.id),
    ]
    for verdict in verdicts:
        with pytest.raises(Gone):
            verdict()
    assert ratings.waiting(ada.id) == 1
    ratings.store.remove_feedback(ada.id, one.id)
    assert ratings.waiting(ada.id) == 0
    with pytest.raises(Gone):
        ratings.store.remove_feedback(ada.id, one.id)
