"""Is it time for a night? A pure decision over what the clock and the machine tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain import Lesson
from personalization.dataset import ROW_TOKENS, contrasted

SLOT = (time(2, 0), time(6, 0))  # local; when people sleep and machines idle
IDLE_SECONDS = 20 * 60.0
OTHERS_CPU = 0.20  # share of the machine that other programs may use
BATTERY_LEAST = 40.0  # percent, and plugged in
RAM_LEAST = 2 * 2**30  # bytes free beyond what is in use, where nobody has planned what a night takes
DISK_LEAST = 2**30  # bytes
LONGEST_NIGHT = timedelta(hours=2)  # one that begins before midnight counts for the next date if it ends there


CHARACTERS = 3  # per token, at least, in most languages: what is estimated to be long must not turn out longer
TEMPLATE_TOKENS = 40  # of the chat template around a question and its answer


def _two_gigabytes(longest: int) -> int:
    return RAM_LEAST


@dataclass(frozen=True, slots=True)
class Need:
    """What nights of one model take on this machine; `cannot` says why there can be none.

    `bytes_for` tells the memory for a longest row of so many tokens; rows are cut at `row_tokens`.
    """

    bytes_for: Callable[[int], int] = _two_gigabytes
    row_tokens: int = ROW_TOKENS
    cannot: str = ""

    def ram(self, lessons: Sequence[Lesson]) -> int:
        """Bytes that must be free for a night over these lessons, by the length of their texts."""
        longest = max((_tokens_at_most(lesson) for lesson in lessons), default=0)
        return self.bytes_for(min(longest, self.row_tokens))


UNPLANNED = Need()


def _tokens_at_most(lesson: Lesson) -> int:
    """Of the row that a lesson makes; a pair reads its question twice."""
    question = sum(len(message.content) for message in lesson.prompt)
    answers = [len(text) for text in (lesson.chosen, *contrasted(lesson)[:1]) if text]
    return (question * max(len(answers), 1) + sum(answers)) // CHARACTERS + TEMPLATE_TOKENS


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision rests on. `now` is local and aware; `battery` None: the machine has none.

    `nights`: when earlier ones finished, each aware, with the offset of the place where that was.
    """

    now: datetime
    nights: tuple[datetime, ...]
    oldest_waiting: datetime | None  # when the oldest lesson that waits was given
    waiting: int
    needed: int
    changed: bool  # the input differs from that of the last finished night
    idle_seconds: float
    others_cpu: float  # share 0..1, averaged over minutes
    battery: float | None
    plugged: bool
    ram_free: int
    disk_free: int
    ram_needed: int = RAM_LEAST  # bytes
    cannot: str = ""  # why this machine can never teach this model


@dataclass(frozen=True, slots=True)
class Due:
    due: bool
    reason: str


def machine_ready(at: Situation) -> Due:
    """What even "Learn now" waits for: a machine that can teach this model at all, power, RAM, disk."""
    if at.cannot:
        return Due(False, at.cannot)
    if at.battery is not None and not at.plugged:
        return Due(False, "The computer runs on battery; plug it in.")
    if at.battery is not None and at.battery < BATTERY_LEAST:
        return Due(False, f"The battery is at {at.battery:.0f} %; learning starts from {BATTERY_LEAST:.0f} %.")
    if at.ram_free < at.ram_needed:
        free, needed = at.ram_free / 2**30, at.ram_needed / 2**30
        return Due(False, f"Only {free:.1f} GB of memory are free and {needed:.2g} are needed; close some programs.")
    if at.disk_free < DISK_LEAST:
        return Due(False, f"Only {at.disk_free / 2**30:.1f} GB of disk are free and 1 is needed; free some space.")
    return Due(True, "")


def is_due(at: Situation) -> Due:
    """Whether a night begins by itself now, and what it waits for if not.

    In the slot, or after a slot that was slept through; at most one finished night a local date.
    """
    if at.cannot:
        return Due(False, at.cannot)
    if at.waiting < at.needed:
        return Due(False, f"{at.waiting} of {at.needed} new corrections so far.")
    if not at.changed:
        return Due(False, "Nothing has changed since the last night.")
    if _done_today(at):
        return Due(False, "A night has been done today; the next one is tomorrow.")
    if not (_in_slot(at.now) or _missed(at)):
        return Due(False, f"Tonight between {SLOT[0]:%H:%M} and {SLOT[1]:%H:%M}, when the computer is idle.")
    if at.idle_seconds < IDLE_SECONDS:
        return Due(False, "It waits until nobody has written for 20 minutes.")
    if at.others_cpu > OTHERS_CPU:
        return Due(False, "It waits until other programs are quiet.")
    ready = machine_ready(at)
    return ready if not ready.due else Due(True, "It is time.")


def _in_slot(now: datetime) -> bool:
    return SLOT[0] <= now.time().replace(tzinfo=None) < SLOT[1]


def _done_today(at: Situation) -> bool:
    """Whether a night has this local date, where it finished or as seen from here. Not a matter of before and after:
    somebody travels, and a clock that was a year ahead is set right."""
    dates = {at.now.date(), (at.now + LONGEST_NIGHT).date()}
    return any({end.date(), end.astimezone(at.now.tzinfo).date()} & dates for end in at.nights)


def _missed(at: Situation) -> bool:
    """Whether lessons waited through the latest slot and no night came: the machine was off or asleep."""
    start = at.now.replace(hour=SLOT[0].hour, minute=SLOT[0].minute, second=0, microsecond=0)
    if start > at.now:
        start -= timedelta(days=1)
    return at.oldest_waiting is not None and at.oldest_waiting < start
