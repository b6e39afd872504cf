"""The page of the learning suite: from made-up lines, each figure beside its goal, nothing lost, nothing prettified."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import habits
from bench.learning import figures, page
from bench.learning.goals_learning import learning
from bench.learning.goals_trust import trust
from bench.learning.plan import CARRIED, FEW, Cell, cells
from bench.learning.results import Lines
from tests.learning_lines import Json, lines, night, obeying

Change = Callable[[Cell, Json], Any]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a suite that is done."""
    file = tmp_path_factory.mktemp("page") / "learning.md"
    page.write(lines(), file)
    return file


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without pictures, which take most of the time."""
    monkeypatch.setattr(figures, "_save", lambda figure, file: None)


def met(change: Change | None = None, without: str | None = None) -> dict[str, bool | None]:
    """Each goal's verdict, by the beginning of its claim."""
    found = Lines(line for line in lines(change) if line["kind"] != without)
    return {goal.claim: goal.met for goal in learning(found) + trust(found)}


def missed(change: Change | None = None, without: str | None = None) -> list[str]:
    return [claim for claim, reached in met(change, without).items() if reached is not True]


def rows(text: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    section = text.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    found = [line.strip("| ").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in found[2:]]


def test_every_goal_stands_on_the_page_with_its_figure_its_number_and_its_verdict(whole: Path) -> None:
    found = rows(whole.read_text(encoding="utf-8"), "Goals")
    assert len(found) == 19
    assert {row[-1] for row in found} == {"yes"}
    assert all(claim and measured and count for claim, measured, count, *_ in found)
    by_claim = {row[0]: row for row in found}
    share = by_claim["8 corrections of one habit: obeyed on at least 90 % of unseen topics, mean over habits"]
    assert share[1:] == ["94%", "368 replies", "90.8% to 96.0%", "yes"]
    published = by_claim["Honest nights, at least 60: at least 95 % published"]
    assert published[2:4] == ["61 nights", "94.1% to 100.0%"]
    tries = by_claim["Sabotage at 8 rows, at least 60 tries: none wrongly published"]
    assert tries[1:4] == ["0; in 42 of the tries something was trained", "60 tries", "0.0% to 6.0%"]


def test_it_says_who_was_taught_when_and_where_and_that_nothing_is_missing(whole: Path) -> None:
    text = whole.read_text(encoding="utf-8")
    assert "The people are simulated" in text
    assert "2026-03-01" in text and "Some CPU" in text and "0123456789ab" in text and "recipe 1" in text
    assert f"{len(cells())} of {len(cells())} cells" in text
    assert "Not measured yet" not in text


def test_no_line_is_lost(whole: Path) -> None:
    text = whole.read_text(encoding="utf-8")
    kinds = Counter(cell.kind for cell in cells())
    assert len(rows(text, "One night")) == kinds["night"] + kinds["thumbs"] + kinds["pairs"]
    assert len(rows(text, "In the prompt")) == kinds["prompt"] + 1
    doses = rows(text, "How many corrections")
    assert sum(bool(cell) for row in doses for cell in row[1:]) == 5 * len(habits.HABITS) + kinds["swapped"]
    assert len(rows(text, "Whose habit")) == kinds["ownership"]
    assert len(rows(text, "Without the term")) == kinds["no anchors"]
    assert sum(int(n) for n in re.findall(r" of (\d+)", str(rows(text, "Nights that must")))) == kinds["sabotage"]
    assert len(rows(text, "Ten nights")) == 11
    assert "never had it: yes" in text
    assert len(rows(text, "On another architecture")) == kinds[CARRIED]


def test_every_picture_of_the_page_is_there(whole: Path) -> None:
    pictures = re.findall(r"\]\((.+?)\)", whole.read_text(encoding="utf-8"))
    assert len(pictures) == 4
    assert all((whole.parent / picture).stat().st_size > 1000 for picture in pictures)


def test_equal_lines_give_equal_pages_and_pictures(whole: Path, tmp_path: Path) -> None:
    page.write(lines(), tmp_path / "learning.md")
    for file in (path for path in whole.parent.rglob("*") if path.is_file()):
        assert (tmp_path / file.relative_to(whole.parent)).read_bytes() == file.read_bytes()


def test_the_four_numbers_of_each_habit_stand_side_by_side_with_their_mean(whole: Path) -> None:
    found = rows(whole.read_text(encoding="utf-8"), "In the prompt")
    assert found[0] == ["vegetarian", "0%", "56%", "38%", "94%", "100%"]
    assert found[-1] == ["**mean**", "0%", "56%", "38%", "94%", "100%"]


def test_the_matrix_begins_with_the_model_without_adapter(whole: Path) -> None:
    found = rows(whole.read_text(encoding="utf-8"), "Whose habit")
    assert found[0][:2] == ["no adapter", "6"]
    assert found[1][:3] == ["vegetarian", "94", "6"]


def of(kind: str, **given: Any) -> Callable[[Cell], bool]:
    return lambda cell: cell.kind == kind and given.items() <= cell.given.items()


def put(which: Callable[[Cell], bool], **figures: Any) -> Change:
    return lambda cell, result: which(cell) and result.update(figures)


def single(cell: Cell) -> bool:
    return cell.kind == "night" and len(cell.given["persona"]) == 1


def of_two(cell: Cell) -> bool:
    return cell.kind == "night" and len(cell.given["persona"]) == 2


def of_three(cell: Cell) -> bool:
    return cell.kind == "night" and len(cell.given["persona"]) == 3


def few_are_weak(cell: Cell, result: Json) -> None:
    """Habits count alike, whatever number of nights they have."""
    if single(cell):
        result["all"] = 11 if cell.given["persona"] in FEW else 16


def half_are_weak(cell: Cell, result: Json) -> None:
    if single(cell):
        result["all"] = 12 if cell.given["persona"][0] in list(habits.HABITS)[::2] else 16


def spoil_one_prompt(cell: Cell, result: Json) -> None:
    if cell.name == "ownership persona=('mate',)":
        result["obeyed"]["bullets"] = 3


@pytest.mark.parametrize(
    ("change", "claims"),
    [
        (put(single, all=14), ["obeyed on at least 90 %"]),
        (half_are_weak, ["obeyed on at least 90 %"]),
        (few_are_weak, []),
        (put(of("night", persona=("trains",)), all=9), ["no habit under 60 %"]),
        (put(of("night", persona=("mate",), seed=1), checks={"final general": 0.011}), ["general NLL"]),
        (put(of("night", persona=("mate",), seed=1), degenerate=2), ["degenerate answers"]),
        (put(of("night", persona=("mate",), seed=1), night_seconds=301.0), ["at most 5 minutes"]),
        (put(of_two, all=11), ["both at once"]),
        (put(of_three, all=9), ["all three at once"]),
        (put(of("night", persona=("bullets", "question", "lower-case")), each={"question": 12}), ["each habit at"]),
        (put(of("thumbs"), auc=0.74), ["AUC on unseen"]),
        (put(of("sabotage", how="swapped labels", seed=0), **night("published")), ["none wrongly published"]),
        (put(of("sabotage", how="down only"), **night("provisional")), ["none wrongly published"]),
        (put(of("sabotage", how="one lesson x 100"), **night("safety")), []),
        (put(of("thumbs", persona=("mate",)), **night("gain")), []),
        (put(of_two, **night("gain")), ["at least 95 % published"]),
        (put(of("sabotage", how="garbage replies", seed=1), unchanged=False), ["byte-identical after each"]),
        (spoil_one_prompt, ["another's habit"]),
        (put(of("ten nights"), kept=dict.fromkeys(habits.OCCASIONS, 7)), ["still passes"]),
        (put(of("ten nights"), dropped=4), ["change of mind"]),
        (put(of("forgetting"), **{"equal after": False}), ["tensors"]),
        (put(of("forgetting"), **{"differs before": False}), ["tensors"]),
        (put(of(CARRIED), **{"second after": obeying((), 12)}), ["second architecture"]),
        (put(of(CARRIED), after=obeying((), 0)), ["second architecture"]),
    ],
)
def test_a_goal_that_is_not_reached_is_said_to_be_missed_and_no_other(change: Change, claims: list[str]) -> None:
    found = missed(change)
    assert len(found) == len(claims)
    assert all(part in claim for part, claim in zip(claims, found, strict=True))


def test_an_adapter_that_does_not_do_what_it_was_taught_costs_the_mean_of_its_own_habits() -> None:
    own = "Ownership: an adapter obeys its own habit on at least 85 %, mean over habits"

    def lazy(cell: Cell, result: Json) -> None:
        if cell.kind == "ownership" and cell.given["persona"]:
            result["obeyed"][cell.given["persona"][0]] = 13

    assert missed(lazy) == [own]


def test_all_goals_are_met_by_lines_as_good_as_promised() -> None:
    assert missed() == []


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("kind", sorted({cell.kind for cell in cells()}))
def test_what_is_not_measured_meets_no_goal_and_is_named(kind: str, tmp_path: Path) -> None:
    found = [line for line in lines() if line["kind"] != kind]
    page.write(found, tmp_path / "learning.md")
    text = (tmp_path / "learning.md").read_text(encoding="utf-8")
    count = sum(cell.kind == kind for cell in cells())
    assert f"Not measured yet: {count} x {kind}." in text
    assert all(reached is not False for reached in met(without=kind).values())
    if kind not in ("pairs", "dose", "swapped", "no anchors"):
        assert missed(without=kind)


@pytest.mark.usefixtures("unpainted")
def test_a_page_of_a_single_line_says_that_all_the_rest_is_not_measured(tmp_path: Path) -> None:
    page.write([line for line in lines() if line["kind"] == "forgetting"], tmp_path / "learning.md")
    verdicts = [row[-1] for row in rows((tmp_path / "learning.md").read_text(encoding="utf-8"), "Goals")]
    assert Counter(verdicts) == {"not measured": 18, "yes": 1}


@pytest.mark.usefixtures("unpainted")
def test_lines_of_an_older_recipe_do_not_count(tmp_path: Path) -> None:
    older = [line | {"recipe": "older"} for line in lines()]
    page.write([*older, *(line for line in lines() if line["kind"] == "forgetting")], tmp_path / "learning.md")
    verdicts = [row[-1] for row in rows((tmp_path / "learning.md").read_text(encoding="utf-8"), "Goals")]
    assert Counter(verdicts) == {"not measured": 18, "yes": 1}


@pytest.mark.usefixtures("unpainted")
def test_of_a_cell_that_was_measured_again_the_newest_line_counts(tmp_path: Path) -> None:
    again = [line | {"result": line["result"] | {"all": 0}} for line in lines() if line["kind"] == "night"]
    for order, verdict in (([*again, *lines()], "yes"), ([*lines(), *again], "**no**")):
        page.write(order, tmp_path / "learning.md")
        assert rows((tmp_path / "learning.md").read_text(encoding="utf-8"), "Goals")[0][-1] == verdict


def test_no_lines_make_no_page(tmp_path: Path) -> None:
    page.write([], tmp_path / "learning.md")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (night("gain") | obeying((), 0), "refused, gain, 0 of 16 obey"),
        ({"with": obeying((), 3), "without": obeying((), 4)}, "with 3 of 16, without 4 of 16"),
        ({"equal after": True}, "{'equal after': True}"),
    ],
)
def test_the_terminal_hears_of_a_cell_in_a_few_words(result: Json, told: str) -> None:
    assert page.brief(result) == told
