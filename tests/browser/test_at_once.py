"""The pages say that a correction acts until it is learnt, and either page can switch that off."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.gestures import ask, correct, ready

pytestmark = pytest.mark.browser


def test_a_correction_is_said_to_act_and_can_be_kept_from_it(launch: Any, look: Any) -> None:
    app = launch()
    page = ready(look(app.url))
    correct(page, ask(page, "How do I bake bread?"), "Mix, wait, bake.")
    line = page.locator("#at-once .acting")
    line.filter(has_text="1 lesson is shown to your model until it is learnt.").wait_for()
    line.get_by_role("button", name="Switch off").click()
    line.filter(has_text="are not shown to your model").wait_for()
    page.goto(app.base + "/learning")
    line.filter(has_text="are not shown to your model").wait_for()
    line.get_by_role("button", name="Switch on").click()
    line.filter(has_text="1 lesson is shown to your model until it is learnt.").wait_for()
    page.goto(app.base + "/")
    line.filter(has_text="1 lesson is shown to your model until it is learnt.").wait_for()
