"""Small plots over the nights as inline SVG: how well it learnt, what that cost in general, lessons, minutes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain import Night
from personalization.report import minutes
from web import texts
from web.markup import escape

NEWEST = 30  # nights that are drawn
WIDTH, HEIGHT = 340, 150
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 22  # margins, for the labels of the axes


@dataclass(frozen=True, slots=True)
class Measure:
    """What one plot shows: a figure of each night (None: not measured), and how it is written."""

    title: str
    value: Callable[[Night], float | None]
    form: str
    full: float | None = None  # the upper end of the axis, if it is fixed


MEASURES = (
    Measure(texts.PLOT_CROSS_FIT, lambda night: _check(night, "cross-fit"), "{:.0%}", 1.0),
    Measure(texts.PLOT_GENERAL, lambda night: _check(night, "general"), "{:+.1%}"),
    Measure(texts.PLOT_ROWS, lambda night: float(len(night.used)), "{:.0f}"),
    Measure(texts.PLOT_MINUTES, minutes, "{:.1f}"),
)


def nights_html(nights: Sequence[Night]) -> str:
    """Four plots of the nights that sat an exam, oldest first, and their numbers as a table; "" if there are none."""
    shown = [night for night in nights if night.verdict.checks][-NEWEST:]
    if not shown:
        return ""
    drawings = "".join(f"<div><b>{escape(m.title)}</b>{drawing(m, shown)}</div>" for m in MEASURES)
    return f'<div class="cards wide">{drawings}</div><p class="quiet">{texts.PLOT_LEGEND}</p>{_table(shown)}'


def drawing(measure: Measure, nights: Sequence[Night]) -> str:
    """Dots joined by a line for nights that passed, crosses for those that were refused."""
    values = [(place, night, measure.value(night)) for place, night in enumerate(nights)]
    known = [(place, night, value) for place, night, value in values if value is not None and math.isfinite(value)]
    if not known:
        return f'<p class="quiet">{texts.PLOT_NOTHING}</p>'
    low, high = span([value for _, _, value in known], measure.full)

    def x(place: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (place / (len(nights) - 1) if len(nights) > 1 else 0.5)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (min(value, high) - low) / (high - low)

    passed = [f"{x(place):.1f},{y(value):.1f}" for place, night, value in known if night.verdict.serves]
    wide = (high - low) / 8  # labels that are closer than this would touch
    ticks = [0.0, *(end for end in (low, high) if abs(end) > wide)] if low < 0 else [low, (low + high) / 2, high]
    parts = [
        *(
            f'<path class="grid" d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}"/>'
            f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">'
            f"{measure.form.format(tick) if tick else 0}</text>"
            for tick in ticks
        ),
        f'<polyline points="{" ".join(passed)}"/>' if len(passed) > 1 else "",
        *(_mark(x(place), y(value), night.verdict.serves) for place, night, value in known),
        f'<text x="{x(0):.1f}" y="{HEIGHT - 5}" text-anchor="middle">{day(nights[0])}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 5}" text-anchor="end">{day(nights[-1])}</text>'
        if len(nights) > 1
        else "",
    ]
    told = escape(_summary(measure, known))
    return (
        f'<svg class="plot axes" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">{"".join(parts)}</svg>'
    )


def span(values: Sequence[float], full: float | None = None) -> tuple[float, float]:
    """The ends of an axis that holds zero and all values, at round numbers."""
    low, high = min(values), max(values)
    top = full if full is not None else _round_up(high) if high > 0 else 0.0
    bottom = -_round_up(-low) if low < 0 else 0.0
    return (bottom, top) if top > bottom else (0.0, 1.0)


def day(night: Night) -> str:
    return night.finished_at.astimezone().strftime("%d %b").lstrip("0")


def _round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if value <= step * power * (1 + 1e-9))


def _mark(x: float, y: float, passed: bool) -> str:
    if passed:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
    return f'<path class="refused" d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"/>'


def _check(night: Night, name: str) -> float | None:
    return next((check.value for check in night.verdict.checks if check.name == name), None)


def _summary(measure: Measure, known: Sequence[tuple[int, Night, float]]) -> str:
    figures = [value for _, _, value in known]
    last, least, most = (measure.form.format(value) for value in (figures[-1], min(figures), max(figures)))
    refused = sum(not night.verdict.serves for _, night, _ in known)
    return texts.PLOT_SUMMARY.format(
        title=measure.title, count=len(known), last=last, least=least, most=most, refused=refused
    )


def _table(nights: Sequence[Night]) -> str:
    heads = "".join(f"<th>{escape(title)}</th>" for title in (texts.PLOT_NIGHT, *(m.title for m in MEASURES)))
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(night))}</tr>" for night in reversed(nights)
    )
    table = f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    return f"<details><summary>{texts.PLOT_TABLE}</summary>{table}</details>"


def _cells(night: Night) -> list[str]:
    figures = [(measure.form, measure.value(night)) for measure in MEASURES]
    outcome = texts.OUTCOMES_SHORT.get(night.verdict.outcome, night.verdict.outcome)
    return [f"{day(night)}, {outcome}", *("–" if value is None else form.format(value) for form, value in figures)]
