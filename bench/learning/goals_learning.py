"""The promises about learning itself: how well few corrections, pairs and thumbs are obeyed, and what that costs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.learning.goal import Goal, judged, of_shares, pooled
from bench.learning.results import Line, Lines, general, share, title
from personalization.statistics import share_interval


def learning(lines: Lines) -> list[Goal]:
    return [
        goal(lines)
        for goal in (
            eight_corrections,
            least_habit,
            general_loss,
            degenerate_answers,
            minutes,
            two_habits,
            each_of_three,
            three_habits,
            thumbs_alone,
            four_numbers,
        )
    ]


def eight_corrections(lines: Lines) -> Goal:
    claim = "8 corrections of one habit: obeyed on at least 90 % of unseen topics, mean over habits"
    found = lines.nights(1)
    means = _by_habit(found)
    return judged(found, lines, "night", claim, lambda: of_shares(claim, found, statistics.fmean(means.values()), 0.9))


def least_habit(lines: Lines) -> Goal:
    claim = "8 corrections of one habit: no habit under 60 %"
    means = _by_habit(lines.nights(1))

    def judge() -> Goal:
        least = min(means, key=lambda habit: means[habit])
        return of_shares(claim, [n for n in lines.nights(1) if title(n) == least], means[least], 0.6, f" ({least})")

    return judged(means, lines, "night", claim, judge)


def general_loss(lines: Lines) -> Goal:
    claim = "8 corrections of one habit: general NLL +1 % at most"
    rises = [rise for night in lines.nights(1) if (rise := general(night["result"])) is not None]

    def judge() -> Goal:
        measured = f"{max(rises):+.2%} at most, {statistics.median(rises):+.2%} in the middle"
        return Goal(claim, measured, f"{len(rises)} nights", None, max(rises) <= 0.01)

    return judged(rises, lines, "night", claim, judge)


def degenerate_answers(lines: Lines) -> Goal:
    claim = "8 corrections of one habit: degenerate answers not above the base's, one of slack"
    base = {title(line): line["result"]["nothing"]["degenerate"] for line in lines.of("prompt")}
    found = [night for night in lines.nights(1) if title(night) in base]

    def judge() -> Goal:
        held = sum(night["result"]["degenerate"] <= base[title(night)] + 1 for night in found)
        told = sum(night["result"]["degenerate"] for night in found)
        of = sum(night["result"]["of"] for night in found)
        measured = f"{held} of {len(found)} nights; {told} of {of} answers degenerate"
        return Goal(claim, measured, f"{len(found)} nights", share_interval(held, len(found)), held == len(found))

    return judged(found, lines, "night", claim, judge, "prompt")


def minutes(lines: Lines) -> Goal:
    claim = "8 corrections of one habit: night with exam at most 5 minutes"
    took = [night["result"]["night_seconds"] for night in lines.nights(1) if "night_seconds" in night["result"]]

    def judge() -> Goal:
        measured = f"{max(took):.0f} s at most, {statistics.median(took):.0f} s in the middle"
        return Goal(claim, measured, f"{len(took)} nights", None, max(took) <= 300)

    return judged(took, lines, "night", claim, judge)


def two_habits(lines: Lines) -> Goal:
    claim = "5 corrections of a persona with two habits: both at once on at least 75 %"
    found = lines.nights(2)
    return judged(found, lines, "night", claim, lambda: of_shares(claim, found, pooled(found), 0.75))


def each_of_three(lines: Lines) -> Goal:
    claim = "16 corrections of a persona with three habits: each habit at least 80 %"
    found = [(habit, n, line) for line in lines.nights(3) for habit, n in line["result"]["each"].items()]

    def judge() -> Goal:
        habit, obeyed, line = min(found, key=lambda one: one[1] / one[2]["result"]["of"])
        of = line["result"]["of"]
        good = sum(n >= 0.8 * line["result"]["of"] for _, n, line in found)
        measured = f"{obeyed / of:.0%} at least ({habit} in {title(line)}); {good} of {len(found)} reach it"
        return Goal(claim, measured, f"{of} replies", share_interval(obeyed, of), good == len(found))

    return judged(found, lines, "night", claim, judge)


def three_habits(lines: Lines) -> Goal:
    claim = "16 corrections of a persona with three habits: all three at once at least 60 %"
    found = lines.nights(3)
    return judged(found, lines, "night", claim, lambda: of_shares(claim, found, pooled(found), 0.6))


def thumbs_alone(lines: Lines) -> Goal:
    claim = "Thumbs alone, 12 up and 12 down: AUC on unseen replies at least 0.75, mean over habits"
    areas = {title(line): line["result"]["auc"] for line in lines.of("thumbs")}

    def judge() -> Goal:
        least = min(areas, key=lambda habit: areas[habit])
        mean = statistics.fmean(areas.values())
        measured = f"{mean:.2f}; {areas[least]:.2f} at least ({least})"
        return Goal(claim, measured, f"{len(areas)} habits, 8 replies up and 8 down each", None, mean >= 0.75)

    return judged(areas, lines, "thumbs", claim, judge)


def four_numbers(lines: Lines) -> Goal:
    claim = "In the prompt, at once, adapter, adapter and at once: all four on every habit"
    found = lines.of("prompt")

    def judge() -> Goal:
        names = ("all in the prompt", "at once", "adapter", "adapter and at once")
        means = (f"{statistics.fmean(share(line['result'][name]) for line in found):.0%}" for name in names)
        return Goal(claim, ", ".join(means), f"{len(found)} habits", None, True)

    return judged(found, lines, "prompt", claim, judge)


def _by_habit(found: Sequence[Line]) -> dict[str, float]:
    """Mean over seeds."""
    habits = dict.fromkeys(title(line) for line in found)
    return {habit: pooled([line for line in found if title(line) == habit]) for habit in habits}
