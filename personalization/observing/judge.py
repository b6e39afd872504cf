"""Which sentences tell something lasting of the person, and of what kind: a small network over MiniLM's vector.

What the rules found in a sentence is among its signs. Trained on hand-written dialogues by `make train-judge`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from domain import MemoryKind
from personalization.embed import Embedder
from personalization.observing.own_words import plain

FILE = Path(__file__).parents[2] / "data" / "judge.npz"
KINDS: tuple[MemoryKind, ...] = get_args(MemoryKind)
SCALE = 3.0  # of the vector, whose numbers are small beside the signs
OWN = frozenset(("i", "my", "me", "mine", "we", "our", "us", "myself"))
ASKING = re.compile(
    r"(?:can|could|what|how|why|is|are|do|does|please|give|write|make|tell|explain|which|should|where|when|who|would|will"
    r"|translate|find|list|help|show)\b",
    re.IGNORECASE,
)

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One of `count` sentences of a message, the `place`th; `ruled`: how sure the rules are of a fact in it, or 0."""

    text: str
    place: int
    count: int
    ruled: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`sure`, 0 to 1: that the sentence tells something lasting; `kind`: of what kind that would be."""

    sure: float
    kind: MemoryKind


@dataclass(frozen=True, slots=True)
class Weights:
    """(signs + vector) -> hidden -> 1 + kinds, float32."""

    inner: Matrix
    inner_bias: Matrix
    outer: Matrix
    outer_bias: Matrix


class Judge:
    def __init__(self, embedder: Embedder, weights: Weights | None = None) -> None:
        self._embedder, self._weights = embedder, weights or load()

    def verdicts(self, sentences: Sequence[Sentence]) -> list[Verdict]:
        """Raises ModelUnusable if the embedding model is."""
        if not sentences:
            return []
        known = self._weights
        hidden = np.maximum(features(sentences, self._embedder) @ known.inner + known.inner_bias, 0)
        out = hidden @ known.outer + known.outer_bias
        sure = 1 / (1 + np.exp(-out[:, 0]))
        kinds = out[:, 1:].argmax(axis=1)
        return [Verdict(float(one), KINDS[kind]) for one, kind in zip(sure, kinds, strict=True)]


def features(sentences: Sequence[Sentence], embedder: Embedder) -> Matrix:
    """A row for each sentence: its vector, then its signs."""
    vectors = embedder.embed([sentence.text for sentence in sentences])
    return np.hstack([SCALE * vectors, np.array([_signs(sentence) for sentence in sentences], np.float32)])


def _signs(sentence: Sentence) -> list[float]:
    text = plain(sentence.text)
    words = re.findall(r"[\w']+", text.lower())
    return [
        sentence.ruled > 0,
        sentence.ruled,
        not OWN.isdisjoint(words),
        "my" in words or "our" in words,
        "you" in words or "your" in words,
        text.endswith("?"),
        "§" in text,  # there stood a quotation
        any(letter.isdigit() for letter in text),
        re.search(r" [A-Z][a-z]", text) is not None,
        ASKING.match(text) is not None,
        len(words) < 4,
        min(len(words), 40) / 20,
        sentence.count == 1,
        sentence.place == 0,
        sentence.place == sentence.count - 1,
    ]


def load(file: Path = FILE) -> Weights:
    with np.load(file, allow_pickle=False) as kept:
        return Weights(*(kept[name].astype(np.float32) for name in ("inner", "inner_bias", "outer", "outer_bias")))
