"""One night, top to bottom: read the ledger, split, train, examine on the serving engine, publish, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from domain import (
    Check,
    Example,
    Feedback,
    Lesson,
    Night,
    Outcome,
    Progress,
    Recipe,
    TrainingRow,
    Verdict,
    content_hash,
    new_id,
    now,
)
from errors import Deferred, NothingToLearn, Refused, TooFew
from personalization.dataset import ROW_TOKENS, choose, folds, readable, refusal_rows, training_rows
from personalization.evidence import evidence
from personalization.exam import final_check, kept_check
from personalization.ledger import read_lessons
from personalization.manifest import manifest_of
from personalization.measure import ExamEngine, Examiner, Probes, Reading, Shelf, Told
from personalization.rehearsal import compared, margins, regression, remembered, rival, standard, unlearnt

NOTHING_NEW = "Nothing has changed since the last night; correct or rate a few more replies first."
NOT_GROWN = "The base model serves, and it has learnt nothing yet; learn a few lessons first."
ALL_GONE = "The ledger holds none of its lessons any more; learn from those that are there first."
RATE_MORE = "correct or rate a few more replies first"
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

    @property
    def changing(self) -> AbstractContextManager[Any]:
        """Held while what is published rests on the ledger: what is forgotten meanwhile must not be published."""

    def current(self, person: str) -> tuple[str, Path | None]: ...

    def manifest(self, person: str) -> Mapping[str, Any] | None: ...

    def stage(self, person: str) -> Path: ...

    def discard(self, staged: Path) -> None: ...

    def publish(self, person: str, staged: Path, manifest: Mapping[str, Any], report: Night) -> Published:
        """`report` lies beside the version until it is stored; it does not know the version's name yet."""
        ...


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
    shelf: Shelf  # keeps the base's figures from night to night
    rate_source: str = "law"  # where the recipe's learning rate comes from, for the manifest (rate.py)
    row_tokens: int = ROW_TOKENS  # of the longest row that the machine's memory holds
    # What is really trained with; not in the input hash: what took a second, smaller try is not learnt again for that.
    smaller: Callable[[Recipe], Recipe] = lambda recipe: recipe
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
    lessons, unreadable = readable(chosen, bench.engine.encode, bench.engine.encode_reply, bench.row_tokens)
    new = unlearnt(lessons, bench.adapters.manifest(bench.person))
    if not new.enough:
        raise TooFew(f"{new.missing()}; {RATE_MORE}.")
    if examined == last_input:
        raise NothingToLearn(NOTHING_NEW)

    def report(verdict: Verdict, examples: tuple[Example, ...] = ()) -> Night:
        return Night(
            id=new_id(),
            started_at=started,
            finished_at=now(),
            verdict=verdict,
            version=None,
            input_hash=examined,
            used=tuple(row for lesson in lessons for row in lesson.rows),
            skipped={**read.skipped, **left, **unreadable},
            superseded=read.superseded,
            examples=examples,
            seconds=bench.seconds,
        )

    try:
        learnt = _learn(bench, lessons, bench.smaller(recipe))
        night = report(learnt.verdict, learnt.examples)
        return _publish(bench, lessons, learnt, night) if learnt.verdict.serves else night
    except Refused as refusal:  # the learner's own look at the weights
        check = Check("weights", False, str(refusal))
        return report(Verdict("refused", check.sentence, (check,)))
    finally:
        for folder in bench.staged:
            bench.adapters.discard(folder)


def input_hash(lessons: Sequence[Lesson], base: str, recipe: Recipe) -> str:
    """Names what a night learns from, in however many parts: the same input is not examined twice."""
    return content_hash([[lesson.id for lesson in lessons], base, recipe.telling()])


