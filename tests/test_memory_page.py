"""The memory page shows each fact with its state and why it is believed, and moves facts in and out."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from conversation.memories import Memories
from domain import Brought, Memory, Person
from errors import BadInput
from homegrown import Homegrown
from personalization.memory_file import CHATGPT, Found, Item
from storage.store import Store
from tests.builders import START, calm, conversation, memory, turn
from tests.exports import chat, chatgpt
from web import memory_texts as words
from web import texts
from web.guard import PERSON
from web.memory_list import PAGE, Listing, count_html, like_html, list_html, merging_html
from web.memory_moving import MOST, _returned, moving_routes, picks_html, seen_html
from web.memory_page import altogether_html, change, said_in
from web.opening import opening
from web.parts import Wish

TODAY = date(2026, 11, 22)
PAYLOAD = '<img src=x onerror="alert(1)">'


def html(*memories: Memory, said: Sequence[Any] = (), most: int = PAGE) -> str:
    held = {one.id: one for one in memories}
    return list_html(memories, most, Listing(held, {one.id: one for one in said}, TODAY))


# the list


def test_an_empty_memory_and_an_empty_search_say_what_to_do() -> None:
    assert words.NO_MEMORIES in html()
    held = {"m1": memory("m1")}
    assert words.NONE_FOUND in list_html([], PAGE, Listing(held, {}, TODAY))
    assert count_html(0, 0) == ""
    assert words.COUNT_ONE in count_html(1, 1)
    assert words.COUNT_FOUND.format(found=0, total=3) in count_html(0, 3)


def test_only_a_page_of_facts_is_drawn_and_a_button_shows_more() -> None:
    many = [memory(f"m{n}", f"Fact {n}.") for n in range(45)]
    assert html(*many).count('class="entry') == PAGE and "do-more" in html(*many)
    whole = html(*many, most=60)
    assert whole.count('class="entry') == 45 and "do-more" not in whole
    assert like_html(many, Listing({}, {}, TODAY)).count('class="entry') == PAGE
    assert like_html([], Listing({}, {}, TODAY)) == ""


def test_what_somebody_wrote_is_only_text_wherever_it_stands() -> None:
    made = memory("new", PAYLOAD, source="merged")
    part = memory("old", PAYLOAD, active=False, replaced_by="new", brought=Brought(PAYLOAD, START))
    shown = html(made, part)
    assert "<img" not in shown and shown.count("&lt;img") >= 5


def test_each_fact_has_its_buttons() -> None:
    on, pinned, off = memory("a"), memory("b", pinned=True), memory("c", active=False)
    assert [f"do-{do}" in html(on) for do in ("edit", "pin", "off", "merge", "delete")] == [True] * 5
    assert "do-unpin" in html(pinned) and words.PINNED in html(pinned)
    assert "do-on" in html(off) and "do-pin" not in html(off) and "do-merge" not in html(off)


def test_deleting_names_what_goes() -> None:
    made = memory("new", "I am a vegan in Porto.", source="merged")
    old = [memory(name, active=False, replaced_by="new") for name in ("a", "b")]
    ask = words.DELETE_ASK_MERGED.format(text="I am a vegan in Porto.", count=2)
    assert ask in html(made, *old)
    assert words.DELETE_ASK.format(text="I am vegetarian.") in html(memory())


def test_how_long_a_fact_holds_stands_in_plain_words() -> None:
    porto, lisbon = memory("porto", "I live in Porto."), memory("lisbon", active=False, replaced_by="porto")
    assert "Other · since 1 March 2026" in html(porto)
    assert "until 3 March 2027" in html(memory(until=date(2027, 3, 3)))
    assert "was so until 2 May 2026" in html(memory(until=date(2026, 5, 2), active=False))
    assert "replaced by: I live in Porto." in html(lisbon, porto)
    assert "merged into: I live in Porto." in html(lisbon, replace(porto, source="merged"))
    assert words.REPLACED_GONE in html(lisbon)


def test_each_fact_tells_why_it_is_believed() -> None:
    said = turn("talk.3", created_at=START)
    assert "You wrote it here yourself on 1 March 2026." in html(memory())
    for source, told in (
        ("typed", "You asked for it to be remembered on 1 March 2026."),
        ("confirmed", "You said it on 1 March 2026, and kept it when you were asked."),
        ("observed", "You said it on 1 March 2026; it was kept automatically."),
    ):
        fact = memory(turn="talk.3", source=source, created_at=START + timedelta(days=4))
        assert told in html(fact, said=[said])
        assert '<a href="/?c=talk&amp;t=talk.3">' in html(fact, said=[said])
        assert words.WHY_GONE in html(fact) and "<a " not in html(fact), "its conversation was deleted"
    brought = memory(source="imported", brought=Brought(CHATGPT, START))
    assert "It came with your import of ChatGPT’s export on 1 March 2026." in html(brought)
    made, part = memory("new", source="merged"), memory("old", "I am tall.", active=False, replaced_by="new")
    assert "You merged it on 1 March 2026 out of:" in html(made, part) and "<li>I am tall. <p>You wrote" in html(
        made, part
    )
    assert "not kept any more" in html(made)


def test_a_fact_that_is_switched_on_can_be_merged_with_another_that_is() -> None:
    assert "do-merge-with" in html(memory()) and "do-merge-with" not in html(memory(active=False))
    assert words.MERGE_STOP in merging_html() and 'class="merging-text"' in merging_html()


# what a button asks for


@pytest.fixture
def small(store: Store) -> Any:
    """As much of a home as these wishes need."""
    memories = Memories(store, calm)
    proposals = SimpleNamespace(waiting=lambda person: [])
    return SimpleNamespace(store=store, memories=memories, proposals=proposals)


def test_each_button_does_what_it_says(small: Any, ada: Person) -> None:
    fact = small.memories.add(ada.id, "I swim.")

    def wish(do: str, text: str = "") -> Memory | None:
        change(small, ada.id, Wish(do, fact.id, text, 1))
        return next(iter(small.memories.list(ada.id)), None)

    for do, name, value in (("pin", "pinned", True), ("unpin", "pinned", False), ("off", "active", False)):
        assert getattr(wish(do), name) is value
    edited = wish("edit", "I dive.")
    assert edited and edited.text == "I dive."
    change(small, ada.id, Wish("memory-off", "", "", 1))
    assert not small.store.recalled.on(ada.id)
    change(small, ada.id, Wish("memory-on", "", "", 1))
    assert small.store.recalled.on(ada.id)
    assert wish("delete") is None
    with pytest.raises(BadInput):
        wish("explode")


def test_two_facts_are_merged_by_the_second_one_s_button(small: Any, ada: Person) -> None:
    first, second = small.memories.add(ada.id, "I swim."), small.memories.add(ada.id, "I dive.")
    assert change(small, ada.id, Wish(f"merge-{first.id}", second.id, "I swim and dive.", 1)) == words.MERGED
    assert [one.text for one in small.memories.list(ada.id) if one.active] == ["I swim and dive."]


def test_the_switch_for_memory_altogether_says_what_it_means() -> None:
    on, off = altogether_html(True, "<p>noticing</p>"), altogether_html(False, "<p>noticing</p>")
    assert "noticing" in on and "do-memory-off" in on and texts.GO_OFF_RECORD in on
    assert "noticing" not in off and "do-memory-on" in off and words.MEMORY_OFF in off


def test_the_turns_in_which_facts_were_said_are_found_if_they_are_there(small: Any, ada: Person) -> None:
    small.store.put_conversation(ada.id, conversation())
    small.store.put_turn(ada.id, turn("talk.1"))
    there, gone = memory("a", turn="talk.1"), memory("b", turn="other.1")
    part = memory("c", turn="talk.1", replaced_by="d", active=False)
    made = memory("d", source="merged")
    assert said_in(small, ada.id, [there, gone], [there, gone]).keys() == {"talk.1"}
    assert said_in(small, ada.id, [made], [made, part]).keys() == {"talk.1"}, "of what it was merged from"
    assert said_in(small, ada.id, [memory()], []) == {}


# the link to a turn


def test_the_chat_page_opens_where_something_was_said_also_on_another_branch(parts: Homegrown) -> None:
    store, ada = parts.store, parts.store.add_person("Ada")
    turns = [turn("talk.0")]
    for number in range(1, 90):
        turns.append(turn(f"talk.{number}", parent=turns[-1].id, created_at=START + timedelta(minutes=number)))
    other = turn("talk.other", parent="talk.4", created_at=START + timedelta(days=1))
    store.put_all(
        ada.id, [conversation(head="talk.89"), conversation("newer", updated_at=START + timedelta(9)), *turns]
    )
    store.put_turn(ada.id, other)

    def opened(**query: str) -> tuple[str, int]:
        request: Any = SimpleNamespace(query_params=query)
        return opening(parts, ada.id, request)

    assert opened() == ("newer", 60) and opened(c="gone") == ("", 60) and opened(c="") == ("", 60)
    assert opened(c="talk") == ("talk", 60)
    assert opened(c="talk", t="talk.80") == ("talk", 60)
    assert opened(c="talk", t="talk.3") == ("talk", 87)
    assert opened(c="talk", t="talk.999") == ("talk", 60)
    assert opened(c="talk", t="talk.other") == ("talk", 60)
    assert store.conversation(ada.id, "talk").head == "talk.other"


# bringing along and saving


@pytest.fixture
def client(small: Any, ada: Person) -> TestClient:
    app = FastAPI()
    app.include_router(moving_routes(small))

    @app.middleware("http")
    async def sign_in(request: Request, call: Any) -> Any:
        request.scope[PERSON] = ada.id
        return await call(request)

    return TestClient(app)


def test_a_file_is_read_and_nothing_is_kept(client: TestClient, small: Any, ada: Person) -> None:
    small.memories.add(ada.id, "User is vegan.")
    answer = client.post("/memory/import", content=chatgpt(chat("User is vegan.", "User has a cat.")))
    found, more = _returned(answer.text)
    assert found.origin == CHATGPT and not more
    assert {item.text for item in found.items} == {"User is vegan.", "User has a cat."}
    assert found.items[0].at and len(small.memories.list(ada.id)) == 1


def test_of_a_large_file_the_newest_that_are_not_remembered_yet_come(
    client: TestClient, small: Any, ada: Person
) -> None:
    days = [f"[{date(2020, 1, 1) + timedelta(days=n)}] Fact {n}." for n in range(MOST + 5)]
    small.memories.bring(ada.id, [Item("Fact 1004.")], "text")
    found, more = _returned(client.post("/memory/import", content="\n".join(days).encode()).text)
    assert more and len(found.items) == MOST
    assert (found.items[0].text, found.items[-1].text) == ("Fact 4.", "Fact 1003.")


def test_what_cannot_be_read_is_told(client: TestClient) -> None:
    answer = client.post("/memory/import", content=b"\x89PNG\r\n\xff")
    assert "UTF-8" in answer.json()["error"]


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", '{"origin": "x", "items": [], "left_out": 0, "more": false}', '{"items": 3}']
)
def test_an_answer_that_the_page_has_changed_is_refused(told: str) -> None:
    with pytest.raises(BadInput):
        _returned(told)


def test_what_is_new_known_or_too_long_in_a_file_is_named() -> None:
    known = [Item(f"Known {n} {PAYLOAD}.") for n in range(5)]
    new = [Item("User swims."), Item("User reads.")]
    told = seen_html(Found(CHATGPT, (*known, *new), 2), new, more=True)
    assert "2 new facts." in told and words.SEEN_CHATGPT in told
    assert "Known 0" in told and "Known 2" in told and "Known 3" not in told and "and 2 more" in told
    assert words.SEEN_MORE.format(count=2) in told and "600 characters: 2." in told and "<img" not in told
    assert words.SEEN_NOTHING in seen_html(Found("text", tuple(known)), [], more=False)
    assert words.SEEN_ONE in seen_html(Found("text", (new[0],)), new[:1], more=False)


def test_each_new_fact_has_a_box_that_is_ticked_and_its_text_stays_text() -> None:
    drawn = picks_html([Item("User swims."), Item(f"User says {PAYLOAD}", datetime(2024, 5, 3, 12, tzinfo=UTC))])
    assert drawn.count('type="checkbox"') == drawn.count(" checked>") == 2 and 'value="1"' in drawn
    assert "(3 May 2024)" in drawn and "&lt;img" in drawn and "<img" not in drawn
    assert picks_html([]) == ""


def test_facts_are_saved_as_files_and_the_copies_are_named_when_one_is_forgotten(
    client: TestClient, small: Any, ada: Person
) -> None:
    fact = small.memories.add(ada.id, "I am vegan.")
    text, rows = client.get("/memory/export.txt"), client.get("/memory/export.json")
    assert text.text == "I am vegan.\n" and text.headers["content-type"] == "text/plain; charset=utf-8"
    assert [row["text"] for row in json.load(io.StringIO(rows.text))] == ["I am vegan."]
    for answer, form in ((text, "txt"), (rows, "json")):
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert answer.headers["content-disposition"].endswith(f'.{form}"')
    left = small.memories.forget(ada.id, fact.id)
    assert ".txt" in left and ".json" in left


def test_other_kinds_of_files_are_not_there(client: TestClient) -> None:
    assert client.get("/memory/export.exe").status_code == 404
