"""One night, top to bottom: read the ledger, split, train, examine on the serving engine, publish, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from domain import (
    Check,
    Example,
    Feedback,
    Lesson,
    Night,
    Progress,
    Recipe,
    TrainingRow,
    Verdict,
    content_hash,
    new_id,
    now,
)
from errors import Deferred, NothingToLearn, Refused, TooFew
from personalization.dataset import choose, folds, readable, training_rows
from personalization.exam import (
    GAIN_FEWEST,
    GAIN_SURE,
    KNOWN_SHARE,
    degeneration_check,
    final_check,
    gain_check,
    general_check,
    weights_check,
)
from personalization.ledger import read_lessons
from personalization.measure import ExamEngine, Examiner, Figures, Probes

NOTHING_NEW = "Nothing has changed since the last night; correct or rate a few more replies first."
EXAMPLES = 3  # before/after answers in the report


class NightLearner(Protocol):
    """Trains one adapter into an empty folder; raises Refused if the weights are unsound, Trouble if it fails."""

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]: ...


class Published(Protocol):
    @property
    def name(self) -> str: ...


class NightAdapters(Protocol):
    """Where adapters lie and which one serves (see storage/adapters.py)."""

    base: str

    def current(self, person: str) -> tuple[str, Path | None]: ...

    def manifest(self, person: str) -> Mapping[str, Any] | None: ...

    def stage(self, person: str) -> Path: ...

    def discard(self, staged: Path) -> None: ...

    def publish(self, person: str, staged: Path, manifest: Mapping[str, Any]) -> Published: ...


@dataclass(frozen=True, slots=True)
class NightProgress:
    """For the progress bar: what is being done, the share of the night that is over (0 to 1), seconds left."""

    phase: str
    share: float
    seconds_left: float | None = None
    loss: float | None = None


@dataclass(slots=True)
class Bench:
    """What one person's night works with."""

    person: str
    engine: ExamEngine
    learner: NightLearner
    adapters: NightAdapters
    probes: Probes
    recipe_for: Callable[[int], Recipe]  # number of lessons -> recipe
    tell: Callable[[NightProgress], None]
    live: Callable[[], Sequence[Feedback]]  # the ledger as it is now: people go on while a night runs
    versions: Mapping[str, str]  # library -> version, for the manifest
    seconds: dict[str, float] = field(default_factory=dict)
    staged: list[Path] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)


def run_night(bench: Bench, last_input: str | None) -> Night:
    """Learns from the live ledger rows and publishes the adapter if it passes its exam.

    Raises NothingToLearn if there are too few new lessons, or if `last_input` shows that they were examined already;
    Deferred if a lesson was taken back, or another version chosen, while it ran.
    """
    started = now()
    read = read_lessons(bench.live())
    chosen, left = choose(read.lessons)
    recipe = bench.recipe_for(len(chosen))
    examined = input_hash(chosen, bench.adapters.base, recipe)
    lessons, unreadable = readable(chosen, bench.engine.encode, bench.engine.encode_reply)
    learnt = (bench.adapters.manifest(bench.person) or {"lessons": ()})["lessons"]
    new = [lesson for lesson in lessons if lesson.id not in learnt and lesson.rejected]
    if len(new) < GAIN_FEWEST:
        raise TooFew(f"{len(new)} of {GAIN_FEWEST} new corrections so far; correct a few more replies first.")
    if examined == last_input:
        raise NothingToLearn(NOTHING_NEW)
    try:
        verdict, version, examples = _learn(bench, lessons, new, recipe)
    except Refused as refusal:  # the learner's own look at the weights
        check = Check("weights", False, str(refusal))
        verdict, version, examples = Verdict("refused", check.sentence, (check,)), None, ()
    finally:
        for folder in bench.staged:
            bench.adapters.discard(folder)
    return Night(
        id=new_id(),
        started_at=started,
        finished_at=now(),
        verdict=verdict,
        version=version,
        input_hash=examined,
        used=tuple(row for lesson in lessons for row in lesson.rows),
        skipped={**read.skipped, **left, **unreadable},
        superseded=read.superseded,
        examples=examples,
        seconds=bench.seconds,
    )


def input_hash(lessons: Sequence[Lesson], base: str, recipe: Recipe) -> str:
    """Names what a night learns from: the same input is not examined twice."""
    return content_hash([[lesson.id for lesson in lessons], base, asdict(recipe)])


