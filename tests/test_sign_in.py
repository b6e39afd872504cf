"""Signing in with a passphrase: who gets in, what is told, and what is never told."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.door import CODE, ORIGIN, Door, session_of
from web.sign_in import AT_ONCE, NOBODY, WAITING


@pytest.fixture
def door() -> Door:
    made = Door()
    made.keys.passphrases = {"ada": "correct horse", "ben": "battery staple"}
    made.keys.locked = {"ada", "ben"}
    return made


def test_the_right_passphrase_opens_and_the_key_is_there(door: Door) -> None:
    answer = door.submit("/sign-in", name=" ADA ", passphrase="correct horse")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert all(part in answer.headers["set-cookie"] for part in ("HttpOnly", "SameSite=Strict", "Path=/"))
    assert door.ask("/", cookie=session_of(answer)).status == 200
    assert (door.reached, door.keys.locked) == (["ada"], {"ben"})


@pytest.mark.parametrize(("name", "tried"), [("Ada", "ada"), ("Eve", NOBODY), ("../ada", NOBODY), ("", NOBODY)])
def test_a_wrong_one_is_told_in_the_same_words_and_derived_for_everybody(door: Door, name: str, tried: str) -> None:
    answer = door.submit("/sign-in", name=name, passphrase="wrong horse")
    assert answer.status == 401
    assert "That is not right." in answer.text
    assert "set-cookie" not in answer.headers
    assert door.keys.tried == [tried]


def test_two_hundred_guesses_in_an_hour_derive_at_most_twelve_keys(door: Door) -> None:
    answers = []
    for number in range(200):
        answers.append(door.submit("/sign-in", name="Ada", passphrase=f"guess {number}", address=f"10.0.0.{number}"))
        door.clock.now += 3600 / 200
    assert len(door.keys.tried) == 12
    assert {answer.status for answer in answers[12:]} == {429}
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Too many wrong tries" in answers[-1].text
    assert door.submit("/sign-in", name="Ben", passphrase="battery staple").status == 303


def test_made_up_names_are_slowed_down_like_real_ones(door: Door) -> None:
    statuses = [door.submit("/sign-in", name="Eve", passphrase="guess").status for _ in range(10)]
    assert statuses == [401] * 5 + [429] * 5
    assert door.keys.tried == [NOBODY] * 5


def test_any_number_of_made_up_names_takes_a_bounded_place_in_memory(door: Door) -> None:
    for number in range(600):
        door.submit("/sign-in", name=f"name {number}", passphrase="guess")
    assert 100 < len(door.sign_in._throttle._guesses) <= 256


def test_at_most_two_keys_are_derived_at_once_and_few_may_wait(door: Door) -> None:
    going, most, lock, go_on = 0, 0, threading.Lock(), threading.Event()
    real = door.keys.unlock

    def slow(person: str, passphrase: str) -> None:
        nonlocal going, most
        with lock:
            going += 1
            most = max(most, going)
        go_on.wait(20)
        with lock:
            going -= 1
        real(person, passphrase)

    door.keys.unlock = slow  # type: ignore[method-assign]

    async def crowd() -> list[int]:
        asked = [
            asyncio.create_task(door.submitted("/sign-in", name=f"name {number}", passphrase="guess"))
            for number in range(WAITING + 10)
        ]
        while sum(task.done() for task in asked) < 10:
            await asyncio.sleep(0.01)
        go_on.set()
        return [answer.status for answer in await asyncio.gather(*asked)]

    statuses = asyncio.run(crowd())
    assert most == AT_ONCE
    assert statuses.count(429) >= 10


def test_a_form_from_elsewhere_is_not_even_read(door: Door) -> None:
    right = b"name=Ada&passphrase=correct+horse"
    kind = {"content_type": "application/x-www-form-urlencoded"}
    for origin in ("http://evil.example", "null"):
        assert door.ask("/sign-in", "POST", body=right, origin=origin, **kind).status == 403
    assert door.ask("/sign-in", "POST", body=right, sec_fetch_site="cross-site", **kind).status == 403
    assert door.ask("/sign-in", "POST", body=right, origin=ORIGIN, content_type="text/plain").status == 415
    assert door.ask("/sign-in", "POST", body=b"name=a&name=b", origin=ORIGIN, **kind).status == 400
    assert not door.keys.tried


def test_the_page_shows_the_form_and_sends_its_origin_along(door: Door) -> None:
    page = door.ask("/")
    assert page.status == 401
    assert 'action="/sign-in"' in page.text
    assert '<meta name="referrer" content="same-origin">' in page.text  # else the form's origin would be "null"
    assert page.headers["www-authenticate"].startswith("Form")  # so our script knows that signing in helps
    assert "www-authenticate" in door.ask("/pulse").headers
    assert "<script" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_page_says_why_the_nights_of_who_has_not_signed_in_wait(door: Door) -> None:
    assert "learns at night only once you have signed in" in door.ask("/sign-in").text
    door.keys.locked.clear()
    assert "at night" not in door.ask("/sign-in").text


def test_a_name_that_was_typed_comes_back_as_text(door: Door) -> None:
    page = door.submit("/sign-in", name='"><script>alert(1)</script>', passphrase="x")
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


def test_the_only_one_with_a_passphrase_need_not_say_who_they_are(door: Door) -> None:
    del door.keys.passphrases["ben"]
    page = door.ask("/")
    assert 'name="name"' not in page.text
    assert "Run “make run” once more" in page.text  # for Ben
    assert door.submit("/sign-in", passphrase="correct horse").status == 303


def test_a_launch_link_does_not_let_in_who_has_a_passphrase(door: Door) -> None:
    door.keys.locked = set()
    answer = door.ask(f"/?token={door.sessions.token('ada')}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("path", "locked"), [("/sign-out", False), ("/lock", True)])
def test_leaving_ends_all_sessions_and_only_lock_forgets_the_key(door: Door, path: str, locked: bool) -> None:
    here, there = (session_of(door.submit("/sign-in", name="Ada", passphrase="correct horse")) for _ in range(2))
    ben = session_of(door.submit("/sign-in", name="Ben", passphrase="battery staple"))
    assert door.ask(path, cookie=here).status == 404
    assert door.ask(path, "POST", cookie=here, origin="http://evil.example").status == 403
    answer = door.submit(path, here)
    assert (answer.status, session_of(answer)) == (303, "")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert [door.ask("/pulse", cookie=cookie).status for cookie in (here, there, ben)] == [401, 401, 200]
    assert door.keys.is_locked("ada") == locked


def test_the_recovery_code_gives_a_new_passphrase_and_a_new_code(door: Door, monkeypatch: Any) -> None:
    monkeypatch.setattr("web.sign_in.checked_code", str.strip)
    old = session_of(door.submit("/sign-in", name="Ada", passphrase="correct horse"))
    assert 'action="/lost"' in door.ask("/lost").text
    answer = door.submit("/lost", name="Ada", code=CODE, new="a new passphrase")
    assert answer.status == 200
    assert "NEW-CODE" in answer.text
    assert door.ask("/pulse", cookie=session_of(answer)).status == 200
    assert door.ask("/pulse", cookie=old).status == 401
    assert door.submit("/sign-in", name="Ada", passphrase="a new passphrase").status == 303


def test_a_wrong_recovery_code_is_derived_for_everybody_and_slowed_down(door: Door, monkeypatch: Any) -> None:
    monkeypatch.setattr("web.sign_in.checked_code", str.strip)
    for name in ("Ada", "Eve"):
        answers = [door.submit("/lost", name=name, code="BBBB", new="a new passphrase") for _ in range(6)]
        assert [answer.status for answer in answers] == [401] * 5 + [429]
        assert "only the newest recovery code works" in answers[0].text
    assert door.keys.tried == ["ada"] * 5 + [NOBODY] * 5


def test_a_mistyped_code_costs_no_guess(door: Door) -> None:
    for _ in range(20):
        answer = door.submit("/lost", name="Ada", code="AAAA-BBBB", new="a new passphrase")
        assert answer.status == 400
        assert "typing mistake" in answer.text
    assert not door.keys.tried


def test_a_passphrase_is_set_and_changed_on_the_page_about_oneself(door: Door) -> None:
    door.keys.passphrases, door.keys.locked = {}, set()
    cookie = door.signed_in()
    assert 'action="/passphrase"' in door.ask("/you", cookie=cookie).text
    assert "differ" in door.submit("/passphrase", cookie, new="long enough", again="long enoughh").text
    assert "at least 8" in door.submit("/passphrase", cookie, new="short", again="short").text
    answer = door.submit("/passphrase", cookie, new="long enough", again="long enough")
    assert (answer.status, "NEW-CODE" in answer.text) == (200, True)
    page = door.ask("/you", cookie=cookie).text
    assert all(f'action="{path}"' in page for path in ("/sign-out", "/lock", "/passphrase"))
    wrong = door.submit("/passphrase", cookie, old="wrong", new="another one", again="another one")
    assert (wrong.status, "not your present passphrase" in wrong.text) == (401, True)
    assert door.submit("/passphrase", cookie, old="long enough", new="another one", again="another one").status == 200
    assert door.keys.passphrases == {"ada": "another one"}


def test_whoever_sets_the_first_passphrase_says_what_they_are_called(door: Door) -> None:
    door.keys.passphrases, door.keys.locked = {}, set()
    cookie, chosen = door.signed_in(), {"new": "long enough", "again": "long enough"}
    assert 'name="name"' in door.ask("/you", cookie=cookie).text
    taken = door.submit("/passphrase", cookie, name="ben", **chosen)
    assert (taken.status, "already somebody called ben" in taken.text, door.keys.passphrases) == (400, True, {})
    assert "NEW-CODE" in door.submit("/passphrase", cookie, name=" Anna ", **chosen).text
    assert [one.name for one in door.people] == ["Anna", "Ben"]
    door.keys.passphrases["ben"] = "correct horse"
    assert door.submit("/sign-in", name="anna", passphrase="long enough").status == 303


def test_a_name_is_changed_on_the_page_about_oneself_and_never_lost(door: Door) -> None:
    cookie = session_of(door.submit("/sign-in", name="Ada", passphrase="correct horse"))
    assert 'action="/name"' in door.ask("/you", cookie=cookie).text
    for name in ("", "x" * 61, "Ben"):
        assert door.submit("/name", cookie, called=name).status == 400
    answer = door.submit("/name", cookie, called="Ada Byron")
    assert (answer.status, "That is your name now." in answer.text) == (200, True)
    assert [one.name for one in door.people] == ["Ada Byron", "Ben"]
    assert door.submit("/name", called="Eve").status == 401


def test_guessing_the_present_passphrase_at_an_open_page_is_slowed_down_too(door: Door) -> None:
    cookie = session_of(door.submit("/sign-in", name="Ada", passphrase="correct horse"))
    new = {"new": "another one", "again": "another one"}
    statuses = [door.submit("/passphrase", cookie, old=f"guess {n}", **new).status for n in range(8)]
    assert statuses == [401] * 5 + [429] * 3


def test_strangers_find_no_page_about_anybody(door: Door) -> None:
    for path in ("/you", "/sign-out", "/lock", "/passphrase"):
        assert door.submit(path).status == 401
    assert 'action="/sign-in"' in door.ask("/you").text


def test_a_new_recovery_code_costs_the_passphrase_and_changes_nothing_else(door: Door) -> None:
    cookie = signed_in(door)
    answer = door.submit("/recovery-code", cookie, present="correct horse")
    assert answer.status == 200 and "NEW-CODE" in answer.text
    assert door.keys.passphrases["ada"] == "correct horse"
    answer = door.submit("/recovery-code", cookie, present="wrong horse")
    assert answer.status == 401 and "not your present passphrase" in answer.text and "NEW-CODE" not in answer.text


def test_a_key_goes_into_the_keyring_with_the_passphrase_and_out_without(door: Door) -> None:
    cookie, keyring = signed_in(door), door.keys.keyring
    assert "whoever gets into your account on this computer" in door.ask("/you", cookie=cookie).text
    answer = door.submit("/keyring", cookie, own="wrong horse")
    assert answer.status == 401 and not keyring
    answer = door.submit("/keyring", cookie, own="correct horse")
    assert answer.status == 200 and keyring == {"ada"} and "No longer remember me" in answer.text
    answer = door.submit("/keyring", cookie)
    assert answer.status == 200 and not keyring and "no longer in the keyring" in answer.text


def test_without_a_keyring_a_sentence_stands_where_the_choice_would_be(door: Door) -> None:
    cookie = signed_in(door)
    door.keys.keyring = None
    page = door.ask("/you", cookie=cookie).text
    assert "This system has no keyring" in page and 'action="/keyring"' not in page


def test_guesses_at_the_present_passphrase_are_slowed_down_wherever_it_is_asked(door: Door) -> None:
    cookie = signed_in(door)
    tries = [("/recovery-code", {"present": "x"}), ("/keyring", {"own": "x"}), ("/passphrase", CHANGE)] * 2
    statuses = [door.submit(path, cookie, **fields).status for path, fields in tries]
    assert statuses == [401] * 5 + [429]


def test_you_shows_what_is_on_and_the_way_to_the_others_only_to_the_owner(door: Door) -> None:
    ada, ben = signed_in(door), session_of(door.submit("/sign-in", name="Ben", passphrase="battery staple"))
    assert "Your passphrase is on" in door.ask("/you", cookie=ada).text
    assert 'href="/people"' in door.ask("/you", cookie=ada).text
    assert 'href="/people"' not in door.ask("/you", cookie=ben).text
    assert "You" in door.ask("/you", cookie=ben).text


CHANGE = {"old": "x", "new": "another passphrase", "again": "another passphrase"}


def signed_in(door: Door) -> str:
    return session_of(door.submit("/sign-in", name="Ada", passphrase="correct horse"))
