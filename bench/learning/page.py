"""The page of the learning suite: every figure against its goal, with plots, also where it falls short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.learning import sections
from bench.learning.goal import Goal
from bench.learning.goals_learning import learning
from bench.learning.goals_trust import trust
from bench.learning.markdown import table
from bench.learning.plan import cells
from bench.learning.results import Line, Lines, Result, newest

SECTIONS = (
    sections.nights,
    sections.prompted,
    sections.doses,
    sections.owned,
    sections.anchored,
    sections.spoilt,
    sections.lifetime,
    sections.carried,
)


def write(lines: Sequence[Line], file: Path) -> None:
    """Writes the page and its plots; only the newest recipe's lines count, and of a cell the newest line."""
    if not lines:
        return
    found = newest(lines)
    parts = [_head(found), *_goals(found), *_missing(found)]
    for section in SECTIONS:
        parts += section(found, file.with_suffix(""))
    file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def brief(result: Result) -> str:
    """One cell in a few words, for the terminal."""
    words = [str(result[key]) for key in ("outcome", "refused by") if result.get(key)]
    if "all" in result:
        words.append(f"{result['all']} of {result['of']} obey")
    words += [
        f"{name} {value['all']} of {value['of']}"
        for name, value in result.items()
        if isinstance(value, dict) and "all" in value
    ]
    return ", ".join(words) or str(result)[:200]


def _head(lines: Lines) -> str:
    every = lines.all()
    machine = every[-1]["machine"]
    hours = sum(line["seconds"] for line in every) / 3600
    dates = sorted(line["date"][:10] for line in every)
    commits = ", ".join(f"`{commit}`" for commit in dict.fromkeys(line["commit"] for line in every))
    return (
        "# What the bundled model learns\n\n**The people are simulated**: each teaches habits that a rule can check, "
        "by rows that a program makes from bundled topics. Model, training and exam are real. Answers are greedy "
        "and come from the serving backend, on topics and in wordings that were never taught. The rules see form and "
        "words, not whether an answer is good.\n\n"
        f"{len(lines)} of {len(cells())} cells, {hours:.1f} hours, {dates[0]} to {dates[-1]}, recipe "
        f"`{every[-1]['recipe']}`, commit {commits}, {machine['system']} {machine['arch']}, {machine['cpu']}, "
        f"{machine['physical_cores']} cores. Made by `make bench-learning`; each cell is a line of learning.jsonl with "
        "its date, commit, machine and versions. A dashed line in a plot is the goal."
    )


def _goals(lines: Lines) -> list[str]:
    return [
        "## Goals\n\nFixed before anything was measured. Intervals: 95 %, Clopper and Pearson, as if replies were "
        "independent of each other; those of one adapter are not, so the truth may lie further off.",
        table(
            ("goal", "measured", "of", "95 % interval", "met"), [_goal(goal) for goal in learning(lines) + trust(lines)]
        ),
    ]


def _goal(goal: Goal) -> tuple[str, ...]:
    interval = "" if goal.interval is None else " to ".join(f"{end:.1%}" for end in goal.interval)
    if goal.met is None:
        return goal.claim, goal.measured, goal.count, interval, "not all measured" if goal.count else "not measured"
    return goal.claim, goal.measured, goal.count, interval, "yes" if goal.met else "**no**"


def _missing(lines: Lines) -> list[str]:
    """What was not measured, or not yet."""
    open_cells = Counter(cell.kind for cell in cells() if cell.name not in lines)
    if not open_cells:
        return []
    return ["Not measured yet: " + ", ".join(f"{count} x {kind}" for kind, count in open_cells.items()) + "."]
