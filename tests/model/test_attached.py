"""The bundled model answers from a document, read whole or in passages that the real embedding model finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import GREEDY
from backends.catalog import find
from backends.engine import Engine, ServeOptions
from conversation.chat import Chat
from conversation.prompt import sent_messages
from conversation.quoting import Quoting
from domain import Passage, Person, Quote, Turn, content_hash
from personalization.embed import MiniLM
from storage.adapters import Adapters
from storage.store import Store
from tests.builders import attachment, conversation

pytestmark = pytest.mark.model
pytest.importorskip("llama_cpp")

OPTIONS = ServeOptions(2048, threads=1, flash_attention=True, batch=512, kv_budget=64 << 20, safe_mode=True)
FACTS = {  # question -> (what the document says, the word of the answer)
    "What colour is the valve of the pump?": ("The valve of the pump is turquoise.", "turquoise"),
    "Who keeps the key of the cabinet?": ("Mr Okonkwo keeps the key of the cabinet.", "okonkwo"),
    "On which day does the ferry leave?": ("The ferry to the island leaves on Thursday.", "thursday"),
    "Where do the choir members meet?": ("The choir members meet in the old brewery.", "brewery"),
    "What is the password hint for the printer?": ("The hint for the printer is pelican.", "pelican"),
    "How much does a ticket to the museum cost?": ("A ticket to the museum costs 17 crowns.", "17"),
}
FILLER = "It was agreed that the minutes of the last meeting were right, and that nothing had to be changed in them. "


@pytest.fixture
def chat(home: Path) -> Iterator[Chat]:
    store = Store(home)
    options = replace(OPTIONS, model_hash="base hash")
    engine = Engine("llama_cpp", find("bundled")[0], options, home / "engine.json", home / "engine.log")
    engine.start()
    sampling = replace(GREEDY, max_tokens=32)
    yield Chat(engine, store, Adapters(home, "base hash"), sampling, quoting=Quoting(store, MiniLM()))
    engine.close()


@pytest.fixture
def ada(chat: Chat) -> Person:
    return chat.store.add_person("Ada")


def answers(chat: Chat, person: Person, kind: str, passages: list[Passage]) -> list[Turn]:
    """The reply to each question, in a conversation of its own with the document."""
    found = []
    for number, question in enumerate(FACTS):
        talk = f"{kind}{number}"
        chat.store.put_conversation(person.id, conversation(talk))
        paper = replace(attachment(talk), conversation=talk, name="minutes.pdf", passages=tuple(passages))
        chat.store.attached.put(person.id, paper)
        found.append(chat.start(person.id, talk, question).result())
    return found


def right(turns: list[Turn]) -> int:
    words = [word for _, word in FACTS.values()]
    return sum(word in turn.reply.lower() for turn, word in zip(turns, words, strict=True))


def test_questions_are_answered_from_a_document_and_prompts_can_be_rebuilt(chat: Chat, ada: Person) -> None:
    stated = [fact for fact, _ in FACTS.values()]
    short = answers(chat, ada, "short", [Passage(" ".join(stated), 1)])
    long = answers(chat, ada, "long", [Passage(FILLER * 3 + fact, page) for page, fact in enumerate(stated, 1)])
    assert [turn.quotes for turn in short] == [(Quote(f"short{number}", None),) for number in range(len(FACTS))]
    assert [[quote.place for quote in turn.quotes] for turn in long] == [[f"page {n + 1}"] for n in range(len(FACTS))]
    assert right(short) >= 3 and right(long) >= 3, [turn.reply for turn in (*short, *long)]
    for turn in (short[0], long[0]):
        messages = sent_messages(Store(chat.store.home), ada.id, turn)
        assert content_hash(chat.engine.encode(messages)) == turn.prompt_hash
