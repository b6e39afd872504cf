"""The nouns of Homegrown, as immutable values. Standard library only; every other module may import this one."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]
Thumb = Literal["up", "down"]
Finish = Literal["streaming", "stop", "length", "stopped", "crashed"]
Signal = Literal["correction", "preference", "up", "down"]
MemoryKind = Literal["name", "person", "place", "work", "health", "like", "plan", "device", "other"]
Outcome = Literal["published", "provisional", "refused", "nothing new", "too few", "deferred", "failed"]

BASE = "base"  # the adapter version that means: the base model alone


def new_id() -> str:
    """A fresh identifier: 16 hex digits."""
    return secrets.token_hex(8)


def now() -> datetime:
    return datetime.now(UTC)


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of a JSON-able value; equal content gives an equal hash on every machine."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a model of their own. `owner` is the first one: they see the state of the machine."""

    id: str
    name: str
    owner: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """A tree of turns. `head` names the newest turn of the branch that is shown; None while there is none.

    `off_record`: nothing that is said in it is remembered or learnt, and what is known is not told in it.
    """

    id: str
    title: str
    head: str | None
    created_at: datetime
    updated_at: datetime
    off_record: bool = False


@dataclass(frozen=True, slots=True)
class Speeds:
    """What one reply cost: seconds to the first token, tokens read and written, tokens written per second."""

    ttft_s: float
    prompt_tokens: int
    tokens: int
    tokens_per_s: float


