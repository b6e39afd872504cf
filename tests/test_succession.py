"""Between two models that were taught, the old pair serves until the new one has passed its exam; then the new pair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import build
from backends.engine import Engine
from backends.plan import beside, plan
from base_models import models as models_module
from base_models import succession as module
from base_models.bases import SCRIPTED, Base
from command_line.choosing import choose
from domain import BASE, Night
from errors import BadInput, Deferred, EngineDied, Gone, Locked, ModelUnusable, StorageTrouble
from homegrown import Homegrown
from learning.place import CALLED_OFF
from learning.pupil import on_base
from learning.unreported import adopt_reports
from personalization.schedule import Need
from settings import Settings
from storage.adapters import Adapters
from storage.seal import AesGcm, Seal
from storage.shelf import Shelf
from tests.builders import corrections, feedback
from tests.machine import wait_until
from tests.test_gguf_header import model
from tests.test_plan import BILLION, LAPTOP
from web.pulse import models_stamp

pytestmark = pytest.mark.usefixtures("spare")

TINY: bytes = model()  # type: ignore[no-untyped-call]
WORDS = (
    *("Ant", "Bee", "Cat", "Dog", "Elk", "Fox", "Gnu", "Hen", "Ibis", "Jay"),
    *("Kea", "Lark", "Moth", "Newt", "Owl", "Pig", "Quail", "Ram", "Seal", "Toad"),
)


@pytest.fixture
def first(tmp_path: Path) -> str:
    path = tmp_path / "first.gguf"
    path.write_bytes(TINY)
    return str(path)


@pytest.fixture
def second(tmp_path: Path) -> str:
    path = tmp_path / "second.gguf"
    path.write_bytes(TINY.replace(b"Tiny", b"Mini"))
    return str(path)


@pytest.fixture
def app(parts: Homegrown, first: str, monkeypatch: pytest.MonkeyPatch) -> Homegrown:
    """Somebody has left the bundled model for the first one, and it has learnt them."""
    monkeypatch.setattr("learning.exam_engine.LOOK_SECONDS", 0.01)
    parts.engine.start()
    parts.engine.wait_ready(60)
    parts.models.use(first)
    ada = parts.store.add_person("Ada")
    parts.store.put_feedback(ada.id, *corrections(8))
    assert parts.nights.run(ada.id).verdict.serves
    return parts


@pytest.fixture
def ada(app: Homegrown) -> str:
    return app.store.people()[0].id


def pair(app: Homegrown, person: str) -> tuple[str, str]:
    """Which model serves somebody, and which version of it."""
    return Path(app.models.serving.name).name, app.adapters.current(person)[0]


def again(app: Homegrown) -> Homegrown:
    return build(Settings(app.settings.home, backend="scripted"))


def no_habit() -> list[Any]:
    """Corrections that have nothing in common, so that nothing can be learnt from them."""
    return [
        feedback(f"odd{word}", f"{word} {word[::-1]} {number}", reply="Well.", correction=f"{word}s are fine.")
        for number, word in enumerate(WORDS)
    ]


# choosing


def test_a_model_that_was_taught_goes_on_serving_while_the_next_one_waits(
    app: Homegrown, ada: str, second: str
) -> None:
    before = pair(app, ada)
    talk = app.chat.start(ada, None, "How do I poach an egg?").result()
    app.models.use(second)
    assert pair(app, ada) == before == ("first.gguf", app.adapters.current(ada)[0])
    assert app.models.succession.base and app.models.succession.base.title == "second.gguf"
    assert app.nights.plan(ada).startswith("second.gguf is to serve next; the next night teaches and examines it.")
    assert app.nights.due(ada).reason != "Nothing has changed since the last night."
    reply = app.chat.start(ada, talk.conversation, "And how long?").result()
    assert (reply.adapter, reply.model) == (before[1], app.models.serving.digest[:12])
    assert [entry.name for entry in app.models.entries() if entry.added] == [app.models.serving.name, second]


def test_a_model_that_has_learnt_nobody_gives_way_at_once(parts: Homegrown, first: str, second: str) -> None:
    parts.engine.start()
    parts.store.add_person("Ada")
    parts.models.use(first)
    parts.models.use(second)
    assert (parts.models.serving.name, parts.models.succession.base) == (second, None)


def test_a_model_that_has_learnt_them_before_serves_at_once_again(app: Homegrown, ada: str, second: str) -> None:
    old = pair(app, ada)
    app.models.use(second)
    app.nights.run(ada)
    new = pair(app, ada)
    app.models.use(app.models.before())
    assert pair(app, ada) == old
    app.models.use(app.models.before())
    assert pair(app, ada) == new == ("second.gguf", new[1])


def test_switch_now_lets_it_serve_at_once(app: Homegrown, ada: str, second: str) -> None:
    app.models.use(second)
    app.models.use(second, at_once=True)
    assert (pair(app, ada), app.models.succession.base) == (("second.gguf", BASE), None)
    assert "has not learnt you yet" in app.nights.plan(ada)
    assert Shelf(app.settings.home).kept().candidate == ""


def test_keeping_the_old_one_ends_it_and_the_nights_go_on_for_the_old_one(
    app: Homegrown, ada: str, second: str
) -> None:
    app.models.use(second)
    app.models.keep()
    assert app.models.notice == "first.gguf goes on serving, and no other model waits."
    assert (app.models.succession.base, again(app).models.succession.base) == (None, None)
    assert app.nights.plan(ada) == again(app).nights.plan(ada) == "0 of 5 new corrections so far."
    with pytest.raises(Gone, match="No other model waits"):
        app.models.keep()


def test_another_choice_takes_the_place_of_the_first(app: Homegrown, ada: str, second: str, tmp_path: Path) -> None:
    third = tmp_path / "third.gguf"
    third.write_bytes(TINY.replace(b"Tiny", b"Nano"))
    app.models.use(second)
    app.models.use(str(third))
    assert app.nights.run(ada).version
    assert pair(app, ada)[0] == "third.gguf"


def test_what_is_to_serve_next_is_not_removed(app: Homegrown, second: str) -> None:
    app.models.use(second)
    with pytest.raises(BadInput, match=r"second\.gguf is to serve next; let it serve at once, or keep"):
        app.models.remove(second)


# the night


def test_a_night_that_passes_changes_the_pair_and_the_talk_goes_on(app: Homegrown, ada: str, second: str) -> None:
    talk = app.chat.start(ada, None, "How do I poach an egg?").result()
    app.models.use(second)
    told: list[str] = []
    night = app.nights.run(ada, lambda progress: told.append(progress.phase))
    assert pair(app, ada) == ("second.gguf", night.version)
    assert (night.verdict.outcome, len(night.used)) == ("published", 8)
    assert night.verdict.reason.startswith("For second.gguf, which is to serve next: Learnt from 8 lessons")
    assert app.nights.last(ada) == night
    assert app.models.notice == "second.gguf has learnt what you taught, passed its exam and serves now."
    assert "Loading the model that is to serve next" in told
    assert app.nights.plan(ada) == "0 of 5 new corrections so far."
    reply = app.chat.start(ada, talk.conversation, "And how long?").result()
    assert (reply.adapter, reply.finish) == (night.version, "stop")
    assert reply.reply.startswith("Captain,")
    restarted = again(app)
    assert (pair(restarted, ada), restarted.models.succession.base) == (pair(app, ada), None)
    assert Path(restarted.models.before()).name == "first.gguf"


def test_a_night_that_is_refused_leaves_the_old_pair_and_says_why(app: Homegrown, ada: str, second: str) -> None:
    before = pair(app, ada)
    app.store.put_feedback(ada, *no_habit())
    app.models.use(second)
    night = app.nights.run(ada)
    assert night.verdict.outcome == "refused"
    assert night.verdict.reason.startswith("For second.gguf, which is to serve next: ")
    assert pair(app, ada) == before
    assert app.models.succession.base is None
    assert app.models.notice.startswith(night.verdict.reason)
    assert "first.gguf goes on serving. Choose second.gguf again" in app.models.notice
    assert pair(again(app), ada) == before


def test_a_model_that_answers_so_already_serves_as_it_is(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalization.rehearsal.Standard.known", lambda standard: True)
    app.models.use(second)
    night = app.nights.run(ada)
    assert night.verdict.outcome == "nothing new"
    assert night.verdict.reason == (
        "second.gguf already answers as these lessons ask; it serves from the next reply on."
    )
    assert pair(app, ada) == ("second.gguf", BASE)


def test_a_night_that_is_called_off_or_fails_changes_nothing_and_the_next_one_goes_on(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pair(app, ada)
    app.models.use(second)

    def leave(progress: Any) -> None:
        app.nights.cancel(ada)

    with pytest.raises(Deferred, match=CALLED_OFF):
        app.nights.run(ada, leave)
    with monkeypatch.context() as patch:
        patch.setattr(
            "personalization.night.choose", lambda *given, **more: _raise(EngineDied("The engine broke off."))
        )
        with pytest.raises(EngineDied):
            app.nights.run(ada)
    assert pair(app, ada) == before
    assert app.nights.run(ada).version == pair(app, ada)[1] != before[1]


def test_the_exam_has_an_engine_of_its_own_which_is_gone_afterwards(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, serving = [], app.engine.status().pid

    def noted(*given: Any, **more: Any) -> Engine:
        made.append(Engine(*given, **more))
        return made[-1]

    monkeypatch.setattr(module, "Engine", noted)
    app.models.use(second)
    pids: set[Any] = set()

    def look(progress: Any) -> None:
        if made:
            pids.add(made[0].status().pid)
        assert app.engine.status().pid == serving

    app.nights.run(ada, look)
    assert len(made) == 1
    assert len(pids - {None}) == 1
    assert made[0].status().state == "closed"


def test_chats_go_before_the_exam_of_the_next_model(app: Homegrown, ada: str, second: str) -> None:
    app.models.use(second)
    with app.chat.asking():
        app.nights.start(ada)
        wait_until(lambda: (found := app.nights.progress(ada)) and found.phase.startswith("Examining the model"))
        app.nights.cancel(ada)  # is heard though somebody is being answered
        wait_until(lambda: app.nights.progress(ada) is None)
    assert app.nights.said(ada) == CALLED_OFF


def test_switch_now_and_keep_do_not_wait_for_the_candidates_night(app: Homegrown, ada: str, second: str) -> None:
    app.models.use(second)
    app.nights.start(ada)
    app.models.keep()
    wait_until(lambda: app.nights.progress(ada) is None)
    assert pair(app, ada)[0] == "first.gguf"
    app.models.use(second)
    app.nights.start(ada)
    app.models.use(second, at_once=True)
    assert pair(app, ada) == ("second.gguf", BASE)


def test_what_a_night_came_to_is_not_listened_to_once_the_old_one_is_kept(
    app: Homegrown, ada: str, second: str
) -> None:
    before = pair(app, ada)
    app.models.use(second)
    candidate = app.nights.candidate
    assert candidate

    def kept_just_before(night: Night) -> None:
        app.models.keep()
        candidate.ended(night)

    app.nights.candidate = replace(candidate, ended=kept_just_before)
    assert app.nights.run(ada).verdict.serves
    assert pair(app, ada) == before


def test_a_reply_that_goes_on_too_long_puts_the_change_off_until_the_clock_looks_again(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.models.use(second)
    candidate = app.nights.candidate
    assert candidate

    def busy(night: Night) -> None:
        with app.chat.asking():
            candidate.ended(night)

    app.nights.candidate = replace(candidate, ended=busy)
    with monkeypatch.context() as patch:
        patch.setattr(models_module, "REPLY_SECONDS", 0.0)
        night = app.nights.run(ada)
    assert pair(app, ada)[0] == "first.gguf"
    assert "serves as soon as nobody is being answered" in app.models.notice
    app.nights.place.take("", "An exam")
    app.models.settle()
    assert pair(app, ada)[0] == "first.gguf"
    app.nights.place.leave("")
    app.models.settle()
    assert pair(app, ada) == ("second.gguf", night.version)
    app.models.settle()  # there is nothing more to settle


def test_a_model_that_has_passed_and_does_not_load_leaves_the_old_pair(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, ready = pair(app, ada), app.engine.wait_ready
    app.models.use(second)

    def broken(timeout: float | None = None) -> Any:
        if timeout == models_module.LOAD_SECONDS and app.models.serving.name == second:
            raise ModelUnusable("The model cannot be loaded.")
        return ready(timeout)

    monkeypatch.setattr(app.engine, "wait_ready", broken)
    app.nights.run(ada)
    assert (pair(app, ada), app.models.succession.base) == (before, None)
    assert app.models.notice == "The model cannot be loaded. first.gguf goes on serving; nothing was changed."


# several people


def test_the_owners_night_decides_and_the_others_nights_go_on_for_the_present_model(
    app: Homegrown, ada: str, second: str
) -> None:
    ben = app.store.add_person("Ben").id
    app.store.put_feedback(ben, *corrections(8, "Well,"))
    app.models.use(second)
    learnt = app.nights.run(ben)
    assert pair(app, ben) == ("first.gguf", learnt.version)
    assert not learnt.verdict.reason.startswith("For second.gguf")
    app.nights.run(ada)
    assert pair(app, ben) == ("second.gguf", BASE)
    assert app.nights.plan(ben).startswith("This model has not learnt you yet")


# machines that cannot do it


def test_a_model_that_cannot_be_taught_beside_the_other_waits_and_the_nights_go_on(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_with_engine", lambda base: Need(cannot="Both do not fit."))
    app.models.use(second)
    assert app.models.succession.cannot == "Both do not fit."
    assert app.nights.plan(ada) == "0 of 5 new corrections so far."
    app.models.use(second, at_once=True)
    assert pair(app, ada)[0] == "second.gguf"


@pytest.mark.parametrize(
    ("gigabytes", "alone", "both"),
    [(10.5, (1, 384), None), (12, (1, 768), (1, 512)), (20, (2, 2432), (2, 1536)), (32, (2, 2432), (2, 2432))],
)
def test_a_night_beside_another_model_gets_what_that_leaves_of_the_memory(
    gigabytes: float, alone: tuple[int, int], both: tuple[int, int] | None
) -> None:
    machine = replace(LAPTOP, ram_bytes=int(gigabytes * 2**30))
    usual = plan(BILLION, machine)
    shared = beside(usual, usual, machine)
    assert usual.night and (usual.night.rows, usual.night.row_tokens) == alone
    assert (shared.night and (shared.night.rows, shared.night.row_tokens)) == both
    assert bool(shared.no_night) == (both is None)


def test_what_cannot_be_taught_alone_cannot_be_taught_beside_another() -> None:
    hopeless = plan(BILLION, replace(LAPTOP, ram_bytes=4 * 2**30))
    assert hopeless.no_night
    assert beside(hopeless, hopeless, LAPTOP) == hopeless


def test_its_engine_counts_as_it_is_not_in_memory_yet() -> None:
    planned = plan(BILLION, LAPTOP)
    base = Base("b.gguf", Path("b.gguf"), "0" * 64, planned.options, None, planned)
    assert module._with_engine(base).bytes_for(100) == base.need.bytes_for(100) + planned.bytes
    scripted = replace(base, plan=None, options=SCRIPTED)
    assert module._with_engine(scripted).bytes_for(100) == scripted.need.bytes_for(100)


# kills and damage


@pytest.mark.parametrize("moment", ["chosen", "training", "published", "reported"])
def test_a_kill_leaves_the_old_pair_or_the_new_one(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    class Killed(BaseException):
        """Nothing that runs can catch it."""

    old = pair(app, ada)
    app.models.use(second)
    candidate = app.nights.candidate
    assert candidate
    killed = replace(candidate, ended=lambda night: _raise(Killed()))
    if moment == "training":
        with pytest.raises(Killed):
            app.nights.run(ada, lambda progress: _raise(Killed()) if progress.phase.startswith("Rehearsal") else None)
    elif moment == "published":
        monkeypatch.setattr(app.store, "put_night", lambda *given: _raise(Killed()))
        with pytest.raises(Killed):
            app.nights.run(ada)
    elif moment == "reported":
        app.nights.candidate = killed
        with pytest.raises(Killed):
            app.nights.run(ada)
    app.close()
    there = again(app)
    there.adapters.sweep()
    adopt_reports(there.store, there.adapters)
    if moment in ("chosen", "training"):
        assert (pair(there, ada), len(there.store.nights(ada))) == (old, 1)
        assert there.models.succession.base and there.nights.candidate
        there.engine.start()
        assert there.nights.run(ada).version == pair(there, ada)[1]
    there.close()
    last = there.nights.last(ada)
    assert last and pair(there, ada) == ("second.gguf", last.version)
    assert (there.models.succession.base, Shelf(there.settings.home).kept().candidate) == (None, "")


def test_a_candidate_whose_file_is_gone_waits_no_more(app: Homegrown, ada: str, second: str) -> None:
    before = pair(app, ada)
    app.models.use(second)
    Path(second).unlink()
    there = again(app)
    assert (pair(there, ada), there.models.succession.base) == (before, None)
    assert there.models.notice.endswith("So first.gguf goes on serving, and no other model follows it.")
    assert there.models.notice.startswith("There is no")
    assert Shelf(there.settings.home).kept().candidate == ""


def test_a_candidate_deleted_while_it_waits_fails_its_night_in_one_sentence(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pair(app, ada)
    app.models.use(second)
    monkeypatch.setattr(
        Engine, "start", lambda engine: _raise(ModelUnusable("There is no file second.gguf; choose another."))
    )
    with pytest.raises(ModelUnusable):
        app.nights.run(ada)
    last = app.nights.last(ada)
    assert last and (last.verdict.outcome, last.verdict.reason) == (
        "failed",
        "There is no file second.gguf; choose another.",
    )
    assert pair(app, ada) == before


def test_a_model_given_at_the_start_serves_whatever_waits(app: Homegrown, ada: str, first: str, second: str) -> None:
    app.models.use(second)
    given = build(Settings(app.settings.home, backend="scripted", model=second))
    assert (given.models.serving.name, given.models.succession.base) == (second, None)
    assert again(app).models.succession.base


def test_a_report_that_cannot_be_stored_leaves_the_change_to_the_clock(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.models.use(second)
    with monkeypatch.context() as patch:
        patch.setattr(app.store, "put_night", lambda *given: _raise(StorageTrouble("The disk is full.")))
        with pytest.raises(StorageTrouble, match="its report comes later"):
            app.nights.run(ada)
    assert pair(app, ada)[0] == "first.gguf"
    app.models.settle()
    assert pair(app, ada)[0] == "second.gguf"


def test_a_graphics_card_is_left_to_the_model_that_serves(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers: list[int | None] = []

    def engine(backend: str, path: Path, options: Any, *given: Any, **more: Any) -> Any:
        layers.append(options.gpu_layers)
        raise EngineDied("No engine here.")

    monkeypatch.setattr(module, "Engine", engine)
    for offload in (False, True):
        app.models.succession._machine = replace(app.machine, offload=offload)
        app.models.use(second)
        with pytest.raises(EngineDied):
            app.nights.run(ada)
    assert layers == [None, 0]


def _raise(error: BaseException) -> Any:
    raise error


# the command line


def told(app: Homegrown, action: str, **given: Any) -> Any:
    return choose(app, {"action": action, **given}, lambda news: None)


def test_the_command_says_that_the_old_one_goes_on_and_how_to_end_that(
    app: Homegrown, ada: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.models.add(second)
    first, stamp = app.models.serving.name, models_stamp(app)
    used = told(app, "use", name=second)
    assert models_stamp(app) != stamp
    assert f"{second} is to serve next" in used["text"]
    assert f"models use {second} --now" in used["text"] and "models keep" in used["text"]
    assert {entry["name"]: (entry["serving"], entry["next"]) for entry in used["json"][-2:]} == {
        first: (True, False),
        second: (False, True),
    }
    assert any(line.startswith(f"> {second}") for line in told(app, "list")["text"].splitlines())
    assert told(app, "keep")["text"] == "first.gguf goes on serving, and no other model waits."
    monkeypatch.setattr(module, "_with_engine", lambda base: Need(cannot="Both do not fit."))
    assert (
        f"cannot be taught while {first} serves, which goes on. Both do not fit."
        in told(app, "use", name=second)["text"]
    )
    assert told(app, "use", name=second, now=True)["text"] == f"{second} serves from the next reply on."


# what is kept


def test_whether_somebody_has_grown_on_a_model_is_told_without_their_key(home: Path) -> None:
    (home / "people" / "ada").mkdir(parents=True)
    keys: dict[str, Seal] = {"ada": AesGcm(bytes(32))}

    def seal(person: str) -> Seal:
        if person not in keys:
            raise Locked("Sign in first.")
        return keys[person]

    adapters = Adapters(home, "one", seal)
    staged = adapters.stage("ada")
    (staged / "adapter.json").write_text("{}")
    manifest = {"created_at": "2026-03-01T03:00:00+00:00", "lessons": [], "rows": []}
    version = adapters.publish("ada", staged, manifest).name
    keys.clear()
    assert (adapters.grown("ada", "one"), adapters.grown("ada", "two"), adapters.grown("ben", "one")) == (
        True,
        False,
        False,
    )
    keys["ada"] = AesGcm(bytes(32))
    adapters.point("ada", BASE)
    assert not adapters.grown("ada", "one")
    adapters.point("ada", version)
    adapters.remove("ada", version)
    assert not adapters.grown("ada", "one")


def test_adapters_seen_from_another_model_share_what_must_be_shared(home: Path) -> None:
    adapters = Adapters(home, "one")
    other = on_base(adapters, "two")
    assert (adapters.base, other.base) == ("one", "two")
    assert (other.changing, other._opened) == (adapters.changing, adapters._opened)


def test_a_choice_ends_a_candidacy_in_the_same_write(home: Path) -> None:
    """Else a kill in between would leave a candidate that takes the place of a later choice."""
    shelf = Shelf(home)
    for chosen in ("second", "third", "third"):
        shelf.nominate("second")
        assert Shelf(home).kept().candidate == "second"
        shelf.choose(chosen)
        assert (Shelf(home).kept().chosen, Shelf(home).kept().candidate) == (chosen, "")
