"""A night's report, an exam and the versions it made, as HTML in plain words. Values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain import BASE, Check, Example, Feedback, Night, Verdict
from personalization.rehearsal import INTERVAL
from personalization.report import Group, Part, Told, asked_of, exam_parts, report_of, short, wanted_of
from storage.adapters import Version
from web import texts
from web.lessons import badge, folded, when
from web.markup import escape
from web.thread import button

BARS = ("cross-fit", "rival")  # measured shares that are drawn side by side


@dataclass(frozen=True, slots=True)
class Undo:
    """What going back from the serving version leads to, and how many lessons that parks."""

    version: str
    parks: int


def night_html(night: Night | None, ledger: Sequence[Feedback], undo: Undo | None) -> str:
    """The report of a night. `undo` is None unless the version that this night made serves now."""
    if night is None:
        return f'<p class="quiet">{texts.NO_NIGHT}</p>'
    report = report_of(night, ledger)
    parts = [
        f'<div class="entry">{badge(report.outcome)}'
        f'<p class="text">{escape(f"{report.reason} {report.serving}")}</p>'
        f'<div class="tools"><span>{escape(f"{when(night.finished_at)} · {report.cost}")}</span></div>'
        f"{_decide(night, undo)}</div>",
        *map(_group, report.groups),
        _exam(report.exam),
        _examples(report.examples),
    ]
    return "".join(parts)


def standing_html(verdict: Verdict) -> str:
    """An exam that the serving version sat on demand."""
    sentence = f'<p class="text">{escape(verdict.reason)}</p>'
    return f'<div class="entry">{sentence}</div>{_exam(exam_parts(verdict.checks, texts.SERVING_EXAM))}'


def versions_html(versions: Sequence[Version], ledger: Sequence[Feedback]) -> str:
    """Every version, newest first, with its exam and its lessons, and the model as it came."""
    if not versions:
        return f'<p class="quiet">{texts.NO_VERSIONS}</p>'
    own = [version for version in versions if not version.foreign]
    rows = [_version(version, own, ledger) for version in reversed(versions)]
    serves = not any(version.serving for version in versions)
    parks = parked_by(None, own, ledger)
    rows.append(_entry(BASE, texts.BASE_MODEL, serves, "", "" if serves else _back(parks, texts.ROLL_BACK)))
    return f'<ul class="entries">{"".join(rows)}</ul>'


def parked_by(target: Version | None, own: Sequence[Version], ledger: Iterable[Feedback]) -> int:
    """How many lessons going back to `target` (None: the base) parks: those that others learnt and it did not."""
    kept = set(target.manifest["rows"]) if target else set()
    learnt = {row for version in own for row in version.manifest["rows"]}
    return sum(row.id in learnt - kept and not row.parked for row in ledger)


def _decide(night: Night, undo: Undo | None) -> str:
    """What the person can do about it: keep the new version, or go back."""
    if undo is None:
        return ""
    keep = f'<span class="quiet">{texts.KEPT_VERSION}</span>' if night.seen else button("keep", texts.KEEP)
    back = f'<span class="item" id="b-{escape(undo.version)}">{_back(undo.parks, texts.GO_BACK)}</span>'
    return f'<div class="tools item" id="n-{escape(night.id)}">{keep}{back}</div>'


def _back(parks: int, label: str) -> str:
    """A button that says beforehand what going back parks."""
    if not parks:
        return button("back", label, ask=texts.ROLL_BACK_SURE)
    told = f'<span class="quiet">{texts.PARKS.format(count=parks)}</span>'
    return button("back", label, ask=texts.ROLL_BACK_PARKS.format(count=parks)) + told


def _group(group: Group) -> str:
    items = [_told(told) for told in group.lessons]
    return f"<details><summary>{escape(group.title)} ({len(items)})</summary>{folded(items)}</details>"


def _told(told: Told) -> str:
    why = f"<span>{escape(told.why)}</span>" if told.why else ""
    if not told.asked:
        return f'<li class="entry"><p class="quiet">{texts.LESSON_GONE}</p><div class="tools">{why}</div></li>'
    return (
        f'<li class="entry item" id="u-{escape(told.row)}"><b class="mark">{escape(short(told.asked, 160))}</b>'
        f'<p class="text">{escape(short(told.wanted, 400))}</p>'
        f'<div class="tools">{why}{button("forget", texts.FORGET, ask=texts.DELETE_LESSON)}</div></li>'
    )


def _exam(parts: Sequence[Part]) -> str:
    if not parts:
        return ""
    said = any(INTERVAL in check.sentence for part in parts for check in part.checks)
    legend = f'<p class="quiet">{texts.INTERVALS}</p>' if said else ""
    return f"<h3>{texts.CHECKS}</h3>{''.join(map(_part, parts))}{legend}"


def _part(part: Part) -> str:
    rows = "".join(map(_check, part.checks))
    return f'<p class="lead">{escape(part.title)}</p><ul class="checks">{rows}</ul>'


def _check(check: Check) -> str:
    word = {True: texts.PASSED, False: texts.FAILED, None: texts.MEASURED}[check.passed]
    look = "badge bad" if check.passed is False else "badge"
    bar = ""
    if check.name in BARS and check.passed is None and check.value is not None and 0 <= check.value <= 1:
        bar = f'<div class="bar"><span style="width:{100 * check.value:.1f}%"></span></div>'
    return f'<li><span class="{look}">{word}</span> {escape(check.sentence)}{bar}</li>'


def _examples(examples: Sequence[Example]) -> str:
    if not examples:
        return ""
    rows = [
        f'<div class="entry"><b class="mark">{escape(example.prompt)}</b><div class="pair">'
        f"<div><b>{texts.BEFORE}</b>{escape(short(example.before, 600))}</div>"
        f'<div class="after"><b>{texts.AFTER}</b>{escape(short(example.after, 600))}</div></div></div>'
        for example in examples
    ]
    return f"<h3>{texts.BEFORE_AFTER}</h3>{''.join(rows)}"


def _version(version: Version, own: Sequence[Version], ledger: Sequence[Feedback]) -> str:
    manifest, rows = version.manifest, {row.id: row for row in ledger}
    facts = [when(version.created_at), texts.LESSON_COUNT.format(count=len(manifest["lessons"]))]
    if version.foreign:
        facts.append(texts.OF_ANOTHER_MODEL)
    exam = _exam(exam_parts([Check(**check) for check in manifest.get("checks", ())]))
    reason = f'<p class="text">{escape(manifest.get("reason", ""))}</p>'
    taught = [_taught(rows.get(row)) for row in manifest["rows"]]
    inner = (
        f"<details><summary>{texts.ITS_EXAM}</summary>{reason}{exam}</details>"
        f"<details><summary>{texts.ITS_LESSONS} ({len(taught)})</summary>{folded(taught)}</details>"
    )
    tool = "" if version.serving or version.foreign else _back(parked_by(version, own, ledger), texts.ROLL_BACK)
    return _entry(version.name, version.name, version.serving, " · ".join(facts), tool, inner)


def _taught(row: Feedback | None) -> str:
    """One lesson in one line."""
    if row is None:
        return f'<li class="quiet">{texts.LESSON_GONE}</li>'
    return f"<li>{escape(short(asked_of(row), 80))} → {escape(short(wanted_of(row), 120))}</li>"


def _entry(name: str, title: str, serving: bool, facts: str, tool: str, inner: str = "") -> str:
    state = f'<span class="badge">{texts.SERVING}</span>' if serving else ""
    told = f"<span>{escape(facts)}</span>" if facts else ""
    return (
        f'<li class="entry item" id="v-{escape(name)}"><p class="text">{escape(title)} {state}</p>'
        f'<div class="tools">{told}{tool}</div>{inner}</li>'
    )
