"""The real model, asked by OpenAI's own client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders import memory
from tests.serving_api import Served, served

pytestmark = pytest.mark.model
QUESTION: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("home"), delay=0, backend="llama_cpp") as app:
        app.home.store.add_person("Ada")
        yield app


def test_another_program_talks_to_the_real_model(app: Served) -> None:
    ada = app.home.store.people()[0].id
    client = app.client(app.key(ada))

    def ask(messages: list[Any] = QUESTION, **more: Any) -> Any:
        return client.chat.completions.create(model="homegrown", messages=messages, max_tokens=24, **more)

    whole = ask(temperature=0, seed=1)
    text = whole.choices[0].message.content
    assert "Paris" in text
    assert 0 < whole.usage.completion_tokens <= 24 < whole.usage.prompt_tokens
    pieces = list(ask(temperature=0, seed=1, stream=True, stream_options={"include_usage": True}))
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces[:-1]) == text
    assert pieces[-1].usage == whole.usage

    short = ask(temperature=0, seed=1, stop="Paris").choices[0]
    assert (short.message.content, short.finish_reason) == (text[: text.index("Paris")].rstrip(), "stop")

    drawn = ask(temperature=1.5, seed=5).choices[0].message.content
    talk = [*QUESTION, {"role": "assistant", "content": text}, {"role": "user", "content": "And of Italy?"}]
    assert "Rome" in ask(talk, temperature=0).choices[0].message.content  # and its KV cache stays for the next one
    assert ask(temperature=1.5, seed=5).choices[0].message.content == drawn
    assert ask(temperature=1.5, seed=6).choices[0].message.content != drawn


def test_a_key_that_may_gives_the_model_the_persons_memory(app: Served) -> None:
    bob = app.home.store.add_person("Bob").id
    app.home.store.put_memory(bob, memory("m1", "My sister lives in Porto."))
    asked: list[Any] = [{"role": "user", "content": "Where does my sister live?"}]
    replies = {}
    for may in (False, True):
        client = app.client(app.key(bob, memory=may))
        answer = client.chat.completions.create(model="homegrown", messages=asked, max_tokens=24, temperature=0)
        replies[may] = answer.choices[0].message.content or ""
    assert "Porto" in replies[True] and "Porto" not in replies[False]
