"""Documents of a conversation: short ones are shown whole, once; long ones in passages; never learnt, never left."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from backends.base import Sampling
from conversation import attachments as module
from conversation.attachments import FULL, MOST, WRITING, Attachments
from conversation.chat import Chat
from conversation.memories import Memories
from conversation.prompt import sent_messages
from conversation.proposals import QUIET, Proposals
from conversation.quoting import PART, WHOLE, Quoting
from conversation.ratings import Ratings
from documents.reading import Reading
from domain import Attachment, Passage, Person, Quote, Turn, content_hash, now
from errors import BadInput, Gone, Locked
from personalization.at_once import exchanges
from personalization.ledger import read_lessons
from personalization.passages import OPENING
from storage.adapters import Adapters
from storage.attached import VECTORS
from storage.seal import AesGcm
from storage.store import Store
from tests.builders import attachment, calm, conversation, turn
from tests.hostile_texts import TEXTS
from tests.test_chat import PATIENCE, Script
from tests.word_vectors import WordVectors

CANARY = "zebrafinch"
LONG = [f"{topic} " * 50 + f"ends with {topic}." for topic in ("ferry", "bread", "piano", CANARY, "glacier", "tulip")]


@pytest.fixture
def engine() -> Script:
    return Script(8_000)  # a quarter of it holds a short document, PASSAGES one passage of a long one


@pytest.fixture
def embedder() -> WordVectors:
    return WordVectors()


@pytest.fixture
def chat(engine: Script, store: Store, adapters: Adapters, embedder: WordVectors) -> Chat:
    return Chat(engine, store, adapters, Sampling(), quoting=Quoting(store, embedder))


@pytest.fixture
def papers(chat: Chat) -> Attachments:
    return Attachments(chat)


@pytest.fixture
def talk(store: Store, ada: Person) -> str:
    store.put_conversation(ada.id, conversation())
    return "talk"


def put(store: Store, person: Person, *papers: Attachment) -> None:
    for paper in papers:
        store.attached.put(person.id, paper)


def say(chat: Chat, person: Person, text: str = "What does it say?") -> Turn:
    return chat.start(person.id, "talk", text).result()


def sent(engine: Script) -> str:
    return "".join(map(chr, engine.prompts[-1]))


def is_rebuilt(chat: Chat, person: Person, said: Turn) -> bool:
    fresh = Store(chat.store.home)
    return content_hash(chat.engine.encode(sent_messages(fresh, person.id, said))) == said.prompt_hash


def holding(home: Path, *words: str) -> list[str]:
    files = [(path.name, path.read_bytes()) for path in home.rglob("*") if path.is_file()]
    return [name for name, data in files if any(word.encode() in data for word in words)]


def embedding_ends() -> None:
    for thread in threading.enumerate():
        if thread.name == "documents":
            thread.join(PATIENCE)


# beside a message


def test_a_short_document_stands_whole_beside_one_message_and_is_not_repeated(
    chat: Chat, engine: Script, store: Store, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1", "Hens lay eggs.", "Ducks do, too."))
    first = say(chat, ada)
    assert first.quotes == (Quote("a1", None),)
    assert f'{OPENING}\na1.pdf:\n- page 1: "Hens lay eggs."\n- page 2: "Ducks do, too."\n]\n\nWhat does' in sent(engine)
    prefix = engine.prompts[-1]
    second = say(chat, ada, "And geese?")
    assert (second.attached, second.quotes) == ("", ())
    assert engine.prompts[-1][: len(prefix)] == prefix, "the KV cache is used again"
    assert sent(engine).count("Hens lay eggs.") == 1
    assert is_rebuilt(chat, ada, first) and is_rebuilt(chat, ada, second)


def test_one_that_is_attached_later_comes_with_the_next_message(
    chat: Chat, store: Store, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1", "Hens."))
    say(chat, ada)
    put(store, ada, attachment("a2", "Geese."))
    later = say(chat, ada)
    assert later.quotes == (Quote("a2", None),) and "Hens" not in later.attached


def test_of_a_long_document_only_the_passages_about_the_message_are_shown_with_their_page(
    chat: Chat, store: Store, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1", *LONG))
    said = say(chat, ada, "glacier")
    assert said.quotes == (Quote("a1", 4, "page 5"),)
    assert 'page 5: "glacier' in said.attached and "ferry" not in said.attached
    again = say(chat, ada, "glacier")
    assert again.quotes == (), "it still stands in the context"
    other = say(chat, ada, "bread")
    assert other.quotes == (Quote("a1", 1, "page 2"),)
    assert all(is_rebuilt(chat, ada, one) for one in (said, again, other))


def test_where_a_message_is_about_no_passage_the_beginning_is_shown_once(
    chat: Chat, store: Store, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1", *LONG))
    said = say(chat, ada, "What is this?")
    assert [quote.passage for quote in said.quotes] == list(range(len(said.quotes))) != []
    assert say(chat, ada, "Thanks!").quotes == ()


def test_documents_keep_to_their_share_of_the_window(
    chat: Chat, engine: Script, store: Store, ada: Person, talk: str
) -> None:
    long = [f"hen {number} " * 20 for number in range(60)]
    put(store, ada, attachment("a1", "hen " * 250), attachment("a2", *long), attachment("a3", "hen " * 250))
    said = say(chat, ada, "hen 7")
    whole = [quote.attachment for quote in said.quotes if quote.passage is None]
    assert whole == ["a1"]
    assert {quote.attachment for quote in said.quotes} >= {"a1", "a2"}
    assert len(said.attached) <= engine.context // WHOLE + engine.context // PART


def test_a_document_that_has_left_the_window_is_shown_again(
    chat: Chat, engine: Script, store: Store, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1", "Hens lay eggs."))
    say(chat, ada, "x" * 3_000)
    say(chat, ada, "y" * 2_500)
    last = say(chat, ada, "z" * 2_500)
    assert last.cut is not None and last.quotes == (Quote("a1", None),)
    assert sent(engine).count("Hens lay eggs.") == 1 and is_rebuilt(chat, ada, last)


def test_a_long_message_goes_before_documents(chat: Chat, engine: Script, store: Store, ada: Person, talk: str) -> None:
    put(store, ada, attachment("a1", "Hens. " * 200))
    said = say(chat, ada, "x" * 6_500)
    assert (said.finish, said.quotes, said.attached) == ("stop", (), "")


def test_a_reply_written_again_sees_the_same(chat: Chat, engine: Script, store: Store, ada: Person, talk: str) -> None:
    put(store, ada, attachment("a1", *LONG))
    first = say(chat, ada, "tulip")
    again = chat.regenerate(ada.id, first.id).result()
    assert (again.attached, again.quotes) == (first.attached, first.quotes) and first.quotes
    assert engine.prompts[-1] == engine.prompts[-2]


def test_documents_are_shown_off_the_record_too_and_in_no_other_conversation(
    chat: Chat, store: Store, ada: Person, talk: str
) -> None:
    store.put_conversation(ada.id, conversation(off_record=True))
    put(store, ada, attachment("a1", "Hens."))
    assert say(chat, ada).quotes == (Quote("a1", None),)
    assert chat.start(ada.id, None, "What does it say?").result().quotes == ()


def test_without_an_embedding_model_passages_are_found_by_their_words(
    engine: Script, store: Store, adapters: Adapters, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1", *LONG))
    for embedder in (None, WordVectors(broken=True)):
        blind = Chat(engine, store, adapters, Sampling(), quoting=Quoting(store, embedder))
        store.put_conversation(ada.id, conversation())
        assert [quote.place for quote in say(blind, ada, "glacier").quotes] == ["page 5"]
    assert store.attached.vectors(ada.id, "a1") is None


# vectors


def test_a_document_is_embedded_once_when_it_is_attached_also_after_a_restart(
    chat: Chat, store: Store, embedder: WordVectors, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1", *LONG))
    for _ in range(2):
        chat.quoting.vectors(ada.id, store.attached.get(ada.id, "a1"))
    assert embedder.embedded == LONG
    again = WordVectors()
    Quoting(Store(store.home), again).vectors(ada.id, store.attached.get(ada.id, "a1"))
    assert again.embedded == []


def test_vectors_of_another_text_or_model_are_made_anew(
    chat: Chat, store: Store, embedder: WordVectors, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1", *LONG))
    others = [text[::-1] for text in LONG]
    chat.quoting.vectors(ada.id, attachment("a1", *others))
    chat.quoting.vectors(ada.id, attachment("a1", *LONG))
    assert embedder.embedded == [*others, *LONG]


def test_one_who_is_locked_meanwhile_has_their_document_embedded_another_time(
    papers: Attachments, store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*_: object) -> None:
        raise Locked("Sign in first.")

    monkeypatch.setattr(store.attached, "keep_vectors", locked)
    made = papers.add(ada.id, "", "a.txt", b"Hens.")
    embedding_ends()
    assert "could not be embedded: Sign in first." in caplog.text
    assert [paper.name for paper in papers.list(ada.id, made.conversation)] == ["a.txt"]


def test_vectors_that_come_late_are_not_kept(chat: Chat, store: Store, ada: Person, talk: str) -> None:
    chat.quoting.vectors(ada.id, attachment("gone"))
    assert store.attached.vectors(ada.id, "gone") is None


# attaching


def test_a_file_is_read_and_begins_a_conversation_of_its_name(papers: Attachments, store: Store, ada: Person) -> None:
    made = papers.add(ada.id, "", "dir/notes.md", b"# Hens\nThey lay eggs.")
    embedding_ends()
    (kept,) = papers.list(ada.id, made.conversation)
    assert (kept.name, kept.size, kept.passages) == ("notes.md", 21, (Passage("They lay eggs.", heading="Hens"),))
    assert store.conversation(ada.id, made.conversation).title == "notes.md"
    assert len(store.attached.vectors(ada.id, kept.id).vectors) == 1  # type: ignore[union-attr]
    other = papers.add(ada.id, made.conversation, "naïve.txt", "naïve".encode("cp1252"))
    embedding_ends()
    assert other.conversation == made.conversation and "Western European" in other.note


def test_what_cannot_be_read_leaves_nothing(home: Path, papers: Attachments, store: Store, ada: Person) -> None:
    with pytest.raises(BadInput, match=f"{CANARY}.pdf is damaged"):
        papers.add(ada.id, "", f"{CANARY}.pdf", f"%PDF-1.4 {CANARY}".encode())
    assert store.conversations(ada.id) == [] and store.attached.ids(ada.id) == []
    assert holding(home, CANARY) == []


def test_a_conversation_has_room_for_some_documents(
    papers: Attachments, store: Store, ada: Person, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, ada, *(attachment(f"a{number}") for number in range(MOST)))
    monkeypatch.setattr(module, "read", lambda name, data: pytest.fail("nothing is read for it"))
    with pytest.raises(BadInput, match=FULL):
        papers.add(ada.id, talk, "a.txt", b"x")


def test_a_conversation_that_is_deleted_meanwhile_does_not_come_back(
    papers: Attachments, chat: Chat, store: Store, ada: Person, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(name: str, data: bytes) -> Reading:
        chat.forget(ada.id, talk)
        return Reading((Passage("x"),), "")

    monkeypatch.setattr(module, "read", read)
    with pytest.raises(Gone):
        papers.add(ada.id, talk, "a.txt", b"x")
    assert store.attached.ids(ada.id) == []


def test_nobody_attaches_to_or_removes_from_what_is_anothers(
    papers: Attachments, store: Store, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1"))
    bob = store.add_person("Bob")
    with pytest.raises(Gone):
        papers.add(bob.id, talk, "a.txt", b"x")
    with pytest.raises(Gone):
        papers.remove(bob.id, "a1")
    assert papers.list(bob.id, talk) == [] and [paper.id for paper in papers.list(ada.id, talk)] == ["a1"]


# forgetting


def test_a_removed_document_leaves_nothing_in_the_home_but_a_mark_under_the_reply(
    home: Path, papers: Attachments, chat: Chat, engine: Script, store: Store, ada: Person, talk: str
) -> None:
    named = replace(attachment("a1", *LONG), name=f"{CANARY}.pdf")
    headed = tuple(replace(passage, heading=f"Of {CANARY}s", page=0) for passage in named.passages)
    put(store, ada, replace(named, passages=headed), attachment("a2", "Hens."))
    said, later = say(chat, ada, "piano"), say(chat, ada, "And?")
    vector = store.attached.vectors(ada.id, "a1").vectors[0]  # type: ignore[union-attr]
    assert said.quotes[-1].place == f"“Of {CANARY}s”" and holding(home, CANARY) and holding(home, vector)
    papers.remove(ada.id, "a1")
    assert holding(home, CANARY, vector, "piano piano") == []
    left = Store(home).turns(ada.id, talk)
    assert (left[said.id].attached, left[said.id].quotes) == ("", (Quote("a1", 2),))
    assert (left[said.id].prompt_hash, left[later.id].prompt_hash) == ("", ""), "they cannot be rebuilt any more"
    assert engine.forgotten == [f"{ada.id}/talk"]
    assert say(chat, ada, "Hens?").quotes == (Quote("a2", None),), "what stood beside it may be shown again"
    assert CANARY not in sent(engine)


def test_a_document_that_was_never_shown_leaves_the_turns_as_they_are(
    papers: Attachments, chat: Chat, engine: Script, store: Store, ada: Person, talk: str
) -> None:
    said = say(chat, ada)
    put(store, ada, attachment("a1"))
    papers.remove(ada.id, "a1")
    assert store.turn(ada.id, said.id) == said and engine.forgotten == []
    with pytest.raises(Gone):
        papers.remove(ada.id, "a1")


def test_a_conversation_takes_its_documents_along(home: Path, chat: Chat, store: Store, ada: Person, talk: str) -> None:
    put(store, ada, attachment("a1", *LONG))
    store.put_conversation(ada.id, conversation("other"))
    put(store, ada, attachment("a2", "Hens.", conversation="other"))
    say(chat, ada, CANARY)
    vector = store.attached.vectors(ada.id, "a1").vectors[0]  # type: ignore[union-attr]
    chat.forget(ada.id, talk)
    assert holding(home, CANARY, vector) == []
    assert store.attached.ids(ada.id) == ["a2"]


def test_a_document_is_not_removed_under_a_reply_that_is_being_written_with_it(
    papers: Attachments, chat: Chat, engine: Script, store: Store, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1"))
    going = threading.Event()

    def wait(cancel: threading.Event):  # type: ignore[no-untyped-def]
        going.wait(PATIENCE)
        yield from ()

    engine.pieces = wait
    generation = chat.start(ada.id, talk, "Hens?")
    with pytest.raises(BadInput, match=WRITING):
        papers.remove(ada.id, "a1")
    going.set()
    generation.result()
    papers.remove(ada.id, "a1")


def test_documents_are_sealed_as_everything_of_a_person_is(home: Path, store: Store, ada: Person, talk: str) -> None:
    seal = AesGcm(b"a key of thirty-two bytes, yes!!")
    store.reseal(ada.id, None, seal)
    store.close()
    sealed = Store(home, lambda person: seal)
    put(sealed, ada, attachment("a1", *LONG))
    Quoting(sealed, WordVectors()).vectors(ada.id, sealed.attached.get(ada.id, "a1"))
    assert holding(home, CANARY, "a1.pdf", VECTORS) == []


# never learnt


def test_no_lesson_and_no_later_prompt_holds_the_text_of_a_document(
    chat: Chat, engine: Script, store: Store, ada: Person, talk: str
) -> None:
    put(store, ada, attachment("a1", f"The {CANARY} sings."))
    first = say(chat, ada)
    second = say(chat, ada, "And?")
    ratings = Ratings(chat)
    ratings.rate(ada.id, first.id, "up")
    ratings.correct(ada.id, second.id, "It sings.")
    lessons = read_lessons(store.feedback(ada.id)).lessons
    assert len(lessons) == 2 and CANARY in first.attached
    assert CANARY not in str(store.feedback(ada.id)) + str(lessons)
    store.put_conversation(ada.id, conversation("other"))
    later = chat.start(ada.id, "other", "What does it say?").result()
    assert later.reminders and CANARY not in str(exchanges(later.reminders)) and CANARY not in sent(engine)


def test_no_hostile_document_becomes_a_memory_a_proposal_or_a_lesson(
    papers: Attachments, chat: Chat, store: Store, ada: Person, talk: str
) -> None:
    said = now() - QUIET - timedelta(minutes=1)
    proposals = Proposals(store, Memories(store, calm), lambda _: None)
    proposals.set_mode(ada.id, "keep")
    for number, text in enumerate(TEXTS):
        name = f"c{number}"
        store.put_conversation(ada.id, conversation(name, updated_at=said))
        put(store, ada, attachment(f"a{number}", text, conversation=name))
        asked = chat.start(ada.id, name, "What does it say?").result()
        assert asked.quotes and asked.attached.count("\n") == 3, "it was shown, in its quotation"
        store.put_turn(ada.id, replace(asked, created_at=said))
        store.put_conversation(ada.id, replace(store.conversation(ada.id, name), updated_at=said))
    proposals.look(ada.id)
    assert store.observed.observing(ada.id).through == said, "they were looked through"
    assert (store.memories(ada.id), proposals.waiting(ada.id), store.feedback(ada.id)) == ([], [], [])


def test_a_turn_of_an_earlier_release_has_no_documents(store: Store, ada: Person, talk: str) -> None:
    store.put_turn(ada.id, turn("talk.1"))
    row = store._journals.of(ada.id).storage.tables["turns/talk"]["talk.1"]
    del row["attached"], row["quotes"]
    assert store.turn(ada.id, "talk.1") == turn("talk.1")
