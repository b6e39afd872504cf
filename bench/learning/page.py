"""The page of the learning suite: every figure against its goal, with plots, also where it falls short."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.learning import figures

Line = Mapping[str, Any]
Lines = Sequence[Line]

# What each sabotage must come to: "exit 4" (no night), a check that refuses, or "published" (defused).
EXPECTED = {
    "swapped labels": ("gain",),
    "broken weights": ("weights",),
    "learning rate x 50": ("weights", "general", "control", "safety", "degeneration"),
    "down only": ("exit 4",),
    "one lesson x 100": ("published",),
    "poisoned refusals": ("safety",),
    "swapped tokenizer": ("general", "control", "safety", "degeneration", "gain"),
    "empty probes": ("weights", "general"),
    "garbage replies": ("general", "control", "safety", "degeneration", "gain"),
}


def write(lines: Lines, file: Path) -> None:
    """Writes the page and its plots; only the newest recipe's lines count."""
    if not lines:
        return
    newest = lines[-1]["recipe"]
    current = [line for line in lines if line["recipe"] == newest]
    kinds: dict[str, list[Line]] = defaultdict(list)
    for line in current:
        kinds[line["kind"]].append(line)
    plots = file.with_suffix("")
    parts = [_head(current, newest), *_taught(kinds, plots), *_prompted(kinds, plots), *_doses(kinds, plots)]
    parts += [*_owned(kinds, plots), *_spoilt(kinds), *_lifetime(kinds)]
    file.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def brief(result: Line) -> str:
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


def share(result: Line) -> float:
    return float(result["all"]) / float(result["of"])


def title(line: Line) -> str:
    return " + ".join(line["given"]["persona"])


def _head(lines: Lines, recipe: str) -> str:
    machine = lines[-1]["machine"]
    hours = sum(line["seconds"] for line in lines) / 3600
    return (
        "# What the bundled model learns\n\nSimulated people, real model, real training, real exam. Answers are greedy "
        "and come from the serving backend, on topics that were never taught. "
        f"{len(lines)} cells, {hours:.1f} hours, recipe `{recipe}`, {machine['arch']}, "
        f"{machine['physical_cores']} cores. By `make bench-learning`; each cell is a line of "
        "learning.jsonl with date, commit and machine. A dashed line is the goal."
    )


def _taught(kinds: Mapping[str, list[Line]], plots: Path) -> list[str]:
    nights = [line for line in kinds["night"] if line["given"]["seed"] == 0]
    singles = [line for line in nights if len(line["given"]["persona"]) == 1]
    series = {"8 corrections": {title(line): share(line["result"]) for line in singles}}
    series |= {
        name: {title(line): share(line["result"]) for line in kinds[kind]}
        for kind, name in (("pairs", "12 pairs"), ("thumbs", "12 up, 12 down"))
    }
    if not singles:
        return []
    figures.bars(series, "Replies on unseen topics that obey", plots / "habits.svg", 0.9)
    rows = [_night_row(line) for line in nights]
    thumbs = [
        f"| {title(line)} | {line['result']['outcome']} | {line['result']['auc']:.2f} |" for line in kinds["thumbs"]
    ]
    shares = [share(line["result"]) for line in singles]
    parts = [
        "## One night\n\n![Habits](learning/habits.svg)",
        _table(
            "| taught | corrections | outcome | refused by | all obeyed | each | general NLL | degenerate | night, s |",
            rows,
        ),
        f"Mean over single habits: {statistics.fmean(shares):.0%}; least: {min(shares):.0%}.",
    ]
    return parts + ([_table("| thumbs alone | outcome | AUC on unseen replies |", thumbs)] if thumbs else [])


def _night_row(line: Line) -> str:
    result = line["result"]
    general = result.get("checks", {}).get("final general", result.get("checks", {}).get("general"))
    each = ", ".join(f"{name} {count}" for name, count in result["each"].items())
    return _row(
        title(line),
        line["given"]["count"],
        result["outcome"],
        result.get("refused by") or "",
        f"{result['all']} of {result['of']}",
        each,
        "" if general is None else f"{general:+.1%}",
        result["degenerate"],
        result.get("night_seconds", ""),
    )


