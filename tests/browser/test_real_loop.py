"""The whole loop with real weights: bring corrections, learn now, and meet the changed model in the same tab."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import habits
from tests.browser.gestures import ask, ready
from web.texts import MODEL_SAID

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
MINUTES = 15 * 60_000  # ms; a night takes 3 minutes on two free cores


def test_a_taught_model_answers_in_the_learnt_way_without_a_reload(launch: Any, look: Any, tmp_path: Any) -> None:
    app = launch(demo=False)
    file = tmp_path / "corrections.jsonl"
    file.write_text("\n".join(map(json.dumps, habits.corrections("address")[:8])), encoding="utf-8")
    importing = ["app.py", "feedback", "import", str(file), "--home", str(app.home)]
    subprocess.run([sys.executable, *importing], cwd=ROOT, check=True, timeout=60)

    page = ready(look(app.url))
    learning = look(app.base + "/learning")
    learning.locator("#waiting .entry").nth(7).wait_for()
    learning.get_by_role("button", name="Learn now").click()
    learning.locator("#report .badge").first.wait_for(timeout=MINUTES)
    assert "Learnt" in learning.locator("#report").inner_text()

    page.bring_to_front()
    page.locator(".news", has_text="Your model learnt something at").wait_for()
    asked = habits.test_prompts("address")[:5]
    replies = [ask(page, prompt).locator(".model").inner_text().removeprefix(MODEL_SAID).strip() for prompt in asked]
    # Chat draws its words by chance, so some replies may differ; the base has none so.
    assert sum(habits.obeyed(["address"], reply)["address"] for reply in replies) >= 3, replies
