"""Going back parks what would be learnt again; forgetting takes a lesson out of everything that holds or knew it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from conversation.generation import Generation
from domain import BASE, Check, Example, Message, Person, Reminder, Verdict
from errors import BadInput, Gone, StorageTrouble
from learning.versions import Versions
from personalization.forgetting import cleansed, quotes
from personalization.ledger import PARKED, read_lessons
from storage.adapters import Adapters
from storage.store import Store
from tests.builders import calm, conversation, corrections, feedback, night, turn

ROWS = corrections(16)
EARLY, LATE = {row.id for row in ROWS[:8]}, {row.id for row in ROWS[8:]}


@pytest.fixture
def ada(store: Store) -> Person:
    ada = store.add_person("Ada")
    store.put_feedback(ada.id, *ROWS)
    return ada


@pytest.fixture
def adapters(store: Store) -> Adapters:
    return Adapters(store.home, "base A")


@pytest.fixture
def called() -> list[str]:
    return []


@pytest.fixture
def versions(store: Store, adapters: Adapters, called: list[str]) -> Versions:
    return Versions(store, adapters, calm, called.append, called.append)


def publish(adapters: Adapters, ada: Person, rows: set[str], minute: int = 0) -> str:
    """A version that has learnt these rows, and holds their texts as weights would."""
    staged = adapters.stage(ada.id)
    texts = [row.correction for row in ROWS if row.id in rows]
    (staged / "adapter.gguf").write_text(json.dumps(texts), encoding="utf-8")
    minute += len(adapters.versions(ada.id))
    manifest = {"created_at": f"2026-03-01T03:{minute:02}:00+00:00", "lessons": sorted(rows), "rows": sorted(rows)}
    return adapters.publish(ada.id, staged, manifest).name


def parked(store: Store, ada: Person) -> set[str]:
    return {row.id for row in store.feedback(ada.id) if row.parked}


def holding(home: Path, words: str) -> list[str]:
    """Files below home that hold these words, also as JSON would write them."""
    return [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and words.encode() in path.read_bytes()
    ]


# going back


def test_rolling_back_parks_what_only_the_left_version_had_learnt_and_going_forward_takes_it_back(
    versions: Versions, store: Store, adapters: Adapters, ada: Person
) -> None:
    first, second = publish(adapters, ada, EARLY), publish(adapters, ada, EARLY | LATE)
    versions.roll_back(ada.id, first)
    assert (adapters.current(ada.id)[0], parked(store, ada)) == (first, LATE)
    versions.roll_back(ada.id, BASE)
    assert (adapters.current(ada.id)[0], parked(store, ada)) == (BASE, EARLY | LATE)
    versions.roll_back(ada.id, second)
    assert (adapters.current(ada.id)[0], parked(store, ada)) == (second, set())


def test_what_no_version_of_this_base_has_learnt_is_not_parked(
    versions: Versions, store: Store, adapters: Adapters, ada: Person
) -> None:
    publish(Adapters(store.home, "base B"), ada, LATE)
    publish(adapters, ada, EARLY)
    versions.roll_back(ada.id, BASE)
    assert parked(store, ada) == EARLY


def test_a_released_lesson_can_be_learnt_again(
    versions: Versions, store: Store, adapters: Adapters, ada: Person
) -> None:
    publish(adapters, ada, EARLY | LATE)
    versions.roll_back(ada.id, BASE)
    assert set(read_lessons(store.feedback(ada.id)).skipped.values()) == {PARKED}
    versions.release(ada.id, "row03")
    assert parked(store, ada) == (EARLY | LATE) - {"row03"}
    with pytest.raises(Gone):
        versions.release(ada.id, "gone")


def test_rolling_back_to_what_is_not_there_changes_nothing(
    versions: Versions, store: Store, adapters: Adapters, ada: Person
) -> None:
    version = publish(adapters, ada, EARLY)
    with pytest.raises(Gone, match="there are: base"):
        versions.roll_back(ada.id, "2020-01-01.1")
    assert (adapters.current(ada.id)[0], parked(store, ada)) == (version, set())


def test_one_step_back_leads_to_the_parent_or_to_the_newest_older_one_if_that_is_gone(
    versions: Versions, adapters: Adapters, ada: Person
) -> None:
    first, second, third = (publish(adapters, ada, rows) for rows in (EARLY, LATE, EARLY | LATE))
    assert versions.before(ada.id) == second
    adapters.remove(ada.id, second)
    assert versions.before(ada.id) == first
    adapters.point(ada.id, first)
    assert versions.before(ada.id) == BASE
    adapters.point(ada.id, BASE)
    with pytest.raises(Gone, match="nothing to go back to"):
        versions.before(ada.id)
    assert third in [version.name for version in adapters.versions(ada.id)]


# forgetting


def test_a_forgotten_lesson_takes_every_version_that_learnt_it_along_and_the_newest_other_one_serves_at_once(
    versions: Versions, store: Store, adapters: Adapters, ada: Person, called: list[str]
) -> None:
    first, second, third = publish(adapters, ada, EARLY), publish(adapters, ada, EARLY), publish(adapters, ada, LATE)
    gone = versions.forget(ada.id, "row09")
    assert (gone.removed, gone.serving, gone.switched) == ((third,), second, True)
    assert f"version {second} serves until a night has learnt the other" in gone.sentence
    assert [version.name for version in Adapters(store.home, "base A").versions(ada.id)] == [first, second]
    assert "row09" not in {row.id for row in Store(store.home).feedback(ada.id)}
    assert called == [ada.id, f"{ada.id}/"]  # a night that may be learning it is called off; caches are dropped


def test_without_an_untouched_version_the_base_serves(versions: Versions, adapters: Adapters, ada: Person) -> None:
    publish(adapters, ada, EARLY), publish(adapters, ada, EARLY | LATE)
    gone = versions.forget(ada.id, "row00")
    assert (adapters.current(ada.id), gone.serving, len(gone.removed)) == ((BASE, None), BASE, 2)
    assert "the model as it came serves" in gone.sentence


def test_what_serves_stays_if_it_never_saw_the_lesson(versions: Versions, adapters: Adapters, ada: Person) -> None:
    first, second = publish(adapters, ada, EARLY), publish(adapters, ada, EARLY | LATE)
    adapters.point(ada.id, first)
    gone = versions.forget(ada.id, "row09")
    assert (gone.removed, gone.serving, gone.switched) == ((second,), first, False)
    assert "goes on serving" in gone.sentence
    assert versions.forget(ada.id, "row10").sentence == "Forgotten; no version had learnt it."


def test_a_version_that_was_left_by_rolling_back_does_not_come_back_by_forgetting(
    versions: Versions, store: Store, adapters: Adapters, ada: Person
) -> None:
    first, _ = publish(adapters, ada, EARLY), publish(adapters, ada, LATE)
    versions.roll_back(ada.id, first)
    held = parked(store, ada)
    versions.forget(ada.id, "row00")
    assert adapters.current(ada.id) == (BASE, None)
    assert parked(store, ada) == held == LATE


def test_versions_of_other_bases_that_learnt_the_lesson_go_too(
    versions: Versions, store: Store, adapters: Adapters, ada: Person
) -> None:
    other = Adapters(store.home, "base B")
    foreign = publish(other, ada, EARLY)
    own = publish(adapters, ada, LATE)
    gone = versions.forget(ada.id, "row00")
    assert (gone.removed, gone.serving) == ((foreign,), own)
    assert other.current(ada.id) == (BASE, None)


def test_a_version_whose_manifest_is_damaged_goes_because_nobody_can_tell_what_it_learnt(
    versions: Versions, store: Store, adapters: Adapters, ada: Person
) -> None:
    name = publish(adapters, ada, EARLY)
    folder = store.home / "people" / ada.id / "adapters" / name
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    assert versions.forget(ada.id, "row00").removed == (name,)
    assert not folder.exists()


def test_no_file_below_home_holds_a_word_of_a_forgotten_lesson(
    versions: Versions, store: Store, adapters: Adapters, ada: Person
) -> None:
    secret = feedback(
        "secret",
        "Where is the zebrafish?",
        reply="Ask a wombat first.",
        correction="It sleeps in the quokka house.",
        rejected=("Perhaps an axolotl knows.",),
        comment="narwhal nonsense",
        reasons=("wrong",),
    )
    words = ("zebrafish", "wombat", "quokka", "axolotl", "narwhal")
    store.put_feedback(ada.id, secret)
    quoted = '[What I want:\n- "Where is the zebrafish?": "It sleeps in the quokka house."\n]'
    store.put_conversation(ada.id, conversation())
    store.put_turn(ada.id, turn("talk.1", inserted=quoted, memories=("m1",), prompt_hash="hash"))
    shown = (Reminder("l", "Where is the zebrafish?", "It sleeps in the quokka house."), Reminder("m", "Eggs?", "Yes."))
    store.put_turn(ada.id, turn("talk.2", parent="talk.1", reminders=shown, prompt_hash="hash"))
    checks = (Check("slices", True, "Lessons about “zebrafish” held.", 0.0), Check("gain", True, "Better."))
    for number, used in enumerate((("secret",), ("row00",))):
        store.put_night(
            ada.id,
            night(
                f"n{number}",
                used=used,
                verdict=Verdict("published", "Lessons about “zebrafish” held.", checks),
                examples=(Example("Where?", "Here.", "Perhaps it sleeps in the quokka house."),),
            ),
        )
    staged = adapters.stage(ada.id)
    (staged / "adapter.gguf").write_text(str(secret.correction), encoding="utf-8")
    entry = {"created_at": "2026-03-01T03:00:00+00:00", "lessons": ["l"], "rows": ["secret"], "reason": "“zebrafish”"}
    adapters.publish(ada.id, staged, entry)
    assert all(holding(store.home, word) for word in words)

    versions.forget(ada.id, "secret")
    assert {word: holding(store.home, word) for word in words} == {word: [] for word in words}
    (first, second) = store.nights(ada.id)
    assert first.verdict.reason == "Lessons about “…” held."
    assert [check.sentence for check in second.verdict.checks] == ["Lessons about “…” held.", "Better."]
    turns = store.turns(ada.id, "talk")
    assert [(t.inserted, t.memories, t.prompt_hash) for t in turns.values()] == [("", (), ""), ("", (), "")]
    assert [t.reminders for t in turns.values()] == [(), shown[1:]]
    assert len(store.feedback(ada.id)) == len(ROWS)


def test_what_a_night_that_is_called_off_has_written_is_gone_when_forgetting_returns(
    versions: Versions, store: Store, adapters: Adapters, ada: Person
) -> None:
    (adapters.stage(ada.id) / "adapter.gguf").write_text("weights that know the quokka house", encoding="utf-8")
    versions.forget(ada.id, "row00")
    assert holding(store.home, "quokka") == []


def test_a_topic_that_other_lessons_name_too_stays_in_the_report() -> None:
    row, other = feedback("a", "Tell me of eggs now"), feedback("b", "And eggs again?")
    told = night(verdict=Verdict("refused", "Worse about “eggs”."), used=("b",))
    assert cleansed(told, row, [other]) == told
    assert cleansed(told, row, []).verdict.reason == "Worse about “…”."


def test_answers_of_a_night_go_if_the_night_learnt_the_row_or_they_quote_it() -> None:
    row = feedback("a", correction="The house with the green door.")
    plain, quoting = Example("Hello?", "Hi.", "Hi there."), Example("Where?", "There.", "At the house with the bell.")
    assert cleansed(night(used=("a",), examples=(plain,)), row, []).examples == ()
    assert cleansed(night(used=("b",), examples=(plain, quoting)), row, []).examples == (plain,)


@pytest.mark.parametrize(
    ("text", "found"),
    [("say THE GREEN, door", True), ("a green door", False), ("", False), ("Aye!", True), ("ayeaye", False)],
)
def test_a_quotation_is_three_words_in_a_row_or_all_of_a_short_text(text: str, found: bool) -> None:
    row = feedback("a", "One two three", reply="the green door", correction="Aye", comment="")
    assert quotes(text, row) is found


def test_forgetting_that_breaks_off_can_be_done_again(
    versions: Versions, store: Store, adapters: Adapters, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(adapters, ada, EARLY)

    def broken(person: str, version: str) -> None:
        raise StorageTrouble("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(adapters, "remove", broken)
        with pytest.raises(StorageTrouble):
            versions.forget(ada.id, "row00")
    assert adapters.current(ada.id) == (BASE, None)  # what had learnt it serves no longer
    assert "row00" in {row.id for row in store.feedback(ada.id)}
    versions.forget(ada.id, "row00")
    assert adapters.versions(ada.id) == []


def test_nothing_is_forgotten_while_a_reply_is_written_with_it(
    store: Store, adapters: Adapters, ada: Person, called: list[str]
) -> None:
    row = ROWS[0]
    writing = Generation(turn("talk.2", prompt_hash="", finish="streaming"))
    busy = Versions(store, adapters, lambda person: nullcontext(writing), called.append, called.append)
    store.put_conversation(ada.id, conversation())
    for shown in (
        replace(writing.turn, prompt_hash=""),  # nobody knows yet what it will be shown
        replace(writing.turn, prompt_hash="hash", reminders=(Reminder("l", "Hm?", str(row.correction)),)),
    ):
        writing.show(shown)
        with pytest.raises(BadInput, match="being written"):
            busy.forget(ada.id, row.id)
    assert (len(store.feedback(ada.id)), called) == (len(ROWS), [])
    writing.show(replace(writing.turn, prompt_hash="hash", reminders=()))
    store.put_turn(ada.id, turn("talk.1", reminders=(Reminder("l", "Hm?", str(row.correction)),)))
    with pytest.raises(BadInput, match="being written"):
        busy.forget(ada.id, row.id)  # its history shows it
    store.remove_conversation(ada.id, "talk")
    busy.forget(ada.id, row.id)
    assert len(store.feedback(ada.id)) == len(ROWS) - 1


def test_a_lesson_of_another_persons_cannot_be_forgotten(versions: Versions, store: Store, ada: Person) -> None:
    bob = store.add_person("Bob")
    with pytest.raises(Gone):
        versions.forget(bob.id, "row00")
    assert len(store.feedback(ada.id)) == len(ROWS)


def test_the_words_of_a_system_message_count_as_said() -> None:
    row = replace(feedback("a"), prompt=(Message("system", "You are a gruff pirate"), Message("user", "Hi")))
    assert quotes("he is a gruff pirate indeed", row)
