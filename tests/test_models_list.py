"""The list of models: what may be done with each, its terms and its verdict, and how far a download is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backends.source import Source, Step
from base_models import models as module
from base_models.downloads import State, Transfer
from base_models.entries import Entry
from base_models.offers import Offer
from homegrown import Homegrown
from web import models_texts as words
from web.models_list import better_html, models_html

SOURCE = Source("maker/tiny", "tiny.gguf", 2_000_000, "0" * 64, "Apache-2.0")
TINY = Offer("tiny", "Tiny <b>1M</b>", "Apache-2.0", 2_000_000, "Runs well.", True, False, SOURCE)
BUNDLED = Entry(replace(TINY, name="bundled", title="Small", source=None), True, True, serving=True)


def shown(*entries: Entry, transfer: Transfer | None = None, before: str = "", changing: str = "") -> str:
    learnt = frozenset({"bundled"})
    return models_html([BUNDLED, *entries], transfer, changing=changing, before=before, learnt=learnt)


def test_a_model_that_is_not_here_can_be_downloaded_under_a_licence_that_is_shown() -> None:
    html = shown(Entry(TINY, False, True, serving=False))
    assert "do-download" in html and "do-use" not in html
    assert "Tiny &lt;b&gt;1M&lt;/b&gt;" in html and "<b>1M" not in html
    assert "2 MB · licence: Apache-2.0" in html
    assert "under the licence Apache-2.0?" in html
    assert words.TERMS not in html and words.NOT_VERIFIED not in html


def test_terms_of_its_own_gates_and_unverified_digests_are_told() -> None:
    source = replace(SOURCE, sha256=None, gated=True)
    html = shown(Entry(replace(TINY, licence="Own Terms", source=source), False, False, serving=False))
    assert all(text in html for text in (words.TERMS, words.GATED, words.NOT_VERIFIED))


def test_a_model_that_is_here_can_serve_or_go() -> None:
    html = shown(Entry(TINY, True, True, serving=False))
    assert all(do in html for do in ("do-use", "do-remove")) and "do-download" not in html
    assert "It has not learnt you yet" in html
    assert words.NOT_VERIFIED in shown(Entry(TINY, True, False, serving=False))


def test_a_file_that_is_gone_cannot_serve_but_can_be_taken_off_the_list() -> None:
    gone = Entry(replace(TINY, name="/x/y.gguf", runs=False, source=None, licence=""), False, False, False, added=True)
    html = shown(gone)
    assert "do-use" not in html and words.TAKE_OFF in html


def test_what_would_not_run_here_is_folded_away_without_a_button() -> None:
    html = shown(Entry(replace(TINY, runs=False, verdict="It needs 900 GB."), False, True, serving=False))
    assert f"<summary>{words.UNFIT} (1)</summary>" in html and "do-download" not in html


def test_what_runs_slowly_or_cannot_learn_is_folded_away_but_can_be_had() -> None:
    html = shown(Entry(replace(TINY, suits=False), False, True, serving=False))
    assert f"<summary>{words.LESSER} (1)</summary>" in html and "do-download" in html
    assert words.LESSER not in shown(Entry(TINY, False, True, serving=False))


def test_the_recommended_model_stands_first_and_what_serves_offers_the_way_back() -> None:
    other = replace(TINY, name="other", title="Other")
    best = replace(TINY, name="best", title="Best", recommended=True)
    html = shown(Entry(other, False, True, False), Entry(best, False, True, False), before="best", changing="other")
    assert html.index(words.RECOMMENDED) < html.index("Other</h3>")
    assert "Go back to Best" in html and "Small serves." in html
    assert "Other is being loaded" in html


def test_the_next_model_says_what_it_waits_for_and_can_be_let_in_or_left() -> None:
    following = Entry(replace(TINY, source=None), True, True, serving=False, next=True)
    html = models_html([BUNDLED, following], None, changing="", before="", learnt=frozenset())
    assert "beside Small, which goes on serving until it has passed" in html
    assert 'href="/learning"' in html and "serves next" in html
    assert {do for do in ("now", "keep", "use", "remove") if f"do-{do}" in html} == {"now", "keep"}
    assert "Keep Small" in html and "It has not learnt you yet" in html
    why = "A night needs <much> memory."
    stuck = models_html([BUNDLED, following], None, changing="", before="", learnt=frozenset(), cannot=why)
    assert "cannot be taught while Small serves. A night needs &lt;much&gt; memory." in stuck
    assert 'href="/learning"' not in stuck and "do-now" in stuck


def test_the_question_before_a_change_says_whether_the_model_serves_at_once_or_next() -> None:
    here = Entry(TINY, True, True, serving=False)
    asked = {
        (learnt, waits): models_html(
            [BUNDLED, here], None, changing="", before="", learnt=frozenset({"tiny"} if learnt else ()), waits=waits
        )
        for learnt in (False, True)
        for waits in (False, True)
    }
    assert "until it has passed, Small goes on serving" in asked[False, True]
    assert "until then your newest corrections act through the prompt" in asked[False, False]
    assert all("One click leads back" in asked[True, waits] for waits in (False, True))


def test_a_model_whose_file_is_gone_while_it_serves_is_told() -> None:
    html = models_html([replace(BUNDLED, here=False)], None, changing="", before="", learnt=frozenset())
    assert "its file is not on this machine any more" in html
    assert "any more" not in shown()


@pytest.mark.parametrize(
    ("state", "said", "buttons"),
    [
        ("running", "Loading: 1 MB of 2 MB, 500 kB/s, 2 s left", {"pause", "cancel"}),
        ("paused", "Paused: 1 MB of 2 MB are here.", {"resume", "cancel"}),
        ("failed", "The disk is full. Paused: 1 MB of 2 MB are here.", {"resume", "cancel"}),
    ],
)
def test_a_download_tells_how_far_it_is_and_what_can_be_done(state: State, said: str, buttons: set[str]) -> None:
    reason = "The disk is full." if state == "failed" else ""
    transfer = Transfer("tiny", SOURCE, state, Step("loading", 1_000_000, 2_000_000, 500_000), reason)
    html = shown(Entry(TINY, False, True, serving=False), transfer=transfer)
    assert said in html and '<progress max="100" value="50"' in html
    assert {do for do in ("pause", "resume", "cancel", "download") if f"do-{do}" in html} == buttons


def test_only_the_owner_is_offered_a_better_model_and_only_while_the_bundled_one_serves(
    parts: Homegrown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "offers", lambda machine, backend: [BUNDLED.offer, replace(TINY, recommended=True)])
    ada, ben = parts.store.add_person("Ada").id, parts.store.add_person("Ben").id
    assert "A better model would run on this machine: Tiny" in better_html(parts, ada)
    assert better_html(parts, ben) == ""
    parts.models.serving = replace(parts.models.serving, name="another")
    assert better_html(parts, ada) == ""
