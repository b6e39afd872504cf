"""Other programs talk to a person's model: asked with OpenAI's own client, over a socket."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest

from conversation import completion
from domain import Message
from errors import EngineDied, Locked
from people import api_keys
from tests.builders import feedback, memory
from tests.serving_api import Answer, Served, request, served
from web.api import AT_MOST, WRONG, is_api
from web.body import BODY_BYTES

ROOT = Path(__file__).parent.parent
QUESTION: list[Any] = [{"role": "user", "content": "How do I poach an egg?"}]
ALL_WORDS = 20  # every scripted reply is longer


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("quick"), delay=0) as app:
        app.home.store.add_person("Ada")
        yield app


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A model that takes seconds to answer."""
    with served(tmp_path_factory.mktemp("slow"), delay=0.2) as app:
        app.home.store.add_person("Ada")
        yield app


@pytest.fixture
def ada(app: Served) -> str:
    return app.home.store.people()[0].id


@pytest.fixture
def client(app: Served, ada: str) -> openai.OpenAI:
    return app.client(app.key(ada))


def post(app: Served, key: str, body: Any, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"authorization": f"Bearer {key}", "content-type": "application/json"} | headers
    return request("POST", f"{app.base}/v1/chat/completions", told, content)


def busy(app: Served) -> bool:
    return app.home.chat.busy()


# answers


def test_a_reply_comes_whole_with_its_cost_and_the_version_that_wrote_it(client: openai.OpenAI, app: Served) -> None:
    answer = client.chat.completions.create(model="homegrown", messages=QUESTION)
    assert answer.object == "chat.completion" and answer.id.startswith("chatcmpl-")
    assert (answer.model, answer.system_fingerprint) == ("homegrown", "scripted/base")
    (choice,) = answer.choices
    assert (choice.index, choice.finish_reason, choice.message.role) == (0, "stop", "assistant")
    text = choice.message.content
    assert text and "poach an egg" in text and text == text.strip()
    assert answer.usage is not None
    assert answer.usage.completion_tokens == len(text.split())
    assert answer.usage.prompt_tokens == len(app.home.engine.encode([Message("user", QUESTION[0]["content"])]))
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_streamed_reply_is_the_same_piece_by_piece(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="homegrown", messages=QUESTION, temperature=0)
    asked: Any = {"model": "homegrown", "messages": QUESTION, "temperature": 0, "stream": True}
    chunks = list(client.chat.completions.create(**asked))
    assert len(chunks) > 2
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    assert all(chunk.usage is None for chunk in chunks)
    *_, last = client.chat.completions.create(**asked, stream_options={"include_usage": True})
    assert last.choices == [] and last.usage == whole.usage