def _learn(
    bench: Bench, lessons: list[Lesson], new: list[Lesson], recipe: Recipe
) -> tuple[Verdict, str | None, tuple[Example, ...]]:
    """(verdict, version if published, before/after answers)"""
    version_before, serving = bench.adapters.current(bench.person)
    with _phase(bench, "baseline", "Examining the model that serves now", 0.0):
        examiner = Examiner(bench.engine, bench.probes)
        anchors = [bench.engine.encode_text(text) for text in bench.probes.anchors]
        before = [examiner.margin(lesson, serving) for lesson in new]
        if sum(margin > 0 for margin in before) >= KNOWN_SHARE * len(new):
            return Verdict("nothing new", "Your model already answers as these lessons ask; nothing changed."), None, ()
        base = examiner.figures([None])

    # Cross-fitting: every lesson is examined once, by a candidate that never saw it.
    parts = folds(lessons)
    candidates: list[Path] = []
    with _phase(bench, "training", "Rehearsing", 0.1):
        for number, part in enumerate(parts):
            rest = [lesson for lesson in lessons if lesson not in part]
            span = (0.1 + 0.5 * number / len(parts), 0.1 + 0.5 * (number + 1) / len(parts))
            candidates.append(_train(bench, rest, anchors, recipe, f"Rehearsal {number + 1} of {len(parts)}", span))
    with _phase(bench, "exam", "Examining the rehearsals on lessons they have not seen", 0.6):
        unseen = {lesson.id: candidates[number] for number, part in enumerate(parts) for lesson in part}
        after = [examiner.margin(lesson, unseen[lesson.id]) for lesson in new]
        crossed = examiner.figures(candidates)
        changes = [late - early for late, early in zip(after, before, strict=True)]
        checks = [*_regression(examiner, candidates, base, crossed, lessons), gain_check(changes)]
    if failed := _first_failure(checks):
        return Verdict("refused", failed.sentence, tuple(checks)), None, ()

    with _phase(bench, "final training", "Learning all lessons", 0.7):
        final = _train(bench, lessons, anchors, recipe, "Learning all lessons", (0.7, 0.85))
    with _phase(bench, "final exam", "Examining the new version", 0.85):
        whole = examiner.figures([final])
        reached = [examiner.margin(lesson, final) for lesson in new]
        again = [*_regression(examiner, [final], base, whole, lessons), final_check(after, reached)]
        earlier = [answer.text for answer in base.answers] if serving is None else examiner.answers(serving, EXAMPLES)
        examples = tuple(
            Example(prompt, old, answer.text)
            for prompt, old, answer in zip(examiner.prompts[:EXAMPLES], earlier, whole.answers, strict=False)
        )
    checks += [replace(check, name=f"final {check.name}") for check in again]
    if failed := _first_failure(again):
        return Verdict("refused", failed.sentence, tuple(checks)), None, examples

    outcome: Any = "published" if len(new) >= GAIN_SURE else "provisional"
    better = sum(change > 0 for change in changes)
    reason = f"Learnt from {len(lessons)} lessons; better in {better} of {len(new)} when tried on ones it had not seen."
    verdict = Verdict(outcome, reason, tuple(checks))
    with _phase(bench, "publishing", "Putting the new version in its place", 0.98):
        taught = {lesson.id for lesson in read_lessons(bench.live()).lessons}
        moved = bench.adapters.current(bench.person)[0] != version_before
        if moved or not taught.issuperset(lesson.id for lesson in lessons):
            raise Deferred("A lesson or the version was changed meanwhile; nothing was published, learn again later.")
        version = bench.adapters.publish(bench.person, final, _manifest(bench, lessons, recipe, verdict, len(parts)))
        bench.staged.remove(final)
    return verdict, version.name, examples


def _train(
    bench: Bench,
    lessons: Sequence[Lesson],
    anchors: Sequence[Sequence[int]],
    recipe: Recipe,
    phase: str,
    span: tuple[float, float],
) -> Path:
    """Trains into a fresh staging folder; progress runs through `span` of the whole night."""
    folder = bench.adapters.stage(bench.person)
    bench.staged.append(folder)
    rows = training_rows(lessons, bench.engine.encode, bench.engine.encode_reply)
    for progress in bench.learner.train(rows, anchors, recipe, folder):
        share = span[0] + (span[1] - span[0]) * progress.step / progress.steps
        _tell(bench, phase, share, progress.loss)
    return folder


def _regression(
    examiner: Examiner, candidates: Sequence[Path], base: Figures, figures: Figures, lessons: Sequence[Lesson]
) -> list[Check]:
    """The checks that nothing got worse, in their order."""
    return [
        weights_check(examiner.effect(candidates)),
        general_check(base.nll, figures.nll),
        degeneration_check(base.answers, figures.answers, [lesson.chosen for lesson in lessons if lesson.chosen]),
    ]


def _first_failure(checks: Sequence[Check]) -> Check | None:
    return next((check for check in checks if check.passed is False), None)


def _manifest(bench: Bench, lessons: Sequence[Lesson], recipe: Recipe, verdict: Verdict, k: int) -> dict[str, Any]:
    return {
        "created_at": now().isoformat(),
        "lessons": [lesson.id for lesson in lessons],
        "rows": [row for lesson in lessons for row in lesson.rows],
        "recipe": asdict(recipe),
        "folds": k,
        "libraries": dict(bench.versions),
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "checks": [asdict(check) for check in verdict.checks],
    }


def _tell(bench: Bench, phase: str, share: float, loss: float | None = None) -> None:
    passed = time.monotonic() - bench.began
    left = passed * (1 - share) / share if share >= 0.05 else None
    bench.tell(NightProgress(phase, share, left, loss))


@contextmanager
def _phase(bench: Bench, name: str, sentence: str, share: float) -> Iterator[None]:
    """Tells the person what begins, and notes how long it took."""
    _tell(bench, sentence, share)
    start = time.monotonic()
    try:
        yield
    finally:
        bench.seconds[name] = round(time.monotonic() - start, 1)
