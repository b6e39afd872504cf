"""Small plots as inline SVG: numbers only, one line of text for those who do not see them."""

from __future__ import annotations

from collections.abc import Sequence

from web.markup import escape

WIDTH, HEIGHT, EDGE = 220, 80, 10


def plot(values: Sequence[float], label: str, unit: str) -> str:
    """A line through `values`, oldest first, from zero to a little above the largest."""
    if not values:
        return ""
    top = max(values) * 1.15 or 1.0
    step = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    points = [(EDGE + i * step, HEIGHT - EDGE - v / top * (HEIGHT - 2 * EDGE)) for i, v in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    last_x, last_y = points[-1]
    summary = f"{label}: last {values[-1]:.2f} {unit}, lowest {min(values):.2f}, highest {max(values):.2f}"
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(summary)}">'
        f'<path d="M{EDGE} {HEIGHT - EDGE}H{WIDTH - EDGE}" stroke="currentColor" opacity=".25"/>'
        f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/>'
        f'<circle cx="{last_x:.1f}" cy="{last_y:.1f}" r="3.5" fill="currentColor"/>'
        f'<text x="{EDGE}" y="11">{max(values):.2f} {escape(unit)}</text></svg>'
    )