def test_a_stream_is_made_of_server_sent_events_and_ends_with_done(app: Served, ada: str) -> None:
    answer = post(app, app.key(ada), {"model": "homegrown", "messages": QUESTION, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(json.loads(event.removeprefix("data: "))["object"] == "chat.completion.chunk" for event in events[:-2])


def test_a_reply_is_cut_where_the_program_wants_it(client: openai.OpenAI) -> None:
    def ask(**more: Any) -> Any:
        return client.chat.completions.create(model="homegrown", messages=QUESTION, temperature=0, **more)

    whole = ask().choices[0].message.content
    for name in ("max_tokens", "max_completion_tokens"):
        answer = ask(**{name: 3})
        assert answer.choices[0].message.content == " ".join(whole.split()[:3])
        assert (answer.choices[0].finish_reason, answer.usage.completion_tokens) == ("length", 3)
    word = whole.split()[5]
    for stop in (word, ["never said", word[:2], word]):
        answer = ask(stop=stop)
        ends = [whole.index(end) for end in ([stop] if isinstance(stop, str) else stop) if end in whole]
        assert answer.choices[0].message.content == whole[: min(ends)].rstrip()
        assert answer.choices[0].finish_reason == "stop"
    pieces = ask(stop=word, stream=True)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == whole[: whole.index(word)].rstrip()


def test_a_seed_repeats_a_reply_and_without_one_replies_differ(client: openai.OpenAI) -> None:
    def replies(**more: Any) -> set[Any]:
        answers = [client.chat.completions.create(model="homegrown", messages=QUESTION, **more) for _ in range(12)]
        return {answer.choices[0].message.content for answer in answers}

    assert len(replies(seed=7)) == 1
    assert len(replies()) > 1


def test_a_seed_begins_with_an_empty_cache_and_else_a_program_has_its_own(
    app: Served, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[Any] = []
    stream = app.home.engine.stream

    def noting(*given: Any, **more: Any) -> Any:
        keys.append(more["key"])
        return stream(*given, **more)

    monkeypatch.setattr(app.home.engine, "stream", noting)
    client, own = app.client(app.key(ada)), app.home.store.api_keys(ada)[-1].id
    for seed in (3, None):
        client.chat.completions.create(model="homegrown", messages=QUESTION, seed=seed)
    assert keys == [None, f"{ada}/program {own}"]


def test_the_one_model_is_listed(client: openai.OpenAI) -> None:
    assert [(model.id, model.object) for model in client.models.list()] == [("homegrown", "model")]
    assert client.models.retrieve("homegrown").id == "homegrown"
    with pytest.raises(openai.NotFoundError, match="ask for 'homegrown'"):
        client.models.retrieve("gpt-4o")
    with pytest.raises(openai.NotFoundError, match="ask for 'homegrown'") as caught:
        client.chat.completions.create(model="gpt-4o", messages=QUESTION)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


def test_nothing_of_it_is_kept_or_learnt(client: openai.OpenAI, app: Served, ada: str) -> None:
    client.chat.completions.create(model="homegrown", messages=[{"role": "user", "content": "Where is the zebra?"}])
    assert app.home.store.conversations(ada) == [] and app.home.store.feedback(ada) == []
    files = [path for path in app.home.store.home.rglob("*") if path.is_file()]
    assert files and all(b"zebra" not in path.read_bytes() for path in files)


def test_text_in_parts_and_fields_that_are_not_ours_are_taken(client: openai.OpenAI) -> None:
    parts = [{"type": "text", "text": "How do I"}, {"type": "text", "text": "poach an egg?"}]
    messages: list[Any] = [
        {"role": "developer", "content": "Be brief.", "name": "x"},
        {"role": "user", "content": "Hello", "cache_control": {"type": "ephemeral"}},
        {"role": "assistant", "content": "Hello!", "tool_calls": None, "refusal": None},
        {"role": "user", "content": parts},
    ]
    harmless: Any = {"user": "u", "metadata": {"a": "b"}, "n": 1, "presence_penalty": 0, "logit_bias": {}}
    extra = {"top_k": 1, "tools": [], "response_format": {"type": "text"}, "reasoning_effort": "low", "stop": None}
    answer = client.chat.completions.create(
        model="homegrown", messages=messages, **harmless, temperature=0, extra_body=extra
    )
    assert "poach an egg" in (answer.choices[0].message.content or "")


def python_in(page: str) -> str:
    found = re.search(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("page", ["docs/api.md", "the machine page"])
def test_the_documented_example_runs(app: Served, ada: str, page: str) -> None:
    address = "http://127.0.0.1:7861/v1"
    if page == "docs/api.md":
        code = python_in((ROOT / page).read_text(encoding="utf-8"))
    else:
        from web.programs import PYTHON

        code = PYTHON.format(address=address, model="homegrown")
    assert code.count(address) == code.count("hg-...") == 1
    code = code.replace(address, f"{app.base}/v1").replace("hg-...", app.key(ada))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "") and "Hello" in done.stdout


def test_a_body_is_read_as_json_whatever_it_calls_itself(app: Served, ada: str) -> None:
    form: Any = {"content-type": "application/x-www-form-urlencoded"}  # what curl -d says
    assert post(app, app.key(ada), {"model": "homegrown", "messages": QUESTION}, **form).status == 200


# what the model reads


def prompt(app: Served, person: str, *messages: Message, memory: bool = False) -> str:
    question = completion.compose(app.home.chat, person, messages, memory=memory)
    return "".join(map(chr, question.ids))


def test_the_persona_stands_before_unless_the_program_brings_a_system_message(app: Served, ada: str) -> None:
    app.home.store.set_persona(ada, "Call me Sam.")
    assert "Call me Sam." in prompt(app, ada, Message("user", "Hello"))
    assert "Call me Sam." not in prompt(app, ada, Message("system", "Be brief."), Message("user", "Hello"))
    app.home.store.set_persona(ada, "")
    assert "system" not in prompt(app, ada, Message("user", "Hello"))


def test_what_is_known_about_a_person_is_told_only_to_keys_that_may(app: Served) -> None:
    bob = app.home.store.add_person("Bob").id
    app.home.store.put_memory(bob, memory("m1", "I am vegetarian.", pinned=True))
    app.home.store.put_feedback(bob, feedback("r1", "What is for tea?", correction="Toast, Captain."))
    asked = Message("user", "What shall I cook?")
    for secret in ("I am vegetarian.", "Toast, Captain."):
        assert secret not in prompt(app, bob, asked)
        assert secret in prompt(app, bob, asked, memory=True)
    app.home.store.set_at_once(bob, False)
    assert "Toast, Captain." not in prompt(app, bob, asked, memory=True)
    for may in (False, True):
        client = app.client(app.key(bob, memory=may))
        usage = client.chat.completions.create(model="homegrown", messages=QUESTION).usage
        plain = len(app.home.engine.encode([Message("user", QUESTION[0]["content"])]))
        assert usage is not None and (usage.prompt_tokens > plain) == may


def test_a_growing_conversation_keeps_its_beginning(app: Served) -> None:
    carol = app.home.store.add_person("Carol").id
    app.home.store.put_memory(carol, memory("m1", "I am vegetarian.", pinned=True))
    app.home.store.put_memory(carol, memory("m2", "My sister is Ines."))
    app.home.store.put_feedback(carol, feedback("r1", "What is for tea?", correction="Toast, Captain."))
    talk = [Message("system", "Be brief."), Message("user", "What is for tea?")]
    before = prompt(app, carol, *talk, memory=True)
    after = prompt(app, carol, *talk, Message("assistant", "Soup."), Message("user", "And then?"), memory=True)
    assert before.index("Toast, Captain.") < before.index("I am vegetarian.") < before.rindex("What is for tea?")
    assert after.startswith(before) and after.count("I am vegetarian.") == 1
    later = [Message("assistant", "Soup."), Message("user", "Who is my sister?")]
    asked = prompt(app, carol, *talk, *later, memory=True)
    more = [Message("assistant", "Ask her."), Message("user", "Is my sister kind?")]
    assert asked.startswith(before) and asked.index("Ines") > asked.index("Soup.")
    assert prompt(app, carol, *talk, *later, *more, memory=True).count("Ines") == 1


def test_lessons_make_way_for_messages_that_fill_the_window(app: Served) -> None:
    dan = app.home.store.add_person("Dan").id
    app.home.store.put_feedback(dan, feedback("r1", "What is for tea?", correction="Toast, Captain."))
    window = app.home.engine.info().context
    filling = Message("user", "x" * (window - 1024 - 40))
    assert "Toast, Captain." not in prompt(app, dan, filling, memory=True)
    with pytest.raises(completion.DoesNotFit, match="leave out the oldest"):
        prompt(app, dan, Message("user", "x" * window), memory=True)


def test_the_version_that_serves_answers(app: Served) -> None:
    hal, adapters = app.home.store.add_person("Hal").id, app.home.adapters
    staged = adapters.stage(hal)
    (staged / "adapter.json").write_text('{"opening": "Captain,"}', encoding="utf-8")
    entry = {"created_at": "2026-03-01T03:00:00+00:00", "lessons": [], "rows": [], "checks": []}
    version = adapters.publish(hal, staged, entry).name
    answer = app.client(app.key(hal)).chat.completions.create(model="homegrown", messages=QUESTION)
    assert (answer.choices[0].message.content or "").startswith("Captain,")
    assert answer.system_fingerprint == f"scripted/{version}"


# who may ask


def test_without_the_right_key_nothing_answers(app: Served, ada: str) -> None:
    right = app.key(ada)
    for path in ("/v1", "/v1/", "/v1/models", "/v1/chat/completions", "/v1/embeddings"):
        for headers in ({}, {"authorization": right}, {"authorization": f"Basic {right}"}):
            answer = app.get(path, headers)
            assert (answer.status, answer.json()["error"]["code"]) == (401, "missing_api_key"), (path, headers)
            assert answer.headers["www-authenticate"] == "Bearer"
    for wrong in ("hg-wrong", right + "x", right[:-1], f"{right}, Bearer {right}"):
        with pytest.raises(openai.AuthenticationError, match="opens nothing here") as caught:
            app.client(wrong).models.list()
        assert (caught.value.code, caught.value.type) == ("invalid_api_key", "authentication_error")


def test_what_is_answered_does_not_tell_whether_anybody_has_a_key(tmp_path: Any, app: Served) -> None:
    wrong = {"authorization": "Bearer hg-wrong"}
    some = [app.get("/v1/models", headers=headers) for headers in ({}, wrong)]
    with served(tmp_path, delay=0) as fresh:
        fresh.home.store.add_person("Ada")
        none = [fresh.get("/v1/models", headers=headers) for headers in ({}, wrong)]
    assert [(a.status, a.text) for a in some] == [(a.status, a.text) for a in none]


def test_a_key_opens_no_page_and_a_session_no_model(app: Served, ada: str) -> None:
    key = {"authorization": f"Bearer {app.key(ada)}"}
    assert app.get("/memory", headers=key).status == 401
    cookie = {"cookie": f"homegrown-{app.port}={app.guard.sessions.begin(ada)}"}
    assert app.get("/memory", headers=cookie).text == f"page of {ada}"
    assert app.get("/v1/models", headers=cookie).status == 401


def test_each_key_opens_its_own_persons_model(app: Served, ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    eve = app.home.store.add_person("Eve").id
    asked: list[str] = []
    compose = completion.compose

    def noting(chat: Any, person: str, *rest: Any, **more: Any) -> Any:
        asked.append(person)
        return compose(chat, person, *rest, **more)

    monkeypatch.setattr(completion, "compose", noting)
    for person in (ada, eve):
        app.client(app.key(person)).chat.completions.create(model="homegrown", messages=QUESTION)
    assert asked == [ada, eve]


def test_a_revoked_key_and_a_removed_person_open_nothing(app: Served) -> None:
    fay = app.home.store.add_person("Fay").id
    first, second = app.client(app.key(fay)), app.client(app.key(fay))
    assert len(list(first.models.list())) == len(list(second.models.list())) == 1
    api_keys.revoke(app.home.store, fay, app.home.store.api_keys(fay)[0].id)
    with pytest.raises(openai.AuthenticationError):
        first.models.list()
    second.models.list()
    app.home.people.remove(fay)
    with pytest.raises(openai.AuthenticationError):
        second.models.list()


def test_a_locked_persons_program_is_told_so(app: Served) -> None:
    gil = app.home.store.add_person("Gil").id
    client = app.client(app.key(gil))
    app.home.people.set_passphrase(gil, "a long passphrase")
    client.models.list()
    app.home.people.lock(gil)
    with pytest.raises(Locked):
        app.home.store.api_keys(gil)
    with pytest.raises(openai.PermissionDeniedError, match="sign in to Homegrown first") as caught:
        client.chat.completions.create(model="homegrown", messages=QUESTION)
    assert caught.value.code == "locked"
    app.home.people.unlock(gil, "a long passphrase")
    client.chat.completions.create(model="homegrown", messages=QUESTION)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:7961"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-origin"},
    ],
    ids=str,
)
def test_a_browser_page_is_refused_even_with_a_key(app: Served, ada: str, headers: dict[str, str]) -> None:
    answer = post(app, app.key(ada), {"model": "homegrown", "messages": QUESTION}, **headers)
    assert (answer.status, answer.json()["error"]["type"]) == (403, "permission_error")
    asked = request("OPTIONS", f"{app.base}/v1/chat/completions", headers)
    for refused in (answer, asked):
        assert refused.status == 403
        assert not [name for name in refused.headers if name.startswith("access-control-")]


def test_another_host_is_refused(app: Served, ada: str) -> None:
    for host in ("evil.example", f"evil.example:{app.port}", "127.0.0.1"):
        assert post(app, app.key(ada), {"model": "homegrown", "messages": QUESTION}, host=host).status == 421


def test_many_wrong_keys_are_slowed_down_but_keep_nobody_out(app: Served, ada: str) -> None:
    statuses = []
    for number in range(WRONG + 3):
        answer = app.get("/v1/models", headers={"authorization": f"Bearer hg-{number}"})
        statuses.append(answer.status)
    assert set(statuses) == {401, 429} and statuses[-3:] == [429] * 3
    assert answer.headers["retry-after"] == "60" and answer.json()["error"]["code"] == "rate_limit_exceeded"
    app.client(app.key(ada)).models.list()


# bad requests


@pytest.mark.parametrize(
    ("change", "param", "sentence"),
    [
        ({"model": None}, "model", "model is missing"),
        ({"model": 3}, "model", "model must be the name of a model"),
        ({"messages": None}, "messages", "at least one message"),
        ({"messages": []}, "messages", "at least one message"),
        ({"messages": "Hello"}, "messages", "at least one message"),
        ({"messages": ["Hello"]}, "messages[0]", "must be an object"),
        ({"messages": [{"content": "Hello"}]}, "messages[0].role", "one of system"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role", "one of system"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role", "one of system"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "is missing"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "must be text"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages[0]", "nothing to answer"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "messages[0].content", "half of a character"),
        ({"messages": [*QUESTION, {"role": "assistant", "content": "So"}]}, "messages[1]", "must not be the assistant"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages[0].content[0]",
            "reads nothing else",
        ),
        (
            {"messages": [{"role": "assistant", "content": "x", "tool_calls": [{}]}, *QUESTION]},
            "messages[0].tool_calls",
            "not supported",
        ),
        ({"temperature": 2.1}, "temperature", "from 0 to 2"),
        ({"temperature": -1}, "temperature", "from 0 to 2"),
        ({"temperature": "hot"}, "temperature", "from 0 to 2"),
        ({"temperature": True}, "temperature", "from 0 to 2"),
        ({"top_p": 1.5}, "top_p", "from 0 to 1"),
        ({"max_tokens": 0}, "max_tokens", "from 1 on"),
        ({"max_completion_tokens": 2.5}, "max_completion_tokens", "a whole number"),
        ({"seed": "x"}, "seed", "a whole number"),
        ({"stop": 5}, "stop", "at most 4"),
        ({"stop": ["a"] * 5}, "stop", "at most 4"),
        ({"stop": ""}, "stop", "not empty"),
        ({"stream": "yes"}, "stream", "true or false"),
        ({"stream_options": []}, None, ""),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage", "true or false"),
        ({"n": 2}, "n", "not supported"),
        ({"tools": [{"type": "function"}]}, "tools", "not supported"),
        ({"tool_choice": "required"}, "tool_choice", "not supported"),
        ({"functions": [{}]}, "functions", "not supported"),
        ({"response_format": {"type": "json_object"}}, "response_format", "not supported"),
        ({"logprobs": True}, "logprobs", "not supported"),
        ({"logit_bias": {"5": 1}}, "logit_bias", "not supported"),
        ({"frequency_penalty": 0.5}, "frequency_penalty", "not supported"),
        ({"modalities": ["text", "audio"]}, "modalities", "not supported"),
        ({"audio": {"voice": "x"}}, "audio", "not supported"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else None,
)
def test_a_wrong_request_is_told_what_is_wrong(
    app: Served, ada: str, change: dict[str, Any], param: str | None, sentence: str
) -> None:
    answer = post(app, app.key(ada), {"model": "homegrown", "messages": QUESTION, **change})
    if param is None:
        assert answer.status == 200
        return
    assert answer.status == 400, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert sentence in error["message"]
    assert error["code"] == ("unsupported_parameter" if "not supported" in sentence or "else" in sentence else None)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b"\xff\xfe", b'{"temperature": NaN}', b"[" * 100_000, b'{"seed": ' + b"9" * 5000 + b"}"],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_no_json_object_is_told_so(app: Served, ada: str, body: bytes) -> None:
    answer = post(app, app.key(ada), body)
    assert (answer.status, answer.json()["error"]["message"]) == (
        400,
        "The body must be one JSON object in UTF-8.",
    )


def test_too_much_is_refused_by_size_and_by_tokens(app: Served, ada: str, client: openai.OpenAI) -> None:
    answer = post(app, app.key(ada), b" " * (BODY_BYTES + 1))
    assert (answer.status, answer.json()["error"]["type"]) == (413, "invalid_request_error")
    long: list[Any] = [{"role": "user", "content": "x" * app.home.engine.info().context}]
    with pytest.raises(openai.BadRequestError, match="leave out the oldest") as caught:
        client.chat.completions.create(model="homegrown", messages=long)
    assert caught.value.code == "context_length_exceeded"


def test_other_addresses_and_methods_are_told_what_there_is(app: Served, ada: str, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="/v1/chat/completions"):
        client.embeddings.create(model="homegrown", input="x")
    key = {"authorization": f"Bearer {app.key(ada)}"}
    for method, path, allowed in (("GET", "/v1/chat/completions", "POST"), ("DELETE", "/v1/models/homegrown", "GET")):
        answer = request(method, app.base + path, key)
        assert (answer.status, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/models", "/v1//x"])
def test_all_below_v1_is_for_programs_and_nothing_beside_it(path: str) -> None:
    assert is_api(path)
    assert not is_api(path.replace("v1", "v10")) and not is_api(f"/x{path}")


# while a reply is being written


def stopped_early(app: Served) -> bool:
    """Whether the newest reply was not written to its end."""
    return not busy(app) and app.home.engine.status().recent[-1].tokens < ALL_WORDS


def test_a_program_that_goes_away_ends_its_reply(slow: Served) -> None:
    client = slow.client(slow.key(slow.home.store.people()[0].id))
    with client.chat.completions.create(model="homegrown", messages=QUESTION, stream=True) as stream:
        next(iter(stream))
        assert busy(slow)
    slow.until(lambda: stopped_early(slow))
    body = json.dumps({"model": "homegrown", "messages": QUESTION}).encode()
    key = slow.key(slow.home.store.people()[0].id)
    with socket.create_connection(("127.0.0.1", slow.port)) as program:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{slow.port}\r\nAuthorization: Bearer {key}\r\n"
        program.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        slow.until(lambda: busy(slow))
    slow.until(lambda: stopped_early(slow))


def test_a_stop_text_ends_the_writing_too(slow: Served) -> None:
    client = slow.client(slow.key(slow.home.store.people()[0].id))
    answer = client.chat.completions.create(model="homegrown", messages=QUESTION, temperature=0, stop="know")
    assert (
        answer.choices[0].message.content == "You asked about How do I poach an egg. First write down what you already"
    )
    assert answer.usage is not None and answer.usage.completion_tokens < ALL_WORDS
    slow.until(lambda: stopped_early(slow))


def test_revoking_a_key_ends_the_reply_that_is_written_for_it(slow: Served) -> None:
    ada = slow.home.store.people()[0].id
    client = slow.client(slow.key(ada))
    key = slow.home.store.api_keys(ada)[-1]
    stream = client.chat.completions.create(model="homegrown", messages=QUESTION, stream=True)
    next(iter(stream))
    api_keys.revoke(slow.home.store, ada, key.id)
    with pytest.raises(openai.APIError, match="was revoked while"):
        list(stream)
    slow.until(lambda: stopped_early(slow))


def test_one_reply_of_a_person_is_written_at_a_time_and_only_a_few_wait(slow: Served) -> None:
    ada = slow.home.store.people()[0].id
    client = slow.client(slow.key(ada))
    begun: list[str] = []
    leave = threading.Event()

    def ask() -> None:
        with client.chat.completions.create(model="homegrown", messages=QUESTION, stream=True) as stream:
            begun.append(next(iter(stream)).id)
            leave.wait(60)

    others = [threading.Thread(target=ask) for _ in range(AT_MOST)]
    for other in others:
        other.start()
    slow.until(lambda: slow.api.asking.get(ada) == AT_MOST)
    answer = post(slow, slow.key(ada), {"model": "homegrown", "messages": QUESTION})
    assert answer.status == 429 and answer.headers["retry-after"]
    assert "4 requests of this person are under way or waiting" in answer.json()["error"]["message"]
    own = slow.home.chat.start(ada, None, "And I?")  # comes after the reply that is being written, before the others
    slow.until(lambda: own.turn.reply != "")
    assert len(begun) < AT_MOST
    slow.home.chat.stop(ada)
    own.result()
    leave.set()
    for other in others:
        other.join()
    assert len(begun) == AT_MOST
    slow.until(lambda: not busy(slow) and slow.api.asking[ada] == 0)


def test_an_engine_that_dies_is_told_and_the_next_request_is_answered(slow: Served) -> None:
    client = slow.client(slow.key(slow.home.store.people()[0].id))
    stream = client.chat.completions.create(model="homegrown", messages=QUESTION, stream=True)
    next(iter(stream))
    psutil.Process(slow.home.engine.status().pid).kill()
    with pytest.raises(openai.APIError, match="The engine broke off"):
        list(stream)
    slow.home.engine.wait_ready(60)
    client.chat.completions.create(model="homegrown", messages=QUESTION, max_tokens=1)


@pytest.mark.parametrize("streamed", [False, True])
def test_what_goes_wrong_before_the_first_word_has_a_status_of_its_own(
    app: Served, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    def broken(*given: Any, **more: Any) -> Any:
        raise EngineDied("The engine does not start; free some memory.")
        yield

    monkeypatch.setattr(app.home.engine, "stream", broken)
    with pytest.raises(openai.InternalServerError, match="free some memory") as caught:
        client.chat.completions.create(model="homegrown", messages=QUESTION, stream=streamed)
    assert (caught.value.status_code, caught.value.type) == (503, "server_error")
    assert not busy(app)


def test_a_defect_of_ours_is_logged_and_told_in_a_sentence(
    app: Served, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*given: Any, **more: Any) -> Any:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(app.home.engine, "encode", broken)
    with pytest.raises(openai.InternalServerError, match="went wrong in Homegrown itself") as caught:
        client.chat.completions.create(model="homegrown", messages=QUESTION)
    assert caught.value.status_code == 500 and "secret" not in str(caught.value)
    assert "ZeroDivisionError" in caplog.text