def examine(bench: Bench) -> Verdict:
    """The exam on demand, for the version that serves; trains nothing and changes nothing.

    Raises NothingToLearn if the base serves, or if no lesson of that version is in the ledger any more.
    """
    version, serving = bench.adapters.current(bench.person)
    manifest = bench.adapters.manifest(bench.person) or {"lessons": ()}
    lessons = [lesson for lesson in read_lessons(bench.live()).lessons if lesson.id in manifest["lessons"]]
    if serving is None or not lessons:
        raise NothingToLearn(ALL_GONE if serving else NOT_GROWN)
    with _phase(bench, "baseline", "Examining the base model", 0.0, 0.4) as tell:
        examiner = Examiner(bench.engine, bench.probes)
        base = examiner.base_figures(bench.shelf, tell)
    with _phase(bench, "exam", "Examining the version that serves", 0.4, 0.8) as tell:
        checks = regression(examiner, [serving], base, examiner.figures([serving], tell), lessons)
    with _phase(bench, "lessons", "Going through its lessons", 0.8, 1.0) as tell:
        pairs, learnt, stored = evidence(lessons).pairs, dict[str, Reading](), manifest.get("margins", {})
        for number, lesson in enumerate(pairs):
            tell(number / len(pairs))
            learnt[lesson.id] = examiner.read(lesson, serving)
        checks += [kept_check(margins(pairs, learnt), stored), *([remembered(stored)] if stored else [])]
    if failed := _first_failure(checks):
        return Verdict("refused", f"Version {version} would not pass today: {failed.sentence}", tuple(checks))
    return Verdict(manifest.get("outcome", "published"), f"Version {version} passes its exam today.", tuple(checks))


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What a night came to, and its before/after answers; if it may serve, `adapter` in place of `instead_of`."""

    verdict: Verdict
    examples: tuple[Example, ...] = ()
    adapter: Path = Path()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    instead_of: str = ""


def _learn(bench: Bench, lessons: list[Lesson], recipe: Recipe) -> _Learnt:
    version_before, serving = bench.adapters.current(bench.person)
    with _phase(bench, "baseline", "Examining the model that serves now", 0.0, 0.1) as tell:
        examiner = Examiner(bench.engine, bench.probes)
        anchors = [bench.engine.encode_text(text) for text in bench.probes.anchors]
        target = standard(examiner, lessons, bench.adapters.manifest(bench.person), serving)
        if target.known():
            return _Learnt(Verdict("nothing new", "Your model already answers as these lessons ask; nothing changed."))
        base = examiner.base_figures(bench.shelf, tell)
        if failed := _first_failure(compared(base, base, lessons)):  # nobody could pass: training would be in vain
            return _Learnt(Verdict("refused", failed.sentence, (failed,)))

    # Cross-fitting: every lesson is examined once, by a candidate that never saw it.
    parts = folds(lessons)
    candidates: list[Path] = []
    with _phase(bench, "training", "Rehearsing", 0.1):
        for number, part in enumerate(parts):
            rest = [lesson for lesson in lessons if lesson not in part]
            span = (0.1 + 0.5 * number / len(parts), 0.1 + 0.5 * (number + 1) / len(parts))
            candidates.append(_train(bench, rest, anchors, recipe, f"Rehearsal {number + 1} of {len(parts)}", span))
    with _phase(bench, "exam", "Examining the rehearsals on lessons they have not seen", 0.6, 0.7) as tell:
        unseen = {lesson.id: candidates[number] for number, part in enumerate(parts) for lesson in part}
        crossed = {lesson.id: examiner.read(lesson, unseen[lesson.id]) for lesson in target.examined}
        checks = regression(examiner, candidates, base, examiner.figures(candidates, tell), lessons)
        checks += [*target.checks(crossed), rival(examiner, parts)]
    if failed := _first_failure(checks):
        return _Learnt(Verdict("refused", failed.sentence, tuple(checks)))

    with _phase(bench, "final training", "Learning all lessons", 0.7):
        final = _train(bench, lessons, anchors, recipe, "Learning all lessons", (0.7, 0.85))
    with _phase(bench, "final exam", "Examining the new version", 0.85, 0.98) as tell:
        whole = examiner.figures([final], tell)
        reached = {lesson.id: examiner.read(lesson, final) for lesson in target.examined}
        again = regression(examiner, [final], base, whole, lessons)
        again.append(final_check(target.score(crossed), target.score(reached)))
        earlier = [answer.text for answer in base.answers] if serving is None else examiner.answers(serving, EXAMPLES)
        examples = tuple(
            Example(prompt, old, answer.text)
            for prompt, old, answer in zip(examiner.prompts[:EXAMPLES], earlier, whole.answers, strict=False)
        )
    checks += [replace(check, name=f"final {check.name}") for check in again]
    if failed := _first_failure(again):
        return _Learnt(Verdict("refused", failed.sentence, tuple(checks)), examples)

    outcome: Outcome = "published" if target.sure(crossed) else "provisional"
    reason = f"Learnt from {len(lessons)} lessons; {target.told(crossed)} when tried on ones it had not seen."
    verdict = Verdict(outcome, reason, tuple(checks))
    cross_fit = margins(target.pairs, crossed)
    manifest = manifest_of(lessons, recipe, verdict, len(parts), cross_fit, bench.rate_source, bench.versions)
    return _Learnt(verdict, examples, final, manifest, version_before)


def _publish(bench: Bench, lessons: Sequence[Lesson], learnt: _Learnt, night: Night) -> Night:
    """Lets what was learnt serve; returns the report with the version in it."""
    with bench.adapters.changing, _phase(bench, "publishing", "Putting the new version in its place", 0.98):
        taught = {lesson.id for lesson in read_lessons(bench.live()).lessons}
        moved = bench.adapters.current(bench.person)[0] != learnt.instead_of
        if moved or not taught.issuperset(lesson.id for lesson in lessons):
            raise Deferred("A lesson or the version was changed meanwhile; nothing was published, learn again later.")
        version = bench.adapters.publish(bench.person, learnt.adapter, learnt.manifest, night)
        bench.staged.remove(learnt.adapter)
    return replace(night, version=version.name, finished_at=now())


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
    words = bench.engine.encode, bench.engine.encode_reply
    rows = training_rows(lessons, *words, bench.row_tokens)
    rows += refusal_rows(bench.probes.refusals, *words)
    for progress in bench.learner.train(rows, anchors, recipe, folder):
        share = span[0] + (span[1] - span[0]) * progress.step / progress.steps
        _tell(bench, phase, share, progress.loss)
    return folder


def _first_failure(checks: Sequence[Check]) -> Check | None:
    return next((check for check in checks if check.passed is False), None)


def _tell(bench: Bench, phase: str, share: float, loss: float | None = None) -> None:
    passed = time.monotonic() - bench.began
    left = passed * (1 - share) / share if share >= 0.05 else None
    bench.tell(NightProgress(phase, share, left, loss))


@contextmanager
def _phase(bench: Bench, name: str, sentence: str, share: float, end: float | None = None) -> Iterator[Told]:
    """Tells what begins, and notes how long it took; yields what tells how much of it is over, up to `end`."""
    _tell(bench, sentence, share)
    start = time.monotonic()
    try:
        yield lambda part: _tell(bench, sentence, share + ((end or share) - share) * part)
    finally:
        bench.seconds[name] = round(time.monotonic() - start, 1)
