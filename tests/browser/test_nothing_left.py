"""After signing out, a browser's profile, the home, temporary files and logs hold not one word of the person."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import QUIET, ROOT, chromium_path
from tests.browser.gestures import ask, correct, ready
from tests.browser.test_door import set_passphrase
from tests.traces import traces

pytestmark = pytest.mark.browser

SAID, TAUGHT, FACT, PERSONA, DRAFT, COMMENT = (f"zq{kind}canary" for kind in ("a", "b", "c", "d", "e", "f"))
ALL = (SAID, TAUGHT, FACT, PERSONA, DRAFT, COMMENT)


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder for temporary files whose path is short: Chromium puts a socket there."""
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        yield Path(folder)


def test_after_signing_out_no_word_is_found_anywhere(
    launch: Any, chromium: Any, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "profile"
    monkeypatch.setenv("TMPDIR", str(short))
    app = launch()
    context = chromium.browser_type.launch_persistent_context(
        str(profile), executable_path=chromium_path(), args=QUIET.split(), env={**os.environ}
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(app.url)
    ready(page)
    set_passphrase(page, app.base)
    page.goto(app.base)
    turn = ask(ready(page), f"What is {SAID}?")
    turn.get_by_role("button", name="Bad reply").click()
    turn.get_by_role("button", name="Add a comment").click()
    page.get_by_label("What was wrong with it? (optional)").fill(COMMENT)
    page.get_by_role("button", name="Save", exact=True).last.click()
    turn.locator(".comment", has_text=COMMENT).wait_for()
    correct(page, turn, f"{TAUGHT} is a word.")
    page.get_by_text("How should your model speak to you?").first.click()
    page.locator("#persona textarea").fill(PERSONA)
    page.locator("#persona").get_by_role("button", name="Save").click()
    page.get_by_text("It holds from the next reply on").wait_for()
    page.goto(f"{app.base}/memory")
    page.get_by_label("A fact about you").fill(FACT)
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator(".entry", has_text=FACT).wait_for()
    learn(app.home, tmp_path)
    page.goto(f"{app.base}/learning")
    page.get_by_text(TAUGHT).first.wait_for(state="attached")
    page.goto(app.base)
    page.get_by_label("Message").fill(DRAFT)  # never sent
    other = context.new_page()
    other.goto(f"{app.base}/you")
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("heading", name="Sign in").wait_for()
    page.bring_to_front()
    page.get_by_role("heading", name="Sign in").wait_for()
    assert "You are signed out" in page.get_by_role("status").inner_text()
    page.go_back()  # what the browser may have kept of the page
    page.wait_for_load_state()
    assert not any(word in page.content() for word in ALL)
    context.close()
    for folder in (app.home, short, profile):
        assert traces(folder, *ALL) == []
    assert len(list(profile.rglob("*"))) > 20 and (app.home / "logs").is_dir()


def learn(home: Path, folder: Path) -> None:
    """A night on five more lessons, as another program would bring them."""
    rows = folder / "rows.jsonl"
    row: dict[str, Any] = {"prompt": "", "reply": "No.", "correction": "", "thumb": None, "rejected": [], "reasons": []}
    row["at"] = "2026-03-01T12:00:00+00:00"
    topics = ("eggs", "bread", "tides", "lanterns", "chess", "moss")
    lines = [
        {**row, "prompt": f"{one} {one[::-1]} {SAID}", "correction": f"{TAUGHT} {one} are fine."} for one in topics
    ]
    rows.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    for words in (["feedback", "import", str(rows)], ["learn", "--now"]):
        command = [sys.executable, "app.py", *words, "--home", str(home), "--backend", "scripted"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert TAUGHT in done.stdout or words[0] == "feedback"