@dataclass(frozen=True, slots=True)
class Reminder:
    """A lesson not yet learnt, as the model was shown it: a question and the reply it should have had."""

    lesson: str  # its id
    asked: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document's text and where it stands: on a page (from 1; 0: it has none), under a heading."""

    text: str
    page: int = 0
    heading: str = ""

    @property
    def place(self) -> str:
        """As a source tells it; "" where there is nothing to tell."""
        return f"page {self.page}" if self.page else f"“{self.heading}”" if self.heading else ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """The text of a document that belongs to a conversation. The file, of `size` bytes, is not kept."""

    id: str
    conversation: str
    name: str
    size: int
    passages: tuple[Passage, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """What the model was shown of an attachment: a passage by its number, from 0, and its place; None: all of it."""

    attachment: str
    passage: int | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its reply, with all that is needed to rebuild what the model saw.

    Turns with the same parent and text are siblings: regenerated replies. `persona` is the key of a stored persona
    text, `inserted` the block put beside the text, `reminders` the exchanges put before it, `cut` the first turn of
    the history that was still sent (None: from the beginning), `prompt_hash` the content hash of the token ids that
    were sent, `about` the block about the person that stood after the persona, `memories` the ids of those inserted.
    `attached` is the block with text of documents, which stood first of all beside the text; `quotes` is what it held.
    """

    id: str
    conversation: str
    parent: str | None
    text: str
    persona: str
    inserted: str
    cut: str | None
    prompt_hash: str
    reply: str
    finish: Finish
    adapter: str
    model: str
    created_at: datetime
    memories: tuple[str, ...] = ()
    speeds: Speeds | None = None
    note: str = ""  # a sentence for the person, for instance why the reply broke off
    reminders: tuple[Reminder, ...] = ()
    about: str = ""
    attached: str = ""
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Feedback:
    """One row of the ledger: a person's verdict on one reply. `turn` is None for imported rows.

    `prompt` is what was asked, without inserted blocks. One turn has one live row, the latest.
    """

    id: str
    turn: str | None
    prompt: tuple[Message, ...]
    reply: str
    thumb: Thumb | None
    correction: str | None
    rejected: tuple[str, ...]
    reasons: tuple[str, ...]
    comment: str
    source: Literal["chat", "import", "vote"]  # vote: "old me or new me?", the reply preferred over the rejected one
    at: datetime
    parked: bool = False  # rolled back with its adapter: teaches nothing until released


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a ledger row teaches; `id` is a content hash.

    `chosen` is the target, imitated with `weight` (None: a thumb down alone, only something to avoid). `signal` is
    what the person gave.
    """

    id: str
    prompt: tuple[Message, ...]
    chosen: str | None
    rejected: tuple[str, ...]
    weight: float
    rows: tuple[str, ...]
    reasons: tuple[str, ...]
    at: datetime
    signal: Signal


@dataclass(frozen=True, slots=True)
class Brought:
    """What a memory was imported from, and when."""

    origin: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """A fact about the person, in their hands. Inactive ones are kept but never sent, pinned ones always are.

    `source`: written by the person; proposed and kept by them; proposed and kept by itself; imported; made of others,
    which name it as `replaced_by` and go with it.
    """

    id: str
    text: str
    active: bool
    source: Literal["typed", "confirmed", "observed", "imported", "merged"]
    created_at: datetime
    updated_at: datetime
    pinned: bool = False
    kind: MemoryKind = "other"
    turn: str | None = None  # where the person said it
    until: date | None = None  # the last day on which it holds; then it is switched off
    replaced_by: str | None = None  # the memory that says what is so now
    brought: Brought | None = None  # of an imported one


@dataclass(frozen=True, slots=True)
class Proposal:
    """A memory that waits for the person's word: what they said of themselves in `turn`, and how sure that is, 0 to 1.

    `replaces` names the memory that would not hold any more.
    """

    id: str
    text: str
    kind: MemoryKind
    sure: float
    turn: str
    until: date | None
    replaces: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What lets another program talk to a person's model. The key itself is kept nowhere, only its digest."""

    id: str
    name: str
    digest: str  # SHA-256 of the key
    memory: bool  # whether the program's questions are answered with what is known about the person
    created_at: datetime
    used_on: date | None = None


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """Token ids as the serving engine made them; losses count the two completions only, never the prompt.

    `target_ids` are imitated with `weight`. With both completions the row is also a pair; with only one of them it
    is a lone thumb, up (target) or down (rejected). `contrast` weighs the pair or the thumb; 0: imitation alone.
    `edited` says of each target token whether it is what the person changed; empty: all of it counts alike.
    A `refusal` is no lesson: each step imitates one beside its lessons, with the recipe's weight for it.
    """

    prompt_ids: tuple[int, ...]
    target_ids: tuple[int, ...]
    weight: float
    rejected_ids: tuple[int, ...] = ()
    contrast: float = 1.0
    edited: tuple[bool, ...] = ()
    refusal: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hyper-parameters of one training run; values and reasons stand in personalization/recipe.py."""

    rank: int
    alpha: float
    upper_blocks: float  # share of the transformer blocks that get an adapter, counted from the top
    learning_rate: float
    epochs: int
    batch_rows: int
    anchors_per_step: int
    anchor_weight: float  # factor of KL(base || adapter) on the anchors
    pair_weight: float  # factor of the loss that prefers a target to what was rejected
    pair_beta: float  # how sharply pairs and thumbs tell log-ratios apart, per nat per token
    thumb_weight: float  # factor of the bounded loss of lone thumbs
    kept_weight: float  # of a token that a correction left as it was, where an edited one has 1
    warmup_share: float
    clip_norm: float
    threads: int
    seed: int
    refusal_weight: float = 0.0  # of the refusal that is imitated in each step; 0: none is read
    rows_at_once: int = 0  # of a step, whose gradient is then summed up; 0: all. What is learnt is the same

    def telling(self) -> dict[str, Any]:
        """All that what is learnt depends on."""
        return {name: value for name, value in asdict(self).items() if name != "rows_at_once"}

    def __post_init__(self) -> None:
        for name in ("rank", "epochs", "batch_rows", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 < self.upper_blocks <= 1:
            raise ValueError(f"upper_blocks must be above 0 and at most 1, got {self.upper_blocks}")
        for name in ("learning_rate", "pair_beta", "kept_weight"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        for name in ("anchor_weight", "pair_weight", "thumb_weight", "refusal_weight", "rows_at_once"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training run is: optimiser steps, the last loss (nat per token), seconds left (an estimate)."""

    step: int
    steps: int
    loss: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Check:
    """One line of an exam. `sentence` is for the person; `passed` None means: measured only."""

    name: str
    passed: bool | None
    sentence: str
    value: float | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a night ended, and why, in a sentence for the person."""

    outcome: Outcome
    reason: str
    checks: tuple[Check, ...] = ()

    @property
    def serves(self) -> bool:
        return self.outcome in ("published", "provisional")


@dataclass(frozen=True, slots=True)
class Example:
    """One unseen prompt, answered before and after the night."""

    prompt: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Energy:
    """What something took; `source` says what was measured, or, where `joules` is None, why nothing was."""

    joules: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Night:
    """One finished night. `input_hash` names live rows, base and recipe: the same input is not learnt twice."""

    id: str
    started_at: datetime
    finished_at: datetime
    verdict: Verdict
    version: str | None
    input_hash: str
    used: tuple[str, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)  # ledger row id -> why
    superseded: Mapping[str, str] = field(default_factory=dict)  # ledger row id -> id of the row that replaced it
    examples: tuple[Example, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)  # phase -> seconds
    cpu_seconds: float | None = None  # processor time of all of Homegrown meanwhile
    energy: Energy | None = None
    seen: bool = False  # the person has read its report and kept what it brought


@dataclass(frozen=True, slots=True)
class Export:
    """A copy of everything that a person has taken out of the home: where to, and when."""

    path: str
    at: datetime

    @property
    def id(self) -> str:
        return self.path
