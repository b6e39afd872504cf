"""What of the attached documents stands beside a message: short ones whole, once; of long ones the fitting passages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from backends.base import BackendInfo
from domain import Attachment, Quote, Turn, content_hash
from errors import ModelUnusable
from personalization.embed import NAME, WIDTH, Embedder, Vectors, packed, unpacked
from personalization.memory import MOST_MISSES
from personalization.passages import block, embedded, nearest, quoted
from personalization.recall import parts
from storage.attached import PassageVectors
from storage.store import Store

WHOLE = 4  # documents may have this part of the window whole: a quarter
PASSAGES = 512  # tokens of passages beside one message, and never more than ...
PART = 8  # ... this part of the window
LETTERS = 8  # no text has more of them in one token: what cannot fit is not counted out
AT_ONCE = 32  # passages embedded while others, who also want to embed, wait

log = logging.getLogger("homegrown.quoting")


class Counter(Protocol):
    def info(self) -> BackendInfo: ...

    def encode_text(self, text: str) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Beside:
    """A block of text from documents, and what it holds."""

    block: str = ""
    quotes: tuple[Quote, ...] = ()


class Quoting:
    """Without an embedder, or if it fails, passages are found by their words alone."""

    def __init__(self, store: Store, embedder: Embedder | None = None) -> None:
        self.store = store
        self._embedder = embedder
        self._lock = threading.Lock()  # held while a document is embedded: once, whoever asks first

    def beside(self, engine: Counter, person: str, turn: Turn, history: Sequence[Turn]) -> Beside:
        """What stands beside a turn's text. What is still in the `history` that is sent is not repeated."""
        window = engine.info().context
        room = window // WHOLE
        quotations: list[str] = []
        quotes: list[Quote] = []
        long: list[tuple[Attachment, set[int]]] = []
        for attachment in self.store.attached.of(person, turn.conversation):
            told = {q.passage for before in history for q in before.quotes if q.attachment == attachment.id}
            if None in told:
                continue
            whole = quoted(attachment, range(len(attachment.passages)))
            if not told and (cost := _cost(engine, whole, room)) <= room:
                quotations.append(whole)
                quotes.append(Quote(attachment.id, None))
                room -= cost
            else:
                long.append((attachment, {number for number in told if number is not None}))
        for attachment, numbers in self._passages(engine, person, turn.text, long, min(room, PASSAGES, window // PART)):
            quotations.append(quoted(attachment, numbers))
            quotes += [Quote(attachment.id, number, attachment.passages[number].place) for number in sorted(numbers)]
        return Beside(block(quotations), tuple(quotes))

    def vectors(self, person: str, attachment: Attachment) -> Vectors:
        """A row for each passage, embedded when first asked for; no rows without an embedder. They are kept."""
        texts = embedded(attachment)
        name = content_hash([NAME, texts])[:16]
        if (kept := self._kept(person, attachment, name)) is not None:
            return kept
        with self._lock:
            if (kept := self._kept(person, attachment, name)) is not None:
                return kept
            vectors = self._embedded(texts)
            if len(vectors):
                told = PassageVectors(name, tuple(map(packed, vectors)))
                self.store.attached.keep_vectors(person, attachment.id, told)
            return vectors

    def _kept(self, person: str, attachment: Attachment, name: str) -> Vectors | None:
        kept = self.store.attached.vectors(person, attachment.id)
        rows = [unpacked(text) for text in kept.vectors] if kept and kept.of == name else []
        sound = [row for row in rows if row is not None]
        return np.stack(sound) if len(sound) == len(attachment.passages) else None

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        none = np.zeros((0, WIDTH), np.float32)
        if self._embedder is None or not texts:
            return none
        try:
            found = [self._embedder.embed(texts[at : at + AT_ONCE]) for at in range(0, len(texts), AT_ONCE)]
        except ModelUnusable as error:
            log.warning("passages of documents are found by their words alone: %s", error)
            return none
        return np.concatenate(found)

    def _passages(
        self, engine: Counter, person: str, text: str, long: Sequence[tuple[Attachment, set[int]]], budget: int
    ) -> list[tuple[Attachment, list[int]]]:
        """The nearest passages of all long documents within a budget; of one that was never shown, its beginning."""
        query = self._embedded(parts(text)) if long else np.zeros((0, WIDTH), np.float32)
        ranked = [
            (score, place, number)
            for place, (attachment, told) in enumerate(long)
            for score, number in nearest(embedded(attachment), self.vectors(person, attachment), text, query, told)
        ]
        if not ranked:
            new = [place for place, (_, told) in enumerate(long) if not told]
            ranked = [(0.0, place, number) for place in new for number in range(len(long[place][0].passages))]
        chosen: dict[int, list[int]] = {}
        misses = 0
        for _, place, number in sorted(ranked, key=lambda one: (-one[0], one[2], one[1])):
            cost = len(engine.encode_text(quoted(long[place][0], [number])))
            if cost <= budget:
                chosen.setdefault(place, []).append(number)
                budget -= cost
            elif (misses := misses + 1) == MOST_MISSES:
                break
        return [(long[place][0], numbers) for place, numbers in sorted(chosen.items())]


def _cost(engine: Counter, text: str, room: int) -> int:
    """Tokens of a text; of one that is much too long, only that it is."""
    return room + 1 if len(text) > room * LETTERS else len(engine.encode_text(text))