def _prompted(kinds: Mapping[str, list[Line]], plots: Path) -> list[str]:
    if not kinds["prompt"]:
        return []
    ways = list(kinds["prompt"][0]["result"])
    figures.bars(
        {way: {title(line): share(line["result"][way]) for line in kinds["prompt"]} for way in ways},
        "Prompt or weights, 8 corrections",
        plots / "prompt.svg",
    )
    rows = [
        f"| {title(line)} | " + " | ".join(f"{share(line['result'][way]):.0%}" for way in ways) + " |"
        for line in kinds["prompt"]
    ]
    means = [f"{statistics.fmean(share(line['result'][way]) for line in kinds['prompt']):.0%}" for way in ways]
    return [
        "## In the prompt or in the weights\n\n![Prompt](learning/prompt.svg)",
        _table(f"| habit | {' | '.join(ways)} |", [*rows, f"| **mean** | {' | '.join(means)} |"]),
    ]


def _doses(kinds: Mapping[str, list[Line]], plots: Path) -> list[str]:
    if not kinds["dose"]:
        return []
    series: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in kinds["dose"]:
        series[title(line)][line["given"]["count"]].append(share(line["result"]))
    figures.curves(
        series, "corrections", "Replies on unseen topics that obey, median and range over seeds", plots / "doses.svg"
    )
    return ["## How many corrections\n\n![Doses](learning/doses.svg)"]


def _owned(kinds: Mapping[str, list[Line]], plots: Path) -> list[str]:
    singles = [line for line in kinds["night"] if len(line["given"]["persona"]) == 1 and line["given"]["seed"] == 0]
    if len(singles) < 2:
        return []
    rows = {
        title(line): {h: count / line["result"]["of"] for h, count in line["result"]["obeyed"].items()}
        for line in singles
    }
    figures.matrix(rows, "Adapter (row) asked for a habit (column), %", plots / "ownership.svg")
    return ["## Whose habit is it\n\n![Ownership](learning/ownership.svg)"]


def _spoilt(kinds: Mapping[str, list[Line]]) -> list[str]:
    if not kinds["sabotage"]:
        return []
    rows, wrong = [], 0
    for how, expected in EXPECTED.items():
        found = [line["result"] for line in kinds["sabotage"] if line["given"]["how"] == how]
        ends = [result.get("refused by") or result["outcome"] for result in found]
        wrong += sum(
            result["outcome"] in ("published", "provisional") for result in found if "published" not in expected
        )
        told = ", ".join(f"{end} {ends.count(end)}" for end in sorted(set(ends)))
        same = sum(result["unchanged"] for result in found)
        rows.append(f"| {how} | {' or '.join(expected)} | {told} | {same} of {len(found)} |")
    tries = sum("published" not in EXPECTED[line["given"]["how"]] for line in kinds["sabotage"])
    honest = [line["result"]["outcome"] for kind in ("night", "pairs", "thumbs") for line in kinds[kind]]
    passed = sum(outcome in ("published", "provisional") for outcome in honest)
    return [
        "## Nights that must not serve",
        _table("| spoilt by | must come to | came to | what served before is unchanged |", rows),
        f"Wrongly published: {wrong} of {tries} (upper 95 % bound {upper_bound(wrong, tries):.1%}). "
        f"Honest nights published: {passed} of {len(honest)}.",
    ]


def _lifetime(kinds: Mapping[str, list[Line]]) -> list[str]:
    parts = []
    for line in kinds["ten nights"]:
        result = line["result"]
        rows = [
            _row(n["habit"], n["outcome"], n.get("used", ""), n.get("superseded", ""), *_lasted(result, n["habit"]))
            for n in result["nights"]
        ]
        parts += [
            "## Ten nights and a change of mind",
            _table(
                "| taught | outcome | lessons | superseded | obeyed next morning | of these after ten nights |", rows
            ),
        ]
        parts.append(
            f"After the change of mind {result['dropped']} of {result['asked']} replies are without the first habit."
        )
    for line in kinds["forgetting"]:
        parts.append(
            "## Forgetting\n\nTensors rebuilt after a lesson was forgotten equal those of a twin that never had it: "
            f"{line['result']['equal after']} (with the lesson: {not line['result']['differs before']})."
        )
    return parts


def _lasted(result: Line, habit: str) -> tuple[Any, Any]:
    return result["passed"].get(habit, ""), result["kept"].get(habit, "")


def upper_bound(events: int, tries: int) -> float:
    """Clopper and Pearson's upper 95 % bound of a share, one-sided, by bisection."""

    def at_most(p: float) -> float:
        return sum(math.comb(tries, k) * p**k * (1 - p) ** (tries - k) for k in range(events + 1))

    low, high = events / tries if tries else 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(middle) > 0.05 else (low, middle)
    return high


def _row(*cells: Any) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _table(head: str, rows: Sequence[str]) -> str:
    columns = head.count("|") - 1
    return "\n".join([head, "|" + "---|" * columns, *rows])
