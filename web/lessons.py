"""Lessons, nights and versions as HTML, in plain words. Values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from domain import BASE, Check, Example, Feedback, Lesson, Night
from personalization.ledger import read_lessons
from storage.adapters import Version
from web import texts
from web.markup import escape
from web.thread import button


def waiting_html(ledger: Sequence[Feedback], learnt: Iterable[str]) -> str:
    """Lessons that the serving version does not hold, newest first."""
    known, rows = frozenset(learnt), {row.id: row for row in ledger}
    waiting = [lesson for lesson in read_lessons(ledger).lessons if lesson.id not in known]
    if not waiting:
        return f'<p class="quiet">{texts.NO_WAITING}</p>'
    newest = sorted(waiting, key=lambda lesson: lesson.at, reverse=True)
    return f'<ul class="entries">{"".join(_lesson(lesson, rows) for lesson in newest)}</ul>'


def kept_html(ledger: Sequence[Feedback], learnt: Iterable[str]) -> str:
    """The rest of the ledger: learnt already, replaced, or teaching nothing, each with the reason."""
    lessons, known = read_lessons(ledger), frozenset(learnt)
    reasons = {row: texts.LEARNT for lesson in lessons.lessons if lesson.id in known for row in lesson.rows}
    reasons |= dict.fromkeys(lessons.superseded, texts.SUPERSEDED) | lessons.skipped
    kept = [row for row in reversed(ledger) if row.id in reasons]
    if not kept:
        return ""
    items = "".join(_row(row, reasons[row.id], release=row.parked) for row in kept)
    summary = f"<summary>{escape(texts.KEPT_TITLE)} ({len(kept)})</summary>"
    return f'<details>{summary}<ul class="entries">{items}</ul></details>'


def night_html(night: Night | None) -> str:
    """The report of a night."""
    if night is None:
        return f'<p class="quiet">{texts.NO_NIGHT}</p>'
    verdict = night.verdict
    used = texts.LESSONS_USED.format(used=len(night.used), skipped=len(night.skipped), superseded=len(night.superseded))
    minutes = max(sum(night.seconds.values()), (night.finished_at - night.started_at).total_seconds()) / 60
    facts = f"{when(night.finished_at)} · {minutes:.1f} minutes · {used}"
    return (
        f'<div class="entry">{badge(verdict.outcome)}<p class="text">{escape(verdict.reason)}</p>'
        f'<div class="tools"><span>{escape(facts)}</span></div></div>'
        f"{_checks(verdict.checks)}{_examples(night.examples)}"
    )


def versions_html(versions: Sequence[Version]) -> str:
    """Every version that may serve, newest first, and the model as it came."""
    if not versions:
        return f'<p class="quiet">{texts.NO_VERSIONS}</p>'
    rows = [_version(v.name, when(v.created_at), v.serving, len(v.manifest["lessons"])) for v in reversed(versions)]
    rows.append(_version(BASE, "", not any(v.serving for v in versions), 0))
    return f'<ul class="entries">{"".join(rows)}</ul>'


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
    row = rows[lesson.rows[0]]
    return _row(row, texts.TEACHES_CORRECTION if row.correction is not None else texts.TEACHES_UP)


def _row(row: Feedback, standing: str, release: bool = False) -> str:
    asked = next((message.content for message in reversed(row.prompt) if message.role == "user"), "")
    better = row.correction if row.correction is not None else row.reply
    source = texts.FROM_CHAT if row.source == "chat" else texts.FROM_IMPORT
    tools = button("release", texts.RELEASE) if release else ""
    tools += button("forget", texts.FORGET, ask=texts.DELETE_LESSON)
    return (
        f'<li class="entry item" id="l-{escape(row.id)}"><b class="mark">{escape(_short(asked, 160))}</b>'
        f'<p class="text">{escape(_short(better, 400))}</p>'
        f'<div class="tools"><span>{escape(standing)} · {source} · {when(row.at)}</span>{tools}</div></li>'
    )


def _version(name: str, made: str, serving: bool, lessons: int) -> str:
    title = texts.BASE_MODEL if name == BASE else name
    facts = f"<span>{escape(made)} · {lessons} lessons</span>" if made else ""
    state = f'<span class="badge">{texts.SERVING}</span>' if serving else ""
    tool = "" if serving else button("back", texts.ROLL_BACK, ask=texts.ROLL_BACK_SURE)
    return (
        f'<li class="entry item" id="v-{escape(name)}"><p class="text">{escape(title)} {state}</p>'
        f'<div class="tools">{facts}{tool}</div></li>'
    )


def _checks(checks: Sequence[Check]) -> str:
    if not checks:
        return ""
    words = {True: texts.PASSED, False: texts.FAILED, None: texts.MEASURED}
    looks = {True: "badge", False: "badge bad", None: "badge"}
    parts: dict[str, list[str]] = {texts.REHEARSALS: [], texts.NEW_VERSION: []}
    for check in checks:
        parts[texts.NEW_VERSION if check.name.startswith("final ") else texts.REHEARSALS].append(
            f'<li><span class="{looks[check.passed]}">{words[check.passed]}</span> {escape(check.sentence)}</li>'
        )
    lists = [
        f'<p class="lead">{title}</p><ul class="checks">{"".join(rows)}</ul>' for title, rows in parts.items() if rows
    ]
    return f"<h2>{texts.CHECKS}</h2>{''.join(lists)}"


def _examples(examples: Sequence[Example]) -> str:
    if not examples:
        return ""
    rows = [
        f'<div class="entry"><b class="mark">{escape(example.prompt)}</b><div class="pair">'
        f"<div><b>{texts.BEFORE}</b>{escape(_short(example.before, 600))}</div>"
        f'<div class="after"><b>{texts.AFTER}</b>{escape(_short(example.after, 600))}</div></div></div>'
        for example in examples
    ]
    return f"<h2>{texts.BEFORE_AFTER}</h2>{''.join(rows)}"


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
