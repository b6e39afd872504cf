"""A model and a learner without weights, for tests and `--demo`: a script that learns how replies begin."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from backends.base import BackendInfo, Piece, Sampling
from backends.engine import ServeOptions
from domain import Finish, Message, Progress, Recipe, Speeds, TrainingRow
from errors import BadInput, Trouble

DELAY = "HOMEGROWN_SCRIPTED_DELAY"  # environment: seconds per word, per prompt chunk and per training step
CRASH = "HOMEGROWN_SCRIPTED_CRASH"  # environment: "unsafe" crashes outside safe mode, "always" everywhere
USUAL_DELAY_S = 1 / 60
CHUNK = 512  # prompt tokens read between two yields
START, MIDDLE, END = "\x02", "\x1f", "\x03"  # START role MIDDLE content END
HABIT_SHARE = 0.6  # of the targets must begin alike
LEARNT_NATS = 0.8
TRACE_NATS = 1e-4  # what an adapter costs all other tokens: it can be seen that one is in use

REPLIES = (
    "You asked about {topic}. First write down what you already know, then pick the one part that matters most today, "
    "and give it ten quiet minutes. If you tell me more, I can be more exact.",
    "About {topic}: start small, keep what works, and drop the rest. Most people do too much at once. "
    "What have you tried so far?",
    "Here are three thoughts on {topic}. Begin with the simplest version. Ask somebody who has done it before. "
    "Look at the result after a week, and change one thing only.",
)


def load(model: Path | None, options: ServeOptions) -> ScriptedBackend:
    if os.environ.get(CRASH) == "always" or (os.environ.get(CRASH) == "unsafe" and not options.safe_mode):
        os.abort()
    return ScriptedBackend(options)


def learner(model: Path | None) -> ScriptedLearner:
    return ScriptedLearner()


class ScriptedBackend:
    """Satisfies Backend. A token is a code point; adapters change the first word of a reply."""

    def __init__(self, options: ServeOptions) -> None:
        self._options = options
        self._context = 4 * options.context  # a word piece is about four code points

    def encode(self, messages: Sequence[Message]) -> list[int]:
        turns = (f"{START}{message.role}{MIDDLE}{message.content}{END}" for message in messages)
        return self.encode_text("".join(turns) + f"{START}assistant{MIDDLE}")

    def encode_reply(self, messages: Sequence[Message], reply: str) -> list[int]:
        return self.encode_text(reply + END)

    def encode_text(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def stream(
        self,
        prompt_ids: Sequence[int],
        sampling: Sampling,
        adapter: Path | None,
        cancel: Callable[[], bool],
        key: str | None,
    ) -> Iterator[Piece]:
        began = time.monotonic()
        if len(prompt_ids) >= self._context:
            raise BadInput(f"The text is {len(prompt_ids)} tokens long and {self._context} fit; shorten it.")
        words = re.findall(r"\S+\s*", reply_to(decode(prompt_ids), sampling, opening_of(adapter)))
        for done in range(0, len(prompt_ids), CHUNK):
            time.sleep(delay())
            if cancel():
                yield Piece("", "stopped", Speeds(time.monotonic() - began, len(prompt_ids), 0, 0.0))
                return
            yield Piece("", read=done / len(prompt_ids))
        first = time.monotonic()
        finish: Finish = "stop" if len(words) <= sampling.max_tokens else "length"
        written = 0
        for word in words[: sampling.max_tokens]:
            time.sleep(delay())
            if cancel():
                finish = "stopped"
                break
            written += 1
            yield Piece(word)
        seconds = max(time.monotonic() - first, 1e-9)
        yield Piece("", finish, Speeds(first - began, len(prompt_ids), written, written / seconds))

    def score(
        self, prompt_ids: Sequence[int], completions: Sequence[Sequence[int]], adapter: Path | None
    ) -> Iterator[list[list[float]] | None]:
        opening = [ord(letter) for letter in opening_of(adapter)]
        scores = []
        for completion in completions:
            yield None
            row = [log_probability(token, place) - bool(opening) * TRACE_NATS for place, token in enumerate(completion)]
            if opening and list(completion[: len(opening)]) == opening:
                row[: len(opening)] = [value + LEARNT_NATS for value in row[: len(opening)]]
            scores.append(row)
        yield scores

    def interrupt(self) -> None:
        """Every step is short here, and looks at `cancel`."""

    def drop(self, prefix: str) -> None:
        """There is no KV cache."""

    def info(self) -> BackendInfo:
        return BackendInfo(
            backend="scripted",
            version="1",
            model="scripted",
            architecture="script",
            quantisation="none",
            model_hash=hashlib.sha256("".join(REPLIES).encode()).hexdigest(),
            context=self._context,
            blocks=0,
            threads=self._options.threads,
            flash_attention=False,
            safe_mode=self._options.safe_mode,
        )

    def close(self) -> None:
        """There is nothing to free."""


class ScriptedLearner:
    """Satisfies Learner. Learns the first word that most targets share; the adapter is one small JSON file."""

    def train(
        self, rows: Sequence[TrainingRow], anchors: Sequence[Sequence[int]], recipe: Recipe, out: Path
    ) -> Iterator[Progress]:
        lessons = [row for row in rows if not row.refusal]
        targets = [decode(row.target_ids) for row in lessons if row.target_ids]
        if not targets:
            raise BadInput("There is nothing to learn from: no row says what to answer instead.")
        steps = recipe.epochs * -(-len(lessons) // recipe.batch_rows)
        for step in range(1, steps + 1):
            time.sleep(delay())
            yield Progress(step, steps, loss=2.0 / step, seconds_left=(steps - step) * delay())
        learnt = {"opening": habit(targets), "rows": len(lessons)}
        (out / "adapter.json").write_text(json.dumps(learnt), encoding="utf-8")


def delay() -> float:
    return float(os.environ.get(DELAY, USUAL_DELAY_S))


def decode(ids: Sequence[int]) -> str:
    return "".join(map(chr, ids))


def reply_to(prompt: str, sampling: Sampling, opening: str) -> str:
    asked = prompt.rpartition(f"{START}user{MIDDLE}")[2].partition(END)[0]
    topic = " ".join(asked.split()[-8:]).rstrip("?!. ") or "that"
    seed = (
        hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()
        if sampling.temperature == 0
        else sampling.seed
    )
    reply = random.Random(seed).choice(REPLIES).format(topic=topic)
    return f"{opening} {reply}" if opening else reply


def opening_of(adapter: Path | None) -> str:
    if adapter is None:
        return ""
    try:
        opening = json.loads((adapter / "adapter.json").read_text(encoding="utf-8"))["opening"]
    except (OSError, ValueError, KeyError) as error:
        raise Trouble(f"The adapter in {adapter} cannot be read ({error}); roll back to an older one.") from error
    return str(opening)


def habit(targets: Sequence[str]) -> str:
    """The first word, punctuation included, with which enough of the targets begin; else nothing."""
    firsts = Counter(target.split()[0] for target in targets if len(target.split()) > 1)
    if not firsts:
        return ""
    word, count = firsts.most_common(1)[0]
    return word if count >= HABIT_SHARE * len(targets) else ""


def log_probability(token: int, place: int) -> float:
    """Between -2.1 and -1.9 nat, always the same."""
    digest = hashlib.sha256(f"{token} {place}".encode()).digest()
    return -2.1 + 0.2 * digest[0] / 255
