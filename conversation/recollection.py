"""What is remembered for a message: keeps the vectors of everybody's memories and chooses those that are about it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain import Memory, content_hash
from errors import HomegrownError, ModelUnusable
from personalization.about import about_block, in_brief
from personalization.embed import NAME, WIDTH, Embedder, Vectors, give_back, packed, unpacked
from personalization.recall import OPENS, Index, parts, recall
from storage.recalled import About
from storage.store import Store

AT_ONCE = 128  # new memories that a message waits for, under half a second; more are embedded in the background
BY_AGE = "Memories are chosen by their age and not by what you ask, because {trouble}"

log = logging.getLogger("homegrown.recollection")


@dataclass(frozen=True, slots=True)
class Known:
    """A person's active memories, newest first; which of them are pinned, and which can be searched."""

    active: tuple[Memory, ...]
    pinned: tuple[Memory, ...]
    index: Index


class Recollection:
    """Memories for a message. Without an embedder, or if it fails, pinned and newest ones; `trouble` then says why."""

    def __init__(self, store: Store, embedder: Embedder | None = None) -> None:
        self.store = store
        self.trouble = ""
        self._embedder = embedder
        self._embedding: set[str] = set()  # people whose memories are embedded in the background
        self._lock = threading.Lock()  # guards the one above

    def ranked(self, person: str, message: str, left_out: Set[str] = frozenset()) -> list[Memory]:
        """Pinned memories, then those about the message, the most useful first. `left_out`: ids not wanted now."""
        if not self.store.recalled.on(person):
            return []
        known = self._known(person)
        pinned = [memory for memory in known.pinned if memory.id not in left_out]
        held = {memory.id for memory in known.pinned}
        query = self._vectors(parts(message)) if len(held) < len(known.active) else None
        if query is None:
            return [*pinned, *(memory for memory in known.active if memory.id not in held | left_out)]

        def uses(ids: Sequence[str]) -> dict[str, int]:
            return self.store.recalled.uses(person, ids)

        return [*pinned, *recall(known.index, message, query, left_out | held, uses)]

    def about(self, person: str, today: date | None = None) -> str:
        """The text in brief. One made of memories is made anew once a day, so that prompts begin alike for a day."""
        kept, day = self.store.recalled.about(person), (today or date.today()).isoformat()
        if kept.own or kept.day == day:
            return kept.text
        active = self._known(person).active
        if not active and not kept.text:
            return ""
        text = in_brief(active, self.store.recalled.uses(person))
        self.store.recalled.set_about(person, About(text, day=day))
        return text

    def block(self, person: str) -> str:
        """The text in brief as it stands in prompts."""
        return about_block(self.about(person)) if self.store.recalled.on(person) else ""

    def nearest(self, person: str, text: str) -> list[Memory]:
        """Active memories with a meaning like a text's, the nearest first; [] without an embedder."""
        known = self._known(person)
        query = self._vectors(parts(text)) if known.index.memories else None
        if query is None:
            return []
        scores = (known.index.vectors @ query.T).max(axis=1)
        return [known.index.memories[place] for place in np.argsort(-scores, kind="stable") if scores[place] >= OPENS]

    def _known(self, person: str) -> Known:
        made = self.store.recalled.made(person)
        if not isinstance(made, Known):
            stamp = self.store.recalled.stamp(person)
            active = sorted(self.store.memories(person), key=lambda m: (m.updated_at, m.id), reverse=True)
            made = self._indexed(person, tuple(memory for memory in active if memory.active))
            self.store.recalled.keep(person, stamp, made)
        return made

    def _indexed(self, person: str, active: tuple[Memory, ...]) -> Known:
        kept = self.store.recalled.vectors(person)
        rows = np.zeros((len(active), WIDTH), np.float32)
        there = np.zeros(len(active), bool)
        for place, memory in enumerate(active):
            of, text = kept.get(memory.id, ("", ""))
            if of == embedded(memory.text) and (vector := unpacked(text)) is not None:
                rows[place], there[place] = vector, True
        new = [int(place) for place in np.flatnonzero(~there)]
        now, later = new[:AT_ONCE], new[AT_ONCE:]
        vectors = self._keep(person, [active[place] for place in now])
        if vectors is not None:
            rows[now], there[now] = vectors, True
            if later:
                self._embed_later(person, [active[place] for place in later])
        searchable = tuple(active[place] for place in np.flatnonzero(there))
        index = Index(searchable, rows if there.all() else rows[there])
        del kept
        give_back()
        return Known(active, tuple(memory for memory in active if memory.pinned), index)

    def _keep(self, person: str, memories: Sequence[Memory]) -> Vectors | None:
        vectors = self._vectors([memory.text for memory in memories])
        if vectors is not None:
            texts = {m.id: (embedded(m.text), packed(v)) for m, v in zip(memories, vectors, strict=True)}
            self.store.recalled.keep_vectors(person, texts, embedded)
        return vectors

    def _vectors(self, texts: Sequence[str]) -> Vectors | None:
        """None if there is no embedder, or none any more."""
        if self._embedder is None or self.trouble:
            return None
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        try:
            return self._embedder.embed(texts)
        except ModelUnusable as error:
            log.warning("memories are chosen by age from now on: %s", error)
            self.trouble = BY_AGE.format(trouble=f"{error} Then start Homegrown again.")
            return None

    def _embed_later(self, person: str, memories: Sequence[Memory]) -> None:
        with self._lock:
            if person in self._embedding:
                return
            self._embedding.add(person)
        threading.Thread(target=self._embed_all, args=(person, memories), name="memories", daemon=True).start()

    def _embed_all(self, person: str, memories: Sequence[Memory]) -> None:
        try:
            for start in range(0, len(memories), AT_ONCE):
                self._keep(person, memories[start : start + AT_ONCE])
        except HomegrownError as error:  # the person has left, or the disk is full: the rest is embedded another time
            log.warning("not all memories could be embedded: %s", error)
        finally:
            with self._lock:
                self._embedding.discard(person)
            self.store.recalled.changed(person)


def embedded(text: str) -> str:
    """Names what was embedded, and by which model."""
    return content_hash([NAME, text])[:16]
