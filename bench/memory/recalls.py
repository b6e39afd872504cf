"""How well memories are found: the product's recall, BM25, and everything that fits, on the same questions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.memory.personas import Persona, Question
from domain import Memory
from personalization.embed import Embedder, Vectors
from personalization.memory import quoted
from personalization.recall import Index, parts, recall
from personalization.words import in_order

AT = 5  # memories that count
Recall = Callable[[Persona, Question], list[Memory]]


@dataclass(frozen=True, slots=True)
class Found:
    """Of one question: how much of what it needs stood among the first five, and how much else."""

    kind: str
    share: float  # of an absent fact: 1 if anything was inserted
    others: int


def judged(question: Question, found: Sequence[Memory]) -> Found:
    """A changed fact counts only if what holds now stands before what held earlier."""
    first = [memory.id for memory in found[:AT]]
    wanted = question.answers
    if not wanted:
        share = float(bool(first))
    elif question.kind == "changed":
        new, old = wanted
        share = float(new in first and (old not in first or first.index(new) < first.index(old)))
    else:
        share = sum(key in first for key in wanted) / len(wanted)
    return Found(question.kind, share, len(set(first) - set(wanted)))


def figures(people: Sequence[Persona], way: Recall) -> dict[str, dict[str, float]]:
    """kind of question -> {"questions", "share", "others"}; "absent" is all three kinds of those together."""
    found = [judged(question, way(persona, question)) for persona in people for question in persona.questions]
    kinds = {one.kind: [other for other in found if other.kind == one.kind] for one in found}
    kinds["absent"] = [one for one in found if one.kind.startswith("absent")]
    return {kind: _summed(group) for kind, group in sorted(kinds.items())}


def _summed(group: Sequence[Found]) -> dict[str, float]:
    count = len(group)
    share, others = sum(one.share for one in group) / count, sum(one.others for one in group) / count
    return {"questions": count, "share": round(share, 4), "others": round(others, 3)}


def share_of(people: Sequence[Persona], way: Recall) -> dict[str, float]:
    return {kind: values["share"] for kind, values in figures(people, way).items()}


def ours(people: Sequence[Persona], embedder: Embedder) -> Recall:
    """The product's own functions."""
    known = {persona.name: (index, queries) for persona, index, queries in indexed(people, embedder)}

    def way(persona: Persona, question: Question) -> list[Memory]:
        index, queries = known[persona.name]
        return recall(index, question.text, queries(question.text))

    return way


def indexed(people: Sequence[Persona], embedder: Embedder) -> list[tuple[Persona, Index, Callable[[str], Vectors]]]:
    """Personas, what they told, and the vectors of what they ask."""
    told = _table(embedder, {memory.text for persona in people for memory in persona.memories})
    asked = _table(embedder, {part for one in people for asks in one.questions for part in parts(asks.text)})

    def queries(text: str) -> Vectors:
        return _stacked(asked, parts(text))

    return [
        (persona, Index(persona.memories, _stacked(told, [memory.text for memory in persona.memories])), queries)
        for persona in people
    ]


def _table(embedder: Embedder, texts: set[str]) -> Mapping[str, Vectors]:
    ordered = sorted(texts)
    return dict(zip(ordered, embedder.embed(ordered), strict=True))


def _stacked(table: Mapping[str, Vectors], texts: Sequence[str]) -> Vectors:
    return np.stack([table[text] for text in texts])


def bm25(persona: Persona, question: Question) -> list[Memory]:
    """Okapi BM25 (k1 = 1.5, b = 0.75) over words; whatever shares a word with the question, best first."""
    told = [Counter(in_order(memory.text)) for memory in persona.memories]
    mean = sum(map(Counter.total, told)) / len(told)
    scores = [0.0] * len(told)
    for word in set(in_order(question.text)):
        there = sum(word in text for text in told)
        rarity = math.log(1 + (len(told) - there + 0.5) / (there + 0.5))
        for place, text in enumerate(told):
            often = text[word]
            scores[place] += rarity * often * 2.5 / (often + 1.5 * (0.25 + 0.75 * text.total() / mean))
    ranked = sorted(range(len(told)), key=lambda place: -scores[place])
    return [persona.memories[place] for place in ranked if scores[place] > 0]


def everything(persona: Persona, question: Question) -> list[Memory]:
    """All memories, newest first: what an app sends that puts everything into the context."""
    return list(reversed(persona.memories))


def everything_costs(people: Sequence[Persona], letters_a_token: float = 4.0) -> dict[str, float]:
    """Tokens (about) that everything in the context costs beside each message."""
    sizes = [sum(len(quoted(memory)) + 1 for memory in persona.memories) / letters_a_token for persona in people]
    return {"mean_tokens": round(sum(sizes) / len(sizes)), "most_tokens": round(max(sizes))}
