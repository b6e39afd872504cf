"""The plots of the learning suite, as SVG files that are the same for the same results."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "homegrown", "svg.fonttype": "none", "font.size": 9, "axes.grid": True})
matplotlib.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "grid.alpha": 0.25})

from matplotlib.figure import Figure  # noqa: E402  (the backend is chosen first)

Lines = Sequence[Mapping[str, Any]]


def bars(series: Mapping[str, Mapping[str, float]], label: str, file: Path, goal: float | None = None) -> None:
    """Groups of bars: series name -> {group: share 0..1}."""
    groups = sorted({group for values in series.values() for group in values})
    figure, axes = _new(0.7 * len(groups) + 2)
    width = 0.8 / max(len(series), 1)
    for number, (name, values) in enumerate(series.items()):
        axes.bar(
            [n + number * width for n in range(len(groups))], [values.get(g, 0) for g in groups], width, label=name
        )
    if goal is not None:
        axes.axhline(goal, color="black", linewidth=0.8, linestyle="--")
    axes.set_xticks([n + 0.4 - width / 2 for n in range(len(groups))], groups, rotation=40, ha="right")
    axes.set_ylim(0, 1.05)
    _finish(figure, axes, label, file)


def curves(series: Mapping[str, Mapping[int, Sequence[float]]], across: str, label: str, file: Path) -> None:
    """Median lines with the range over seeds: series name -> {x: values 0..1}."""
    figure, axes = _new(6)
    for name, points in series.items():
        across_values = sorted(points)
        middle = [statistics.median(points[x]) for x in across_values]
        axes.plot(across_values, middle, marker="o", markersize=3, label=name)
        low, high = ([pick(points[x]) for x in across_values] for pick in (min, max))
        axes.fill_between(across_values, low, high, alpha=0.12)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted({x for points in series.values() for x in points}), labels=None)
    axes.get_xaxis().set_major_formatter(lambda x, _: f"{x:.0f}")
    axes.set_xlabel(across)
    axes.set_ylim(0, 1.05)
    _finish(figure, axes, label, file)


def matrix(rows: Mapping[str, Mapping[str, float]], label: str, file: Path) -> None:
    """A heat map: row name -> {column: share 0..1}, the same columns in each row."""
    columns = list(next(iter(rows.values())))
    figure, axes = _new(0.42 * len(columns) + 2.4, 0.38 * len(rows) + 1.6)
    axes.grid(False)
    axes.imshow([[row[column] for column in columns] for row in rows.values()], cmap="Greens", vmin=0, vmax=1)
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right")
    axes.set_yticks(range(len(rows)), list(rows))
    for y, row in enumerate(rows.values()):
        for x, column in enumerate(columns):
            shade = "white" if row[column] > 0.6 else "black"
            axes.text(x, y, f"{100 * row[column]:.0f}", ha="center", va="center", fontsize=7, color=shade)
    axes.set_title(label, fontsize=10, loc="left")
    _save(figure, file)


def _new(width: float, height: float = 3.4) -> tuple[Figure, Any]:
    figure = Figure(figsize=(min(max(width, 5), 12), height), layout="constrained")
    return figure, figure.subplots()


def _finish(figure: Figure, axes: Any, label: str, file: Path) -> None:
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
    axes.set_title(label, fontsize=10, loc="left")
    figure.legend(fontsize=7, ncols=5, loc="outside lower center")
    _save(figure, file)


def _save(figure: Figure, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
