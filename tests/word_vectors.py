"""An embedder without weights, for tests: texts are near each other if they share words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from errors import ModelUnusable
from personalization.embed import WIDTH, Vectors
from personalization.words import in_order


class WordVectors:
    """`embedded` lists what was asked for; `broken`: it raises ModelUnusable."""

    def __init__(self, *, broken: bool = False) -> None:
        self.embedded: list[str] = []
        self.broken = broken

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.broken:
            raise ModelUnusable("The model that finds memories is not installed; run: make")
        self.embedded += texts
        found = np.zeros((len(texts), WIDTH), np.float32)
        for row, text in enumerate(texts):
            for word in in_order(text) or [""]:
                found[row, int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % WIDTH] += 1
        return found / np.linalg.norm(found, axis=1, keepdims=True)
