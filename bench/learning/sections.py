"""The sections of the page: each turns its cells into sentences, a table of every figure, and a plot."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench import habits
from bench.learning import figures
from bench.learning.goals_trust import owners
from bench.learning.markdown import table
from bench.learning.plan import CARRIED, DOSES
from bench.learning.results import Line, Lines, general, share, title

# What each sabotage must come to: "exit 4" (no night), a check that refuses, or "published" (it did no harm).
EXPECTED = {
    "swapped labels": ("gain",),
    "broken weights": ("weights",),
    "learning rate x 50": ("weights", "general", "control", "safety", "degeneration"),
    "down only": ("exit 4",),
    "one lesson x 100": ("published",),
    "poisoned refusals": ("safety",),
    "swapped tokenizer": ("general", "control", "safety", "degeneration", "gain"),
    "empty probes": ("general",),
    "garbage replies": ("general", "control", "safety", "degeneration", "gain"),
}


def nights(lines: Lines, plots: Path) -> list[str]:
    found = lines.of("night") + lines.of("thumbs")
    if not found:
        return []
    series = {
        name: {title(line): share(line["result"]) for line in cells}
        for name, cells in (
            ("8 corrections", lines.nights(1, seed=0)),
            ("12 pairs", lines.of("pairs")),
            ("12 up, 12 down", lines.of("thumbs")),
        )
        if cells
    }
    figures.bars(series, "Replies on unseen topics that obey", plots / "habits.svg", 0.9)
    head = ("taught", "by", "topics", "outcome", "refused by", "all obeyed", "each", "general NLL", "degenerate", "AUC")
    pairs = [_night(line) for line in lines.of("pairs")]
    return [
        "## One night",
        _plot("Habits", plots / "habits.svg"),
        table((*head, "night, s"), [_night(line) for line in found] + pairs),
        "Pairs are trained without an exam, so they have no outcome. Topics 1, 2, 3: different ones were taught. AUC: "
        "how well the adapter tells the habit's form from plain replies.",
    ]


def _night(line: Line) -> Sequence[Any]:
    result, given = line["result"], line["given"]
    rise = general(result)
    taught = f"{given['ups']} up, {given['downs']} down" if "ups" in given else f"{given['count']} {_signal(line)}"
    return (
        title(line),
        taught,
        given.get("seed", 0) + 1,
        result.get("outcome", ""),
        result.get("refused by") or "",
        f"{result['all']} of {result['of']}",
        ", ".join(f"{name} {count}" for name, count in result["each"].items()),
        "" if rise is None else f"{rise:+.2%}",
        result["degenerate"],
        f"{result['auc']:.2f}" if "auc" in result else "",
        f"{result['night_seconds']:.0f}" if "night_seconds" in result else "",
    )


def _signal(line: Line) -> str:
    return "pairs" if line["kind"] == "pairs" else "corrections"


def prompted(lines: Lines, plots: Path) -> list[str]:
    found = lines.of("prompt")
    if not found:
        return []
    ways = list(found[0]["result"])
    shares = {way: {title(line): share(line["result"][way]) for line in found} for way in ways}
    figures.bars(shares, "Prompt or weights, 8 corrections", plots / "prompt.svg")
    rows = [[title(line), *(f"{shares[way][title(line)]:.0%}" for way in ways)] for line in found]
    rows.append(["**mean**", *(f"{statistics.fmean(shares[way].values()):.0%}" for way in ways)])
    return [
        "## In the prompt or in the weights",
        _plot("Prompt", plots / "prompt.svg"),
        table(("habit", *ways), rows),
        "At once: what the product puts beside a message until it is learnt, within its budget of tokens.",
    ]


def doses(lines: Lines, plots: Path) -> list[str]:
    found, twins = lines.of("dose"), lines.of("swapped")
    if not found:
        return []
    taught, opposed = _by_count(found), _by_count(twins)
    several = {name: points for name, points in taught.items() if max(map(len, points.values())) > 1} or taught
    shown = {**several, **{f"{name}, swapped": points for name, points in opposed.items()}}
    text = "Replies on unseen topics that obey, median and range over seeds"
    figures.curves(shown, "corrections", text, plots / "doses.svg")
    rows = [
        [f"{name}{suffix}", *(_span(points.get(count, [])) for count in DOSES)]
        for series, suffix in ((taught, ""), (opposed, ", swapped"))
        for name, points in series.items()
    ]
    return [
        "## How many corrections",
        _plot("Doses", plots / "doses.svg"),
        table(("habit", *map(str, DOSES)), rows),
        "Median and range over seeds, without exam. Swapped: the twin that must not learn; the same texts, but the "
        "plain one corrects the habit's form.",
    ]


def _by_count(found: Iterable[Line]) -> dict[str, dict[int, list[float]]]:
    series: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in found:
        series[title(line)][line["given"]["count"]].append(share(line["result"]))
    return series


def _span(shares: Sequence[float]) -> str:
    if not shares:
        return ""
    middle = f"{statistics.median(shares):.0%}"
    return middle if len(shares) == 1 else f"{middle} ({min(shares):.0%} to {max(shares):.0%})"


def owned(lines: Lines, plots: Path) -> list[str]:
    found = [*lines.of("ownership", persona=[]), *owners(lines)]
    if not found:
        return []
    rows = {
        title(line) or "no adapter": {h: n / line["result"]["of"] for h, n in line["result"]["obeyed"].items()}
        for line in found
    }
    figures.matrix(rows, "Adapter (row) asked for a habit (column), % obeyed", plots / "ownership.svg")
    text = [[name, *(f"{100 * shares[habit]:.0f}" for habit in habits.HABITS)] for name, shares in rows.items()]
    return [
        "## Whose habit is it",
        _plot("Ownership", plots / "ownership.svg"),
        table(("adapter, %", *habits.HABITS), text),
        "8 corrections each, without exam; every habit is asked for on its own 16 prompts.",
    ]


def anchored(lines: Lines, _plots: Path) -> list[str]:
    found = lines.of("no anchors")
    if not found:
        return []
    rows = [
        [title(line), *(f"{one['all']} of {one['of']}, {one['general']:+.2%}" for one in _both(line))] for line in found
    ]
    return [
        "## Without the term that holds the model in place",
        table(("habit, 16 corrections", "with it: obeyed, general NLL", "without"), rows),
    ]


def _both(line: Line) -> tuple[Any, Any]:
    return line["result"]["with"], line["result"]["without"]


def spoilt(lines: Lines, _plots: Path) -> list[str]:
    found = lines.of("sabotage")
    if not found:
        return []
    rows = []
    for how, expected in EXPECTED.items():
        results = [line["result"] for line in found if line["given"]["how"] == how]
        ends = Counter(result.get("refused by") or result["outcome"] for result in results)
        told = ", ".join(f"{end} {count}" for end, count in ends.most_common())
        rows.append([how, " or ".join(expected), told, f"{sum(r['unchanged'] for r in results)} of {len(results)}"])
    return [
        "## Nights that must not serve",
        table(("spoilt by", "must come to", "came to", "what served before is unchanged"), rows),
    ]


def lifetime(lines: Lines, _plots: Path) -> list[str]:
    parts = []
    for line in lines.of("ten nights"):
        result = line["result"]
        rows = [
            [
                night["habit"],
                night["outcome"],
                night.get("used", ""),
                night.get("superseded", ""),
                *(result[key].get(night["habit"], "") for key in ("passed", "kept")),
            ]
            for night in result["nights"]
        ]
        head = ("taught", "outcome", "rows used", "superseded", "obeyed next morning", "of these after ten nights")
        parts += [
            "## Ten nights and a change of mind",
            table(head, rows),
            f"Of {result['asked']} replies each. After the change of mind {result['dropped']} of {result['asked']} are "
            "without the first habit.",
        ]
    for line in lines.of("forgetting"):
        found = line["result"]
        parts.append(
            "## Forgetting\n\nTensors rebuilt after a lesson was forgotten equal those of a twin that never had it: "
            f"{_yes(found['equal after'])}. With the lesson they differ from the twin's: "
            f"{_yes(found['differs before'])}. {found['bytes']:,} bytes were compared."
        )
    return parts


def carried(lines: Lines, _plots: Path) -> list[str]:
    found = lines.of(CARRIED)
    if not found:
        return []
    moments = ("before", "after", "second before", "second after")
    rows = [
        [title(line), *(f"{line['result'][moment]['all']} of {line['result'][moment]['of']}" for moment in moments)]
        for line in found
    ]
    return [
        f"## On another architecture\n\nThe same ledger on `{found[-1]['result']['second model']['file']}`.",
        table(("habit, 8 corrections", *moments), rows),
    ]


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _plot(name: str, file: Path) -> str:
    return f"![{name}]({file.parent.name}/{file.name})"
