"""The morning report: what a night learnt, left out or refused, and why; the page and the terminal tell the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain import Check, Energy, Example, Feedback, Night

LEARNT, TRIED = "Learnt", "Tried, and not learnt"
LEFT_OUT, REPLACED = "Left out", "Replaced by what you said later"
REHEARSALS = "Rehearsals, each examined on lessons it had not seen"
NEW_VERSION = "The new version, trained on all lessons"
MEASURED = "Measured for comparison; it decides nothing"
GONE = "a lesson that is no longer in the ledger"
SERVES = "Version {version} serves from the next reply on."
ON_TRIAL = "Version {version} serves from the next reply on, on trial: with fewer than 8 lessons the exam is less firm."
UNCHANGED = "Nothing was changed: what served before goes on serving."
LISTED = 20  # lessons of one group in the plain text
WATT_HOUR = 3600.0  # joules
LINE = 100  # characters of a lesson's text in the plain text
RESULT = {True: "passed", False: "not passed", None: "measured"}


@dataclass(frozen=True, slots=True)
class Told:
    """One ledger row as a report tells it. `asked` is "" if the row is no longer there; `why` if the title says it."""

    row: str
    asked: str
    wanted: str
    why: str


@dataclass(frozen=True, slots=True)
class Group:
    """Lessons that fared alike."""

    title: str
    lessons: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Checks of one kind, in the order of the exam."""

    title: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A night in plain words. Groups and parts without content are left out."""

    outcome: str
    reason: str
    serving: str
    groups: tuple[Group, ...]
    exam: tuple[Part, ...]
    examples: tuple[Example, ...]
    cost: str


def report_of(night: Night, ledger: Iterable[Feedback]) -> Report:
    """Tells a night. `ledger` is the live one: it lends its texts to the rows that the night names."""
    rows = {row.id: row for row in ledger}
    outcome, version = night.verdict.outcome, night.version
    template = ON_TRIAL if outcome == "provisional" else SERVES
    groups = (
        Group(LEARNT if night.verdict.serves else TRIED, tuple(_told(row, rows) for row in night.used)),
        Group(LEFT_OUT, tuple(_told(row, rows, why) for row, why in night.skipped.items())),
        Group(REPLACED, tuple(_told(row, rows, _said(rows.get(by))) for row, by in night.superseded.items())),
    )
    return Report(
        outcome=outcome,
        reason=night.verdict.reason,
        serving=template.format(version=version) if version else "" if outcome == "nothing new" else UNCHANGED,
        groups=tuple(group for group in groups if group.lessons),
        exam=exam_parts(night.verdict.checks),
        examples=night.examples,
        cost=_cost(night),
    )


def exam_parts(checks: Sequence[Check], title: str = REHEARSALS) -> tuple[Part, ...]:
    """An exam in the order it is read: the rehearsals (or what else `title` names), the final version, comparisons."""
    compared = tuple(check for check in checks if check.passed is None)
    decided = [check for check in checks if check.passed is not None]
    final = tuple(check for check in decided if check.name.startswith("final "))
    first = tuple(check for check in decided if not check.name.startswith("final "))
    parts = (Part(title, first), Part(NEW_VERSION, final), Part(MEASURED, compared))
    return tuple(part for part in parts if part.checks)


def minutes(night: Night) -> float:
    """How long a night took, pauses included."""
    return max(sum(night.seconds.values()), (night.finished_at - night.started_at).total_seconds()) / 60


def as_text(report: Report) -> str:
    """The report for a terminal."""
    return "\n".join(_lines(report))


def asked_of(row: Feedback) -> str:
    """The newest message of the person that a row is about."""
    return next((message.content for message in reversed(row.prompt) if message.role == "user"), "")


def wanted_of(row: Feedback) -> str:
    """The reply that a row asks for; of a thumb down alone, the reply it is about."""
    return row.correction if row.correction is not None else row.reply


def short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _told(row: str, rows: Mapping[str, Feedback], why: str = "") -> Told:
    found = rows.get(row)
    return Told(row, asked_of(found), wanted_of(found), why) if found else Told(row, "", "", why)


def _said(later: Feedback | None) -> str:
    return f"later you said: {short(' '.join(wanted_of(later).split()), LINE)}" if later else "the later one is gone"


def _cost(night: Night) -> str:
    parts = [f"{minutes(night):.1f} minutes"]
    if night.cpu_seconds is not None:
        parts.append(f"{night.cpu_seconds / 60:.1f} minutes of processor time")
    if night.energy is not None:
        parts.append(_energy(night.energy))
    return " · ".join(parts + [f"{phase} {seconds:.0f} s" for phase, seconds in night.seconds.items()])


def _energy(energy: Energy) -> str:
    if energy.joules is None:
        return f"energy not measured ({energy.source})"
    return f"{energy.joules / WATT_HOUR:.2f} Wh of energy ({energy.source})"


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.outcome.capitalize()}: {report.reason}"
    if report.serving:
        yield report.serving
    for part in report.exam:
        yield f"\n{part.title}:"
        yield from (f"  {check.sentence} ({RESULT[check.passed]})" for check in part.checks)
    for example in report.examples:
        yield f"\nAsked: {example.prompt}"
        yield f"  before: {_flat(example.before, 3 * LINE)}"
        yield f"  after:  {_flat(example.after, 3 * LINE)}"
    for group in report.groups:
        yield f"\n{group.title} ({len(group.lessons)}):"
        for told in group.lessons[:LISTED]:
            text = f"{_flat(told.asked, LINE)} -> {_flat(told.wanted, LINE)}" if told.asked else GONE
            yield f"  {told.row}  {text}" + (f" ({told.why})" if told.why else "")
        if len(group.lessons) > LISTED:
            yield f"  and {len(group.lessons) - LISTED} more"
    yield f"\n{report.cost}"


def _flat(text: str, limit: int) -> str:
    return short(" ".join(text.split()), limit)
