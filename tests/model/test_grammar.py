"""A grammar holds the bundled model to JSON, whatever it would say: the mechanics, not how well it reads."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backends.base import GREEDY, Sampling
from backends.catalog import find
from backends.engine import Engine, ServeOptions
from conversation.reading import ASKED
from domain import Message
from errors import BadInput
from personalization.observe import Spoken
from personalization.observing.by_model import KINDS, LONGEST, MOST_FACTS, Statement, facts_from, question, statements

pytestmark = pytest.mark.model
pytest.importorskip("llama_cpp")

OPTIONS = ServeOptions(context=2048, threads=1, flash_attention=True, batch=512, kv_budget=64 << 20, safe_mode=True)
SPOKEN = date(2026, 11, 22)
DIALOGUES = (
    ("I sing baritone in the cathedral choir.", "What should I eat before a concert?"),
    ("My sister Ana is visiting, she is a vet.", "She likes long walks."),
    ("I collect old rotary phones and I repair them.",),
    ("We moved to Leeds in May and I still miss the sea.", "Is there a pool nearby?"),
    ("I do not eat meat, my husband does.",),
    ("My dog is called Momo.", "He is afraid of fireworks."),
    ("I teach maths at a school in Ghent.", "I have been there for nine years."),
    ("I am writing on an old ThinkPad.", "It runs Debian."),
    ('I say "never again" a lot, my wife laughs at it.',),
    ("I have a hearing aid in my left ear. Zażółć gęślą jaźń is how I test keyboards.",),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    options = replace(OPTIONS, model_hash="unused")
    engine = Engine("llama_cpp", find("bundled")[0], options, folder / "engine.json", folder / "engine.log")
    engine.start()
    yield engine
    engine.close()


def asked(number: int) -> list[Statement]:
    return list(statements([Spoken(f"talk.{place}", text, SPOKEN) for place, text in enumerate(DIALOGUES[number])]))


def answer(engine: Engine, text: str, sampling: Sampling) -> str:
    return engine.answer(engine.encode([Message("user", text)]), sampling, None).text


@pytest.mark.parametrize("number", range(len(DIALOGUES)))
def test_the_answer_about_a_dialogue_is_valid_json_and_only_what_was_said_passes(engine: Engine, number: int) -> None:
    said = asked(number)
    reply = answer(engine, question(said), ASKED)
    found = json.loads(reply)
    assert isinstance(found, list) and len(found) <= MOST_FACTS
    for fact in found:
        assert list(fact) == ["quote", "kind", "text"] and fact["kind"] in KINDS
        assert all(0 < len(part) <= LONGEST for part in (fact["quote"], fact["text"]))
    for statement, fact in facts_from(reply, said):
        assert statement in said
        assert set(re.findall(r"\w+", fact.text)) <= {*re.findall(r"\w+", statement.text), "I", "am", "My", "We"}


def test_without_the_grammar_the_same_model_writes_no_json(engine: Engine) -> None:
    reply = answer(engine, question(asked(0)), replace(ASKED, grammar=None, max_tokens=64))
    with pytest.raises(ValueError):
        json.loads(reply)


@pytest.mark.parametrize("seed", range(4))
def test_a_grammar_also_holds_what_is_drawn_at_random_from_the_whole_vocabulary(engine: Engine, seed: int) -> None:
    grammar = 'root ::= "{\\"sure\\": " ("true" | "false") ", \\"word\\": \\"" [a-zé]{3,9} "\\"}"'
    wild = Sampling(temperature=2.0, top_k=0, top_p=1.0, min_p=0.0, seed=seed, grammar=grammar)
    found = json.loads(answer(engine, "Tell me something.", wild))
    assert isinstance(found["sure"], bool) and re.fullmatch("[a-zé]{3,9}", found["word"])


def test_what_is_most_unlikely_is_written_where_the_grammar_leaves_nothing_else(engine: Engine) -> None:
    unlikely = replace(GREEDY, grammar='root ::= "Ω≠ßжわ"')
    assert answer(engine, "What is the capital of Germany?", unlikely) == "Ω≠ßжわ"


def test_the_best_of_what_the_grammar_allows_is_taken(engine: Engine) -> None:
    places = replace(GREEDY, grammar='root ::= "Paris" | "Berlin" | "Rome"')
    assert answer(engine, "What is the capital of Germany?", places) == "Berlin"


def test_a_grammar_that_cannot_be_read_is_refused_and_the_engine_goes_on(engine: Engine) -> None:
    with pytest.raises(BadInput, match="grammar"):
        answer(engine, "Hello", replace(GREEDY, grammar="root ::= missing"))
    assert answer(engine, "What is the capital of Germany?", replace(GREEDY, max_tokens=16)).endswith("Berlin.")


def test_an_answer_that_is_called_off_ends_as_stopped(engine: Engine) -> None:
    cancel = threading.Event()
    cancel.set()
    ids = engine.encode([Message("user", question(asked(3)))])
    assert engine.answer(ids, ASKED, None, cancel).finish == "stopped"


def test_a_question_leaves_the_caches_of_the_chats_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from backends.llama_cpp.context import Context
    from backends.llama_cpp.serve import load

    computed, decode = [], Context.decode

    def counting(self: Context, batch: Any, tokens: Sequence[int], cancel: Callable[[], bool]) -> bool:
        computed.append(len(tokens))
        return decode(self, batch, tokens, cancel)

    monkeypatch.setattr(Context, "decode", counting)
    backend = load(find("bundled")[0], replace(OPTIONS, model_hash="unused"))
    try:
        talk = backend.encode([Message("user", "Tell me about the sea. " * 10)])
        for prompt, key in ((talk, "a"), (backend.encode([Message("user", question(asked(2)))]), None), (talk, "a")):
            computed.clear()
            list(backend.stream(prompt, replace(ASKED, max_tokens=1), None, lambda: False, key))
        assert computed == [1]
    finally:
        backend.close()
