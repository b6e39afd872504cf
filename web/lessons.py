"""The ledger as HTML: lessons that wait, the rest with what became of it; how far a night is. Values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from domain import Feedback, Lesson
from personalization.ledger import Lessons, in_part
from personalization.report import asked_of, short, wanted_of
from web import texts
from web.markup import escape
from web.thread import button

SHOWN = 50  # entries of a list that are shown at once: longer pages make browsers slow


def waiting_html(ledger: Sequence[Feedback], lessons: Lessons, learnt: Iterable[str]) -> str:
    """Lessons that the serving version does not hold, newest first. `lessons` are those of the ledger."""
    known, rows = frozenset(learnt), {row.id: row for row in ledger}
    waiting = [lesson for lesson in lessons.lessons if lesson.id not in known]
    if not waiting:
        return f'<p class="quiet">{texts.NO_WAITING}</p>'
    newest = sorted(waiting, key=lambda lesson: lesson.at, reverse=True)
    return folded([_lesson(lesson, rows) for lesson in newest])


def kept_html(ledger: Sequence[Feedback], lessons: Lessons, learnt: Iterable[str]) -> str:
    """The rest of the ledger: learnt already, replaced, or teaching nothing, each with the reason."""
    known = frozenset(learnt)
    reasons = {row: texts.LEARNT for lesson in lessons.lessons if lesson.id in known for row in lesson.rows}
    reasons |= dict.fromkeys(lessons.superseded, texts.SUPERSEDED) | lessons.skipped
    kept = [row for row in reversed(ledger) if row.id in reasons]
    if not kept:
        return ""
    items = [_row(row, reasons[row.id], release=row.parked) for row in kept]
    return f"<details><summary>{escape(texts.KEPT_TITLE)} ({len(kept)})</summary>{folded(items)}</details>"


def folded(items: Sequence[str]) -> str:
    """A list that shows its first entries; the others unfold on demand."""
    first, rest = "".join(items[:SHOWN]), "".join(items[SHOWN:])
    shown = f'<ul class="entries">{first}</ul>'
    if not rest:
        return shown
    summary = texts.SHOW_ALL.format(count=len(items))
    return f'{shown}<details class="more"><summary>{summary}</summary><ul class="entries">{rest}</ul></details>'


def progress_html(phase: str, share: float, seconds_left: float | None, loss: float | None) -> str:
    """A progress bar; `share` from 0 to 1."""
    facts = [f"{100 * share:.0f} %"]
    if seconds_left is not None:
        facts.append(
            f"about {max(1, round(seconds_left / 60))} min left" if seconds_left > 45 else "less than a minute left"
        )
    if loss is not None:
        facts.append(f"loss {loss:.2f}")
    return (
        f'<div class="entry"><p class="text">{escape(phase)}</p>'
        f'<div class="bar"><span style="width:{100 * min(max(share, 0.0), 1.0):.1f}%"></span></div>'
        f'<div class="tools"><span>{escape(" · ".join(facts))}</span></div></div>'
    )


def badge(outcome: str) -> str:
    good = outcome in ("published", "provisional")
    return f'<span class="badge{"" if good else " bad"}">{escape(texts.OUTCOMES.get(outcome, outcome))}</span>'


def when(at: datetime) -> str:
    return at.astimezone().strftime("%d %B, %H:%M").lstrip("0")


def _lesson(lesson: Lesson, rows: Mapping[str, Feedback]) -> str:
    over = lesson.rejected[0] if lesson.chosen is not None and lesson.rejected else ""
    part = f". {texts.IN_PART}" if in_part(lesson) else ""
    return _row(rows[lesson.rows[0]], texts.TEACHES[lesson.signal] + part, over)


def _row(row: Feedback, standing: str, over: str = "", release: bool = False) -> str:
    """One ledger row. `over`: what the wanted reply is preferred to."""
    tools = button("release", texts.RELEASE) if release else ""
    tools += button("forget", texts.FORGET, ask=texts.DELETE_LESSON)
    instead = f'<p class="over">{texts.RATHER_THAN} {escape(short(over, 160))}</p>' if over else ""
    facts = f"{escape(standing)} · {texts.SOURCES[row.source]} · {when(row.at)}"
    return (
        f'<li class="entry item" id="l-{escape(row.id)}"><b class="mark">{escape(short(asked_of(row), 160))}</b>'
        f'<p class="text">{escape(short(wanted_of(row), 400))}</p>{instead}'
        f'<div class="tools"><span>{facts}</span>{tools}</div></li>'
    )
